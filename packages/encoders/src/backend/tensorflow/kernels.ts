import { type KernelConfig, registerKernel, type TensorInfo } from "@tensorflow/tfjs-core";
import { type FusedKernel, fusedKernels } from "../fused-kernels.ts";
import { attentionOf } from "./attention.ts";
import { geluOf } from "./gelu.ts";
import { layerNormOf } from "./layer-norm.ts";
import { type LinearActivation, linearOf } from "./linear.ts";
import { hasOneDnn } from "./one-dnn.ts";
import { Operations } from "./operations.ts";
import type { TensorId, TfjsNodeBackend } from "./tfjs-node-backend.ts";

/** Inputs of a kernel by their names in `fusedKernels`; the optional ones may be missing. */
type Inputs = Readonly<Record<string, TensorInfo>>;

/** A kernel as operations on TensorFlow's own tensors. */
type Compute = (
  operations: Operations,
  ids: Readonly<Record<string, TensorId>>,
  inputs: Inputs,
  attributes: Readonly<Record<string, unknown>>,
) => TensorId;

/**
 * Registers the kernels of `fusedKernels` for a backend of tfjs-node.
 * @param oneDnn - whether to call oneDNN's operations by name
 */
export function registerFusedKernels(backend: TfjsNodeBackend, oneDnn = hasOneDnn(backend.binding)): void {
  const kernels: Record<FusedKernel, Compute> = {
    [fusedKernels.linear]: (operations, ids, inputs, attributes) =>
      linearOf(operations, {
        x: ids.x!,
        shape: inputs.x!.shape,
        weight: ids.weight!,
        sizes: inputs.weight!.shape as [number, number],
        bias: ids.bias,
        activation: attributes.activation as LinearActivation,
        oneDnn,
      }),
    [fusedKernels.gelu]: (operations, { x }) => geluOf(operations, x!),
    [fusedKernels.layerNorm]: (operations, { x, residual, gamma, beta }, _, { epsilon }) => {
      const sum = residual === undefined ? x! : operations.run("AddV2", [x!, residual]);
      return layerNormOf(operations, sum, gamma!, beta!, epsilon as number);
    },
    [fusedKernels.attention]: (operations, { qkv, additive }, inputs, { heads, scale }) =>
      attentionOf(operations, qkv!, inputs.qkv!.shape as [number, number, number], {
        heads: heads as number,
        scale: scale as number,
        additive: additive === undefined ? undefined : { id: additive, shape: inputs.additive!.shape },
        oneDnn,
      }),
  };
  for (const [name, compute] of Object.entries(kernels)) register(backend, name, compute);
}

function register(backend: TfjsNodeBackend, kernelName: string, compute: Compute): void {
  const kernelFunc: KernelConfig["kernelFunc"] = ({ inputs, attrs }) => {
    const given = Object.entries(inputs).filter((entry): entry is [string, TensorInfo] => entry[1] != null);
    const tensors = backend.getInputTensorIds(given.map(([, tensor]) => tensor));
    const ids = Object.fromEntries(given.map(([name], i) => [name, tensors[i]!]));
    // What lies between is freed at once, and is never known to the engine.
    const operations = new Operations(backend.binding);
    try {
      const result = compute(operations, ids, Object.fromEntries(given), attrs ?? {});
      return backend.createOutputTensor(operations.release(result));
    } finally {
      operations.free();
    }
  };
  registerKernel({ kernelName, backendName: "tensorflow", kernelFunc });
}
