import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readTextFile } from "../text-file.ts";

/** A figure of a run. */
export interface RunFigure {
  /** Its file in the folder `figures`. */
  readonly name: string;
  /** What it shows. */
  readonly title: string;
  /** What its numbers are; empty when it does not say. */
  readonly description: string;
  readonly svg: string;
}

/** How much of a page figures may take, as they are written into it. */
const PAGE_BYTES = 450_000;
/** A figure of more is a picture of every clip, which no page needs. */
const MOST_FIGURE_BYTES = 1 << 24;

/** The SVG figures of a run folder, in the order of their names, as many as a page has room for. */
export async function runFigures(
  run: string,
): Promise<{ readonly figures: readonly RunFigure[]; readonly leftOut: readonly string[] }> {
  const folder = join(run, "figures");
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".svg")).sort();
  const figures: RunFigure[] = [];
  const leftOut: string[] = [];
  let room = PAGE_BYTES;
  for (const name of names) {
    const svg = await readTextFile(join(folder, name), MOST_FIGURE_BYTES);
    if (svg.length > room) {
      leftOut.push(name);
      continue;
    }
    room -= svg.length;
    const title = textOf(svg, "title") || name.replace(/\.svg$/, "").replaceAll("-", " ");
    figures.push({ name, title, description: textOf(svg, "desc"), svg });
  }
  return { figures, leftOut };
}

/** What a figure says of itself, for those who cannot see it. */
function textOf(svg: string, element: "title" | "desc"): string {
  const text = new RegExp(`<${element}[^>]*>([^<]*)</${element}>`).exec(svg)?.[1] ?? "";
  return text.replace(/&(amp|lt|gt|quot|#39|apos);/g, (_, name: keyof typeof ENTITIES) => ENTITIES[name]).trim();
}

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", apos: "'" } as const;
