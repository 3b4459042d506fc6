import {
  broadcastTo,
  engine,
  fused,
  matMul,
  reshape,
  type Tensor,
  type Tensor3D,
  tensor,
  tidy,
} from "@tensorflow/tfjs-core";
import { assert, integer, property, record } from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { openWasmBackend } from "../../../src/backend/wasm/open.ts";
import * as naive from "./naive.ts";

beforeAll(async () => {
  await openWasmBackend();
});

/** Rounding of k products of numbers below 1, added up in float32 one after the other: at most k^2 / 2 units of 2^-24. */
const bound = (k: number) => Math.max(1, k * k) * 2 ** -24;

/** In the shapes below rounding was 3e-7 at most where every inner size is below 100. */
const small = 2e-6;

/** Each matrix of a and b, broadcast over the batch axes, transposed and multiplied in float64. */
function expectedProduct(a: naive.Values, b: naive.Values, transposeA: boolean, transposeB: boolean, out: Tensor) {
  const batches = out.shape.slice(0, -2);
  const [m, n] = out.shape.slice(-2) as [number, number];
  const k = a.shape.at(transposeA ? -2 : -1)!;
  const matricesOf = ({ shape, data }: naive.Values) =>
    tidy(() => {
      const last = shape.slice(-2);
      const flat = tensor(Float32Array.from(data), [...shape]);
      const lead = new Array<number>(batches.length + 2 - shape.length).fill(1);
      return [...broadcastTo(reshape(flat, [...lead, ...shape]), [...batches, ...last]).dataSync()];
    });
  const [lefts, rights] = [matricesOf(a), matricesOf(b)];
  const count = naive.sizeOf(batches);
  const result: number[] = [];
  for (let i = 0; i < count; i++) {
    const left = lefts.slice(i * m * k, (i + 1) * m * k);
    const right = rights.slice(i * k * n, (i + 1) * k * n);
    result.push(
      ...naive.matMul(
        transposeA ? naive.transposed(left, k, m) : left,
        transposeB ? naive.transposed(right, n, k) : right,
        m,
        k,
        n,
      ),
    );
  }
  return result;
}

function errorOfProduct(aShape: number[], bShape: number[], transposeA = false, transposeB = false): number {
  return tidy(() => {
    const [a, b] = [naive.randomValues(aShape, 1), naive.randomValues(bShape, 2)];
    const out = matMul(naive.onBackend(a), naive.onBackend(b), transposeA, transposeB);
    return naive.largestError(out, expectedProduct(a, b, transposeA, transposeB, out));
  });
}

describe("matMul", () => {
  test("multiplies matrices of every size, either one transposed", () => {
    const size = integer({ min: 1, max: 40 });
    const flag = integer({ min: 0, max: 1 });
    assert(
      property(record({ m: size, k: size, n: size, batch: integer({ min: 1, max: 3 }), ta: flag, tb: flag }), (c) => {
        const a = c.ta ? [c.batch, c.k, c.m] : [c.batch, c.m, c.k];
        const b = c.tb ? [c.batch, c.n, c.k] : [c.batch, c.k, c.n];
        expect(errorOfProduct(a, b, c.ta === 1, c.tb === 1)).toBeLessThan(bound(c.k));
      }),
      { seed: 20, numRuns: 150 },
    );
  });

  test("multiplies across the borders of its blocks of 256 by 256", () => {
    for (const [m, k, n] of [
      [1, 257, 257],
      [7, 255, 255],
      [6, 1030, 8],
      [11, 512, 259],
      [5, 256, 256],
    ] as const) {
      // Measured 1.6e-5: partial sums of 256 products reach 20, of which a float32 unit is 2e-6.
      expect(errorOfProduct([m, k], [k, n])).toBeLessThan(3e-5);
      expect(errorOfProduct([k, m], [n, k], true, true)).toBeLessThan(3e-5);
    }
  });

  test("rounds no worse than PyTorch over a large inner size", () => {
    tidy(() => {
      const [a, b] = [naive.randomValues([64, 4096], 8), naive.randomValues([4096, 16], 9)];
      const out = matMul(naive.onBackend(a), naive.onBackend(b)).dataSync();
      const expected = naive.matMul(a.data, b.data, 64, 4096, 16);
      const squares = expected.reduce((sum, value, i) => sum + (value - out[i]!) ** 2, 0);
      // Measured 6.5e-6; torch 2.13 has 5.6e-6, and one long sum (XNNPACK's way) 2.4e-5.
      expect(Math.sqrt(squares / expected.length)).toBeLessThan(8e-6);
    });
  });

  test("broadcasts batch axes in any mixture", () => {
    // Stock computes as many matrices as the larger factor has (8 of the 32 of the first case) and pairs them in order.
    for (const [a, b] of [
      [
        [8, 1, 3, 5],
        [1, 4, 5, 2],
      ],
      [
        [4, 3, 5],
        [2, 1, 5, 2],
      ],
      [
        [2, 3, 4, 5],
        [5, 2],
      ],
      [
        [3, 5],
        [2, 3, 5, 4],
      ],
      [
        [2, 1, 3, 5],
        [2, 3, 5, 4],
      ],
    ] as const) {
      expect(errorOfProduct([...a], [...b])).toBeLessThan(small);
    }
  });

  test("of nothing is nothing, and over nothing is zero", () => {
    tidy(() => {
      expect(matMul(tensor([], [0, 3]), tensor([1, 2, 3], [3, 1])).shape).toEqual([0, 1]);
      expect([...matMul(tensor([], [2, 0]), tensor([], [0, 3])).dataSync()]).toEqual([0, 0, 0, 0, 0, 0]);
    });
  });

  test("passes NaN and infinity on to where they belong, not to their neighbours", () => {
    tidy(() => {
      const product = matMul(tensor([1, Number.NaN, Number.POSITIVE_INFINITY], [3, 1]), tensor([[2]]));
      expect([...product.dataSync()]).toEqual([2, Number.NaN, Number.POSITIVE_INFINITY]);
    });
  });

  test("refuses inner sizes that differ", () => {
    expect(() => engine().runKernel("BatchMatMul", { a: tensor([1, 2], [1, 2]), b: tensor([1], [1, 1]) })).toThrow(
      /inner sizes 2 and 1 of shapes \[1,2\] and \[1,1\] differ/,
    );
  });
});

