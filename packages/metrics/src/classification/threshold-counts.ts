import type { NumericArray } from "../array-views.ts";
import { UndefinedMetricError } from "../errors.ts";

/** The two threshold metrics of one class; NaN where undefined. */
export interface ThresholdMetrics {
  /** NaN without positives or without negatives. */
  readonly rocAuc: number;
  /** NaN without positives. */
  readonly averagePrecision: number;
}

/**
 * ROC-AUC and average precision from one merge of the two score lists; both are sorted in place.
 *
 * Sorting positives and negatives apart needs no argsort: the native sort of typed arrays compares plain numbers. The
 * merge walks thresholds downwards, one group of equal scores at a time. Pairs are counted in whole numbers - twice,
 * so that a tie counts 1 and not 1/2 - so the AUC is exact up to its one division.
 */
export function thresholdMetrics(positives: Float64Array, negatives: Float64Array): ThresholdMetrics {
  positives.sort();
  negatives.sort();
  const [positiveCount, negativeCount] = [positives.length, negatives.length];
  let positivesAbove = 0;
  let negativesAbove = 0;
  let doubledWins = 0;
  let precisionSum = 0;
  while (positivesAbove < positiveCount) {
    const threshold = positives[positiveCount - 1 - positivesAbove]!;
    while (negativesAbove < negativeCount && negatives[negativeCount - 1 - negativesAbove]! > threshold) {
      negativesAbove++;
    }
    const positivesBefore = positivesAbove;
    const negativesBefore = negativesAbove;
    while (positivesAbove < positiveCount && positives[positiveCount - 1 - positivesAbove] === threshold) {
      positivesAbove++;
    }
    while (negativesAbove < negativeCount && negatives[negativeCount - 1 - negativesAbove] === threshold) {
      negativesAbove++;
    }
    const group = positivesAbove - positivesBefore;
    doubledWins += group * (2 * negativeCount - negativesBefore - negativesAbove);
    precisionSum += (group * positivesAbove) / (positivesAbove + negativesAbove);
  }
  return {
    // 0 / 0 is NaN: the documented value of a class without positives or without negatives.
    rocAuc: doubledWins / (2 * positiveCount * negativeCount),
    averagePrecision: precisionSum / positiveCount,
  };
}

/** Copies the scores at `start`, `start + step`, ... into those of positive and of negative items. */
export function splitByTruth(
  scores: NumericArray,
  start: number,
  step: number,
  items: number,
  positive: (item: number) => boolean,
): { positives: Float64Array; negatives: Float64Array } {
  let positiveCount = 0;
  for (let i = 0; i < items; i++) if (positive(i)) positiveCount++;
  const positives = new Float64Array(positiveCount);
  const negatives = new Float64Array(items - positiveCount);
  let p = 0;
  let n = 0;
  for (let i = 0, from = start; i < items; i++, from += step) {
    if (positive(i)) positives[p++] = scores[from]!;
    else negatives[n++] = scores[from]!;
  }
  return { positives, negatives };
}

/** Throws when a binary metric lacks one of the sides that it needs. */
export function checkSides(metric: string, positives: number, negatives: number, needsNegatives: boolean): void {
  if (positives > 0 && (negatives > 0 || !needsNegatives)) return;
  const what =
    positives + negatives === 0 ? "there are no items" : `no item is ${positives === 0 ? "positive" : "negative"}`;
  throw new UndefinedMetricError(metric, `${what}; it needs ${needsNegatives ? "both sides" : "a positive item"}`);
}
