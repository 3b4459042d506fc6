import { TrainingBatchError } from "./errors.ts";

/**
 * `clip`: cross-entropy of each pair against the rest of the batch, in both directions. `weighted-clip`: the same with a weight
 * for each pair, of how alike its caption is to the others of the batch.
 */
export type ContrastiveLossName = "clip" | "weighted-clip";

/** A loss and its gradient. */
export interface LossAndGradient {
  readonly loss: number;
  /** With respect to the logits, row-major [n, n]. */
  readonly gradient: Float64Array<ArrayBuffer>;
}

/** How much the weights of MusCALL differ for captions that differ: the divisor inside of their exponential. */
const SHARPNESS = 0.01;

/**
 * The mean of the cross-entropies of rows and columns of a matrix, where what belongs together is on its diagonal.
 * @param logits - scaled similarities, row-major [n, n]
 * @param weights - of the pairs, shape [n], summing to 1; all alike when left out
 * @see Radford et al. 2021, "Learning transferable visual models from natural language supervision", figure 3
 */
export function contrastiveLoss(logits: ArrayLike<number>, n: number, weights?: Float64Array): LossAndGradient {
  const gradient = new Float64Array(n * n);
  let loss = 0;
  for (let i = 0; i < n; i++) {
    const half = (weights?.[i] ?? 1 / n) / 2;
    // Row i, then column i.
    for (const [start, stride] of [
      [i * n, 1],
      [i, n],
    ] as const) {
      let greatest = Number.NEGATIVE_INFINITY;
      for (let j = 0; j < n; j++) greatest = Math.max(greatest, logits[start + j * stride]!);
      let sum = 0;
      for (let j = 0; j < n; j++) sum += Math.exp(logits[start + j * stride]! - greatest);
      for (let j = 0; j < n; j++) {
        gradient[start + j * stride]! += (half * Math.exp(logits[start + j * stride]! - greatest)) / sum;
      }
      loss += half * (greatest + Math.log(sum) - logits[i * n + i]!);
    }
    gradient[i * n + i]! -= 2 * half;
  }
  return { loss, gradient };
}

/**
 * The weights of pairs in MusCALL's weighted loss, normalised: exp(r / 0.01) with r the mean likeness of a caption to the others
 * as a part of that of all captions. With few pairs they differ wildly: of 4 pairs, r is about 0.25 and an r of 0.26 weighs
 * nearly three times as much.
 * @param similarity - of the captions, row-major [n, n]; what is on the diagonal does not count
 * @returns shape [n], summing to 1
 * @throws {TrainingBatchError} when the similarities sum to 0, where the weights are not defined, or are not finite
 * @see Manco et al. 2022, "Contrastive audio-language learning for music", 3.4
 */
export function pairWeights(similarity: ArrayLike<number>, n: number): Float64Array<ArrayBuffer> {
  const means = Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < n; j++) if (j !== i) sum += similarity[i * n + j]!;
    return sum / n;
  });
  const total = means.reduce((sum, mean) => sum + mean, 0);
  const shares = means.map((mean) => mean / total / SHARPNESS);
  const greatest = shares.reduce((most, share) => Math.max(most, share), Number.NEGATIVE_INFINITY);
  const weights = shares.map((share) => Math.exp(share - greatest));
  const sum = weights.reduce((all, weight) => all + weight, 0);
  if (!Number.isFinite(sum)) {
    throw new TrainingBatchError(
      "captionSimilarity",
      `sums to ${total * n} off its diagonal, expected finite similarities with another sum than 0`,
    );
  }
  return weights.map((weight) => weight / sum);
}