describe("fused.matMul", () => {
  test("adds the bias once, also where the product is batched or transposed and the inner size above 48", () => {
    // Stock adds it once per block of 48: with these shapes and a bias of 1, each result is 1 too large.
    for (const [aShape, bShape, transposeA, transposeB] of [
      [[2, 16, 96], [2, 96, 24], false, false],
      [[1, 16, 96], [1, 24, 96], false, true],
      [[1, 96, 16], [1, 96, 24], true, false],
      [[3, 97, 5], [3, 7, 97], true, true],
    ] as const) {
      const [a, b] = [naive.randomValues(aShape, 3), naive.randomValues(bShape, 4)];
      tidy(() => {
        const bias = tensor(new Float32Array(transposeB ? bShape[1] : bShape[2]).fill(1));
        const out = fused.matMul({
          a: naive.onBackend(a) as Tensor3D,
          b: naive.onBackend(b) as Tensor3D,
          transposeA,
          transposeB,
          bias,
        });
        const expected = expectedProduct(a, b, transposeA, transposeB, out).map((value) => value + 1);
        expect(naive.largestError(out, expected)).toBeLessThan(1e-5);
      });
    }
  });

  test("applies every activation of TensorFlow.js after the bias", () => {
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    const activations = {
      linear: (x: number) => x,
      relu: (x: number) => Math.max(0, x),
      relu6: (x: number) => Math.min(6, Math.max(0, x)),
      elu: (x: number) => (x < 0 ? Math.expm1(x) : x),
      sigmoid,
      leakyrelu: (x: number) => (x < 0 ? 0.25 * x : x),
      prelu: (x: number) => (x < 0 ? 0.5 * x : x),
    };
    const [a, b, bias] = [naive.randomValues([6, 70], 5), naive.randomValues([70, 9], 6), naive.randomValues([9], 7)];
    const sums = naive.matMul(a.data, b.data, 6, 70, 9).map((value, i) => value + bias.data[i % 9]!);
    for (const [name, activation] of Object.entries(activations)) {
      tidy(() => {
        const out = fused.matMul({
          a: naive.onBackend(a) as Tensor3D,
          b: naive.onBackend(b) as Tensor3D,
          bias: naive.onBackend(bias),
          activation: name as "linear",
          leakyreluAlpha: 0.25,
          ...(name === "prelu" && { preluActivationWeights: tensor(new Float32Array(54).fill(0.5), [6, 9]) }),
        });
        expect(naive.largestError(out, sums.map(activation)), name).toBeLessThan(1e-5);
      });
    }
  });

  test("adds a bias of one value per row too", () => {
    tidy(() => {
      const out = fused.matMul({ a: tensor([[1], [2]]), b: tensor([[3, 4]]), bias: tensor([[10], [20]]) });
      expect([...out.dataSync()]).toEqual([13, 14, 26, 28]);
    });
  });
});
