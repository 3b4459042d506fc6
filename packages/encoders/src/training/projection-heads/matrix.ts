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

/** Squares of lengths between these stay inside of float32, behind a head too. */
const [SHORTEST, LONGEST] = [1e-15, 1e15];

/**
 * A direction is what is compared, and what is learned from is divided by its length in float32.
 * @throws {TrainingDataError} when a row is all zeros, or so short or long that the square of its length is lost
 */
export function requireDirections(name: string, { rows, columns, values }: Matrix): void {
  for (let row = 0; row < rows; row++) {
    let squares = 0;
    for (let at = row * columns; at < (row + 1) * columns; at++) squares += values[at]! ** 2;
    const length = Math.sqrt(squares);
    if (length >= SHORTEST && length <= LONGEST) continue;
    throw new TrainingDataError(
      length === 0
        ? `${name}: row ${row} is all zeros, which have no direction; leave it out`
        : `${name}: row ${row} has the length ${length.toPrecision(3)}, expected 1e-15 to 1e15; scale the rows`,
    );
  }
}

/** The first row that is all zeros or not finite; undefined when there is none. */
export function rowWithoutDirection({ rows, columns, values }: Matrix): number | undefined {
  for (let row = 0; row < rows; row++) {
    const own = values.subarray(row * columns, (row + 1) * columns);
    if (own.every((value) => value === 0) || !own.every(Number.isFinite)) return row;
  }
  return undefined;
}
