import type { Results, ZeroShotRow } from "../results/results.ts";
import { score, text } from "../results/table.ts";
import { chartTitle } from "./chart-title.ts";
import type { Figure, Spec } from "./figure.ts";
import { binEdge, occupiedBins, shares, steps } from "./histogram-bins.ts";
import { mainPromptRows, promptSetsText } from "./main-prompts.ts";
import { counted } from "./numbers.ts";
import { fitted } from "./text-width.ts";
import { FONT_SIZE, type Theme } from "./theme.ts";

const WIDTH = 330;
const HEIGHT = 170;

/** Coprime with the seven colours, so that the first 28 models are all drawn differently. */
const DASHES = [
  [1, 0],
  [6, 2],
  [2, 2],
  [8, 2, 2, 2],
];

/** The similarities of all pairs of a clip and a prompt, a line a model, as in the study's first figure. */
export function similarityHistogram({ experiments, similarity }: Results): Figure[] {
  const rows = mainPromptRows(experiments["zero-shot"] ?? []);
  if (rows.length === 0) return [];
  const series = rows.map((row) => ({ row, ...allPairs(row) }));
  const { width } = rows[0]!.histograms.similarity;
  const [low, high] = [Math.min(...series.map((one) => one.from)), Math.max(...series.map((one) => one.to))];
  const about = `${promptSetsText(rows)}; ${counted(rows[0]!.clips, "clip")} × ${counted(rows[0]!.perClass.length, "label")}; bins of ${width}`;
  const title = `Similarity of clips and prompts (${similarity})`;
  return [
    {
      name: "similarity-histogram",
      title,
      description: `Histogram of the ${similarity} similarities of every clip to every prompt, one line a model. ${about}.`,
      data: {
        name: "similarity-histogram",
        caption: title,
        columns: [text("model"), text("prompt"), score("from"), score("to"), score("pairs"), score("share")],
        rows: series.flatMap(({ row, bins }) =>
          bins.map(({ from, to, count, share }) => [row.model, row.promptSet, from, to, count, share]),
        ),
      },
      spec: (theme) => ({
        title: chartTitle(title, about, WIDTH),
        width: WIDTH,
        height: HEIGHT,
        data: {
          values: series.flatMap(({ row, bins }, i) =>
            steps(bins).map((point) => ({ ...point, model: labelOf(row, i, rows) })),
          ),
        },
        mark: { type: "line", interpolate: "step-after", strokeWidth: 1.6 },
        encoding: {
          x: {
            field: "x",
            type: "quantitative",
            scale: { domain: [low, high], nice: false },
            axis: { title: `${similarity} similarity`, tickCount: 8, grid: false },
          },
          y: { field: "share", type: "quantitative", axis: { title: "share of pairs", tickCount: 5 } },
          ...seriesEncoding(rows, theme),
        },
      }),
    },
  ];
}

function seriesEncoding(rows: readonly ZeroShotRow[], theme: Theme): Spec {
  const domain = rows.map((row, i) => labelOf(row, i, rows));
  const legend = rows.length === 1 ? null : { title: null, columns: 1, symbolSize: 400 };
  const over = <T>(values: readonly T[]) => domain.map((_, i) => values[i % values.length]!);
  return {
    color: { field: "model", type: "nominal", scale: { domain, range: over(theme.series) }, legend },
    strokeDash: { field: "model", type: "nominal", scale: { domain, range: over(DASHES) }, legend },
  };
}

/** A model's name, shortened, and numbered where another is then the same. */
function labelOf({ model }: ZeroShotRow, i: number, rows: readonly ZeroShotRow[]): string {
  const short = fitted(model, WIDTH - 60, FONT_SIZE.label);
  const isTaken = rows.some((other, j) => j !== i && fitted(other.model, WIDTH - 60, FONT_SIZE.label) === short);
  return isTaken ? `${short} (${i + 1})` : short;
}

function allPairs({ histograms }: ZeroShotRow) {
  const { similarity } = histograms;
  const counts = similarity.right.map((count, i) => count + similarity.wrong[i]!);
  const [first, end] = occupiedBins([counts]);
  const bins = shares(similarity, counts).slice(first, end);
  return { bins, from: binEdge(similarity, first), to: binEdge(similarity, end) };
}
