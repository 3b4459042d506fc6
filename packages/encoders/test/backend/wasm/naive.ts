import { type Tensor, tensor } from "@tensorflow/tfjs-core";

/** An array of numbers in row-major order, computed with in float64. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** So many elements has a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Reproducible float32 values, uniform in [-1, 1). */
export function randomValues(shape: readonly number[], seed = 1): Values {
  let state = (seed * 2654435761) >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.fround(state / 2 ** 31 - 1);
  };
  return { shape, data: Float64Array.from({ length: sizeOf(shape) }, next) };
}

export function valuesOf(shape: readonly number[], data: ArrayLike<number>): Values {
  return { shape, data: Float64Array.from(data) };
}

/** The same values as a tensor of the backend in use. */
export function onBackend({ shape, data }: Values): Tensor {
  return tensor(Float32Array.from(data), [...shape], "float32");
}

/** a b of one matrix each, shapes [m, k] and [k, n]. */
export function matMul(a: ArrayLike<number>, b: ArrayLike<number>, m: number, k: number, n: number): Float64Array {
  const product = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += a[i * k + l]! * b[l * n + j]!;
      product[i * n + j] = sum;
    }
  }
  return product;
}

/** The transpose of x [rows, columns]. */
export function transposed(x: ArrayLike<number>, rows: number, columns: number): Float64Array {
  return Float64Array.from({ length: rows * columns }, (_, i) => x[(i % rows) * columns + Math.floor(i / rows)]!);
}

/** erf(x) for finite x to 1e-15: its Taylor series below 3, above it a continued fraction of 1 - erf(x). */
export function erf(x: number): number {
  const t = Math.abs(x);
  if (t < 3) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= -(x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  return Math.sign(x) * (1 - erfc(t));
}

/** 1 - erf(x) for x >= 3. */
function erfc(x: number): number {
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + fraction));
}

/** x (1 + erf(x / sqrt 2)) / 2, without cancellation far on the negative side. */
export function gelu(x: number): number {
  if (x < -4.5) return (x * erfc(-x / Math.SQRT2)) / 2;
  return (x * (1 + erf(x / Math.SQRT2))) / 2;
}

/** The largest difference of a tensor's values from what they should be. */
export function largestError(actual: Tensor, expected: ArrayLike<number>): number {
  const data = actual.dataSync();
  if (data.length !== expected.length) throw new Error(`${data.length} values, expected ${expected.length}`);
  let largest = 0;
  for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i]! - expected[i]!));
  return largest;
}
