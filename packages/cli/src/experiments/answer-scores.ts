import { type BootstrapDistribution, bootstrapRatio } from "@irec/metrics";
import type { Resampling } from "./resampling.ts";

/** Scores of one answer a clip, in the sample and in each resample. */
export interface AnswerScores {
  readonly balancedAccuracy: BootstrapDistribution;
  readonly top1: BootstrapDistribution;
}

/**
 * Top-1 and balanced accuracy with their bootstrap distributions. A resample that lacks a label is averaged over the others.
 * @param answers - shape [clips]: the label that was answered
 * @param classes - shape [clips]: the right one
 * @param resampling - of the clips
 */
export function answerScores(answers: Int32Array, classes: Int32Array, resampling: Resampling): AnswerScores {
  const { resamples } = resampling;
  const hits = classes.map((c, clip) => Number(answers[clip] === c));
  return { top1: bootstrapRatio(hits, resamples), balancedAccuracy: meanOf(recalls(answers, classes, resampling)) };
}

/** The recall of each label that has clips. @returns by label, in rising order */
export function recalls(
  answers: Int32Array,
  classes: Int32Array,
  { resamples }: Resampling,
): readonly BootstrapDistribution[] {
  const labels = [...new Set(classes)].sort((a, b) => a - b);
  return labels.map((label) => {
    const own = classes.map((c) => Number(c === label));
    const hits = own.map((isOwn, clip) => Number(isOwn === 1 && answers[clip] === label));
    return bootstrapRatio(hits, resamples, own);
  });
}

/** The mean of distributions on the same resamples, over those that have a value. */
export function meanOf(distributions: readonly BootstrapDistribution[]): BootstrapDistribution {
  return combined(distributions, (values) => {
    let [sum, count] = [0, 0];
    for (const value of values) {
      if (Number.isNaN(value)) continue;
      sum += value;
      count += 1;
    }
    return sum / count;
  });
}

/**
 * A number made of several numbers, in the sample and in each resample.
 * @param distributions - on the same resamples; at least one
 */
export function combined(
  distributions: readonly BootstrapDistribution[],
  combine: (values: readonly number[]) => number,
): BootstrapDistribution {
  const { resamples, statistics } = distributions[0]!;
  return {
    estimate: combine(distributions.map(({ estimate }) => estimate)),
    statistics: statistics.map((_, draw) => combine(distributions.map((one) => one.statistics[draw]!))),
    resamples,
  };
}
