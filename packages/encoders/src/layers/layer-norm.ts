import { add, mean, mul, rsqrt, square, sub, type Tensor } from "@tensorflow/tfjs-core";
import { fusedKernels, hasFused, runFused } from "../backend/fused-kernels.ts";

/** Weights of a normalisation over channels: scale and shift, shape [c] each. */
export interface NormWeights {
  readonly gamma: Tensor;
  readonly beta: Tensor;
}

/** Options of `layerNorm`. */
export interface LayerNormOptions {
  /** Added to the variance. Default 1e-5, as in PyTorch. */
  readonly epsilon?: number;
  /** Added to the input first; of its shape. */
  readonly residual?: Tensor;
}

/**
 * Mean 0 and variance 1 (biased) along the last axis, then scale and shift; shape as the input.
 * @see Ba, Kiros & Hinton 2016, "Layer normalization"
 */
export function layerNorm(x: Tensor, { gamma, beta }: NormWeights, options: LayerNormOptions = {}): Tensor {
  const { epsilon = 1e-5, residual } = options;
  if (hasFused(fusedKernels.layerNorm)) {
    const inputs = residual === undefined ? { x, gamma, beta } : { x, residual, gamma, beta };
    return runFused(fusedKernels.layerNorm, inputs, { epsilon });
  }
  const input = residual === undefined ? x : add(x, residual);
  const centred = sub(input, mean(input, -1, true));
  const variance = mean(square(centred), -1, true);
  return add(mul(mul(centred, rsqrt(add(variance, epsilon))), gamma), beta);
}
