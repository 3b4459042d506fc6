import type { NdArray } from "ndarray";
import { rowSum, unitRows } from "./unit-rows.ts";

/**
 * The mean cosine of all pairs of different rows: near 0 when the embeddings point everywhere, 1 when all point the same
 * way. Computed from their sum, in linear time.
 * @param embeddings - shape [n, d], n of at least 2
 * @throws {ShapeError} when embeddings are no matrix with columns
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {ZeroVectorError} when a row has no direction
 * @throws {UndefinedMetricError} when there are fewer than two rows
 * @example anisotropy(ndarray([1, 0, 0, 1, -1, 0], [3, 2])) // -0.3333333333333333
 * @see Ethayarajh 2019, "How contextual are contextualized word representations?"
 */
export function anisotropy(embeddings: NdArray): number {
  const unit = unitRows("anisotropy", "embeddings", embeddings, 2);
  const squares = rowSum(unit).reduce((sum, value) => sum + value * value, 0);
  return (squares - unit.rows) / (unit.rows * (unit.rows - 1));
}
