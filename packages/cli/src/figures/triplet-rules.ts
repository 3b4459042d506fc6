import { type Results, TRIPLET_RULES, type TripletRow } from "../results/results.ts";
import { count, score, text } from "../results/table.ts";
import type { Figure } from "./figure.ts";
import { intervalPlotSpec } from "./interval-plot.ts";
import { mainPromptRows, promptSetsText } from "./main-prompts.ts";
import { grouped } from "./numbers.ts";
import { percent } from "./prompt-heat-map.ts";

/** What the study's rule says of the text tower, and what the corrected rules say. */
export function tripletRules({ experiments, ontology }: Results): Figure[] {
  const all = experiments.triplets ?? [];
  const chosen = mainPromptRows(all);
  const rows = all.filter((row) =>
    chosen.some(({ model, promptSet }) => model === row.model && promptSet === row.promptSet),
  );
  const [some] = rows;
  if (some === undefined) return [];
  const name = "triplet-rules";
  const hasPublished = rows.some(({ rule }) => rule === "published-2024");
  const title = hasPublished ? "Ontology triplets: the published rule and corrected ones" : "Ontology triplets";
  const subtitle =
    `${promptSetsText(rows)}; ${ontology}. Share of triplets that are right, with ${percent(some.microInterval.level)} ` +
    `intervals (bootstrap over ${some.microInterval.unit}s); in brackets the triplets` +
    (hasPublished ? ". The triangle is the study's rule" : "");
  const groups = new Map<string, TripletRow[]>();
  for (const row of rows) {
    const key = `${row.model}, ${row.space === "pre_joint" ? "before the projection" : "joint space"}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [
    {
      name,
      title,
      description: `Shares of triplets that are right, by rule, of ${groups.size} pairs of a model and a space. ${subtitle}.`,
      data: {
        name,
        caption: title,
        columns: [
          ...["model", "prompt", "space", "rule"].map((header) => text(header)),
          ...[count("triplets"), score("micro"), score("low"), score("high")],
        ],
        rows: rows.map((row) => [
          ...[row.model, row.promptSet, row.space, row.rule],
          ...[row.triplets, row.micro, row.microInterval.low, row.microInterval.high],
        ]),
      },
      spec: (theme) =>
        intervalPlotSpec(
          {
            ...{ title, subtitle, mark: "point", axisTitle: "share of triplets that are right" },
            references: [{ value: 0.5, label: "chance" }],
            groups: [...groups].map(([label, own]) => ({
              label,
              lines: TRIPLET_RULES.flatMap((rule) => own.filter((row) => row.rule === rule)).map((row) => ({
                label: `${row.rule} (${grouped(row.triplets)})`,
                value: row.micro,
                interval: row.microInterval,
                isOther: row.rule === "published-2024",
              })),
            })),
          },
          theme,
        ),
    },
  ];
}
