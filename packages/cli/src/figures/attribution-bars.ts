import type { AttributionLadder, AttributionRow } from "../results/analysis-rows.ts";
import type { Results } from "../results/results.ts";
import { score, text } from "../results/table.ts";
import type { Figure } from "./figure.ts";
import { intervalPlotSpec } from "./interval-plot.ts";
import { mainPromptRows } from "./main-prompts.ts";
import { counted } from "./numbers.ts";
import { percent } from "./prompt-heat-map.ts";

const PARTS = [
  ["zeroShot", "reached by the model"],
  ["projection", "lost in the projection"],
  ["text", "lost in the text tower"],
  ["audio", "lost in the audio tower"],
] as const;

/** Which part loses the points: what the model reaches, and what each of its parts loses; they sum to 1. */
export function attributionBars({ experiments }: Results): Figure[] {
  const rows = mainPromptRows(experiments.attribution ?? []);
  const ladders = rows.flatMap((row) => (row.ladders[0] === undefined ? [] : [{ row, ladder: row.ladders[0] }]));
  const [some] = ladders;
  if (some === undefined) return [];
  const name = "attribution";
  const title = "Where the points are lost";
  const words = some.ladder.measure === "balanced-accuracy" ? "balanced accuracy" : "top-1 accuracy";
  const interval = PARTS.map(([part]) => some.ladder.intervals[part]).find((one) => one !== null);
  const subtitle =
    `${words}, ${some.ladder.labels} labels; ${counted(some.row.clips, "clip")}, ${counted(some.row.labels, "label")}. ` +
    `The four sum to 1${interval ? `; ${percent(interval.level)} intervals (bootstrap over ${interval.unit}s)` : ""}`;
  return [
    {
      name,
      title,
      description: `What each model reaches and what projection, text tower and audio tower lose of the rest. ${subtitle}.`,
      data: {
        name,
        caption: title,
        columns: [
          ...["model", "prompt", "measure", "labels", "part"].map((header) => text(header)),
          ...["value", "low", "high"].map((header) => score(header)),
        ],
        rows: ladders.flatMap(({ row, ladder }) =>
          PARTS.map(([part, label]) => [
            ...[row.model, row.promptSet, ladder.measure, ladder.labels, label],
            ...[ladder[part], ladder.intervals[part]?.low ?? null, ladder.intervals[part]?.high ?? null],
          ]),
        ),
      },
      spec: (theme) =>
        intervalPlotSpec(
          {
            ...{ title, subtitle, mark: "bar", axisTitle: words },
            references: [{ value: 1 / some.row.labels, label: "chance" }],
            groups: ladders.map(({ row, ladder }) => ({
              label: `${row.model}, ${row.promptSet}`,
              lines: lines(ladder),
              referenced: 1,
            })),
          },
          theme,
        ),
    },
  ];
}

const lines = (ladder: AttributionLadder) =>
  PARTS.map(([part, label]) => ({
    label,
    value: ladder[part],
    interval: ladder.intervals[part],
    isOther: part !== "zeroShot",
  }));

/** The scores that the losses are differences of, a line a stand-in. */
export function attributionSteps({ experiments }: Results): Figure[] {
  const rows: readonly AttributionRow[] = mainPromptRows(experiments.attribution ?? []);
  const [some] = rows;
  if (some === undefined || some.steps.length === 0) return [];
  const name = "attribution-steps";
  const title = "The same clips with each part replaced by a stand-in";
  const { level, unit } = some.steps[0]!.intervals.balancedAccuracy;
  const subtitle =
    `Balanced accuracy; ${counted(some.clips, "clip")}, ${counted(some.labels, "label")}; ${percent(level)} intervals ` +
    `(bootstrap over ${unit}s)`;
  return [
    {
      name,
      title,
      description: `Balanced accuracy of the model and of every stand-in for one of its parts. ${subtitle}.`,
      data: {
        name,
        caption: title,
        columns: [
          ...["model", "prompt", "step"].map((header) => text(header)),
          ...["balanced accuracy", "low", "high"].map((header) => score(header)),
        ],
        rows: rows.flatMap((row) =>
          row.steps.map(({ step, balancedAccuracy, intervals }) => [
            ...[row.model, row.promptSet, step],
            ...[balancedAccuracy, intervals.balancedAccuracy.low, intervals.balancedAccuracy.high],
          ]),
        ),
      },
      spec: (theme) =>
        intervalPlotSpec(
          {
            ...{ title, subtitle, mark: "point", axisTitle: "balanced accuracy" },
            references: [{ value: 1 / some.labels, label: "chance" }],
            groups: rows.map((row) => ({
              label: `${row.model}, ${row.promptSet}`,
              lines: row.steps.map(({ step, balancedAccuracy, intervals }) => ({
                label: step,
                value: balancedAccuracy,
                interval: intervals.balancedAccuracy,
                isOther: step !== "zero-shot",
              })),
            })),
          },
          theme,
        ),
    },
  ];
}
