/** The kernels of `fusedKernels` as loops in float64. Arrays are row-major. */

/** erf by its Maclaurin series below 3 and by the continued fraction of erfc above: to 1e-15. */
export function erf(x: number): number {
  if (x < 0) return -erf(-x);
  if (x > 6) return 1;
  if (x < 3) {
    let [term, sum] = [x, x];
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let k = 60; k >= 1; k--) fraction = k / 2 / (x + fraction);
  return 1 - Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

export const activations: Record<string, (x: number) => number> = {
  none: (x) => x,
  relu: (x) => Math.max(x, 0),
  tanh: Math.tanh,
  gelu: (x) => (x * (1 + erf(x / Math.SQRT2))) / 2,
};

/** activation(x weight + bias); x is [rows, inputs], weight [inputs, outputs]. */
export function linear(
  x: Float32Array,
  weight: Float32Array,
  bias: Float32Array | undefined,
  [rows, inputs, outputs]: readonly [number, number, number],
  activation: string,
): Float64Array {
  const y = new Float64Array(rows * outputs);
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < outputs; o++) {
      let sum = bias?.[o] ?? 0;
      for (let i = 0; i < inputs; i++) sum += x[r * inputs + i]! * weight[i * outputs + o]!;
      y[r * outputs + o] = activations[activation]!(sum);
    }
  }
  return y;
}

/** Layer normalisation of x + residual, with biased variance; rows of c. */
export function layerNorm(
  x: Float32Array,
  residual: Float32Array | undefined,
  gamma: Float32Array,
  beta: Float32Array,
  epsilon: number,
): Float64Array {
  const c = gamma.length;
  const y = Float64Array.from(x, (value, i) => value + (residual?.[i] ?? 0));
  for (let start = 0; start < y.length; start += c) {
    const row = y.subarray(start, start + c);
    const mean = row.reduce((a, b) => a + b, 0) / c;
    const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / c;
    for (let i = 0; i < c; i++) row[i] = ((row[i]! - mean) / Math.sqrt(variance + epsilon)) * gamma[i]! + beta[i]!;
  }
  return y;
}

/** softmax(scale q k^T + additive[i mod p, j mod h, row mod m]) v of qkv [b, n, 3 c]. */
export function attention(
  qkv: Float32Array,
  [b, n, c]: readonly [number, number, number],
  heads: number,
  scale: number,
  additive?: { readonly values: Float32Array; readonly shape: readonly [number, number, number, number] },
): Float64Array {
  const d = c / heads;
  const y = new Float64Array(b * n * c);
  const at = (item: number, row: number, part: number, head: number, i: number) =>
    qkv[(item * n + row) * 3 * c + part * c + head * d + i]!;
  const added = (item: number, head: number, row: number, column: number) => {
    if (additive === undefined) return 0;
    const [p, h, m] = additive.shape;
    return additive.values[(((item % p) * h + (head % h)) * m + (row % m)) * n + column]!;
  };
  for (let item = 0; item < b; item++) {
    for (let head = 0; head < heads; head++) {
      for (let row = 0; row < n; row++) {
        const scores = Array.from({ length: n }, (_, column) => {
          let dot = 0;
          for (let i = 0; i < d; i++) dot += at(item, row, 0, head, i) * at(item, column, 1, head, i);
          return dot * scale + added(item, head, row, column);
        });
        const highest = Math.max(...scores);
        const weights = scores.map((score) => Math.exp(score - highest));
        const total = weights.reduce((a, w) => a + w, 0);
        for (let i = 0; i < d; i++) {
          let sum = 0;
          for (let column = 0; column < n; column++) sum += (weights[column]! / total) * at(item, column, 2, head, i);
          y[(item * n + row) * c + head * d + i] = sum;
        }
      }
    }
  }
  return y;
}
