import { oneDnnSoftmax } from "./one-dnn.ts";
import type { Operations } from "./operations.ts";
import type { TensorId } from "./tfjs-node-backend.ts";

export interface AttentionOptions {
  readonly heads: number;
  readonly scale: number;
  /** Shape [p, h, m, n], as `IrecAttention` has it. */
  readonly additive?: { readonly id: TensorId; readonly shape: readonly number[] } | undefined;
  readonly oneDnn: boolean;
}

/** softmax(scale q k^T + additive) v of [b, n, 3 c], head by head. */
export function attentionOf(
  operations: Operations,
  qkv: TensorId,
  [b, n, width]: readonly [number, number, number],
  { heads, scale, additive, oneDnn }: AttentionOptions,
): TensorId {
  const c = width / 3;
  const byPart = operations.transpose(operations.reshape(qkv, [b, n, 3, heads, c / heads]), [2, 0, 3, 1, 4]);
  const [q, k, v] = operations.runAll("Unpack", [byPart], 3, { integers: { num: 3, axis: 0 } }) as [
    TensorId,
    TensorId,
    TensorId,
  ];
  const scaled = operations.run("Mul", [q, operations.scalar(scale)]);
  const products = operations.run("BatchMatMulV2", [scaled, k], { flags: { adj_x: false, adj_y: true } });
  const scores = additive === undefined ? products : addPeriodically(operations, products, [b, heads, n, n], additive);
  const weights = oneDnn ? oneDnnSoftmax(operations, scores) : operations.run("Softmax", [scores]);
  const mixed = operations.run("BatchMatMulV2", [weights, v], { flags: { adj_x: false, adj_y: false } });
  return operations.reshape(operations.transpose(mixed, [0, 2, 1, 3]), [b, n, c]);
}

/** scores [b, ...] + additive [p, ...], repeated along the first axis. */
function addPeriodically(
  operations: Operations,
  scores: TensorId,
  shape: readonly [number, number, number, number],
  additive: { readonly id: TensorId; readonly shape: readonly number[] },
): TensorId {
  const [b, ...rest] = shape;
  const p = additive.shape[0]!;
  if (p === 1 || p === b) return operations.run("AddV2", [scores, additive.id]);
  const sum = operations.run("AddV2", [operations.reshape(scores, [b / p, p, ...rest]), additive.id]);
  return operations.reshape(sum, shape);
}
