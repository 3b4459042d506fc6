import type { Results } from "../results/results.ts";
import { score, text } from "../results/table.ts";
import { chartTitle } from "./chart-title.ts";
import type { Figure, Spec } from "./figure.ts";
import { binEdge, occupiedBins, shares } from "./histogram-bins.ts";
import { mainPromptRows, promptSetsText } from "./main-prompts.ts";
import { counted } from "./numbers.ts";
import { panelTitle } from "./pair-histograms.ts";
import type { Theme } from "./theme.ts";

const WIDTH = 330;
const HEIGHT = 80;

/** How far a clip's nearest prompt is ahead of its second nearest, a panel a model, as in the study. */
export function topTwoDifference({ experiments, similarity }: Results): Figure[] {
  const rows = mainPromptRows(experiments["zero-shot"] ?? []);
  const [some] = rows;
  if (some === undefined) return [];
  const panels = rows.map(({ model, promptSet, histograms: { topTwoDifference: bins } }) => {
    const end = occupiedBins([bins.counts])[1];
    return { model, promptSet, bins: shares(bins, bins.counts).slice(0, end), to: binEdge(bins, end) };
  });
  const name = "top-two-difference";
  const title = "How far the nearest prompt is ahead of the second";
  const subtitle =
    `${promptSetsText(rows)}; ${counted(some.clips, "clip")}, ${counted(some.perClass.length, "label")}; ` +
    `bins of ${some.histograms.topTwoDifference.width}. 0 is a model that cannot decide`;
  return [
    {
      name,
      title,
      description: `Histogram a model of each clip's highest similarity minus its second highest. ${subtitle}.`,
      data: {
        name,
        caption: title,
        columns: [text("model"), text("prompt"), score("from"), score("to"), score("clips"), score("share")],
        rows: panels.flatMap(({ model, promptSet, bins }) =>
          bins.map(({ from, to, count, share }) => [model, promptSet, from, to, count, share]),
        ),
      },
      spec: (theme: Theme): Spec => ({
        title: chartTitle(title, subtitle, WIDTH),
        data: { values: panels.flatMap(({ bins }, panel) => bins.map((bin) => ({ ...bin, panel }))) },
        spacing: 14,
        vconcat: panels.map(({ model }, panel) => ({
          width: WIDTH,
          height: HEIGHT,
          title: panels.length === 1 ? null : panelTitle(model),
          transform: [{ filter: `datum.panel === ${panel}` }],
          mark: { type: "rect", color: theme.first, stroke: theme.background, strokeWidth: 0.5 },
          encoding: {
            x: {
              ...{ field: "from", type: "quantitative" },
              scale: { domain: [0, Math.max(...panels.map(({ to }) => to))], nice: false },
              axis: { title: `${similarity} similarity, first minus second`, tickCount: 8, grid: false },
            },
            x2: { field: "to" },
            y: { field: "share", type: "quantitative", axis: { title: "share of clips", tickCount: 4 } },
            y2: { datum: 0 },
          },
        })),
      }),
    },
  ];
}
