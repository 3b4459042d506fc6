import { xoshiro128 } from "@irec/metrics";
import { mean, rightTriplets } from "./anchor-statistics.ts";
import type { Question } from "./questions.ts";
import { SEED } from "./reference-runs.ts";

/** Random permutations behind each p-value. */
export const PERMUTATIONS = 4999;

/**
 * The two-sided p-value of an accuracy, when it does not matter which prompt stands for which of the instruments: the share of
 * random assignments whose accuracy is at least as far from a half, the observed one counted with them. It is valid however
 * the triplets hang together, since an assignment keeps all similarities as they are.
 * @see Mantel 1967, "The detection of disease clustering and a generalized regression approach"; Phipson & Smyth 2010
 */
export function labelPermutationP(question: Question, similarities: Float64Array): number {
  const deviation = (labelOf?: ArrayLike<number>) =>
    Math.abs(mean(rightTriplets(question, similarities, labelOf)) - 0.5);
  const observed = deviation() - ROUNDING;
  let count = 1;
  for (const labelOf of permutations(question, PERMUTATIONS)) if (deviation(labelOf) >= observed) count++;
  return count / (PERMUTATIONS + 1);
}

/** Accuracies are multiples of one over the number of triplets, which is far more. */
const ROUNDING = 1e-12;

/** Random permutations of the instruments of a question, of `tinysolTerms`; those that take no part stay. */
export function* permutations({ instruments }: Question, count: number): Generator<Int32Array> {
  const random = xoshiro128(SEED);
  for (let n = 0; n < count; n++) {
    const shuffled = [...instruments];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = random.nextBelow(i + 1);
      [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
    }
    const labelOf = Int32Array.from({ length: 14 }, (_, i) => i);
    for (const [i, instrument] of instruments.entries()) labelOf[instrument] = shuffled[i]!;
    yield labelOf;
  }
}
