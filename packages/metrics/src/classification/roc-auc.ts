import type { NdArray } from "ndarray";
import { readFiniteVector, type Vector } from "../array-views.ts";
import { checkSameLength } from "../option-checks.ts";
import { readBinary, type Truth } from "./class-input.ts";
import { type MacroOptions, macroAverageOf, type PerClass } from "./per-class.ts";
import { rocAucAndAveragePrecision } from "./roc-auc-and-average-precision.ts";
import { checkSides, splitByTruth, thresholdMetrics } from "./threshold-counts.ts";

/**
 * Area under the ROC curve, in [0, 1]: the chance that a positive item scores higher than a negative one, ties counted
 * one half. 0.5 is chance, 1 is perfect.
 * @param scores - shape [n]; higher means more likely positive
 * @param positive - shape [n]; true or 1 where the item is positive, else false or 0
 * @throws {ShapeError} when the lengths differ
 * @throws {NotFiniteError} when a score is NaN or infinite
 * @throws {LabelError} when a value of positive is not 0 or 1
 * @throws {UndefinedMetricError} when all items are on one side
 * @example rocAuc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]) // 0.75
 * @see Fawcett 2006, "An introduction to ROC analysis"; scikit-learn roc_auc_score, which warns and returns NaN
 *   where this throws
 */
export function rocAuc(scores: Vector, positive: Vector): number {
  const values = readFiniteVector("scores", scores);
  const truth = readBinary("positive", positive);
  checkSameLength("positive", truth.length, "scores", values.length);
  const { positives, negatives } = splitByTruth(values, 0, 1, values.length, (item) => truth[item] === 1);
  checkSides("rocAuc", positives.length, negatives.length, true);
  return thresholdMetrics(positives, negatives).rocAuc;
}

/**
 * `rocAuc` of every class against all others. A class that no item or every item has is undefined: its value is NaN and
 * it is listed in `undefinedClasses`.
 * @param scores - shape [n, C]; higher means more likely
 * @param labels - shape [n]: class indices; or shape [n, C]: 1 where the item has the class, else 0
 * @throws {ShapeError} when the shapes do not fit
 * @throws {NotFiniteError} when a score is NaN or infinite
 * @throws {LabelError} when a label is not an integer from 0 to C - 1, or a membership is not 0 or 1
 * @example rocAucPerClass(ndarray([0.9, 0.1, 0.2, 0.8, 0.6, 0.4], [3, 2]), [0, 1, 1]).perClass // Float64Array [1, 1]
 */
export function rocAucPerClass(scores: NdArray, labels: Truth): PerClass {
  return rocAucAndAveragePrecision(scores, labels).rocAuc;
}

/**
 * The mean of `rocAucPerClass` over the classes, in [0, 1]: one class against the rest, unweighted.
 * scikit-learn's roc_auc_score (one-hot truth, average="macro") warns and returns NaN when a class is absent; this
 * throws, or leaves the class out with `absent: "skip"`.
 * @param scores - shape [n, C]
 * @param labels - shape [n] or [n, C], as for `rocAucPerClass`
 * @throws {UndefinedMetricError} when a class is undefined and not skipped (listed in `where`), or all are
 * @throws the errors of `rocAucPerClass`
 * @example macroRocAuc(ndarray([0.9, 0.1, 0.2, 0.8, 0.6, 0.4], [3, 2]), [0, 1, 1]) // 1
 */
export function macroRocAuc(scores: NdArray, labels: Truth, options: MacroOptions = {}): number {
  return macroAverageOf("macroRocAuc", rocAucPerClass(scores, labels), options);
}
