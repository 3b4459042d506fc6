import { add, div, mul, relu, sqrt, square, sub, sum, type Tensor } from "@tensorflow/tfjs-core";
import { hasTrainingKernel, runTrainingKernel, trainingKernels } from "../../backend/training-kernels.ts";
import { BATCH_NORM_EPSILON, type BatchNormWeights } from "../../layers/batch-norm.ts";
import type { Signal, Tape } from "../tape.ts";
import { reluGradient } from "./elementwise.ts";

/** Mean and biased variance of a batch, shape [c] each, over `count` values. */
export interface BatchStatistics {
  readonly mean: Tensor;
  readonly variance: Tensor;
  readonly count: number;
}

/**
 * Batch normalisation with the statistics of the batch itself, and a ReLU if it is asked for.
 * @param x - shape [..., c]
 * @param onStatistics - gets the statistics, which live as long as the scope around the pass
 * @see Ioffe & Szegedy 2015, "Batch normalization"
 */
export function batchNorm(
  tape: Tape,
  x: Signal,
  { gamma, beta }: Pick<BatchNormWeights, "gamma" | "beta">,
  activation: "none" | "relu",
  onStatistics: (statistics: BatchStatistics) => void,
): Signal {
  const relu = activation === "relu";
  const output: Signal = tape.apply(
    [x, tape.parameter(gamma), tape.parameter(beta)],
    () => {
      const [value, mean, variance] = normalised(x.value, gamma, beta, relu);
      const shared = { mean: mean.clone(), variance: variance.clone() };
      onStatistics({ ...shared, count: x.value.size / gamma.size });
      return { value, saved: { mean, variance }, shared };
    },
    (dy, { mean, variance }) => gradients({ x: x.value, y: output.value, dy, gamma, mean, variance }, relu),
  );
  return output;
}

const EPSILON = BATCH_NORM_EPSILON;

/** The output, the mean and the variance. */
function normalised(x: Tensor, gamma: Tensor, beta: Tensor, withRelu: boolean): [Tensor, Tensor, Tensor] {
  if (hasTrainingKernel(trainingKernels.batchNorm)) {
    const attributes = { epsilon: EPSILON, relu: withRelu };
    return runTrainingKernel(trainingKernels.batchNorm, { x, gamma, beta }, attributes) as [Tensor, Tensor, Tensor];
  }
  const count = x.size / gamma.size;
  const mean = div(channelSums(x), count);
  const centred = sub(x, mean);
  const variance = div(channelSums(square(centred)), count);
  const scaled = add(mul(centred, div(gamma, sqrt(add(variance, EPSILON)))), beta);
  return [withRelu ? relu(scaled) : scaled, mean, variance];
}

type Passed = Readonly<Record<"x" | "y" | "dy" | "gamma" | "mean" | "variance", Tensor>>;

/** Those of x, gamma and beta. */
function gradients(passed: Passed, withRelu: boolean): readonly Tensor[] {
  if (hasTrainingKernel(trainingKernels.batchNormGrad)) {
    return runTrainingKernel(trainingKernels.batchNormGrad, passed, { epsilon: EPSILON, relu: withRelu });
  }
  const { x, y, gamma, mean, variance } = passed;
  const count = x.size / gamma.size;
  const deviation = sqrt(add(variance, EPSILON));
  const normal = div(sub(x, mean), deviation);
  const dy = withRelu ? reluGradient(passed.dy, y) : passed.dy;
  const dBeta = channelSums(dy);
  const dGamma = channelSums(mul(dy, normal));
  const residual = sub(sub(dy, div(dBeta, count)), mul(normal, div(dGamma, count)));
  return [mul(residual, div(gamma, deviation)), dGamma, dBeta];
}

/**
 * Sums over all axes but the last, axis after axis: one sum of the whole, number after number, is off by 2e-5 for the 8000
 * squares of a small batch, since many of its numbers are the same and are rounded the same way.
 */
function channelSums(x: Tensor): Tensor {
  let sums = x;
  while (sums.rank > 1) sums = sum(sums, sums.rank - 2);
  return sums;
}
