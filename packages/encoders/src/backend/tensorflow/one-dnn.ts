import { Operations } from "./operations.ts";
import type { TensorflowBinding, TensorId } from "./tfjs-node-backend.ts";

/** What TensorFlow registers its oneDNN kernels under; it looks for others when an operation does not say so. */
const LABEL = "MklNameChangeOp";

/**
 * Whether the operations of oneDNN run that are called by name here. They do not on processors for which TensorFlow has no
 * oneDNN, where `TF_ENABLE_ONEDNN_OPTS=0` turned it off, and with a binding that cannot pass lists of strings, which is every
 * one that `irec backend build` did not make.
 */
export function hasOneDnn(binding: TensorflowBinding): boolean {
  const operations = new Operations(binding);
  try {
    const one = operations.reshape(operations.scalar(1), [1, 1]);
    oneDnnSoftmax(operations, fusedMatMul(operations, one, one, operations.reshape(one, [1]), ["GeluExact"]));
    return true;
  } catch {
    return false;
  } finally {
    operations.free();
  }
}

/**
 * x weight + bias and then what `then` names, in one pass; x is [rows, in].
 *
 * `is_weight_const` must be false: with true, the default, oneDNN may keep a rearranged copy of the first weights that it
 * sees, and an eager operation is the same one for all layers of a shape.
 */
export function fusedMatMul(
  operations: Operations,
  x: TensorId,
  weight: TensorId,
  bias: TensorId,
  then: readonly ("Tanh" | "GeluExact")[],
): TensorId {
  return operations.run("_MklNativeFusedMatMul", [x, weight, bias], {
    flags: { transpose_a: false, transpose_b: false, is_weight_const: false },
    integers: { num_args: 1 },
    strings: { fused_ops: ["BiasAdd", ...then], _kernel: LABEL },
  });
}

/** Softmax along the last axis, in half the time of TensorFlow's own. */
export function oneDnnSoftmax(operations: Operations, x: TensorId): TensorId {
  return operations.run("_MklSoftmax", [x], { strings: { _kernel: LABEL } });
}
