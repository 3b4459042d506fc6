import type { NdArray } from "ndarray";
import { OptionError, ShapeError } from "../errors.ts";
import { rowProduct } from "../linear-algebra/matrix.ts";
import { unitRows } from "./unit-rows.ts";

/**
 * The mean distance, to the power of alpha, between unit-length embeddings that belong together, such as a clip and its
 * text; 0 is best.
 * @param a - shape [n, d]
 * @param b - shape [n, d]; row i belongs to row i of a
 * @param options - `alpha`: above 0; 2 when left out
 * @throws {ShapeError} when the shapes differ
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {ZeroVectorError} when a row has no direction
 * @throws {OptionError} when alpha is out of range
 * @throws {UndefinedMetricError} when there are no rows
 * @example alignment(ndarray([1, 0, 0, 1], [2, 2]), ndarray([3, 0, 1, 0], [2, 2])) // 1
 * @see Wang & Isola 2020, "Understanding contrastive representation learning through alignment and uniformity on the
 *   hypersphere"
 */
export function alignment(a: NdArray, b: NdArray, { alpha = 2 }: { readonly alpha?: number } = {}): number {
  if (!(alpha > 0 && alpha < Infinity)) throw new OptionError("alpha", alpha, "a number above 0");
  const [first, second] = [unitRows("alignment", "a", a, 1), unitRows("alignment", "b", b, 1)];
  if (first.rows !== second.rows || first.columns !== second.columns) {
    throw new ShapeError("b", b.shape, `[${first.rows}, ${first.columns}], the shape of a`);
  }
  let sum = 0;
  for (let i = 0; i < first.rows; i++) {
    let squares = 0;
    for (let k = i * first.columns; k < (i + 1) * first.columns; k++)
      squares += (first.data[k]! - second.data[k]!) ** 2;
    sum += squares ** (alpha / 2);
  }
  return sum / first.rows;
}

/**
 * How evenly unit-length embeddings spread over the sphere: the logarithm of the mean, over all pairs of rows, of
 * exp(-t distance²). 0 when all are the same, lower is more even. Takes n² d / 2 multiplications.
 * @param embeddings - shape [n, d], n of at least 2
 * @param options - `t`: above 0; 2 when left out
 * @throws {ShapeError} when embeddings are no matrix with columns
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {ZeroVectorError} when a row has no direction
 * @throws {OptionError} when t is out of range
 * @throws {UndefinedMetricError} when there are fewer than two rows
 * @example uniformity(ndarray([1, 0, -1, 0], [2, 2])) // -8: one pair, at distance 2
 * @see Wang & Isola 2020, as for `alignment`
 */
export function uniformity(embeddings: NdArray, { t = 2 }: { readonly t?: number } = {}): number {
  if (!(t > 0 && t < Infinity)) throw new OptionError("t", t, "a number above 0");
  const { data, rows, columns } = unitRows("uniformity", "embeddings", embeddings, 2);
  let sum = 0;
  // Blocks of rows against all later ones, so that a block is read from the cache.
  for (let first = 0; first < rows; first += BLOCK_ROWS) {
    const end = Math.min(first + BLOCK_ROWS, rows);
    for (let j = first + 1; j < rows; j++) {
      for (let i = first; i < end && i < j; i++) {
        const cosine = rowProduct(data, i * columns, data, j * columns, columns);
        sum += Math.exp(-t * (2 - 2 * cosine));
      }
    }
  }
  return Math.log(sum / ((rows * (rows - 1)) / 2));
}

/** 64 rows of 512 doubles take 256 KiB. */
const BLOCK_ROWS = 64;
