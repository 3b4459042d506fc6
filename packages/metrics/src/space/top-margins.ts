import type { NdArray } from "ndarray";
import { readFiniteMatrix } from "../array-views.ts";
import { UndefinedMetricError } from "../errors.ts";

/**
 * By how much each query's best item beats its second best, shape [queries]; 0 for a tie.
 * @param similarities - shape [queries, items], of at least two items
 * @throws {ShapeError} when similarities are no matrix
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {UndefinedMetricError} when there are fewer than two items
 * @example topMargins(ndarray([3, 1, 2, 5, 5, 0], [2, 3])) // Float64Array [1, 0]
 */
export function topMargins(similarities: NdArray): Float64Array {
  const { data, rows, columns } = readFiniteMatrix("similarities", similarities);
  if (columns < 2) throw new UndefinedMetricError("topMargins", `it needs two items, there are ${columns}`);
  return Float64Array.from({ length: rows }, (_, i) => {
    let best = -Infinity;
    let second = -Infinity;
    for (let j = i * columns; j < (i + 1) * columns; j++) {
      const value = data[j]!;
      if (value > best) [best, second] = [value, best];
      else if (value > second) second = value;
    }
    return best - second;
  });
}
