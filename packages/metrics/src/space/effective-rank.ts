import type { NdArray } from "ndarray";
import { readFiniteMatrix } from "../array-views.ts";
import { ShapeError, UndefinedMetricError } from "../errors.ts";
import { singularValues } from "../linear-algebra/singular-values.ts";

/** How many dimensions embeddings fill. */
export interface EffectiveRank {
  /** exp of the entropy of the singular values as shares of their sum; from 1 to min(n, d). */
  readonly effectiveRank: number;
  /** (Σ σ²)² / Σ σ⁴: the same idea for variances, less moved by small ones; from 1 to min(n, d). */
  readonly participationRatio: number;
  /** Share of Σ σ² in the largest; 1 when all rows lie on one line. */
  readonly topShare: number;
  /** Singular values, largest first, shape [min(n, d)]. */
  readonly singularValues: Float64Array;
}

/**
 * How many dimensions embeddings fill, from their singular values. A tower whose answers hardly depend on its input fills
 * few.
 * @param embeddings - shape [n, d]
 * @param options - `centre`: whether the mean row is taken away first, so that directions of variation count and not that of
 *   the mean; true when left out
 * @throws {ShapeError} when embeddings are no matrix with columns
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {UndefinedMetricError} when all is 0: there are no rows, or all are the same and centred
 * @example effectiveRank(ndarray([1, 0, -1, 0, 0, 1, 0, -1], [4, 2])).effectiveRank // 2
 * @see Roy & Vetterli 2007, "The effective rank: a measure of effective dimensionality"
 */
export function effectiveRank(
  embeddings: NdArray,
  { centre = true }: { readonly centre?: boolean } = {},
): EffectiveRank {
  const { data: given, rows, columns } = readFiniteMatrix("embeddings", embeddings);
  if (columns === 0) throw new ShapeError("embeddings", embeddings.shape, "[n, d] with d of at least 1");
  const values = Float64Array.from(given);
  const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (centre) {
    const means = new Float64Array(columns);
    for (let i = 0; i < values.length; i++) means[i % columns]! += values[i]! / rows;
    for (let i = 0; i < values.length; i++) values[i]! -= means[i % columns]!;
  }
  const singular = singularValues({ data: values, rows, columns });
  // Rounding leaves something of rows that are all the same: a mean of n values errs by n roundings of the largest.
  const largest = singular[0] ?? 0;
  if (largest <= scale * Math.sqrt(columns) * rows * Number.EPSILON) {
    throw new UndefinedMetricError("effectiveRank", `all of ${rows} rows are ${centre ? "the same" : "zero"}`);
  }
  const shares = singular.map((value) => value / largest);
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share ** 2, 0);
  const fourths = shares.reduce((total, share) => total + share ** 4, 0);
  const entropy = shares.reduce((total, share) => total - (share === 0 ? 0 : (share / sum) * Math.log(share / sum)), 0);
  return {
    effectiveRank: Math.exp(entropy),
    participationRatio: squares ** 2 / fourths,
    topShare: 1 / squares,
    singularValues: singular,
  };
}
