import {
  add,
  concat,
  matMul,
  mul,
  reshape,
  softmax,
  split,
  sub,
  sum,
  type Tensor,
  type Tensor4D,
  transpose,
} from "@tensorflow/tfjs-core";
import type { Signal, Tape } from "../tape.ts";

/** Options of `selfAttention`. */
export interface AttentionOptions {
  readonly heads: number;
  /** Added to the scaled dot products; finite. */
  readonly additive?: Tensor;
  /** What the weights are multiplied by, shape [b, heads, n, n]: 0 where they are dropped. */
  readonly kept?: Tensor | undefined;
}

/** Self-attention of what one linear layer made, [b, n, 3 c], as that of the layers; shape [b, n, c]. */
export function selfAttention(tape: Tape, qkv: Signal, { heads, additive, kept }: AttentionOptions): Signal {
  const [b, n, width] = qkv.value.shape as [number, number, number];
  const size = width / 3 / heads;
  const byPart = () => {
    const byHead = transpose(reshape(qkv.value, [b, n, 3 * heads, size]), [0, 2, 1, 3]) as Tensor4D;
    return split(byHead, 3, 1) as [Tensor4D, Tensor4D, Tensor4D];
  };
  return tape.apply(
    [qkv],
    () => {
      const { value, weights } = attend(...byPart(), size ** -0.5, additive, kept);
      return { value: reshape(transpose(value, [0, 2, 1, 3]), [b, n, width / 3]), saved: { weights } };
    },
    (gradient, { weights }) => {
      const dy = transpose(reshape(gradient, [b, n, heads, size]), [0, 2, 1, 3]) as Tensor4D;
      const parts = attendGradients(dy, ...byPart(), size ** -0.5, weights, kept);
      return [reshape(transpose(concat(parts, 1), [0, 2, 1, 3]), [b, n, width])];
    },
  );
}

/**
 * What one query of each item attends to, without drop-out.
 * @param query - shape [b, c]
 * @param key - shape [b, n, c], as `value`
 * @returns shape [b, c]
 */
export function attendOnce(tape: Tape, query: Signal, key: Signal, value: Signal, heads: number): Signal {
  const [b, n, c] = key.value.shape as [number, number, number];
  const size = c / heads;
  const byHead = (x: Signal, length: number) =>
    transpose(reshape(x.value, [b, length, heads, size]), [0, 2, 1, 3]) as Tensor4D;
  const merged = (x: Tensor, shape: number[]) => reshape(transpose(x, [0, 2, 1, 3]), shape);
  const parts = () => [byHead(query, 1), byHead(key, n), byHead(value, n)] as const;
  return tape.apply(
    [query, key, value],
    () => {
      const { value: mixed, weights } = attend(...parts(), size ** -0.5);
      return { value: merged(mixed, [b, c]), saved: { weights } };
    },
    (gradient, { weights }) => {
      const dy = transpose(reshape(gradient, [b, 1, heads, size]), [0, 2, 1, 3]) as Tensor4D;
      const [dq, dk, dv] = attendGradients(dy, ...parts(), size ** -0.5, weights);
      return [merged(dq, [b, c]), merged(dk, [b, n, c]), merged(dv, [b, n, c])];
    },
  );
}

/** kept softmax(scale q k^T + additive) v, and the softmax; all of shape [b, heads, rows, ...]. */
function attend(q: Tensor4D, k: Tensor4D, v: Tensor4D, scale: number, additive?: Tensor, kept?: Tensor) {
  const scaled = mul(matMul(q, k, false, true), scale);
  const weights = softmax(additive === undefined ? scaled : add(scaled, additive));
  return { value: matMul(kept === undefined ? weights : mul(weights, kept), v), weights };
}

function attendGradients(
  dy: Tensor4D,
  q: Tensor4D,
  k: Tensor4D,
  v: Tensor4D,
  scale: number,
  weights: Tensor,
  kept?: Tensor,
): [Tensor4D, Tensor4D, Tensor4D] {
  const used = kept === undefined ? weights : mul(weights, kept);
  const dUsed = matMul(dy, v, false, true);
  const dWeights = kept === undefined ? dUsed : mul(dUsed, kept);
  const dScores = mul(mul(weights, sub(dWeights, sum(mul(dWeights, weights), -1, true))), scale);
  return [matMul(dScores, k), matMul(dScores, q, true, false), matMul(used as Tensor4D, dy, true, false)] as [
    Tensor4D,
    Tensor4D,
    Tensor4D,
  ];
}
