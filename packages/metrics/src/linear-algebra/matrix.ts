/** A matrix in row-major order: element (i, j) is `data[i * columns + j]`. */
export interface Matrix {
  readonly data: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/** A matrix of zeros. */
export const zeros = (rows: number, columns: number): Matrix => ({
  data: new Float64Array(rows * columns),
  rows,
  columns,
});

/** Rows as columns, in new memory. */
export function transposed({ data, rows, columns }: Matrix): Matrix {
  const result = zeros(columns, rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result.data[j * rows + i] = data[i * columns + j]!;
  }
  return result;
}

/** a b. */
export function product(a: Matrix, b: Matrix): Matrix {
  const result = zeros(a.rows, b.columns);
  for (let i = 0; i < a.rows; i++) {
    addScaledRows(result.data, i * b.columns, b, 0, a.data, i * a.columns, 1, a.columns, 0);
  }
  return result;
}

/** aᵀ b, without writing aᵀ down. */
export function transposedProduct(a: Matrix, b: Matrix): Matrix {
  const result = zeros(a.columns, b.columns);
  // Rows in blocks that stay in the cache while every row of the result passes over them.
  for (let first = 0; first < a.rows; first += BLOCK_ROWS) {
    const count = Math.min(BLOCK_ROWS, a.rows - first);
    for (let i = 0; i < a.columns; i++) {
      addScaledRows(result.data, i * b.columns, b, first, a.data, first * a.columns + i, a.columns, count, 0);
    }
  }
  return result;
}

/** a bᵀ, without writing bᵀ down. */
export function productTransposed(a: Matrix, b: Matrix): Matrix {
  const result = zeros(a.rows, b.rows);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.rows; j++) {
      result.data[i * b.rows + j] = rowProduct(a.data, i * a.columns, b.data, j * b.columns, a.columns);
    }
  }
  return result;
}

/** Adds `factor` times a row to another one. */
export function addScaledRow(
  target: Float64Array,
  targetStart: number,
  source: Float64Array,
  sourceStart: number,
  length: number,
  factor: number,
): void {
  if (factor === 0) return;
  for (let k = 0; k < length; k++) target[targetStart + k]! += factor * source[sourceStart + k]!;
}

/**
 * Adds rows of a matrix to a row: `count` rows from `firstRow`, each times its factor, from their column `firstColumn` to
 * the end. Four rows at a time, so that the target is read and written once for four of them.
 * @param factorStart - of the first factor in `factors`; the next ones follow in steps of `factorStep`
 */
export function addScaledRows(
  target: Float64Array,
  targetStart: number,
  { data, columns }: Matrix,
  firstRow: number,
  factors: Float64Array,
  factorStart: number,
  factorStep: number,
  count: number,
  firstColumn: number,
): void {
  const width = columns - firstColumn;
  let row = 0;
  for (; row + 4 <= count; row += 4) {
    const at = factorStart + row * factorStep;
    const [f0, f1] = [factors[at]!, factors[at + factorStep]!];
    const [f2, f3] = [factors[at + 2 * factorStep]!, factors[at + 3 * factorStep]!];
    const r0 = (firstRow + row) * columns + firstColumn;
    const [r1, r2, r3] = [r0 + columns, r0 + 2 * columns, r0 + 3 * columns];
    for (let k = 0; k < width; k++) {
      target[targetStart + k]! += f0 * data[r0 + k]! + f1 * data[r1 + k]! + (f2 * data[r2 + k]! + f3 * data[r3 + k]!);
    }
  }
  for (; row < count; row++) {
    const factor = factors[factorStart + row * factorStep]!;
    addScaledRow(target, targetStart, data, (firstRow + row) * columns + firstColumn, width, factor);
  }
}

/** 64 rows of 512 doubles take 256 KiB. */
const BLOCK_ROWS = 64;

/** The sum of the products of two rows. */
export function rowProduct(a: Float64Array, aStart: number, b: Float64Array, bStart: number, length: number): number {
  // Four sums side by side: one alone would wait for each addition to end.
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let k = 0;
  for (; k + 4 <= length; k += 4) {
    s0 += a[aStart + k]! * b[bStart + k]!;
    s1 += a[aStart + k + 1]! * b[bStart + k + 1]!;
    s2 += a[aStart + k + 2]! * b[bStart + k + 2]!;
    s3 += a[aStart + k + 3]! * b[bStart + k + 3]!;
  }
  for (; k < length; k++) s0 += a[aStart + k]! * b[bStart + k]!;
  return s0 + s1 + (s2 + s3);
}
