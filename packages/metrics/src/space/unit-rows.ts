import type { NdArray } from "ndarray";
import { UndefinedMetricError } from "../errors.ts";
import type { Matrix } from "../linear-algebra/matrix.ts";
import { prepareRow, rowSource } from "../similarity-rows.ts";

/**
 * The rows of a matrix, each divided by its norm.
 * @param fewest - how many rows the metric needs
 * @throws {ShapeError} when it is no matrix with columns
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {ZeroVectorError} when a row has no direction
 * @throws {UndefinedMetricError} when there are fewer rows
 */
export function unitRows(metric: string, argument: string, matrix: NdArray, fewest: number): Matrix {
  const source = rowSource(argument, matrix);
  const { rows, columns } = source;
  if (rows < fewest) {
    throw new UndefinedMetricError(metric, `${argument} has ${rows} row${rows === 1 ? "" : "s"}, it needs ${fewest}`);
  }
  const data = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    source.copyRow(i, data, i * columns);
    const row = data.subarray(i * columns, (i + 1) * columns);
    const norm = Math.sqrt(prepareRow(row, "cosine", argument, i));
    for (let k = 0; k < columns; k++) row[k]! /= norm;
  }
  return { data, rows, columns };
}

/** The sum of all rows. */
export function rowSum({ data, rows, columns }: Matrix): Float64Array {
  const sum = new Float64Array(columns);
  for (let i = 0; i < rows; i++) for (let k = 0; k < columns; k++) sum[k]! += data[i * columns + k]!;
  return sum;
}
