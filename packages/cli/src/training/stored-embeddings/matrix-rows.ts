import ndarray, { type NdArray } from "ndarray";

/** Some rows of a matrix, in that order. */
export function rowsOf(matrix: NdArray, rows: readonly number[]): NdArray {
  const columns = matrix.shape[1]!;
  const values = new Float32Array(rows.length * columns);
  for (const [i, row] of rows.entries()) {
    for (let j = 0; j < columns; j++) values[i * columns + j] = matrix.get(row, j);
  }
  return ndarray(values, [rows.length, columns]);
}

/** The rows of several matrices of one width, one matrix below the other. */
export function stacked(matrices: readonly NdArray[]): NdArray {
  const columns = matrices[0]!.shape[1]!;
  const rows = matrices.reduce((sum, matrix) => sum + matrix.shape[0]!, 0);
  const values = new Float32Array(rows * columns);
  let at = 0;
  for (const matrix of matrices) {
    for (let i = 0; i < matrix.shape[0]!; i++) for (let j = 0; j < columns; j++) values[at++] = matrix.get(i, j);
  }
  return ndarray(values, [rows, columns]);
}
