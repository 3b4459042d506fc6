import { columnOf, reflectionOf, reflectRows, triangle } from "./householder.ts";
import { addScaledRow, type Matrix, rowProduct, transposed } from "./matrix.ts";

/**
 * The singular values of a matrix, largest first, without its vectors: reflections turn it into two diagonals, on which
 * bisection finds each value. Their error is a few roundings of the largest.
 * @see Golub & Kahan 1965, "Calculating the singular values and pseudo-inverse of a matrix";
 *   Demmel & Kahan 1990, "Accurate singular values of bidiagonal matrices"
 */
export function singularValues(matrix: Matrix): Float64Array {
  const tall = matrix.rows >= matrix.columns ? matrix : transposed(matrix);
  if (tall.columns === 0) return new Float64Array(0);
  const offDiagonal = bidiagonal(triangle(tall).r);
  const largest = offDiagonal.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0) return new Float64Array(tall.columns);
  const squares = offDiagonal.map((value) => (value / largest) ** 2);
  // Two diagonals with entries of at most 1 have no singular value above 2.
  return Float64Array.from({ length: tall.columns }, (_, i) => bisect(squares, tall.columns - 1 - i, 2) * largest);
}

/** Both diagonals of a square matrix, in turns: d0, e0, d1, e1, ..., of length 2 n - 1. Overwrites the matrix. */
function bidiagonal(matrix: Matrix): Float64Array {
  const { data, rows: n } = matrix;
  const diagonals = new Float64Array(2 * n - 1);
  for (let k = 0; k < n; k++) {
    const left = reflectionOf(columnOf(matrix, k, k));
    reflectRows(matrix, left, k, k + 1);
    diagonals[2 * k] = left.length;
    if (k + 1 === n) break;
    const { vector, factor, length } = reflectionOf(data.slice(k * n + k + 1, (k + 1) * n));
    diagonals[2 * k + 1] = length;
    for (let i = k + 1; i < n; i++) {
      const sum = rowProduct(data, i * n + k + 1, vector, 0, vector.length);
      addScaledRow(data, i * n + k + 1, vector, 0, vector.length, -factor * sum);
    }
  }
  return diagonals;
}

/**
 * The singular value of rank `index` from below. The diagonals, side by side off a diagonal of zeros, make a symmetric
 * matrix whose eigenvalues are plus and minus the singular values; its Sturm sequence counts those below x.
 */
function bisect(squares: Float64Array, index: number, bound: number): number {
  const n = (squares.length + 1) / 2;
  let low = 0;
  let high = bound;
  while (high - low > Number.EPSILON * high && high > SMALLEST) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (countBelow(squares, middle) - n > index) high = middle;
    else low = middle;
  }
  return high > SMALLEST ? (low + high) / 2 : 0;
}

function countBelow(squares: Float64Array, x: number): number {
  let pivot = -x;
  let count = 1;
  for (let i = 0; i < squares.length; i++) {
    pivot = -x - squares[i]! / pivot;
    // 0 is moved by less than any rounding, or the next division would lose the count.
    if (pivot === 0) pivot = -SMALLEST;
    if (pivot < 0) count++;
  }
  return count;
}

/** Relative to the largest entry; roundings are 1e-16. */
const SMALLEST = 1e-30;
