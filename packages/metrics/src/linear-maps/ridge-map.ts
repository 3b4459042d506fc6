import type { NdArray } from "ndarray";
import { OptionError, UndefinedMetricError } from "../errors.ts";
import { solvePositiveDefinite } from "../linear-algebra/cholesky.ts";
import { type Matrix, productTransposed, transposedProduct } from "../linear-algebra/matrix.ts";
import { type LinearMap, mapBetweenMeans, readPairs, takeMeansAway } from "./linear-map.ts";

/** Options of `ridgeMap`. */
export interface RidgeOptions {
  /** Weight of the squared coefficients, 0 or more; 1 when left out. 0 is least squares. */
  readonly lambda?: number;
  /** Whether the map has an offset, which is not penalised; true when left out. */
  readonly centre?: boolean;
}

/**
 * The linear map that takes x closest to y: it minimises Σ |y - x matrix - offset|² + lambda Σ matrix².
 *
 * With fewer items than columns the problem is solved in the space of the items, which gives the same map; its lambda of 0
 * then gives the smallest of the maps that meet every item.
 * @param x - shape [n, p]
 * @param y - shape [n, q]; row i belongs to row i of x
 * @throws {ShapeError} when the shapes do not fit
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {OptionError} when lambda is negative or not finite
 * @throws {UndefinedMetricError} when there are no items; when lambda is 0 and the columns, or the items where they are
 *   fewer, depend on each other
 * @example ridgeMap(ndarray([1, 2, 3], [3, 1]), ndarray([3, 5, 7], [3, 1]), { lambda: 0 }) // matrix [[2]], offset [1]
 * @see Hoerl & Kennard 1970, "Ridge regression: biased estimation for nonorthogonal problems"; scikit-learn Ridge
 */
export function ridgeMap(x: NdArray, y: NdArray, { lambda = 1, centre = true }: RidgeOptions = {}): LinearMap {
  if (!(lambda >= 0 && lambda < Infinity)) throw new OptionError("lambda", lambda, "a number of 0 or more");
  const { x: from, y: to } = readPairs("ridgeMap", x, y);
  const meanX = centre ? takeMeansAway(from) : new Float64Array(from.columns);
  const meanY = centre ? takeMeansAway(to) : new Float64Array(to.columns);
  const byItems = from.rows < from.columns;
  const solution = byItems
    ? solvePositiveDefinite(withDiagonal(productTransposed(from, from), lambda), to)
    : solvePositiveDefinite(withDiagonal(transposedProduct(from, from), lambda), transposedProduct(from, to));
  if (solution === undefined) {
    const what = byItems ? "items, less their mean," : "columns of x";
    throw new UndefinedMetricError("ridgeMap", `the ${what} depend on each other; use a lambda above ${lambda}`);
  }
  return mapBetweenMeans(byItems ? transposedProduct(from, solution) : solution, meanX, meanY);
}

function withDiagonal(matrix: Matrix, lambda: number): Matrix {
  for (let i = 0; i < matrix.rows; i++) matrix.data[i * matrix.columns + i]! += lambda;
  return matrix;
}
