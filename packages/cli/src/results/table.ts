import { printable } from "../printable.ts";

/** A table before it is written in any form. Numbers keep their full precision until then. */
export interface Table {
  /** File name without extension; may hold a folder. */
  readonly name: string;
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface Column {
  /** Unique within the table. "x low" and "x high" are the ends of the interval of "x". */
  readonly header: string;
  /** A shorter header where the neighbouring columns make it clear. */
  readonly short?: string;
  /** text is left-aligned; counts are integers; scores are shown with four decimals, in full in CSV. */
  readonly kind: "text" | "count" | "score";
}

/** null stands for "undefined for this row" and is written as an empty cell. */
export type Cell = string | number | null;

export const text = (header: string): Column => ({ header, kind: "text" });
export const count = (header: string, short = header): Column => ({ header, short, kind: "count" });
export const score = (header: string, short = header): Column => ({ header, short, kind: "score" });

/** A cell for people: four decimals for scores, one line for text. */
export function shown(cell: Cell, { kind }: Column): string {
  if (cell === null) return "";
  if (typeof cell === "string") return printable(cell.replace(/\s+/g, " "));
  // What rounds to nothing has no sign: -0.00001 is 0.0000.
  return kind === "score" ? cell.toFixed(4).replace(/^-(0\.0000)$/, "$1") : String(cell);
}
