import Papa from "papaparse";
import type { ClipTable } from "./dataset.ts";

/** Names that a clip has anyway; a column of the same name would hide one of them. */
const OWN = ["id", "path", "label", "fold", "split"] as const;

/** The clips as CSV, a header and one row a clip, which `irec` reads as well. */
export function* clipsCsv({ clips }: ClipTable): Generator<string> {
  const present = OWN.filter((name) => clips.some((clip) => clip[name] !== undefined));
  const further = [...new Set(clips.flatMap(({ columns }) => Object.keys(columns)))].filter(
    (name) => !OWN.includes(name as (typeof OWN)[number]),
  );
  const line = (cells: readonly unknown[]) => `${Papa.unparse([cells as unknown[]], { newline: "\n" })}\n`;
  yield line([...present, ...further]);
  for (const clip of clips) {
    yield line([...present.map((name) => clip[name] ?? ""), ...further.map((name) => clip.columns[name] ?? "")]);
  }
}
