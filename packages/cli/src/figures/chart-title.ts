import type { Spec } from "./figure.ts";
import { wrapped } from "./text-width.ts";
import { FONT_SIZE } from "./theme.ts";

/** The title over a chart of this width, with what is counted and how below it. */
export function chartTitle(title: string, subtitle: string, chartWidth: number): Spec {
  const width = Math.max(chartWidth, NARROWEST);
  return {
    text: wrapped(title, width, FONT_SIZE.title * BOLD),
    subtitle: subtitle === "" ? [] : wrapped(subtitle, width, FONT_SIZE.subtitle),
  };
}

/** A title over a single cell is not broken after every word. */
const NARROWEST = 320;

/** The title is bold, and bold letters are wider by about this much. */
const BOLD = 1.14;
