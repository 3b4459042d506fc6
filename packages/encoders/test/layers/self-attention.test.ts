import { tensor, tensor4d } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { selfAttention } from "../../src/layers/self-attention.ts";
import { greatestGap } from "../audio/golden.ts";
import { fusedAndPlain } from "./fused-and-plain.ts";
import { counted } from "./naive.ts";

interface Case {
  readonly b: number;
  readonly n: number;
  readonly c: number;
  readonly heads: number;
  /** [p, h, m] of the additive term. */
  readonly additive?: readonly [number, number, number];
}

/** Softmax of scaled dot products, head by head and row by row, in float64. */
function naive({ b, n, c, heads, additive }: Case, qkv: Float64Array, bias: Float64Array, scale: number) {
  const output = new Float64Array(b * n * c);
  const d = c / heads;
  const at = (item: number, row: number, part: number, head: number, k: number) =>
    qkv[(item * n + row) * 3 * c + part * c + head * d + k]!;
  for (let item = 0; item < b; item++) {
    for (let head = 0; head < heads; head++) {
      for (let row = 0; row < n; row++) {
        const scores = Array.from({ length: n }, (_, key) => {
          let dot = 0;
          for (let k = 0; k < d; k++) dot += at(item, row, 0, head, k) * at(item, key, 1, head, k);
          if (additive === undefined) return dot * scale;
          const [p, h, m] = additive;
          return dot * scale + bias[(((item % p) * h + (head % h)) * m + (row % m)) * n + key]!;
        });
        const largest = Math.max(...scores);
        const weights = scores.map((score) => Math.exp(score - largest));
        const total = weights.reduce((sum, weight) => sum + weight);
        for (let k = 0; k < d; k++) {
          const sum = weights.reduce((value, weight, key) => value + weight * at(item, key, 2, head, k), 0);
          output[(item * n + row) * c + head * d + k] = sum / total;
        }
      }
    }
  }
  return output;
}

fusedAndPlain((compute) => {
  test.each<[string, Case]>([
    ["without an additive term", { b: 2, n: 5, c: 12, heads: 3 }],
    ["with one for each head, as of relative positions", { b: 2, n: 9, c: 8, heads: 2, additive: [1, 2, 9] }],
    [
      "with one for each window of an image, as of shifted windows",
      { b: 6, n: 4, c: 8, heads: 2, additive: [3, 2, 4] },
    ],
    ["with one for all, as of causal masks", { b: 2, n: 7, c: 6, heads: 1, additive: [1, 1, 7] }],
    ["with one for each item, as of padding", { b: 3, n: 7, c: 8, heads: 4, additive: [3, 1, 1] }],
    ["of one head of many channels", { b: 1, n: 3, c: 64, heads: 1 }],
    ["of the size of a window of HTSAT-base", { b: 2, n: 64, c: 128, heads: 4, additive: [1, 4, 64] }],
  ])("equals the definition %s", async (_, size) => {
    const { b, n, c, heads, additive } = size;
    const qkv = counted(b * n * 3 * c, 5).map((value) => 2 * value);
    const bias = counted(additive === undefined ? 0 : additive[0] * additive[1] * additive[2] * n, 6);
    const scale = (c / heads) ** -0.5;
    const result = await compute(() =>
      selfAttention(tensor(Float32Array.from(qkv), [b, n, 3 * c]), {
        heads,
        scale,
        ...(additive && { additive: tensor4d(Float32Array.from(bias), [...additive, n]) }),
      }),
    );
    // Weighted means of values up to 2.
    expect(greatestGap(result, naive(size, qkv, bias, scale))).toBeLessThan(2e-6);
  });

  test("gives nothing of the positions that the least float32 hides", async () => {
    const least = -3.4028234663852886e38;
    // One head of one channel: keys are large where they are hidden, values are 1, 2 and 4.
    const qkv = [
      [1, 1, 1],
      [1, 50, 2],
      [1, 1, 4],
    ].flat();
    const hidden = (additive: number[]) =>
      compute(() =>
        selfAttention(tensor(qkv, [1, 3, 3]), { heads: 1, scale: 1, additive: tensor4d(additive, [1, 1, 1, 3]) }),
      );
    expect([...(await hidden([0, least, 0]))]).toEqual([2.5, 2.5, 2.5]);
    expect([...(await hidden([0, least, least]))]).toEqual([1, 1, 1]);
  });
});
