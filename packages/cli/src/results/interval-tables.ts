import type { ClassificationScores, Interval, Results } from "./results.ts";
import { type Cell, type Column, count, score, type Table, text } from "./table.ts";

/** Every number that has an interval, one line each: a table an experiment. */
export function intervalTables({ experiments }: Results): Table[] {
  return [
    table("zero-shot", ["prompt"], experiments["zero-shot"], (row) => [row.promptSet], scoresOf),
    table("audio-only", ["space", "rule"], experiments["audio-only"], (row) => [row.space, row.rule], scoresOf),
    table(
      "triplets",
      ["prompt", "space", "rule"],
      experiments.triplets,
      (row) => [row.promptSet, row.space, row.rule],
      (row) => [
        ["", "micro", row.micro, row.microInterval],
        ["", "macro", row.macro, row.macroInterval],
      ],
    ),
    table(
      "positive-negative",
      ["prompt", "negated prompt"],
      experiments["positive-negative"],
      (row) => [row.promptSet, row.negatedPromptSet],
      (row) => [
        ["", "negated wins", row.negatedWins, row.intervals.negatedWins],
        ["", "tied", row.tied, row.intervals.tied],
        ["", "mean margin", row.meanMargin, row.intervals.meanMargin],
        ["", "nearest of all is negated", row.nearestIsNegated, row.intervals.nearestIsNegated],
        ["", "nearest of all is own", row.nearestIsOwn, row.intervals.nearestIsOwn],
        ...row.perClass.flatMap((c): readonly Line[] => [
          [c.label, "negated wins", c.negatedWins, c.negatedWinsInterval],
          [c.label, "mean margin", c.meanMargin, c.meanMarginInterval],
        ]),
      ],
    ),
    table(
      "negation",
      ["prompt", "space"],
      experiments.negation,
      (row) => [row.promptSet, row.space],
      (row) => [
        ["", "Y nearer than no X", row.noAnchorAccuracy, row.intervals.noAnchorAccuracy],
        ["", "Y nearer than no Y", row.noPositiveAccuracy, row.intervals.noPositiveAccuracy],
        ["", "sim(X, no X)", row.meanSimilarityToOwnNegation, row.intervals.meanSimilarityToOwnNegation],
        ["", "sim(X, Y)", row.meanSimilarityToOthers, row.intervals.meanSimilarityToOthers],
      ],
    ),
  ].flat();
}

/** A number: of which label, or of none, its name, its value and its interval. */
type Line = readonly [label: string, name: string, value: number | null, interval: Interval | null];

function table<Row extends { readonly model: string }>(
  experiment: string,
  keys: readonly string[],
  rows: readonly Row[] | undefined,
  key: (row: Row) => readonly string[],
  lines: (row: Row) => readonly Line[],
): Table[] {
  if (rows === undefined || rows.length === 0) return [];
  const columns: Column[] = [
    ...["model", ...keys, "label", "number"].map((header) => text(header)),
    ...["value", "low", "high"].map((header) => score(header)),
    text("drawn"),
    count("undefined draws"),
  ];
  return [
    {
      name: `${experiment}-intervals`,
      caption: `${experiment}: every number with its interval`,
      columns,
      rows: rows.flatMap((row) =>
        lines(row).map(([label, name, value, interval]): Cell[] => [
          ...[row.model, ...key(row), label, name, value],
          ...(interval === null
            ? [null, null, null, null]
            : [interval.low, interval.high, interval.unit, interval.undefinedDraws ?? 0]),
        ]),
      ),
    },
  ];
}

function scoresOf(row: ClassificationScores): readonly Line[] {
  const { intervals } = row;
  return [
    ...row.topK.map((value, k): Line => ["", `top-${k + 1}`, value, intervals.topK[k]!]),
    ["", "F1", row.f1Weighted, intervals.f1Weighted],
    ["", "F1 macro", row.f1Macro, intervals.f1Macro],
    ["", "ROC-AUC", row.rocAucMacro, intervals.rocAucMacro],
    ["", "PR-AUC", row.averagePrecisionMacro, intervals.averagePrecisionMacro],
    ["", "balanced", row.balancedAccuracy, intervals.balancedAccuracy],
    ...row.perClass.flatMap((c): readonly Line[] => [
      [c.label, "recall", c.recall, c.intervals.recall],
      [c.label, "F1", c.f1, c.intervals.f1],
      [c.label, "ROC-AUC", c.rocAuc, c.intervals.rocAuc],
      [c.label, "PR-AUC", c.averagePrecision, c.intervals.averagePrecision],
    ]),
  ];
}
