import type { NdArray } from "ndarray";
import { readScoredClasses, type Truth } from "./class-input.ts";
import { type PerClass, perClassOf } from "./per-class.ts";
import { splitByTruth, thresholdMetrics } from "./threshold-counts.ts";

/**
 * `rocAucPerClass` and `averagePrecisionPerClass` from one sort per class, in half the time of calling both.
 * @param scores - shape [n, C]; higher means more likely
 * @param labels - shape [n]: class indices; or shape [n, C]: 1 where the item has the class, else 0
 * @throws {ShapeError} when the shapes do not fit
 * @throws {NotFiniteError} when a score is NaN or infinite
 * @throws {LabelError} when a label is not an integer from 0 to C - 1, or a membership is not 0 or 1
 * @example
 * const { rocAuc, averagePrecision } = rocAucAndAveragePrecision(scores, labels);
 * [macroAverage(rocAuc), macroAverage(averagePrecision)];
 */
export function rocAucAndAveragePrecision(
  scores: NdArray,
  labels: Truth,
): { rocAuc: PerClass; averagePrecision: PerClass } {
  const {
    scores: { data, rows, columns },
    has,
  } = readScoredClasses(scores, labels);
  const rocAuc = new Float64Array(columns);
  const averagePrecision = new Float64Array(columns);
  for (let c = 0; c < columns; c++) {
    const { positives, negatives } = splitByTruth(data, c, columns, rows, (row) => has(row, c));
    const metrics = thresholdMetrics(positives, negatives);
    rocAuc[c] = metrics.rocAuc;
    averagePrecision[c] = metrics.averagePrecision;
  }
  return { rocAuc: perClassOf(rocAuc), averagePrecision: perClassOf(averagePrecision) };
}
