import type { Taxonomy } from "@irec/ontology";
import type { AudioOnlyRow, ClassificationScores, Results } from "../results/results.ts";
import { count, score, text } from "../results/table.ts";
import type { Figure } from "./figure.ts";
import { figureName } from "./figure-name.ts";
import { mainPromptRows } from "./main-prompts.ts";
import { matrixSpec } from "./matrix.ts";
import { counted, shownScore } from "./numbers.ts";
import { ontologyOrder } from "./ontology-order.ts";

/** What each label's clips were taken for, a figure a model: by text, and by centroids of audio. */
export function confusionMatrices({ experiments }: Results, ontology: Taxonomy | undefined): Figure[] {
  return [
    ...mainPromptRows(experiments["zero-shot"] ?? []).map((row) =>
      confusionMatrix(row, ["confusion-zero-shot", row.model], `Zero-shot, ${row.model}, ${row.promptSet}`, ontology),
    ),
    ...strictestRows(experiments["audio-only"] ?? []).map((row) =>
      confusionMatrix(
        row,
        ["confusion-audio-only", row.model],
        `Audio only, ${row.model}, ${row.space}, ${row.rule}`,
        ontology,
      ),
    ),
  ];
}

/** Of each model the joint space rather than the one before it, by the rule that knows least of the clip. */
function strictestRows(rows: readonly AudioOnlyRow[]): readonly AudioOnlyRow[] {
  const rank = ({ space, rule }: AudioOnlyRow) =>
    (space === "joint_space" ? 3 : 0) + ["published", "leave-one-out", "by-fold"].indexOf(rule);
  return [...new Set(rows.map(({ model }) => model))].map((model) =>
    rows.filter((row) => row.model === model).reduce((best, row) => (rank(row) > rank(best) ? row : best)),
  );
}

/**
 * One confusion matrix: rows are the labels of the clips, columns the answers, both in the ontology's order; the colour is the
 * share of the row.
 * @param parts - of the figure's name
 */
export function confusionMatrix(
  { clips, confusion, perClass, topK, balancedAccuracy }: ClassificationScores,
  parts: readonly string[],
  what: string,
  ontology: Taxonomy | undefined,
): Figure {
  const name = figureName(parts);
  const labels = perClass.map(({ label }) => label);
  const { order, families } = ontologyOrder(labels, ontology);
  const cells = order.flatMap((t, row) =>
    order.map((p, column) => {
      const total = perClass[t]!.clips;
      const taken = confusion[t]![p]!;
      return { row, column, t, p, taken, value: total === 0 ? null : taken / total };
    }),
  );
  const title = `${what}: what clips were taken for`;
  const subtitle =
    `${counted(clips, "clip")}; top-1 ${shownScore(topK[0] ?? null)}, balanced ${shownScore(balancedAccuracy)}. ` +
    "Numbers are clips, colours shares of the row" +
    (perClass.some((label) => label.clips === 0) ? "; rows with dashes have no clips" : "");
  const ordered = order.map((i) => labels[i]!);
  return {
    name,
    title,
    description: `Confusion matrix of ${counted(labels.length, "label")}, rows true and columns predicted. ${subtitle}.`,
    data: {
      name,
      caption: title,
      columns: [text("label"), text("predicted"), count("clips"), score("share of label")],
      rows: cells.map(({ t, p, taken, value }) => [labels[t]!, labels[p]!, taken, value]),
    },
    spec: (theme) =>
      matrixSpec(
        {
          ...{
            title,
            subtitle,
            rows: ordered,
            columns: ordered,
            rowTitle: "label of the clip",
            columnTitle: "taken for",
          },
          ...{ rowFamilies: families, columnFamilies: families, legend: "share of the label's clips" },
          cells: cells.map((cell) => ({ ...cell, text: cell.taken === 0 ? "" : String(cell.taken) })),
        },
        theme,
      ),
  };
}
