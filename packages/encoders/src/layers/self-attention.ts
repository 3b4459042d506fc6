import {
  add,
  matMul,
  mul,
  reshape,
  softmax,
  split,
  type Tensor,
  type Tensor4D,
  transpose,
} from "@tensorflow/tfjs-core";
import { fusedKernels, hasFused, runFused } from "../backend/fused-kernels.ts";

/** Options of `selfAttention`. */
export interface SelfAttentionOptions {
  readonly heads: number;
  /** Factor of the dot products, 1 / sqrt(c / heads) in all towers here. */
  readonly scale: number;
  /**
   * Added to the scaled dot products, shape [p, h, m, n]: item i, head j and row r take [i mod p, j mod h, r mod m]. p is 1, the
   * number of windows of an image, or b; h is 1 or `heads`; m is 1 or n. Finite; -3.4e38 hides a position.
   */
  readonly additive?: Tensor4D;
}

/**
 * Multi-head self-attention of queries, keys and values that one linear layer made.
 * @param qkv - shape [b, n, 3 c]: the columns of q, then k, then v; in each, head after head
 * @returns shape [b, n, c], head after head
 * @see Vaswani et al. 2017, "Attention is all you need", 3.2
 */
export function selfAttention(qkv: Tensor, { heads, scale, additive }: SelfAttentionOptions): Tensor {
  if (hasFused(fusedKernels.attention)) {
    return runFused(fusedKernels.attention, additive === undefined ? { qkv } : { qkv, additive }, { heads, scale });
  }
  const [b, n, width] = qkv.shape as [number, number, number];
  const c = width / 3;
  // One transpose of four axes: of five it is slow on WebAssembly.
  const byHead = transpose(reshape(qkv, [b, n, 3 * heads, c / heads]), [0, 2, 1, 3]) as Tensor4D;
  const [q, k, v] = split(byHead, 3, 1) as [Tensor4D, Tensor4D, Tensor4D];
  let scores: Tensor = mul(matMul(q, k, false, true), scale);
  if (additive !== undefined) scores = addPeriodically(scores, additive);
  return reshape(transpose(matMul(softmax(scores), v), [0, 2, 1, 3]), [b, n, c]);
}

/** scores [b, heads, n, n] + additive [p, h, m, n], repeated along the first axis. */
function addPeriodically(scores: Tensor, additive: Tensor4D): Tensor {
  const [b, heads, n] = scores.shape as [number, number, number];
  const [p, h, m] = additive.shape;
  const periods = reshape(scores, [b / p, p, heads, n, n]);
  return reshape(add(periods, reshape(additive, [1, p, h, m, n])), scores.shape);
}
