import { MAX_INDEX, type Vector } from "../array-views.ts";
import { UndefinedMetricError } from "../errors.ts";
import { readLabelsAndPredictions } from "./class-input.ts";

/**
 * The mean over classes of the share of a class's items that are predicted as it, in [0, 1].
 * Classes that the truth does not have are left out, even when they are predicted.
 * @param labels - shape [n]; class indices of the truth
 * @param predictions - shape [n]; class indices
 * @throws {ShapeError} when the lengths differ
 * @throws {LabelError} when a value is not an integer of 0 or more
 * @throws {UndefinedMetricError} when there are no items
 * @example balancedAccuracy([0, 0, 0, 1], [0, 0, 1, 1]) // 0.8333333333333333
 * @see Brodersen et al. 2010, "The balanced accuracy and its posterior distribution";
 *   scikit-learn balanced_accuracy_score
 */
export function balancedAccuracy(labels: Vector, predictions: Vector): number {
  const { truth, predicted } = readLabelsAndPredictions(labels, predictions, MAX_INDEX);
  if (truth.length === 0) throw new UndefinedMetricError("balancedAccuracy", "there are no items");
  const tallies = new Map<number, { hits: number; items: number }>();
  for (let i = 0; i < truth.length; i++) {
    const tally = tallies.get(truth[i]!) ?? { hits: 0, items: 0 };
    tallies.set(truth[i]!, tally);
    tally.items++;
    if (truth[i] === predicted[i]) tally.hits++;
  }
  // Ascending classes, so that the order of the items cannot change the last bit of the sum.
  const classes = [...tallies.keys()].sort((a, b) => a - b);
  let sum = 0;
  for (const classIndex of classes) sum += tallies.get(classIndex)!.hits / tallies.get(classIndex)!.items;
  return sum / classes.length;
}
