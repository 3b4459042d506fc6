import type { NdArray } from "ndarray";
import { TrainingDataError } from "./errors.ts";

/** Rows of finite numbers, row-major. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array<ArrayBuffer>;
}

/**
 * A copy in float32, whatever the strides.
 * @param name - of the argument, for messages
 * @throws {TrainingDataError} when it is not a matrix with rows and columns, or has NaN or an infinity
 */
export function readMatrix(name: string, array: NdArray): Matrix {
  const { shape } = array;
  if (shape.length !== 2 || shape.includes(0)) {
    throw new TrainingDataError(`${name} has the shape [${shape.join(", ")}], expected [rows, size], at least [1, 1]`);
  }
  const [rows, columns] = shape as [number, number];
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = array.get(row, column);
      if (!Number.isFinite(value)) {
        throw new TrainingDataError(`${name}: row ${row}, column ${column} is ${value}, expected finite numbers`);
      }
      values[row * columns + column] = value;
    }
  }
  return { rows, columns, values };
}

/** Some rows, in that order and as often as they are named. */
export function rowsOf({ columns, values }: Matrix, rows: ArrayLike<number>): Matrix {
  const chosen = new Float32Array(rows.length * columns);
  for (let i = 0; i < rows.length; i++) {
    chosen.set(values.subarray(rows[i]! * columns, (rows[i]! + 1) * columns), i * columns);
  }
  return { rows: rows.length, columns, values: chosen };
}

/** @throws {TrainingDataError} when a row is all zeros: a direction is what is compared */
export function requireDirections(name: string, { rows, columns, values }: Matrix): void {
  for (let row = 0; row < rows; row++) {
    if (values.subarray(row * columns, (row + 1) * columns).every((value) => value === 0)) {
      throw new TrainingDataError(`${name}: row ${row} is all zeros, which have no direction; leave it out`);
    }
  }
}
