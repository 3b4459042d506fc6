import type { NdArray } from "ndarray";
import { UndefinedMetricError } from "../errors.ts";
import { orthogonalFactors } from "../linear-algebra/householder.ts";
import { type Matrix, product, productTransposed, transposed, transposedProduct } from "../linear-algebra/matrix.ts";
import { singularVectors } from "../linear-algebra/singular-vectors.ts";
import { type LinearMap, mapBetweenMeans, readPairs, takeMeansAway } from "./linear-map.ts";

/** Options of `orthogonalMap`. */
export interface OrthogonalMapOptions {
  /** Whether means are laid on each other first; true when left out. */
  readonly centre?: boolean;
  /** Whether the map may also stretch or shrink all directions alike; false when left out. */
  readonly scale?: boolean;
}

/**
 * The rotation or reflection that takes x closest to y (Procrustes): of all maps that keep lengths and angles, the one that
 * minimises Σ |y - x matrix - offset|². It can move one space onto another, and learn nothing else.
 *
 * Where the spaces differ in size, or the items leave directions of x open, those directions lead to 0: the map keeps
 * lengths and angles of what the items determine.
 * @param x - shape [n, p]
 * @param y - shape [n, q]; row i belongs to row i of x
 * @throws {ShapeError} when the shapes do not fit
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {UndefinedMetricError} when there are no items, or nothing in x goes with anything in y
 * @example orthogonalMap(ndarray([1, 0, 0, 1], [2, 2]), ndarray([0, 1, -1, 0], [2, 2]), { centre: false }).matrix // a quarter turn
 * @see Schönemann 1966, "A generalized solution of the orthogonal Procrustes problem"; scipy.linalg.orthogonal_procrustes
 */
export function orthogonalMap(
  x: NdArray,
  y: NdArray,
  { centre = true, scale = false }: OrthogonalMapOptions = {},
): LinearMap {
  const { x: from, y: to } = readPairs("orthogonalMap", x, y);
  const meanX = centre ? takeMeansAway(from) : new Float64Array(from.columns);
  const meanY = centre ? takeMeansAway(to) : new Float64Array(to.columns);
  const { matrix, trace } = partialIsometry(from, to);
  const squares = from.data.reduce((sum, value) => sum + value * value, 0);
  if (trace === 0 || squares === 0) {
    throw new UndefinedMetricError("orthogonalMap", "nothing in x goes with anything in y: all products sum to 0");
  }
  if (scale) for (let i = 0; i < matrix.data.length; i++) matrix.data[i]! *= trace / squares;
  return mapBetweenMeans(matrix, meanX, meanY);
}

/** u vᵀ of the singular vectors of xᵀ y, and the sum of its singular values. */
function partialIsometry(x: Matrix, y: Matrix): { matrix: Matrix; trace: number } {
  if (x.rows >= Math.min(x.columns, y.columns)) {
    const { left, right, values } = singularVectors(transposedProduct(x, y));
    return { matrix: transposedProduct(left, right), trace: sumOf(values) };
  }
  // Few items span few dimensions: xᵀ = qx rx and yᵀ = qy ry, and xᵀ y = qx (rx ryᵀ) qyᵀ, whose middle is small.
  const [ofX, ofY] = [orthogonalFactors(transposed(x)), orthogonalFactors(transposed(y))];
  const { left, right, values } = singularVectors(productTransposed(ofX.r, ofY.r));
  const middle = transposedProduct(left, right);
  return { matrix: productTransposed(product(ofX.q, middle), ofY.q), trace: sumOf(values) };
}

const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
