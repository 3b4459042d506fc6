import ndarray, { type NdArray } from "ndarray";
import { isNdArray, MAX_INDEX, readFiniteMatrix, readIndices, type Vector } from "../array-views.ts";
import { LabelError, OptionError, ShapeError, UndefinedMetricError } from "../errors.ts";
import { type Matrix, product, zeros } from "../linear-algebra/matrix.ts";
import { checkSameLength } from "../option-checks.ts";

/** A map from one space into another: y = x matrix + offset. */
export interface LinearMap {
  /** Shape [p, q]. */
  readonly matrix: NdArray<Float64Array>;
  /** Shape [q]. */
  readonly offset: Float64Array;
}

/**
 * Embeddings in the space that the map leads to, shape [n, q].
 * @param map - from `ridgeMap` or `orthogonalMap`
 * @param x - shape [n, p]
 * @throws {OptionError} when what came is no map
 * @throws {ShapeError} when x is not as wide as the map
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @example applyLinearMap(ridgeMap(audio, text, { lambda: 1 }), otherAudio)
 */
export function applyLinearMap(map: LinearMap, x: NdArray): NdArray<Float64Array> {
  if (typeof map !== "object" || map === null || !isNdArray(map.matrix)) {
    throw new OptionError("map", map, "a map { matrix, offset }, as ridgeMap returns");
  }
  const { matrix, offset } = map;
  const [p, q] = matrix.shape as [number, number];
  const points = readPoints("x", x);
  if (points.columns !== p) throw new ShapeError("x", x.shape, `[n, ${p}], as wide as what the map was fitted on`);
  const mapped = product(points, { data: readPoints("matrix", matrix).data, rows: p, columns: q });
  for (let i = 0; i < mapped.data.length; i++) mapped.data[i]! += offset[i % q]!;
  return ndarray(mapped.data, [mapped.rows, q]);
}

/**
 * Every embedding mapped by a map that has not seen its fold, shape [n, q]: what a map is worth on new items.
 * @param x - shape [n, p]
 * @param y - shape [n, q]
 * @param folds - shape [n], the number of each item's fold, 0 or more; items that are alike belong into one fold
 * @param fit - makes a map from the items of all other folds
 * @throws {ShapeError} when the shapes do not fit
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {LabelError} when a fold is not an integer of 0 or more, or all items are in one
 * @throws the errors of `fit`
 * @example mapOutOfFold(audio, text, folds, (x, y) => ridgeMap(x, y, { lambda: 1 }))
 */
export function mapOutOfFold(
  x: NdArray,
  y: NdArray,
  folds: Vector,
  fit: (x: NdArray<Float64Array>, y: NdArray<Float64Array>) => LinearMap,
): NdArray<Float64Array> {
  if (typeof fit !== "function") throw new OptionError("fit", fit, "a function from x and y to a map");
  const { x: from, y: to } = readPairs("mapOutOfFold", x, y);
  const foldOf = readIndices("folds", folds, MAX_INDEX, "the item's fold");
  checkSameLength("folds", foldOf.length, "x", from.rows);
  if (foldOf.every((fold) => fold === foldOf[0])) {
    throw new LabelError("folds", 0, undefined, foldOf[0]!, "at least two folds among the items");
  }
  const result = zeros(from.rows, to.columns);
  for (const fold of new Set(foldOf)) {
    const [inside, outside] = [true, false].map((isInside) =>
      Int32Array.from(foldOf.keys()).filter((i) => (foldOf[i] === fold) === isInside),
    ) as [Int32Array, Int32Array];
    const map = fit(asNdArray(rowsAt(from, outside)), asNdArray(rowsAt(to, outside)));
    const mapped = readPoints("what the map gives", applyLinearMap(map, asNdArray(rowsAt(from, inside))));
    if (mapped.columns !== to.columns)
      throw new ShapeError("matrix", map.matrix.shape, `[p, ${to.columns}], as wide as y`);
    for (const [i, row] of inside.entries()) {
      result.data.set(mapped.data.subarray(i * to.columns, (i + 1) * to.columns), row * to.columns);
    }
  }
  return asNdArray(result);
}

/** Points that belong together, row by row, copied. */
export function readPairs(metric: string, x: NdArray, y: NdArray): { x: Matrix; y: Matrix } {
  const [first, second] = [readPoints("x", x), readPoints("y", y)];
  if (second.rows !== first.rows) throw new ShapeError("y", y.shape, `[${first.rows}, q], a row for each row of x`);
  if (first.rows === 0) throw new UndefinedMetricError(metric, "there are no items");
  return { x: first, y: second };
}

/** Takes the mean of each column away, in place, and returns the means. */
export function takeMeansAway({ data, rows, columns }: Matrix): Float64Array {
  const means = new Float64Array(columns);
  for (let i = 0; i < data.length; i++) means[i % columns]! += data[i]!;
  for (let k = 0; k < columns; k++) means[k]! /= rows;
  for (let i = 0; i < data.length; i++) data[i]! -= means[i % columns]!;
  return means;
}

/** The map with a matrix that leads one mean to the other. */
export function mapBetweenMeans(matrix: Matrix, from: Float64Array, to: Float64Array): LinearMap {
  const moved = product({ data: from, rows: 1, columns: from.length }, matrix).data;
  return { matrix: asNdArray(matrix), offset: to.map((mean, k) => mean - moved[k]!) };
}

function readPoints(argument: string, view: NdArray): Matrix {
  const { data, rows, columns } = readFiniteMatrix(argument, view);
  if (columns === 0) throw new ShapeError(argument, view.shape, "[n, d] with d of at least 1");
  return { data: Float64Array.from(data), rows, columns };
}

const asNdArray = ({ data, rows, columns }: Matrix): NdArray<Float64Array> => ndarray(data, [rows, columns]);

function rowsAt({ data, columns }: Matrix, rows: Int32Array): Matrix {
  const chosen = zeros(rows.length, columns);
  for (const [i, row] of rows.entries()) {
    chosen.data.set(data.subarray(row * columns, (row + 1) * columns), i * columns);
  }
  return chosen;
}
