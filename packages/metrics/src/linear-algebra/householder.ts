import { addScaledRow, addScaledRows, type Matrix, zeros } from "./matrix.ts";

/** I - factor v vᵀ, which turns a vector into a multiple of the first axis. */
export interface Reflection {
  readonly vector: Float64Array;
  /** 0 when nothing is to be turned. */
  readonly factor: number;
  /** What the vector turns into, on the first axis. */
  readonly length: number;
}

/** The reflection that turns a vector onto the first axis; its sign is chosen so that nothing cancels. */
export function reflectionOf(vector: Float64Array): Reflection {
  let largest = 0;
  for (const value of vector) largest = Math.max(largest, Math.abs(value));
  if (largest === 0) return { vector, factor: 0, length: 0 };
  let squares = 0;
  for (const value of vector) squares += (value / largest) ** 2;
  const norm = largest * Math.sqrt(squares);
  const length = vector[0]! > 0 ? -norm : norm;
  const first = vector[0]! - length;
  const scaled = vector.map((value, i) => (i === 0 ? 1 : value / first));
  return { vector: scaled, factor: -first / length, length };
}

/** Applies a reflection from the left to the rows from `firstRow` and the columns from `firstColumn`. */
export function reflectRows(
  matrix: Matrix,
  { vector, factor }: Reflection,
  firstRow: number,
  firstColumn: number,
): void {
  if (factor === 0) return;
  const { data, columns } = matrix;
  const width = columns - firstColumn;
  const sums = new Float64Array(width);
  addScaledRows(sums, 0, matrix, firstRow, vector, 0, 1, vector.length, firstColumn);
  for (let i = 0; i < vector.length; i++) {
    addScaledRow(data, (firstRow + i) * columns + firstColumn, sums, 0, width, -factor * vector[i]!);
  }
}

/**
 * The factors of a matrix with at least as many rows as columns: orthonormal columns q, of the shape of the matrix, and the
 * upper triangle r. @see Householder 1958, "Unitary triangularization of a nonsymmetric matrix"
 */
export function orthogonalFactors(matrix: Matrix): { q: Matrix; r: Matrix } {
  const { reflections, r } = triangle(matrix);
  const q = zeros(matrix.rows, matrix.columns);
  for (let i = 0; i < q.columns; i++) q.data[i * q.columns + i] = 1;
  for (let k = reflections.length - 1; k >= 0; k--) reflectRows(q, reflections[k]!, k, k);
  return { q, r };
}

/** The upper triangle r of a matrix with at least as many rows as columns, and the reflections that make it. */
export function triangle(matrix: Matrix): { reflections: Reflection[]; r: Matrix } {
  const { rows, columns } = matrix;
  const work: Matrix = { data: matrix.data.slice(), rows, columns };
  const reflections: Reflection[] = [];
  for (let k = 0; k < columns; k++) {
    const reflection = reflectionOf(columnOf(work, k, k));
    reflectRows(work, reflection, k, k);
    reflections.push(reflection);
  }
  const r = zeros(columns, columns);
  for (let i = 0; i < columns; i++) {
    for (let j = i; j < columns; j++) r.data[i * columns + j] = work.data[i * columns + j]!;
  }
  return { reflections, r };
}

/** Column j from a row on. */
export const columnOf = ({ data, rows, columns }: Matrix, j: number, firstRow: number): Float64Array =>
  Float64Array.from({ length: rows - firstRow }, (_, i) => data[(firstRow + i) * columns + j]!);
