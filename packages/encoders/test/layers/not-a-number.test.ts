import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { averagePool } from "../../src/layers/average-pool.ts";
import { convolution } from "../../src/layers/convolution.ts";
import { gatherRows } from "../../src/layers/gather-rows.ts";
import { gelu } from "../../src/layers/gelu.ts";
import { layerNorm } from "../../src/layers/layer-norm.ts";
import { type Activation, linear } from "../../src/layers/linear.ts";
import { selfAttention } from "../../src/layers/self-attention.ts";
import { resizeRows } from "../../src/towers/bicubic-resize.ts";
import { onEveryBackend } from "../backends.ts";

/** Rows and channels of the input: more than one vector of four, and a rest. */
const [ROWS, CHANNELS] = [4, 15];
const one = (...shape: number[]) => tf.ones(shape);
const asImage = (x: tf.Tensor) => tf.reshape(x, [1, 2, 2, CHANNELS]) as tf.Tensor4D;

const linearOf = (activation: Activation) => (x: tf.Tensor) =>
  linear(x, { weight: one(CHANNELS, 5), bias: one(5) }, activation);
const convolutionOf = (size: number, stride: number) => (x: tf.Tensor) =>
  convolution(asImage(x), { weight: one(size, size, CHANNELS, 3), bias: one(3) }, { stride, activation: "relu" });

/** What the towers and projections do, on x [1, ROWS, CHANNELS]. */
const operations: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  "linear with none": linearOf("none"),
  "linear with relu": linearOf("relu"),
  "linear with tanh": linearOf("tanh"),
  "linear with gelu": linearOf("gelu"),
  "linear without bias": (x) => linear(x, { weight: one(CHANNELS, 5) }, "relu"),
  "convolution of size 1": convolutionOf(1, 1),
  "convolution of size 3": convolutionOf(3, 1),
  "convolution of size 3 in steps of 2": convolutionOf(3, 2),
  "average pooling": (x) => averagePool(asImage(x), 2),
  "layer norm": (x) => layerNorm(x, { gamma: one(CHANNELS), beta: one(CHANNELS) }),
  "self-attention": (x) => selfAttention(x, { heads: 1, scale: 1 }),
  "self-attention with a mask": (x) => selfAttention(x, { heads: 1, scale: 1, additive: tf.zeros([1, 1, 1, ROWS]) }),
  "gathered rows": (x) => gatherRows(x, tf.tensor1d([3, 2, 1, 0], "int32")),
  "stretched rows": (x) => resizeRows(x, 7),
  gelu,
  relu: (x) => tf.relu(x),
  softmax: (x) => tf.softmax(x),
  "mean of rows": (x) => tf.mean(x, 1),
  "mean of places": (x) => tf.mean(asImage(x), [1, 2]),
  sum: (x) => tf.sum(x, 2),
  add: (x) => tf.add(x, one(CHANNELS)),
  sub: (x) => tf.sub(x, one(CHANNELS)),
  mul: (x) => tf.mul(x, one(CHANNELS)),
  div: (x) => tf.div(x, one(CHANNELS)),
  sqrt: (x) => tf.sqrt(x),
  tanh: (x) => tf.tanh(x),
  transpose: (x) => tf.transpose(x, [0, 2, 1]),
  concat: (x) => tf.concat([one(1, 1, CHANNELS), x], 1),
  "product of matrices": (x) => tf.matMul(x, x, false, true),
};

onEveryBackend((open) => {
  describe("NaN stays NaN, so that the end of the model sees it", () => {
    test.each(Object.keys(operations))("%s", async (name) => {
      const backend = await open();
      for (const place of [0, 7, ROWS * CHANNELS - 1]) {
        const values = Float32Array.from({ length: ROWS * CHANNELS }, (_, i) =>
          i === place ? Number.NaN : 1 + (i % 4),
        );
        const result = backend.run(() => operations[name]!(tf.tensor(values, [1, ROWS, CHANNELS])));
        expect([place, [...result.dataSync()].some(Number.isNaN)]).toEqual([place, true]);
        result.dispose();
      }
    });
  });
});
