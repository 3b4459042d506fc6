import { geluOf } from "./gelu.ts";
import { fusedMatMul } from "./one-dnn.ts";
import type { Operations } from "./operations.ts";
import type { TensorId } from "./tfjs-node-backend.ts";

/**
 * What `IrecLinear` applies to its output, with oneDNN's name for it; undefined for what is an operation of its own: oneDNN's
 * ReLU makes 0 of NaN.
 */
const fusions = { none: [], relu: undefined, tanh: ["Tanh"], gelu: ["GeluExact"] } as const;

export type LinearActivation = keyof typeof fusions;

const activations: Record<LinearActivation, (operations: Operations, x: TensorId) => TensorId> = {
  none: (_, x) => x,
  relu: (operations, x) => operations.run("Relu", [x]),
  tanh: (operations, x) => operations.run("Tanh", [x]),
  gelu: geluOf,
};

export interface LinearInputs {
  readonly x: TensorId;
  /** Shape of x, [..., in]. */
  readonly shape: readonly number[];
  readonly weight: TensorId;
  /** Shape of the weight, [in, out]. */
  readonly sizes: readonly [number, number];
  readonly bias: TensorId | undefined;
  readonly activation: LinearActivation;
  readonly oneDnn: boolean;
}

/**
 * activation(x weight + bias) along the last axis. oneDNN adds the bias and takes the activation while the product is still in
 * the cache; GELU then costs a twentieth of the product, where operation by operation it costs a fifth.
 */
export function linearOf(operations: Operations, inputs: LinearInputs): TensorId {
  const { x, shape, sizes } = inputs;
  if (shape.length === 2) return ofRows(operations, x, inputs);
  const rows = shape.slice(0, -1).reduce((product, size) => product * size, 1);
  const y = ofRows(operations, operations.reshape(x, [rows, sizes[0]]), inputs);
  return operations.reshape(y, [...shape.slice(0, -1), sizes[1]]);
}

function ofRows(operations: Operations, rows: TensorId, inputs: LinearInputs): TensorId {
  const { weight, sizes, bias, activation, oneDnn } = inputs;
  // oneDNN ends the process where there is nothing to multiply.
  if (oneDnn && bias !== undefined && sizes[0] > 0 && sizes[1] > 0) {
    const fusion = fusions[activation];
    const fused = fusedMatMul(operations, rows, weight, bias, fusion ?? []);
    return fusion === undefined ? activations[activation](operations, fused) : fused;
  }
  const product = operations.run("MatMul", [rows, weight], { flags: { transpose_a: false, transpose_b: false } });
  if (bias === undefined) return activations[activation](operations, product);
  const sum = operations.run("BiasAdd", [product, bias], { strings: { data_format: "NHWC" } });
  return activations[activation](operations, sum);
}
