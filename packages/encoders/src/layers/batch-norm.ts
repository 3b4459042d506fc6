import { add, div, mul, sqrt, sub, type Tensor, tidy } from "@tensorflow/tfjs-core";
import type { NormWeights } from "./layer-norm.ts";
import { parameter } from "./parameters.ts";

/** Weights and running statistics of a batch normalisation, shape [c] each. */
export interface BatchNormWeights extends NormWeights {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** Added to the variance: PyTorch's default. */
export const BATCH_NORM_EPSILON = 1e-5;

/**
 * Batch normalisation with given statistics along the last axis: gamma (x - mean) / sqrt(variance + 1e-5) + beta.
 * @param x - shape [..., c]
 * @see Ioffe & Szegedy 2015, "Batch normalization"
 */
export function batchNorm(x: Tensor, weights: BatchNormWeights): Tensor {
  return add(mul(sub(x, weights.mean), slope(weights)), weights.beta);
}

/**
 * The convolution that does what one without bias and a batch normalisation after it do.
 * @param weight - shape [size, size, in, out]
 * @returns new tensors; those that came in stay as they are
 */
export function foldBatchNorm(
  weight: Tensor,
  norm: BatchNormWeights,
): { readonly weight: Tensor; readonly bias: Tensor } {
  return tidy(() => {
    const scale = slope(norm);
    return { weight: mul(weight, scale), bias: sub(norm.beta, mul(norm.mean, scale)) };
  });
}

/** gamma / sqrt(variance + 1e-5). The root and a division, since `rsqrt` is an approximation on some processors. */
function slope({ gamma, variance }: BatchNormWeights): Tensor {
  return div(gamma, sqrt(add(variance, BATCH_NORM_EPSILON)));
}

/** Weight, bias and running statistics of PyTorch's `BatchNorm2d`. */
export function batchNormParameters(name: string, channels: number) {
  const vector = (part: string) => parameter(`${name}.${part}`, [channels]);
  return {
    gamma: vector("weight"),
    beta: vector("bias"),
    mean: vector("running_mean"),
    variance: vector("running_var"),
  };
}
