import { fused, relu, reshape, type Tensor, type Tensor2D, tanh } from "@tensorflow/tfjs-core";
import { fusedKernels, hasFused, runFused } from "../backend/fused-kernels.ts";
import { gelu } from "./gelu.ts";

/** What a linear layer applies to its output. */
export type Activation = "none" | "relu" | "gelu" | "tanh";

/** Weights of a linear layer. */
export interface LinearWeights {
  /** Shape [in, out]: the transpose of what PyTorch stores. */
  readonly weight: Tensor;
  /** Shape [out]. */
  readonly bias?: Tensor;
}

const activations: Record<Activation, (x: Tensor) => Tensor> = { none: (x) => x, relu, gelu, tanh };

/** activation(x weight + bias) along the last axis; shape [..., in] to [..., out]. */
export function linear(x: Tensor, { weight, bias }: LinearWeights, activation: Activation = "none"): Tensor {
  if (hasFused(fusedKernels.linear)) {
    return runFused(fusedKernels.linear, bias === undefined ? { x, weight } : { x, weight, bias }, { activation });
  }
  const [inputs, outputs] = weight.shape as [number, number];
  const rows = reshape(x, [-1, inputs]) as Tensor2D;
  const product = fused.matMul({ a: rows, b: weight as Tensor2D, ...(bias && { bias }) });
  return reshape(activations[activation](product), [...x.shape.slice(0, -1), outputs]);
}
