import type { NdArray } from "ndarray";
import { readFiniteVector, type Vector } from "../array-views.ts";
import { checkSameLength } from "../option-checks.ts";
import { readBinary, type Truth } from "./class-input.ts";
import { type MacroOptions, macroAverageOf, type PerClass } from "./per-class.ts";
import { rocAucAndAveragePrecision } from "./roc-auc-and-average-precision.ts";
import { checkSides, splitByTruth, thresholdMetrics } from "./threshold-counts.ts";

/**
 * Average precision, in (0, 1]: the precision at every threshold weighted by the recall gained there, Σ (Rₙ - Rₙ₋₁) Pₙ.
 * Not interpolated; items of equal score share one threshold. Chance is the share of positives.
 * @param scores - shape [n]; higher means more likely positive
 * @param positive - shape [n]; true or 1 where the item is positive, else false or 0
 * @throws {ShapeError} when the lengths differ
 * @throws {NotFiniteError} when a score is NaN or infinite
 * @throws {LabelError} when a value of positive is not 0 or 1
 * @throws {UndefinedMetricError} when no item is positive
 * @example averagePrecision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]) // 0.8333333333333333
 * @see scikit-learn average_precision_score, which warns and returns 0 where this throws
 */
export function averagePrecision(scores: Vector, positive: Vector): number {
  const values = readFiniteVector("scores", scores);
  const truth = readBinary("positive", positive);
  checkSameLength("positive", truth.length, "scores", values.length);
  const { positives, negatives } = splitByTruth(values, 0, 1, values.length, (item) => truth[item] === 1);
  checkSides("averagePrecision", positives.length, negatives.length, false);
  return thresholdMetrics(positives, negatives).averagePrecision;
}

/**
 * `averagePrecision` of every class. A class that no item has is undefined: its value is NaN and it is listed in
 * `undefinedClasses`.
 * @param scores - shape [n, C]; higher means more likely
 * @param labels - shape [n]: class indices; or shape [n, C]: 1 where the item has the class, else 0
 * @throws {ShapeError} when the shapes do not fit
 * @throws {NotFiniteError} when a score is NaN or infinite
 * @throws {LabelError} when a label is not an integer from 0 to C - 1, or a membership is not 0 or 1
 * @example
 * averagePrecisionPerClass(ndarray([0.9, 0.1, 0.2, 0.8, 0.6, 0.4], [3, 2]), [0, 1, 1]).perClass; // Float64Array [1, 1]
 */
export function averagePrecisionPerClass(scores: NdArray, labels: Truth): PerClass {
  return rocAucAndAveragePrecision(scores, labels).averagePrecision;
}

/**
 * The mean of `averagePrecisionPerClass` over the classes, in (0, 1], unweighted.
 * scikit-learn's average_precision_score (one-hot truth, average="macro") warns and counts an absent class as 0; this
 * throws, or leaves the class out with `absent: "skip"`.
 * @param scores - shape [n, C]
 * @param labels - shape [n] or [n, C], as for `averagePrecisionPerClass`
 * @throws {UndefinedMetricError} when a class is undefined and not skipped (listed in `where`), or all are
 * @throws the errors of `averagePrecisionPerClass`
 * @example macroAveragePrecision(ndarray([0.9, 0.1, 0.2, 0.8, 0.6, 0.4], [3, 2]), [0, 1, 1]) // 1
 */
export function macroAveragePrecision(scores: NdArray, labels: Truth, options: MacroOptions = {}): number {
  return macroAverageOf("macroAveragePrecision", averagePrecisionPerClass(scores, labels), options);
}
