import { MAX_INDEX, type Vector } from "../array-views.ts";
import { UndefinedMetricError } from "../errors.ts";
import { readLabelsAndPredictions } from "./class-input.ts";

/**
 * The share of predictions that equal their label, in [0, 1].
 * @param labels - shape [n]; class indices of the truth
 * @param predictions - shape [n]; class indices
 * @throws {ShapeError} when the lengths differ
 * @throws {LabelError} when a value is not an integer of 0 or more
 * @throws {UndefinedMetricError} when there are no items
 * @example accuracy([0, 1, 2, 2], [0, 1, 1, 2]) // 0.75
 * @see scikit-learn accuracy_score
 */
export function accuracy(labels: Vector, predictions: Vector): number {
  const { truth, predicted } = readLabelsAndPredictions(labels, predictions, MAX_INDEX);
  if (truth.length === 0) throw new UndefinedMetricError("accuracy", "there are no items");
  let hits = 0;
  for (let i = 0; i < truth.length; i++) if (truth[i] === predicted[i]) hits++;
  return hits / truth.length;
}
