import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readTextFile } from "../text-file.ts";

/** A figure of a run. */
export interface RunFigure {
  /** Its file in the folder `figures`. */
  readonly name: string;
  readonly caption: string;
  readonly svg: string;
}

/** How much of a page figures may take, as they are written into it. */
const PAGE_BYTES = 700_000;
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
    figures.push({ name, caption: captionOf(svg) ?? name.replace(/\.svg$/, "").replaceAll("-", " "), svg });
  }
  return { figures, leftOut };
}

/** What a figure calls itself: its title, or the label that screen readers are given. */
function captionOf(svg: string): string | undefined {
  const found = /<title[^>]*>([^<]+)<\/title>/.exec(svg) ?? /^[^>]*<svg[^>]*\saria-label="([^"]+)"/.exec(svg);
  return found?.[1]
    ?.replace(
      /&(amp|lt|gt|quot|#39);/g,
      (_, name: string) => ({ amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" })[name]!,
    )
    .trim();
}
