import {
  engine,
  getBackend,
  getKernel,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
} from "@tensorflow/tfjs-core";

/**
 * Kernels of our own for training. A backend registers those that are worth it under these names; the operations in `training/`
 * call them, and compose plain operations where a backend has none. All values are float32, sums are taken in float64.
 *
 * | kernel | inputs | attributes | outputs |
 * |---|---|---|---|
 * | `IrecBatchNorm` | `x` [..., c], `gamma` [c], `beta` [c] | `epsilon`, `relu` | as `x`: normalised with the statistics of the batch, scaled, shifted, 0 where negative with `relu`; mean [c]; biased variance [c] |
 * | `IrecBatchNormGrad` | `x`, `gamma`, and of the forward pass `y`, `mean`, `variance`; `dy` | `epsilon`, `relu` | gradients of `x`, `gamma`, `beta` |
 * | `IrecReluGrad` | `y`, what a ReLU made, and `dy` | | `dy` where `y` is more than 0, else 0 |
 * | `IrecAdamW` | `weight`, `first`, `second`, `gradient` of one shape | `beta1`, `beta2`, `decay`, `rate`, `correction`, `epsilon` | none: `weight`, `first` and `second` change in place |
 *
 * `IrecAdamW` makes first = beta1 first + (1 - beta1) gradient and second = beta2 second + (1 - beta2) gradient^2, then
 * weight = (1 - decay) weight - rate first / (sqrt(second) / correction + epsilon).
 */
export const trainingKernels = {
  batchNorm: "IrecBatchNorm",
  batchNormGrad: "IrecBatchNormGrad",
  reluGrad: "IrecReluGrad",
  adamW: "IrecAdamW",
} as const;

type TrainingKernel = (typeof trainingKernels)[keyof typeof trainingKernels];

/** Whether the backend in use has a kernel of ours. */
export function hasTrainingKernel(kernel: TrainingKernel): boolean {
  return getKernel(kernel, getBackend()) !== undefined;
}

/** Runs a kernel of ours on the backend in use, which must have it. */
export function runTrainingKernel(
  kernel: TrainingKernel,
  inputs: Record<string, Tensor>,
  attrs: NamedAttrMap,
): readonly Tensor[] {
  return engine().runKernel<Tensor[]>(kernel, inputs as NamedTensorMap, attrs);
}
