import ndarray, { type NdArray } from "ndarray";
import type { Vector } from "../array-views.ts";
import { checkInteger } from "../option-checks.ts";
import { readLabelsAndPredictions } from "./class-input.ts";

/**
 * How often class i was predicted as class j, shape [C, C]; rows are the truth, columns the predictions.
 * All zero when there are no items.
 * @param labels - shape [n]; class indices of the truth
 * @param predictions - shape [n]; class indices
 * @param classCount - C, from 1 to 16,384
 * @throws {ShapeError} when the lengths differ
 * @throws {LabelError} when a value is not an integer from 0 to C - 1
 * @throws {OptionError} when classCount is not an integer in that range
 * @example confusionMatrix([0, 1, 1], [0, 0, 1], 2) // [[1, 0], [1, 1]]
 * @see scikit-learn confusion_matrix
 */
export function confusionMatrix(labels: Vector, predictions: Vector, classCount: number): NdArray<Int32Array> {
  checkInteger("classCount", classCount, 1, MOST_ROWS);
  const { truth, predicted } = readLabelsAndPredictions(labels, predictions, classCount);
  const counts = new Int32Array(classCount * classCount);
  for (let i = 0; i < truth.length; i++) counts[truth[i]! * classCount + predicted[i]!]!++;
  return ndarray(counts, [classCount, classCount]);
}

/** A matrix of this many rows and columns takes 1 GiB; engines allow 2 to 8. */
const MOST_ROWS = 2 ** 14;
