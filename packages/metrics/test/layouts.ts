import ndarray, { type NdArray } from "ndarray";

type Elements = Float64ArrayConstructor | Float32ArrayConstructor;

/** The same matrix in memory layouts that a caller may bring: [name of the layout, view]. */
export function layouts(rows: readonly (readonly number[])[], elements: Elements = Float64Array): [string, NdArray][] {
  const n = rows.length;
  const d = rows[0]?.length ?? 0;
  const fill = (view: NdArray): NdArray => {
    rows.forEach((row, i) => {
      row.forEach((value, j) => {
        view.set(i, j, value);
      });
    });
    return view;
  };
  // What lies between the elements of a strided view would poison any result that touched it.
  const poisoned = (length: number) => new elements(length).fill(Number.NaN);
  return [
    ["row-major", fill(ndarray(new elements(n * d), [n, d]))],
    ["transposed", fill(ndarray(poisoned(n * d), [d, n]).transpose(1, 0))],
    ["every second row and third column", fill(ndarray(poisoned(6 * n * d), [2 * n, 3 * d]).step(2, 3))],
    ["behind an offset", fill(ndarray(poisoned((n + 2) * (d + 1)), [n + 2, d + 1]).lo(2, 1))],
    ["reversed in both axes", fill(ndarray(poisoned(n * d), [n, d]).step(-1, -1))],
    ["a plain array", fill(ndarray(new Array<number>(n * d).fill(0), [n, d]))],
    ["generic data", fill(ndarray(genericData(n * d), [n, d]))],
  ];
}

/** The same vector as ndarray views, typed array and plain array. */
export function vectorLayouts(values: readonly number[]): [string, NdArray | Int32Array | readonly number[]][] {
  const n = values.length;
  const strided = ndarray(new Int32Array(3 * n).fill(-7), [3 * n]).step(3);
  const reversed = ndarray(Int32Array.from(values).reverse(), [n]).step(-1);
  values.forEach((value, i) => {
    strided.set(i, value);
  });
  return [
    ["plain array", values],
    ["typed array", Int32Array.from(values)],
    ["strided", strided],
    ["reversed", reversed],
  ];
}

/** Row-major float64. */
export const matrix = (rows: readonly (readonly number[])[]): NdArray<Float64Array> =>
  ndarray(Float64Array.from(rows.flat()), [rows.length, rows[0]?.length ?? 0]);

/** The rows of a matrix as plain arrays. */
export const rowsOf = (view: NdArray): number[][] =>
  Array.from({ length: view.shape[0]! }, (_, i) => Array.from({ length: view.shape[1]! }, (_, j) => view.get(i, j)));

/** Throws when two lists of numbers differ by more than the tolerance, relative to values above 1. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number | null>, tolerance: number): void {
  if (actual.length !== expected.length) throw new Error(`length ${actual.length}, expected ${expected.length}`);
  for (let i = 0; i < expected.length; i++) {
    const want = expected[i] ?? Number.NaN;
    const error = Math.abs(actual[i]! - want) / Math.max(1, Math.abs(want));
    if (!(error <= tolerance) && !(Number.isNaN(want) && Number.isNaN(actual[i]))) {
      throw new Error(`entry ${i} is ${actual[i]}, expected ${want} within ${tolerance}`);
    }
  }
}

function genericData(length: number) {
  const values = new Array<number>(length).fill(0);
  return {
    length,
    get: (i: number) => values[i]!,
    set: (i: number, value: number) => {
      values[i] = value;
    },
  };
}
