import type { NdArray } from "ndarray";
import { describeValue, LabelError, NotFiniteError, ShapeError } from "./errors.ts";

/**
 * A one-dimensional argument: a 1-d `NdArray` of any data type, stride and offset, a typed array, or a plain array.
 * Booleans count as 0 and 1.
 */
export type Vector = NdArray | ArrayLike<number> | ArrayLike<boolean>;

/** Typed arrays whose elements are numbers. */
export type NumericArray =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray;

/** A matrix in row-major order: element (i, j) is `data[i * columns + j]`. */
export interface DenseMatrix {
  readonly data: NumericArray;
  readonly rows: number;
  readonly columns: number;
}

/** Whether it has elements 0 to length - 1: not so a Set, whose length would be undefined, nor a text. */
const isArrayLike = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  Number.isInteger((value as ArrayLike<unknown>).length) &&
  (value as ArrayLike<unknown>).length >= 0;

/** Tells a 1-d or 2-d `NdArray` from array-likes. */
export const isNdArray = (value: unknown): value is NdArray =>
  typeof value === "object" &&
  value !== null &&
  Array.isArray((value as NdArray).shape) &&
  Array.isArray((value as NdArray).stride);

/** The shape of a vector argument, for messages. */
export const shapeOf = (value: Vector): readonly number[] => (isNdArray(value) ? value.shape : [value.length]);

/**
 * A vector as contiguous typed data: the caller's own memory when it is contiguous and typed (do not write to it),
 * else a copy. Nothing is checked but the shape.
 * @throws {ShapeError} when it is no array, or not of one dimension
 */
export function readVector(argument: string, vector: Vector): NumericArray {
  if (!isNdArray(vector)) {
    if (!isArrayLike(vector)) {
      const expected = "an array, typed array or ndarray of shape [n]";
      throw new ShapeError(argument, [], expected, `is ${describeValue(vector)}`);
    }
    if (isNumericArray(vector)) return vector;
    const copy = new Float64Array(vector.length);
    for (let i = 0; i < copy.length; i++) copy[i] = Number(vector[i]);
    return copy;
  }
  if (vector.shape.length !== 1) throw new ShapeError(argument, vector.shape, "one dimension");
  const n = vector.shape[0]!;
  return readStrided(argument, vector, 1, n, 0, vector.stride[0]!);
}

/** A matrix as contiguous row-major typed data: the caller's own memory when it is that already, else a copy. */
export function readMatrix(argument: string, matrix: NdArray): DenseMatrix {
  checkMatrixShape(argument, matrix);
  const [rows, columns] = matrix.shape as [number, number];
  const data = readStrided(argument, matrix, rows, columns, matrix.stride[0]!, matrix.stride[1]!);
  return { data, rows, columns };
}

/** Like `readMatrix`, for a matrix that must be finite throughout. */
export function readFiniteMatrix(argument: string, matrix: NdArray): DenseMatrix {
  const dense = readMatrix(argument, matrix);
  const { data, columns } = dense;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    // NaN - NaN and Infinity - Infinity are NaN; a finite value minus itself is 0.
    if (value - value !== 0) {
      throw new NotFiniteError(argument, Math.floor(i / columns), i % columns, value, "drop or repair the row first");
    }
  }
  return dense;
}

/** Like `readVector`, for a vector that must be finite throughout. */
export function readFiniteVector(argument: string, vector: Vector): NumericArray {
  const data = readVector(argument, vector);
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (value - value !== 0) {
      throw new NotFiniteError(argument, i, undefined, value, "drop or repair the item first");
    }
  }
  return data;
}

/** A vector of integers in [0, limit). The copy, when one is needed, is an Int32Array. */
export function readIndices(argument: string, vector: Vector, limit: number, what: string): Int32Array {
  const data = readVector(argument, vector);
  const indices = data instanceof Int32Array ? data : new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (!(value >= 0 && value < limit && Number.isInteger(value))) {
      const range = limit < MAX_INDEX ? `an integer from 0 to ${limit - 1}` : "an integer of 0 or more";
      throw new LabelError(argument, i, undefined, value, `${range} (${what})`);
    }
    if (indices !== data) indices[i] = value;
  }
  return indices;
}

/** More than any class or cluster index: the first number that an Int32Array cannot hold. */
export const MAX_INDEX = 2 ** 31;

/** Throws unless the argument is an `NdArray` with two dimensions whose elements all lie inside its data. */
export function checkMatrixShape(argument: string, matrix: NdArray): void {
  if (!isNdArray(matrix)) {
    const shape = isArrayLike(matrix) ? shapeOf(matrix as Vector) : [];
    const expected = "an ndarray of shape [n, d]; wrap it: ndarray(data, [n, d])";
    throw new ShapeError(argument, shape, expected, `is ${describeValue(matrix)}`);
  }
  if (matrix.shape.length !== 2) throw new ShapeError(argument, matrix.shape, "two dimensions");
}

/** Throws when the view reaches outside its data, where reading would give undefined. */
export function checkExtent(argument: string, view: NdArray): void {
  let first = view.offset;
  let last = view.offset;
  for (let axis = 0; axis < view.shape.length; axis++) {
    if (view.shape[axis] === 0) return;
    const reach = view.stride[axis]! * (view.shape[axis]! - 1);
    if (reach < 0) first += reach;
    else last += reach;
  }
  const length = (view.data as ArrayLike<number>).length;
  if (first < 0 || last >= length) {
    throw new ShapeError(argument, view.shape, `a view inside its data, which has ${length} elements, not ${last + 1}`);
  }
}

function readStrided(
  argument: string,
  view: NdArray,
  rows: number,
  columns: number,
  rowStride: number,
  columnStride: number,
): NumericArray {
  checkExtent(argument, view);
  const source = view.data;
  const dense = columnStride === 1 && (rowStride === columns || rows === 1);
  if (isNumericArray(source)) {
    if (dense || rows * columns === 0) return source.subarray(view.offset, view.offset + rows * columns);
    const copy = new (source.constructor as new (length: number) => NumericArray)(rows * columns);
    for (let i = 0, to = 0; i < rows; i++) {
      for (let j = 0, from = view.offset + i * rowStride; j < columns; j++, from += columnStride) {
        copy[to++] = source[from]!;
      }
    }
    return copy;
  }
  const copy = new Float64Array(rows * columns);
  const get = elementReader(source);
  for (let i = 0, to = 0; i < rows; i++) {
    for (let j = 0, from = view.offset + i * rowStride; j < columns; j++, from += columnStride) copy[to++] = get(from);
  }
  return copy;
}

/** Plain arrays are read by index, ndarray's "generic" data through its `get`. */
function elementReader(source: NdArray["data"]): (index: number) => number {
  if ("get" in source && typeof source.get === "function") return (index) => Number(source.get(index));
  return (index) => Number((source as ArrayLike<number>)[index]);
}

function isNumericArray(value: unknown): value is NumericArray {
  return (
    value instanceof Float64Array ||
    value instanceof Float32Array ||
    value instanceof Int32Array ||
    value instanceof Uint32Array ||
    value instanceof Int16Array ||
    value instanceof Uint16Array ||
    value instanceof Int8Array ||
    value instanceof Uint8Array ||
    value instanceof Uint8ClampedArray
  );
}
