import { dispose, div, maximum, sqrt, square, sum, type Tensor } from "@tensorflow/tfjs-core";
import { type LinearWeights, linear } from "../layers/linear.ts";

/** Maps the output of a tower to the space where audio and text are compared. */
export interface ProjectionHead {
  /** Dimension of the tower's output. */
  readonly inputs: number;
  /** Dimension of the shared space. */
  readonly outputs: number;
  /** Pre-joint [b, inputs] to joint [b, outputs], rows of length 1. Runs inside of `Backend.run`. */
  project(preJoint: Tensor): Tensor;
  /** Frees the weights. */
  dispose(): void;
}

/** Weights of LAION-CLAP's projection. */
export interface MlpHeadWeights {
  readonly hidden: LinearWeights;
  readonly output: LinearWeights;
}

/** What `torch.nn.functional.normalize` takes for the length of a row that is shorter; so zeros stay zeros. */
const LEAST_LENGTH = 1e-12;

/**
 * LAION-CLAP's projection: linear, ReLU, linear, and each row divided by its length, at least 1e-12.
 * @param weights - belong to the head from now on
 * @see Wu et al. 2023, "Large-scale contrastive language-audio pretraining with feature fusion and keyword-to-caption
 *   augmentation", 3.1
 */
export function mlpHead(weights: MlpHeadWeights): ProjectionHead {
  return {
    inputs: weights.hidden.weight.shape[0]!,
    outputs: weights.output.weight.shape[1]!,
    project: (preJoint) => unitRows(linear(linear(preJoint, weights.hidden, "relu"), weights.output), LEAST_LENGTH),
    dispose: () => dispose(weights as unknown as Tensor[]),
  };
}

/**
 * MusCALL's projection: linear, without a bias in its checkpoints, and each row divided by its length, whatever that is: zeros
 * become NaN, as in MusCALL.
 * @param weights - belong to the head from now on
 * @see Manco et al. 2022, "Contrastive audio-language learning for music", 3.3
 */
export function linearHead(weights: LinearWeights): ProjectionHead {
  return {
    inputs: weights.weight.shape[0]!,
    outputs: weights.weight.shape[1]!,
    project: (preJoint) => unitRows(linear(preJoint, weights), 0),
    dispose: () => dispose(weights as unknown as Tensor[]),
  };
}

/** The tower's own space: each row is divided by its length, at least 1e-12, and nothing else. */
export function identityHead(dimension: number): ProjectionHead {
  return {
    inputs: dimension,
    outputs: dimension,
    project: (preJoint) => unitRows(preJoint, LEAST_LENGTH),
    dispose: () => {},
  };
}

/** Each row of [b, n] divided by its Euclidean length, or by `leastLength` where it is shorter. */
function unitRows(x: Tensor, leastLength: number): Tensor {
  return div(x, maximum(sqrt(sum(square(x), -1, true)), leastLength));
}
