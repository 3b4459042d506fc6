import { memory, type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import { assert, constantFrom, integer, property, record } from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { fusedKernels, runFused } from "../../../src/backend/fused-kernels.ts";
import { openWasmBackend } from "../../../src/backend/wasm/open.ts";
import * as naive from "./naive.ts";

beforeAll(async () => {
  await openWasmBackend();
});

const { fround, tanh } = Math;

/** The values of a kernel's result. */
function run(kernel: () => Tensor): Float32Array {
  return tidy(() => kernel().dataSync()) as Float32Array;
}

describe("IrecGelu", () => {
  const geluOf = (xs: Float32Array) => run(() => runFused(fusedKernels.gelu, { x: tensor(xs) }));

  test("is within 1.1e-7 of max(1, |x|) from -14 to 14, where PyTorch's own is within 3.6e-7", () => {
    const xs = Float32Array.from({ length: 560_001 }, (_, i) => (i - 280_000) / 20_000);
    let largest = 0;
    let largestBelow0 = 0;
    geluOf(xs).forEach((y, i) => {
      const error = Math.abs(y - naive.gelu(xs[i]!));
      largest = Math.max(largest, error / Math.max(1, Math.abs(xs[i]!)));
      if (xs[i]! < 0) largestBelow0 = Math.max(largestBelow0, error);
    });
    // Measured 1.05e-7 and 7.1e-8; a float32 unit at 1 is 1.2e-7.
    expect(largest).toBeLessThan(1.1e-7);
    expect(largestBelow0).toBeLessThan(7.5e-8);
  });

  test("keeps tiny values, ends in 0 and x, and passes NaN on", () => {
    const { NaN: nan, POSITIVE_INFINITY: inf, NEGATIVE_INFINITY: minusInf } = Number;
    const xs = Float32Array.of(0, -0, 1e-30, -1e-30, 40, -40, 3e38, -3e38, inf, minusInf, nan);
    const expected = [0, -0, fround(5e-31), fround(-5e-31), 40, -0, fround(3e38), -0, inf, -0, nan];
    expect([...geluOf(xs)]).toEqual(expected);
  });

  test("takes every length, and none", () => {
    for (let n = 0; n < 20; n++) {
      const { data } = naive.randomValues([n], n);
      const ys = geluOf(Float32Array.from(data));
      expect(ys).toHaveLength(n);
      for (const [i, y] of ys.entries()) expect(Math.abs(y - naive.gelu(data[i]!))).toBeLessThan(1.1e-7);
    }
  });
});

describe("IrecLinear", () => {
  const activations = {
    none: (x: number) => x,
    relu: (x: number) => Math.max(0, x),
    gelu: naive.gelu,
    tanh,
  };

  test("is activation(x weight + bias) for every size", () => {
    const size = integer({ min: 1, max: 40 });
    const activation = constantFrom(...(Object.keys(activations) as (keyof typeof activations)[]));
    assert(
      property(record({ rows: size, inner: size, outer: size, activation, bias: integer({ min: 0, max: 1 }) }), (c) => {
        const x = naive.randomValues([2, c.rows, c.inner], 1);
        const weight = naive.randomValues([c.inner, c.outer], 2);
        const bias = naive.randomValues([c.outer], 3);
        tidy(() => {
          const inputs = { x: naive.onBackend(x), weight: naive.onBackend(weight) };
          const all = c.bias ? { ...inputs, bias: naive.onBackend(bias) } : inputs;
          const out = runFused(fusedKernels.linear, all, { activation: c.activation });
          const expected = naive
            .matMul(x.data, weight.data, 2 * c.rows, c.inner, c.outer)
            .map((value, i) => activations[c.activation](value + (c.bias ? bias.data[i % c.outer]! : 0)));
          expect(out.shape).toEqual([2, c.rows, c.outer]);
          // Measured 1.5e-6: sums of up to 40 products.
          expect(naive.largestError(out, expected)).toBeLessThan(4e-6);
        });
      }),
      { seed: 21, numRuns: 150 },
    );
  });

  test("has a tanh within 2e-7 from -12 to 12, which passes NaN and infinity on", () => {
    const xs = Float32Array.from({ length: 24_001 }, (_, i) => (i - 12_000) / 1000);
    const weight = Float32Array.of(1);
    const tanhOf = (values: Float32Array) =>
      run(() => {
        const inputs = { x: tensor(values, [values.length, 1]), weight: tensor(weight, [1, 1]) };
        return runFused(fusedKernels.linear, inputs, { activation: "tanh" });
      });
    for (const [i, y] of tanhOf(xs).entries()) {
      // Measured 1.3e-7 relative: 2 units.
      expect(Math.abs(y - tanh(xs[i]!))).toBeLessThanOrEqual(2e-7 * Math.abs(tanh(xs[i]!)));
    }
    const { NaN: nan, POSITIVE_INFINITY: inf, NEGATIVE_INFINITY: minusInf } = Number;
    expect([...tanhOf(Float32Array.of(nan, inf, minusInf, -1e-30))]).toEqual([nan, 1, -1, fround(-1e-30)]);
  });

  test("takes a single row, and no rows", () => {
    const weight = tensor([[1, 2, 3]]);
    const out = run(() => runFused(fusedKernels.linear, { x: tensor([2]), weight }, { activation: "none" }));
    expect([...out]).toEqual([2, 4, 6]);
    tidy(() => {
      const none = runFused(fusedKernels.linear, { x: tensor([], [0, 4, 1]), weight }, { activation: "none" });
      expect(none.shape).toEqual([0, 4, 3]);
    });
    weight.dispose();
  });

  test("refuses shapes that do not fit", () => {
    const inputs = { x: tensor([[1, 2]]), weight: tensor([[1]]) };
    expect(() => runFused(fusedKernels.linear, inputs, { activation: "none" })).toThrow(
      "IrecLinear: x [1,2] and bias [undefined] do not fit weight [1,1]",
    );
  });
});

describe("IrecLayerNorm", () => {
  function expectedNorm(x: ArrayLike<number>, gamma: Float64Array, beta: Float64Array, epsilon: number) {
    const c = gamma.length;
    return Float64Array.from({ length: x.length }, (_, i) => {
      const row = Array.from({ length: c }, (_, j) => x[i - (i % c) + j]!);
      const mean = row.reduce((a, b) => a + b, 0) / c;
      const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / c;
      return ((x[i]! - mean) / Math.sqrt(variance + epsilon)) * gamma[i % c]! + beta[i % c]!;
    });
  }

  test("normalises rows of every length, with and without a residual", () => {
    const size = integer({ min: 1, max: 70 });
    assert(
      property(record({ rows: integer({ min: 0, max: 5 }), c: size, residual: integer({ min: 0, max: 1 }) }), (s) => {
        const [x, residual] = [naive.randomValues([s.rows, s.c], 1), naive.randomValues([s.rows, s.c], 2)];
        const [gamma, beta] = [naive.randomValues([s.c], 3), naive.randomValues([s.c], 4)];
        tidy(() => {
          const inputs = { x: naive.onBackend(x), gamma: naive.onBackend(gamma), beta: naive.onBackend(beta) };
          const all = s.residual ? { ...inputs, residual: naive.onBackend(residual) } : inputs;
          const out = runFused(fusedKernels.layerNorm, all, { epsilon: 1e-5 });
          const sums = x.data.map((value, i) => fround(value + (s.residual ? residual.data[i]! : 0)));
          // Measured 7e-7; rows of two close values have a small variance, which magnifies rounding.
          expect(naive.largestError(out, expectedNorm(sums, gamma.data, beta.data, 1e-5))).toBeLessThan(3e-6);
        });
      }),
      { seed: 22, numRuns: 150 },
    );
  });

  test("keeps its digits where the mean is 1000 times the deviation", () => {
    const x = Float32Array.from(naive.randomValues([1024], 9).data, (value) => 1000 + value);
    const one = new Float64Array(1024).fill(1);
    const inputs = {
      x: tensor(x, [1, 1024]),
      gamma: tensor(Float32Array.from(one)),
      beta: tensor(new Float32Array(1024)),
    };
    const out = runFused(fusedKernels.layerNorm, inputs, { epsilon: 1e-5 });
    // Rounding of the mean alone (a unit at 1000 is 6e-5) allows 1e-4; the naive E[x^2] - E[x]^2 is off by 5e-2.
    expect(naive.largestError(out, expectedNorm(x, one, new Float64Array(1024), 1e-5))).toBeLessThan(2e-4);
  });

  test("a constant row gives beta", () => {
    const inputs = { x: tensor([[3, 3, 3]]), gamma: tensor([5, 5, 5]), beta: tensor([1, 2, 4]) };
    expect([...run(() => runFused(fusedKernels.layerNorm, inputs, { epsilon: 1e-5 }))]).toEqual([1, 2, 4]);
  });
});

describe("IrecAttention", () => {
  interface Case {
    readonly b: number;
    readonly n: number;
    readonly heads: number;
    readonly size: number;
    readonly additive?: readonly [p: number, h: number, m: number];
  }

  /** Result and largest error of the kernel, with the additive values times `factor`. */
  function attend({ b, n, heads, size, additive }: Case, factor = 1): { shape: number[]; error: number } {
    const c = heads * size;
    const scale = 1 / Math.sqrt(size);
    const qkv = naive.randomValues([b, n, 3 * c], 1);
    const [p, h, m] = additive ?? [1, 1, 1];
    const random = naive.randomValues([p, h, m, n], 2);
    const mask = { shape: random.shape, data: random.data.map((value) => fround(value * factor)) };
    const expected = new Float64Array(b * n * c);
    for (let i = 0; i < b; i++) {
      for (let j = 0; j < heads; j++) {
        const at = (part: number, row: number, d: number) => qkv.data[(i * n + row) * 3 * c + part * c + j * size + d]!;
        for (let row = 0; row < n; row++) {
          const scores = Array.from({ length: n }, (_, key) => {
            let sum = 0;
            for (let d = 0; d < size; d++) sum += at(0, row, d) * at(1, key, d);
            const added = additive ? mask.data[(((i % p) * h + (j % h)) * m + (row % m)) * n + key]! : 0;
            return sum * scale + added;
          });
          const largest = Math.max(...scores);
          const weights = scores.map((score) => Math.exp(score - largest));
          const total = weights.reduce((x, y) => x + y, 0);
          for (let d = 0; d < size; d++) {
            const sum = weights.reduce((x, weight, key) => x + weight * at(2, key, d), 0);
            expected[(i * n + row) * c + j * size + d] = sum / total;
          }
        }
      }
    }
    return tidy(() => {
      const inputs = { qkv: naive.onBackend(qkv), ...(additive && { additive: naive.onBackend(mask) }) };
      const out = runFused(fusedKernels.attention, inputs, { heads, scale });
      return { shape: out.shape, error: naive.largestError(out, expected) };
    });
  }

  test("attends for every number of tokens, heads and values, with biases of every broadcast", () => {
    const shape = record({
      windows: integer({ min: 1, max: 3 }),
      images: integer({ min: 1, max: 2 }),
      n: integer({ min: 1, max: 21 }),
      heads: integer({ min: 1, max: 4 }),
      size: integer({ min: 1, max: 18 }),
      p: constantFrom("one", "windows", "all"),
      h: constantFrom("one", "heads"),
      m: constantFrom("one", "rows"),
    });
    assert(
      property(shape, ({ windows, images, n, heads, size, p, h, m }) => {
        const b = windows * images;
        const items = { one: 1, windows, all: b }[p];
        const additive = [items, h === "one" ? 1 : heads, m === "one" ? 1 : n] as const;
        const { shape: out, error } = attend({ b, n, heads, size, additive });
        expect(out).toEqual([b, n, heads * size]);
        // Measured 4e-7.
        expect(error).toBeLessThan(2e-6);
      }),
      { seed: 23, numRuns: 150 },
    );
  });

  test("attends in the shapes of HTS-AT and RoBERTa", () => {
    for (const [n, heads, size] of [
      [64, 4, 24],
      [64, 4, 32],
      [64, 4, 4],
      [77, 3, 64],
      [161, 1, 64],
    ] as const) {
      // Measured 3e-7: averages of values below 1, of which a float32 unit is 1.2e-7.
      expect(attend({ b: 1, n, heads, size }).error).toBeLessThan(2e-6);
      expect(attend({ b: 1, n, heads, size, additive: [1, heads, n] }, 5).error).toBeLessThan(2e-6);
    }
  });

  test("large scores neither overflow nor lose their order", () => {
    expect(attend({ b: 1, n: 9, heads: 1, size: 4, additive: [1, 1, 9] }, 1e4).error).toBeLessThan(2e-6);
  });

  test("a token that is masked with the lowest float32 counts for nothing at all", () => {
    const value = (row: number) => [0, 0, row === 1 ? 1e30 : row];
    const qkv = tensor([0, 1, 2].flatMap(value), [1, 3, 3]);
    const lowest = -3.4028234663852886e38;
    const additive = tensor([0, lowest, 0], [1, 1, 1, 3]);
    const out = run(() => runFused(fusedKernels.attention, { qkv, additive }, { heads: 1, scale: 1 }));
    expect([...out]).toEqual([1, 1, 1]);
  });

  test("where all tokens are masked alike, they count alike", () => {
    const qkv = tensor([0, 0, 1, 0, 0, 3], [1, 2, 3]);
    const additive = tensor([-3.4028234663852886e38, -3.4028234663852886e38], [1, 1, 1, 2]);
    const out = run(() => runFused(fusedKernels.attention, { qkv, additive }, { heads: 1, scale: 1 }));
    expect([...out]).toEqual([2, 2]);
  });

  test("refuses an additive tensor that fits neither items, heads nor rows", () => {
    const qkv = tensor(new Float32Array(2 * 4 * 6), [2, 4, 6]);
    const additive = tensor(new Float32Array(3 * 4), [3, 1, 1, 4]);
    expect(() => runFused(fusedKernels.attention, { qkv, additive }, { heads: 2, scale: 1 })).toThrow(
      "IrecAttention: qkv [2,4,6], additive [3,1,1,4] and 2 heads do not fit",
    );
  });

  test("leaves no tensor behind but its result", () => {
    const qkv = tensor(new Float32Array(2 * 4 * 6), [2, 4, 6]);
    const before = memory();
    runFused(fusedKernels.attention, { qkv }, { heads: 2, scale: 1 }).dispose();
    expect(memory()).toEqual(before);
  });
});
