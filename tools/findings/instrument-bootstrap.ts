import { quantile, xoshiro128 } from "@irec/metrics";
import type { Ends, TripletValues } from "./anchor-statistics.ts";
import type { Question } from "./questions.ts";
import { SEED } from "./reference-runs.ts";

/** Resamples of instruments behind each interval. */
export const INSTRUMENT_DRAWS = 4000;

/**
 * The 95 % intervals of means over triplets when instruments are drawn, as anchors, positives and negatives alike: a triplet
 * counts as often as the product of how often its three instruments come. One similarity is asked for by many anchors, which
 * drawing anchors alone passes over. Resamples without any triplet are left out.
 * @param values - one entry a mean, each of shape [triplets]
 * @see Snijders & Borgatti 1999, "Non-parametric standard errors and tests for network statistics", Connections 22(2)
 */
export function instrumentIntervals(
  { triplets, instruments }: Question,
  values: readonly TripletValues[],
  draws = INSTRUMENT_DRAWS,
): Ends[] {
  const { anchors, positives, negatives, length } = triplets;
  const random = xoshiro128(SEED);
  const statistics: number[][] = values.map(() => []);
  const drawn = new Int32Array(length);
  const weights = new Float64Array(length);
  for (let draw = 0; draw < draws; draw++) {
    const times = new Int32Array(14);
    for (let i = 0; i < instruments.length; i++) times[instruments[random.nextBelow(instruments.length)]!]! += 1;
    let count = 0;
    let total = 0;
    for (let t = 0; t < length; t++) {
      const weight = times[anchors[t]!]! * times[positives[t]!]! * times[negatives[t]!]!;
      if (weight === 0) continue;
      drawn[count] = t;
      weights[count++] = weight;
      total += weight;
    }
    if (total === 0) continue;
    for (let v = 0; v < values.length; v++) {
      const value = values[v]!;
      let sum = 0;
      for (let i = 0; i < count; i++) sum += weights[i]! * value[drawn[i]!]!;
      statistics[v]!.push(sum / total);
    }
  }
  return statistics.map((ofValue) => [quantile(ofValue, 0.025), quantile(ofValue, 0.975)]);
}
