import type { NdArray } from "ndarray";
import { OptionError } from "../errors.ts";
import { rowProduct } from "../linear-algebra/matrix.ts";
import { rowSum, unitRows } from "./unit-rows.ts";

/** Whether embeddings tell their inputs apart at all. */
export interface Collapse {
  /**
   * Root mean square distance of the unit-length rows from their mean, in [0, 1]: √(1 - |mean|²). 1 when they cancel out,
   * 0 when all point the same way.
   */
  readonly spread: number;
  /** Rows that have an earlier row in their direction, up to `tolerance`. */
  readonly duplicates: number;
  /** Smallest and largest cosine of two different rows. */
  readonly lowestCosine: number;
  readonly highestCosine: number;
}

/**
 * Checks embeddings of different inputs, such as the prompts of all labels, for collapse. Takes n² d / 2 multiplications.
 * @param embeddings - shape [n, d], n of at least 2
 * @param options - `tolerance`: how far below 1 the cosine of two rows may be that count as the same, from 0 to 1; 1e-6 when
 *   left out, the noise of float32 embeddings
 * @throws {ShapeError} when embeddings are no matrix with columns
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {ZeroVectorError} when a row has no direction
 * @throws {OptionError} when tolerance is out of range
 * @throws {UndefinedMetricError} when there are fewer than two rows
 * @example collapse(ndarray([1, 0, 2, 0, 0, 1], [3, 2])).duplicates // 1
 * @see Chen & He 2021, "Exploring simple siamese representation learning", whose standard deviation a dimension, times √d,
 *   is `spread`
 */
export function collapse(embeddings: NdArray, { tolerance = 1e-6 }: { readonly tolerance?: number } = {}): Collapse {
  if (!(tolerance >= 0 && tolerance <= 1)) throw new OptionError("tolerance", tolerance, "a number in [0, 1]");
  const unit = unitRows("collapse", "embeddings", embeddings, 2);
  const { data, rows, columns } = unit;
  let duplicates = 0;
  let lowestCosine = 1;
  let highestCosine = -1;
  for (let i = 1; i < rows; i++) {
    let closest = -1;
    for (let j = 0; j < i; j++) {
      const cosine = Math.max(-1, Math.min(1, rowProduct(data, i * columns, data, j * columns, columns)));
      closest = Math.max(closest, cosine);
      lowestCosine = Math.min(lowestCosine, cosine);
    }
    // A row's product with its own copy may be a rounding below 1.
    if (closest >= 1 - tolerance - columns * Number.EPSILON) duplicates++;
    highestCosine = Math.max(highestCosine, closest);
  }
  const squares = rowSum(unit).reduce((sum, value) => sum + (value / rows) ** 2, 0);
  return { spread: Math.sqrt(Math.max(0, 1 - squares)), duplicates, lowestCosine, highestCosine };
}
