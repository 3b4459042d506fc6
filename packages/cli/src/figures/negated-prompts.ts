import type { Results } from "../results/results.ts";
import { count, score, text } from "../results/table.ts";
import type { Figure } from "./figure.ts";
import { intervalPlotSpec } from "./interval-plot.ts";
import { counted } from "./numbers.ts";
import { percent } from "./prompt-heat-map.ts";

/** How often "no X" is nearer to a clip of X than "X" is, a line a pair of prompt sets. */
export function negatedPrompts({ experiments }: Results): Figure[] {
  const rows = experiments["positive-negative"] ?? [];
  const [some] = rows;
  if (some === undefined) return [];
  const name = "negated-prompts";
  const title = "How often the negated prompt is nearer to a clip";
  const { level, unit } = some.intervals.negatedWins;
  const subtitle =
    `${counted(some.clips, "clip")}; share nearer to the negated prompt of their label than to the affirming one, with ` +
    `${percent(level)} intervals (bootstrap over ${unit}s). 0 is right; 0.5 is a model that does not tell them apart`;
  return [
    {
      name,
      title,
      description: `${subtitle}. ${counted(rows.length, "pair")} of prompt sets.`,
      data: {
        name,
        caption: title,
        columns: [
          ...["model", "prompt", "negated prompt"].map((header) => text(header)),
          ...[count("clips"), score("negated wins"), score("low"), score("high")],
        ],
        rows: rows.map((row) => [
          ...[row.model, row.promptSet, row.negatedPromptSet, row.clips, row.negatedWins],
          ...[row.intervals.negatedWins.low, row.intervals.negatedWins.high],
        ]),
      },
      spec: (theme) =>
        intervalPlotSpec(
          {
            ...{ title, subtitle, mark: "point", axisTitle: "share of clips" },
            references: [{ value: 0.5, label: "cannot tell" }],
            groups: [...new Set(rows.map(({ model }) => model))].map((model) => ({
              label: model,
              lines: rows
                .filter((row) => row.model === model)
                .map((row) => ({
                  label: row.negatedPromptSet,
                  value: row.negatedWins,
                  interval: row.intervals.negatedWins,
                })),
            })),
          },
          theme,
        ),
    },
  ];
}
