import { clusterBootstrapMean, pairedPermutationTest } from "@irec/metrics";
import type { Question } from "./questions.ts";
import { DRAWS, SEED } from "./reference-runs.ts";

export type Ends = readonly [low: number, high: number];

/** What each triplet scores: 1 when it is right, 0 when it is wrong or tied; or a difference of such scores. Shape [triplets]. */
export type TripletValues = Float64Array;

/**
 * Whether each triplet is right.
 * @param similarities - shape [14, 14]
 * @param labelOf - whose prompt stands for each instrument; its own when left out
 */
export function rightTriplets(
  { triplets }: Question,
  similarities: Float64Array,
  labelOf: ArrayLike<number> = OWN,
): TripletValues {
  const { anchors, positives, negatives, length } = triplets;
  const n = OWN.length;
  const right = new Float64Array(length);
  for (let t = 0; t < length; t++) {
    const row = labelOf[anchors[t]!]! * n;
    if (similarities[row + labelOf[positives[t]!]!]! > similarities[row + labelOf[negatives[t]!]!]!) right[t] = 1;
  }
  return right;
}

const OWN = Int32Array.from({ length: 14 }, (_, i) => i);

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** The sum of the values, and how many they are, of each anchor. */
export function totalsOfAnchors({ triplets, anchors }: Question, values: TripletValues) {
  const place = new Map(anchors.map((anchor, i) => [anchor, i]));
  const totals = { sums: anchors.map(() => 0), counts: anchors.map(() => 0) };
  for (const [t, value] of values.entries()) {
    const i = place.get(triplets.anchors[t]!)!;
    totals.sums[i]! += value;
    totals.counts[i]! += 1;
  }
  return totals;
}

/** The 95 % interval of the mean of all triplets when anchors are drawn, as in results.json. */
export function anchorInterval(question: Question, values: TripletValues, draws = DRAWS): Ends {
  const { low, high } = clusterBootstrapMean(totalsOfAnchors(question, values), undefined, { seed: SEED, draws });
  return [low, high];
}

/**
 * The two-sided p-value of a mean over triplets being `expected`, when the sign of what each anchor deviates from it is
 * arbitrary. All 2^14 patterns are counted, unless `draws` says that so many random ones will do.
 */
export function signFlipP(question: Question, values: TripletValues, expected: number, draws = 2 ** 14): number {
  const { sums, counts } = totalsOfAnchors(question, values);
  const expectedSums = counts.map((count) => count * expected);
  return pairedPermutationTest(sums, expectedSums, { draws, seed: SEED }).pValue;
}
