import type { NdArray } from "ndarray";
import { readFiniteMatrix } from "../array-views.ts";
import { UndefinedMetricError } from "../errors.ts";

/**
 * Kendall's coefficient of concordance, in [0, 1]: how far several rankings of the same items agree, such as those of
 * instruments under each prompt set. 1 when all are the same, near 0 when they have nothing in common. Equal values share
 * the mean of their ranks.
 * @param values - shape [rankings, items]: values, not ranks; at least two rankings and two items
 * @throws {ShapeError} when values are no matrix
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {UndefinedMetricError} when there are fewer than two rankings or items, or every ranking is one tie
 * @example kendallW(ndarray([1, 2, 3, 1, 3, 2], [2, 3])) // 0.75
 * @see Kendall & Babington Smith 1939, "The problem of m rankings"
 */
export function kendallW(values: NdArray): number {
  const { data, rows, columns } = readFiniteMatrix("values", values);
  if (rows < 2 || columns < 2) {
    throw new UndefinedMetricError("kendallW", `it needs two rankings of two items, there are ${rows} of ${columns}`);
  }
  const rankSums = new Float64Array(columns);
  let ties = 0;
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    const order = Int32Array.from(rankSums, (_, i) => i).sort((i, j) => data[start + i]! - data[start + j]!);
    for (let from = 0, to = 0; from < columns; from = to) {
      while (to < columns && data[start + order[to]!] === data[start + order[from]!]) to++;
      for (let i = from; i < to; i++) rankSums[order[i]!]! += (from + 1 + to) / 2;
      ties += (to - from) ** 3 - (to - from);
    }
  }
  const mean = (rows * (columns + 1)) / 2;
  const squares = rankSums.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const most = rows ** 2 * (columns ** 3 - columns) - rows * ties;
  if (most === 0) throw new UndefinedMetricError("kendallW", "every ranking is one tie");
  return (12 * squares) / most;
}
