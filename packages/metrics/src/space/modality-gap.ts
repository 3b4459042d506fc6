import type { NdArray } from "ndarray";
import { ShapeError } from "../errors.ts";
import { rowSum, unitRows } from "./unit-rows.ts";

/** How far apart two modalities lie in one space. */
export interface ModalityGap {
  /** Distance of the two centres, in [0, 2]; 0 when they lie on each other. */
  readonly distance: number;
  /** Centre of a minus centre of b, shape [d]. */
  readonly vector: Float64Array;
}

/**
 * The gap between two modalities, such as audio and text in a joint space: the difference between the means of their
 * unit-length embeddings.
 * @param a - shape [n, d]
 * @param b - shape [m, d]; the rows need not belong together
 * @throws {ShapeError} when the dimensions differ
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {ZeroVectorError} when a row has no direction
 * @throws {UndefinedMetricError} when either has no rows
 * @example modalityGap(ndarray([1, 0, 1, 0], [2, 2]), ndarray([0, 2], [1, 2])).distance // 1.4142135623730951
 * @see Liang et al. 2022, "Mind the gap: understanding the modality gap in multi-modal contrastive representation learning"
 */
export function modalityGap(a: NdArray, b: NdArray): ModalityGap {
  const [first, second] = [unitRows("modalityGap", "a", a, 1), unitRows("modalityGap", "b", b, 1)];
  if (first.columns !== second.columns) throw new ShapeError("b", b.shape, `[m, ${first.columns}], as wide as a`);
  const [sumA, sumB] = [rowSum(first), rowSum(second)];
  const vector = sumA.map((value, k) => value / first.rows - sumB[k]! / second.rows);
  return { distance: Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)), vector };
}
