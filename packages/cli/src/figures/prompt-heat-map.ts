import type { Taxonomy } from "@irec/ontology";
import type { DatasetSummary, Interval, Results, ZeroShotRow } from "../results/results.ts";
import { type Cell, score, text } from "../results/table.ts";
import type { Figure } from "./figure.ts";
import { figureName } from "./figure-name.ts";
import { matrixSpec } from "./matrix.ts";
import { counted, shownScore, shownShare } from "./numbers.ts";
import { ontologyOrder } from "./ontology-order.ts";

/** How much the words of the prompt matter: scores of every prompt set, and recall of every label, a pair of figures a model. */
export function promptHeatMaps({ experiments, dataset }: Results, ontology: Taxonomy | undefined): Figure[] {
  const rows = experiments["zero-shot"] ?? [];
  return [...new Set(rows.map(({ model }) => model))].flatMap((model) => {
    const own = rows.filter((row) => row.model === model);
    const best = own.toSorted((a, b) => (b.topK[0] ?? 0) - (a.topK[0] ?? 0));
    return [promptScores(model, best, dataset), promptRecalls(model, best, ontology)];
  });
}

/** A column: its name, a row's value and interval, and what no knowledge scores. */
interface Measure {
  readonly name: string;
  readonly value: (row: ZeroShotRow) => number;
  readonly interval: (row: ZeroShotRow) => Interval | null;
  readonly baseline: (majority: number, labels: number) => number;
}

const MEASURES: readonly Measure[] = [
  {
    name: "top-1",
    value: (row) => row.topK[0]!,
    interval: (row) => row.intervals.topK[0]!,
    baseline: (majority) => majority,
  },
  {
    name: "balanced",
    value: (row) => row.balancedAccuracy,
    interval: (row) => row.intervals.balancedAccuracy,
    baseline: (_, labels) => 1 / labels,
  },
  {
    name: "F1",
    value: (row) => row.f1Weighted,
    interval: (row) => row.intervals.f1Weighted,
    // Of the most frequent label: precision p, recall 1; weighted by p, the others have 0.
    baseline: (majority) => (2 * majority ** 2) / (1 + majority),
  },
  {
    name: "ROC-AUC",
    value: (row) => row.rocAucMacro,
    interval: (row) => row.intervals.rocAucMacro,
    baseline: () => 0.5,
  },
  {
    name: "PR-AUC",
    value: (row) => row.averagePrecisionMacro,
    interval: (row) => row.intervals.averagePrecisionMacro,
    // By chance a label's share of the clips; the shares sum to 1.
    baseline: (_, labels) => 1 / labels,
  },
];

const BASELINE = "no knowledge";

function promptScores(model: string, rows: readonly ZeroShotRow[], dataset: DatasetSummary | null): Figure {
  const name = figureName(["prompt-scores", model]);
  const title = `Zero-shot scores by prompt set, ${model}`;
  const some = rows[0]!;
  const unit = some.intervals.topK[0]!.unit;
  const subtitle =
    `${counted(some.clips, "clip")}, ${counted(some.perClass.length, "label")}; best top-1 first; below the numbers their ` +
    `${percent(some.intervals.topK[0]!.level)} intervals (bootstrap over ${unit}s)`;
  const labelsWithClips = some.perClass.filter(({ clips }) => clips > 0).length;
  const majority = dataset?.majorityBaseline.accuracy;
  const baseline = majority === undefined ? [] : MEASURES.map((measure) => measure.baseline(majority, labelsWithClips));
  const cells = rows.flatMap((row, r) =>
    MEASURES.map((measure, column) => {
      const [value, interval] = [measure.value(row), measure.interval(row)];
      const small = interval === null ? "" : `${shownScore(interval.low)} to ${shownScore(interval.high)}`;
      return { row: r, column, value, interval, text: shownScore(value), small };
    }),
  );
  return {
    name,
    title,
    description: `Table of ${rows.length} prompt sets by ${MEASURES.map((m) => m.name).join(", ")}, coloured by value. ${subtitle}.`,
    data: {
      name,
      caption: title,
      columns: [text("prompt"), text("score"), score("value"), score("low"), score("high")],
      rows: [
        ...cells.map(({ row, column, value, interval }): Cell[] => [
          ...[rows[row]!.promptSet, MEASURES[column]!.name, value],
          ...[interval?.low ?? null, interval?.high ?? null],
        ]),
        ...baseline.map((value, column): Cell[] => [BASELINE, MEASURES[column]!.name, value, null, null]),
      ],
    },
    spec: (theme) =>
      matrixSpec(
        {
          ...{ title, subtitle, legend: "value", cellWidth: 84, cellHeight: 28 },
          rows: [...rows.map(({ promptSet }) => promptSet), ...(baseline.length === 0 ? [] : [BASELINE])],
          columns: MEASURES.map((measure) => measure.name),
          ...(baseline.length === 0 ? {} : { firstReferenceRow: rows.length }),
          cells: [
            ...cells,
            ...baseline.map((value, column) => ({ row: rows.length, column, value, text: shownScore(value) })),
          ],
        },
        theme,
      ),
  };
}

function promptRecalls(model: string, rows: readonly ZeroShotRow[], ontology: Taxonomy | undefined): Figure {
  const name = figureName(["prompt-recalls", model]);
  const title = `Zero-shot recall of each label by prompt set, ${model}`;
  const some = rows[0]!;
  const labels = some.perClass.map(({ label }) => label);
  const { order, families } = ontologyOrder(labels, ontology);
  const subtitle = `${counted(some.clips, "clip")}; best top-1 first; chance is ${shownScore(1 / labels.length)}`;
  const cells = rows.flatMap((row, r) =>
    order.map((label, column) => {
      const value = row.perClass[label]!.recall;
      return { row: r, column, label, value, text: shownShare(value) };
    }),
  );
  return {
    name,
    title,
    description: `Table of ${rows.length} prompt sets by ${counted(labels.length, "label")}, coloured by recall. ${subtitle}.`,
    data: {
      name,
      caption: title,
      columns: [text("prompt"), text("label"), score("recall"), score("low"), score("high")],
      rows: cells.map(({ row, label, value }): Cell[] => {
        const interval = rows[row]!.perClass[label]!.intervals.recall;
        return [rows[row]!.promptSet, labels[label]!, value, interval?.low ?? null, interval?.high ?? null];
      }),
    },
    spec: (theme) =>
      matrixSpec(
        {
          ...{ title, subtitle, legend: "recall", columnFamilies: families },
          ...{ rows: rows.map(({ promptSet }) => promptSet), columns: order.map((i) => labels[i]!), cells },
        },
        theme,
      ),
  };
}

export const percent = (level: number): string => `${Number((100 * level).toPrecision(6))} %`;
