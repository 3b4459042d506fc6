import type { NdArray } from "ndarray";
import type { Vector } from "../array-views.ts";
import { UndefinedMetricError } from "../errors.ts";
import { checkInteger } from "../option-checks.ts";
import { trueClassRanks } from "./true-class-ranks.ts";

/**
 * The share of rows whose own class is among the k highest scores, in [0, 1]; 1 for every k of C or more.
 * Among equal scores the higher class index ranks first; `trueClassRanks` gives several k from one pass.
 * @param scores - shape [n, C]; higher means more likely
 * @param labels - shape [n]; class indices
 * @param k - at least 1
 * @throws {ShapeError} when the shapes do not fit
 * @throws {NotFiniteError} when a score is NaN or infinite
 * @throws {LabelError} when a label is not an integer from 0 to C - 1
 * @throws {OptionError} when k is not a positive integer
 * @throws {UndefinedMetricError} when there are no rows
 * @example topKAccuracy(ndarray([0.5, 0.2, 0.3, 0.1, 0.2, 0.7], [2, 3]), [2, 2], 1) // 0.5
 * @see scikit-learn top_k_accuracy_score
 */
export function topKAccuracy(scores: NdArray, labels: Vector, k: number): number {
  checkInteger("k", k, 1);
  const ranks = trueClassRanks(scores, labels);
  if (ranks.length === 0) throw new UndefinedMetricError("topKAccuracy", "there are no rows");
  let hits = 0;
  for (const rank of ranks) if (rank <= k) hits++;
  return hits / ranks.length;
}
