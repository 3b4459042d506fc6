import { add, div, mul, relu, reshape, sqrt, square, step, sub, sum, type Tensor } from "@tensorflow/tfjs-core";
import { BATCH_NORM_EPSILON, type BatchNormWeights } from "../../layers/batch-norm.ts";
import type { Signal, Tape } from "../tape.ts";

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
  const channels = gamma.size;
  const count = x.value.size / channels;
  const output: Signal = tape.apply(
    [x, tape.parameter(gamma), tape.parameter(beta)],
    () => {
      const rows = reshape(x.value, [count, channels]);
      const average = div(channelSums(x.value), count);
      const centred = sub(rows, average);
      const variance = div(channelSums(reshape(square(centred), x.value.shape)), count);
      const deviation = sqrt(add(variance, BATCH_NORM_EPSILON));
      const scaled = add(mul(centred, div(gamma, deviation)), beta);
      const normal = reshape(activation === "relu" ? relu(scaled) : scaled, x.value.shape);
      const shared = { mean: average.clone(), variance };
      onStatistics({ ...shared, count });
      return { value: normal, saved: { average, deviation }, shared };
    },
    (gradient, { average, deviation }) => {
      const rows = reshape(gradient, [count, channels]);
      const normal = div(sub(reshape(x.value, [count, channels]), average), deviation);
      const dy = activation === "relu" ? mul(rows, step(reshape(output.value, [count, channels]))) : rows;
      const dBeta = channelSums(reshape(dy, x.value.shape));
      const dGamma = channelSums(reshape(mul(dy, normal), x.value.shape));
      const residual = sub(sub(dy, div(dBeta, count)), mul(normal, div(dGamma, count)));
      return [reshape(mul(residual, div(gamma, deviation)), x.value.shape), dGamma, dBeta];
    },
  );
  return output;
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
