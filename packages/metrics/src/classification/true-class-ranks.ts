import type { NdArray } from "ndarray";
import type { Vector } from "../array-views.ts";
import { readLabelledScores } from "./class-input.ts";

/**
 * The rank of each row's own class among its scores, shape [n]; 1 is best, C is worst.
 * Among equal scores the higher class index ranks first, as in scikit-learn's top_k_accuracy_score; top-k accuracy is
 * the share of ranks of k or less, so one call serves every k.
 * @param scores - shape [n, C]; higher means more likely
 * @param labels - shape [n]; class indices
 * @throws {ShapeError} when the shapes do not fit
 * @throws {NotFiniteError} when a score is NaN or infinite
 * @throws {LabelError} when a label is not an integer from 0 to C - 1
 * @example trueClassRanks(ndarray([0.5, 0.2, 0.3, 0.4, 0.4, 0.2], [2, 3]), [2, 0]) // Int32Array [2, 2]
 */
export function trueClassRanks(scores: NdArray, labels: Vector): Int32Array {
  const {
    scores: { data, rows, columns },
    labels: classes,
  } = readLabelledScores(scores, labels);
  const ranks = new Int32Array(rows);
  for (let i = 0, start = 0; i < rows; i++, start += columns) {
    const own = classes[i]!;
    const score = data[start + own]!;
    let rank = 1;
    for (let j = 0; j < own; j++) if (data[start + j]! > score) rank++;
    for (let j = own + 1; j < columns; j++) if (data[start + j]! >= score) rank++;
    ranks[i] = rank;
  }
  return ranks;
}
