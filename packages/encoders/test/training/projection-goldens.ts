import { readFileSync } from "node:fs";
import ndarray, { type NdArray } from "ndarray";
import type { NamedArray } from "../../src/checkpoint/named-array.ts";
import type { AdamWOptions } from "../../src/training/adam-w.ts";
import type { HeadsBatch } from "../../src/training/projection-heads/fit-heads.ts";

/** An array of PyTorch, row-major. */
export interface GoldenArray {
  readonly shape: number[];
  readonly values: number[];
}

/** Parameters before and after some steps, with the loss before each. */
interface GoldenSteps {
  readonly start: Readonly<Record<string, GoldenArray>>;
  readonly losses: readonly number[];
  readonly end: Readonly<Record<string, GoldenArray>>;
}

export interface GoldenHeads extends GoldenSteps {
  readonly audioHead: "linear" | "mlp" | "identity";
  readonly textHead: "linear" | "mlp" | "identity";
  readonly audio: GoldenArray;
  readonly text: GoldenArray;
  readonly batches: readonly HeadsBatch[];
  readonly projected: { readonly audio: GoldenArray; readonly text: GoldenArray };
}

export interface GoldenTriplets extends GoldenSteps {
  readonly loss: "softplus" | "margin";
  readonly temperature?: number;
  readonly margin?: number;
  readonly pull: number;
  readonly preJoint: GoldenArray;
  readonly joint: GoldenArray;
  readonly triplets: Readonly<Record<"anchors" | "positives" | "negatives", number[]>>;
  readonly tuned: GoldenArray;
}

/** Made by `python tools/goldens/projection_heads.py` with PyTorch in float64. */
const goldens = JSON.parse(readFileSync(new URL("goldens/projection-heads.json", import.meta.url), "utf8")) as {
  settings: { learningRate: number; weightDecay: number; beta1: number; beta2: number; epsilon: number };
  heads: Record<string, GoldenHeads>;
  triplets: Record<string, GoldenTriplets>;
};

export const goldenHeads = Object.entries(goldens.heads);
export const goldenTriplets = Object.entries(goldens.triplets);

const { learningRate, weightDecay, beta1, beta2, epsilon } = goldens.settings;
export const goldenDescent: AdamWOptions = {
  learningRate,
  weightDecay,
  betas: [beta1, beta2],
  epsilon,
  decayAll: false,
};

export const arrayOf = ({ shape, values }: GoldenArray): NdArray<Float32Array> =>
  ndarray(Float32Array.from(values), shape);

export const namedArrays = (arrays: Readonly<Record<string, GoldenArray>>): NamedArray[] =>
  Object.entries(arrays).map(([name, { shape, values }]) => ({ name, shape, values: Float32Array.from(values) }));

/** The largest difference of two lists, which must have the same length. */
export function largestDifference(found: ArrayLike<number | bigint>, expected: readonly number[]): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  return expected.reduce((largest, value, i) => Math.max(largest, Math.abs(Number(found[i]) - value)), 0);
}
