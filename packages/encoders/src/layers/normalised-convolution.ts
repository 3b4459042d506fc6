import { relu, type Tensor } from "@tensorflow/tfjs-core";
import { type BatchNormWeights, batchNorm } from "./batch-norm.ts";
import { type ConvolutionOptions, type ConvolutionWeights, convolution } from "./convolution.ts";

/** A convolution and the batch normalisation after it; without `norm` when that is a part of the convolution already. */
export interface NormalisedConvolution extends ConvolutionWeights {
  readonly norm?: BatchNormWeights;
}

/** The convolution, the normalisation, the activation. Shapes as those of `convolution`. */
export function normalisedConvolution(x: Tensor, weights: NormalisedConvolution, options?: ConvolutionOptions): Tensor {
  const { norm } = weights;
  if (norm === undefined) return convolution(x, weights, options);
  const normalised = batchNorm(convolution(x, weights, { ...options, activation: "none" }), norm);
  return options?.activation === "relu" ? relu(normalised) : normalised;
}
