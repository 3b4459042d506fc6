import {
  add,
  concat,
  matMul,
  mean,
  mul,
  reshape,
  slice,
  softmax,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  transpose,
} from "@tensorflow/tfjs-core";
import { type LinearWeights, linear } from "../layers/linear.ts";
import { linearParameters, parameter } from "../layers/parameters.ts";

export interface AttentionPoolWeights {
  /** Shape [n + 1, c]: the mean token's first. */
  readonly positions: Tensor;
  readonly query: LinearWeights;
  readonly key: LinearWeights;
  readonly value: LinearWeights;
  readonly output: LinearWeights;
}

/** Fixed in MusCALL, whatever the channels. */
const HEADS = 8;

/**
 * What the mean of all places of a map attends to among itself and the places.
 * @param map - shape [b, height, width, c]; its places are numbered row after row
 * @returns shape [b, outputs]
 * @see Radford et al. 2021, "Learning transferable visual models from natural language supervision", 2.4
 */
export function attentionPool(map: Tensor, { positions, query, key, value, output }: AttentionPoolWeights): Tensor {
  const [b, height, width, c] = map.shape as [number, number, number, number];
  const n = height * width + 1;
  const places = reshape(map, [b, n - 1, c]) as Tensor3D;
  const tokens = add(concat([mean(places, 1, true) as Tensor3D, places], 1), positions);
  const byHead = (x: Tensor, length: number) =>
    transpose(reshape(x, [b, length, HEADS, c / HEADS]), [0, 2, 1, 3]) as Tensor4D;

  const meanToken = slice(tokens, [0, 0, 0], [b, 1, c]);
  const q = byHead(mul(linear(meanToken, query), (c / HEADS) ** -0.5), 1);
  const k = byHead(linear(tokens, key), n);
  const v = byHead(linear(tokens, value), n);
  const attended = matMul(softmax(matMul(q, k, false, true)), v);
  return linear(reshape(attended, [b, c]), output);
}

/** The parameters by PyTorch's names, `prefix` before each; `tokens` is n + 1. */
export function attentionPoolParameters(prefix: string, tokens: number, channels: number, outputs: number) {
  return {
    positions: parameter(`${prefix}positional_embedding`, [tokens, channels]),
    query: linearParameters(`${prefix}q_proj`, channels, channels),
    key: linearParameters(`${prefix}k_proj`, channels, channels),
    value: linearParameters(`${prefix}v_proj`, channels, channels),
    output: linearParameters(`${prefix}c_proj`, channels, outputs),
  };
}
