import { addScaledRow, type Matrix, rowProduct } from "./matrix.ts";

/**
 * Solves a x = b for a symmetric positive definite a; overwrites both and returns x in b's memory, or undefined when a is
 * not positive definite up to roundings.
 * @param a - shape [n, n]; only its lower triangle is read
 * @param b - shape [n, m]
 */
export function solvePositiveDefinite(a: Matrix, b: Matrix): Matrix | undefined {
  const { data, rows: n } = a;
  const { data: x, columns: m } = b;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const rest = data[i * n + j]! - rowProduct(data, i * n, data, j * n, j);
      if (j < i) data[i * n + j] = rest / data[j * n + j]!;
      else if (!(rest > data[i * n + i]! * n * Number.EPSILON)) return undefined;
      else data[i * n + i] = Math.sqrt(rest);
    }
  }
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) addScaledRow(x, i * m, x, k * m, m, -data[i * n + k]!);
    scaleRow(x, i * m, m, data[i * n + i]!);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) addScaledRow(x, i * m, x, k * m, m, -data[k * n + i]!);
    scaleRow(x, i * m, m, data[i * n + i]!);
  }
  return b;
}

function scaleRow(data: Float64Array, start: number, length: number, divisor: number): void {
  for (let k = 0; k < length; k++) data[start + k]! /= divisor;
}
