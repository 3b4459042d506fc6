import type { Table } from "../results/table.ts";
import type { Theme } from "./theme.ts";

/** A figure before it is drawn. */
export interface Figure {
  /** File name without extension. */
  readonly name: string;
  readonly title: string;
  /** What the figure shows, in sentences, for those who cannot see it and for captions. */
  readonly description: string;
  /** The numbers that are drawn, in full. */
  readonly data: Table;
  /** The drawing in Vega-Lite, without what the theme decides for all figures. */
  spec(theme: Theme): Spec;
}

/**
 * A piece of a Vega-Lite specification. Its own types are unions so wide that the compiler tells little about a mistake;
 * what Vega-Lite finds wrong at run time is an error in `renderSvg`.
 */
export type Spec = Readonly<Record<string, unknown>>;
