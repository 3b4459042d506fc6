import { readIndices, type Vector } from "../array-views.ts";
import { UndefinedMetricError } from "../errors.ts";
import { checkClassCount } from "../option-checks.ts";

/**
 * The most frequent class and the accuracy of always answering it; the lowest class index of equals.
 * @param labels - shape [n]; class indices
 * @param classCount - C, from 1 to 2^24
 * @throws {LabelError} when a label is not an integer from 0 to C - 1
 * @throws {OptionError} when classCount is not an integer in that range
 * @throws {UndefinedMetricError} when there are no items
 * @example majorityBaseline([2, 0, 2, 1], 3) // { label: 2, accuracy: 0.5 }
 */
export function majorityBaseline(labels: Vector, classCount: number): { label: number; accuracy: number } {
  checkClassCount("classCount", classCount);
  const classes = readIndices("labels", labels, classCount, "a class index");
  if (classes.length === 0) throw new UndefinedMetricError("majorityBaseline", "there are no items");
  const counts = new Int32Array(classCount);
  for (const label of classes) counts[label]!++;
  let label = 0;
  for (let c = 1; c < classCount; c++) if (counts[c]! > counts[label]!) label = c;
  return { label, accuracy: counts[label]! / classes.length };
}
