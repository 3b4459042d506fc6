import type { SimilarityHistograms } from "../results/histograms.ts";
import type { ClassificationScores, Results } from "../results/results.ts";
import { score, type Table, text } from "../results/table.ts";
import { chartTitle } from "./chart-title.ts";
import type { Figure, Spec } from "./figure.ts";
import { binEdge, occupiedBins, shares, steps } from "./histogram-bins.ts";
import { mainPromptRows } from "./main-prompts.ts";
import { counted } from "./numbers.ts";
import { fitted } from "./text-width.ts";
import { FONT_SIZE, type Theme } from "./theme.ts";

const WIDTH = 330;
const HEIGHT = 90;

/** A panel: the row's histograms, and what it is called. */
interface Panel {
  readonly name: string;
  readonly row: ClassificationScores & { readonly model: string; readonly histograms: SimilarityHistograms };
}

/** How similar clips are to the prompt of their own label and to those of others, a panel a model, as in the study. */
export function zeroShotPairs({ experiments, similarity }: Results): Figure[] {
  const rows = mainPromptRows(experiments["zero-shot"] ?? []);
  const panels = rows.map((row) => ({ name: `${row.model}, ${row.promptSet}`, row }));
  return pairFigure(panels, {
    name: "positive-negative-zero-shot",
    title: "Clips against prompts: right and wrong pairs",
    of: "A pair is a clip and the prompt of a label",
    axis: `${similarity} similarity of clip and prompt`,
  });
}

/** The same for clips and class centroids of audio, by the study's rule, in each space that there is. */
export function audioOnlyPairs({ experiments, similarity }: Results): Figure[] {
  const rows = (experiments["audio-only"] ?? []).filter(({ rule }) => rule === "published");
  const panels = rows.map((row) => ({ name: `${row.model}, ${row.space}`, row }));
  return pairFigure(panels, {
    name: "positive-negative-audio-only",
    title: "Clips against class centroids of audio: right and wrong pairs",
    of: "A pair is a clip and the mean of a label's clips, itself among them, as in the study",
    axis: `${similarity} similarity of clip and centroid`,
  });
}

function pairFigure(
  panels: readonly Panel[],
  words: { readonly name: string; readonly title: string; readonly of: string; readonly axis: string },
): Figure[] {
  const [some] = panels;
  if (some === undefined) return [];
  const { name, title } = words;
  const subtitle =
    `${words.of}; ${counted(some.row.clips, "clip")}, ${counted(some.row.perClass.length, "label")}; ` +
    `bins of ${some.row.histograms.similarity.width}. Shares of the right pairs, and of the wrong ones, sum to 1`;
  return [
    {
      name,
      title,
      description: `Two histograms a panel: similarities of clips to their own label, and to all other labels. ${subtitle}.`,
      data: pairTable(name, title, panels),
      spec: (theme) => pairSpec(panels, chartTitle(title, subtitle, WIDTH), words.axis, theme),
    },
  ];
}

function pairTable(name: string, caption: string, panels: readonly Panel[]): Table {
  return {
    name,
    caption,
    columns: [text("panel"), text("pairs"), score("from"), score("to"), score("count"), score("share")],
    rows: panels.flatMap(({ name: panel, row }) => {
      const { similarity } = row.histograms;
      return KINDS.flatMap(([kind]) =>
        shares(similarity, similarity[kind]).map(({ from, to, count, share }) => [panel, kind, from, to, count, share]),
      );
    }),
  };
}

const KINDS = [
  ["right", "own label"],
  ["wrong", "other labels"],
] as const;

function pairSpec(panels: readonly Panel[], title: Spec, axisTitle: string, theme: Theme): Spec {
  const ranges = panels.map(({ row }) => {
    const { similarity } = row.histograms;
    const [first, end] = occupiedBins([similarity.right, similarity.wrong]);
    return { first, end, from: binEdge(similarity, first), to: binEdge(similarity, end) };
  });
  const values = panels.flatMap(({ row }, i) => {
    const { similarity } = row.histograms;
    const { first, end } = ranges[i]!;
    return KINDS.flatMap(([kind, pairs]) =>
      steps(shares(similarity, similarity[kind]).slice(first, end)).map((point) => ({ ...point, pairs, panel: i })),
    );
  });
  const domain = [Math.min(...ranges.map(({ from }) => from)), Math.max(...ranges.map(({ to }) => to))];
  const pairs = KINDS.map(([, words]) => words);
  const x = {
    field: "x",
    type: "quantitative",
    scale: { domain, nice: false },
    axis: { title: axisTitle, tickCount: 8, grid: false },
  };
  const y = { field: "share", type: "quantitative", axis: { title: "share of pairs", tickCount: 4 } };
  const legend = { title: null, symbolSize: 400, symbolStrokeWidth: 2 };
  const one = (panel: number): Spec => ({
    width: WIDTH,
    height: HEIGHT,
    title: panels.length === 1 ? null : panelTitle(panels[panel]!.name),
    transform: [{ filter: `datum.panel === ${panel}` }],
    layer: [
      {
        transform: [{ filter: { field: "pairs", equal: pairs[1] } }],
        mark: { type: "area", interpolate: "step-after", opacity: 0.25, color: theme.second },
        encoding: { x, y: { ...y, stack: null } },
      },
      {
        mark: { type: "line", interpolate: "step-after", strokeWidth: 1.8 },
        encoding: {
          x,
          y,
          color: {
            ...{ field: "pairs", type: "nominal", legend },
            scale: { domain: pairs, range: [theme.first, theme.second] },
          },
          strokeDash: {
            field: "pairs",
            type: "nominal",
            legend,
            scale: {
              domain: pairs,
              range: [
                [1, 0],
                [4, 2],
              ],
            },
          },
        },
      },
    ],
  });
  return { title, data: { values }, vconcat: panels.map((_, i) => one(i)), spacing: 14 };
}

export const panelTitle = (name: string): Spec => ({
  text: fitted(name, WIDTH, FONT_SIZE.label),
  fontSize: FONT_SIZE.label,
  offset: 4,
});
