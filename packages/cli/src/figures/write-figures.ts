import { labelOntology, type OntologyChoice } from "../ontology-choice.ts";
import { type Progress, silentProgress } from "../progress.ts";
import type { Results } from "../results/results.ts";
import { toCsv } from "../results/table-formats.ts";
import { figuresOf } from "./figures.ts";
import { renderSvg } from "./render-svg.ts";

/** Draws every figure of a run, and puts the numbers that it shows beside it: `figures/<name>.svg` and `.csv`. */
export async function writeFigures(
  results: Results,
  options: {
    /** The one that the run had. */
    readonly ontology: OntologyChoice;
    readonly write: (name: string, chunks: Iterable<Uint8Array>) => void;
    readonly progress?: Progress;
  },
): Promise<void> {
  const { ontology, write, progress = silentProgress } = options;
  const figures = figuresOf(results, labelOntology(ontology));
  const work = progress.start("figures", figures.length);
  const encoder = new TextEncoder();
  try {
    for (const figure of figures) {
      write(`figures/${figure.name}.svg`, [encoder.encode(await renderSvg(figure))]);
      write(`figures/${figure.name}.csv`, [encoder.encode(toCsv(figure.data))]);
      work.advance(1);
    }
  } finally {
    work.end();
  }
}
