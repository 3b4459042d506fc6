import { shapeOf, type Vector } from "../array-views.ts";
import { readBinary } from "../classification/class-input.ts";
import { UndefinedMetricError } from "../errors.ts";
import { checkSameLength } from "../option-checks.ts";

/** The result of McNemar's exact test. */
export interface McNemarTest {
  /** Items that both have right. */
  readonly both: number;
  /** Items that only a has right. */
  readonly onlyA: number;
  /** Items that only b has right. */
  readonly onlyB: number;
  readonly neither: number;
  /** Accuracy of a minus accuracy of b. */
  readonly difference: number;
  /** onlyA / onlyB, the odds that a rather than b is right where they differ; Infinity, or NaN when they never differ. */
  readonly oddsRatio: number;
  /** Two-sided probability of a split at least as uneven if both were equally often right; 1 when they never differ. */
  readonly pValue: number;
}

/**
 * McNemar's exact test: do two classifiers answer the same independent items right equally often? Only the items where
 * one is right and the other wrong tell; their split is compared with that of a fair coin. For items that are alike within
 * clusters use `pairedPermutationTest` with `clusters`.
 * @param a - shape [n]; true or 1 where the first is right, else false or 0
 * @param b - shape [n]; b[i] belongs to the same item as a[i]
 * @throws {ShapeError} when the lengths differ
 * @throws {LabelError} when a value is not 0 or 1
 * @throws {UndefinedMetricError} when there are no items
 * @example mcnemarTest([1, 1, 1, 1, 0], [0, 0, 0, 1, 0]).pValue // 0.25
 * @see McNemar 1947, "Note on the sampling error of the difference between correlated proportions or percentages";
 *   statsmodels mcnemar(exact=True)
 */
export function mcnemarTest(a: Vector, b: Vector): McNemarTest {
  const first = readBinary("a", a);
  const second = readBinary("b", b);
  checkSameLength("b", second.length, "a", shapeOf(a)[0]!);
  const n = first.length;
  if (n === 0) throw new UndefinedMetricError("mcnemarTest", "there are no items");
  const counts: [number, number, number, number] = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) counts[2 * first[i]! + second[i]!]!++;
  const [neither, onlyB, onlyA, both] = counts;
  return {
    both,
    onlyA,
    onlyB,
    neither,
    difference: (onlyA - onlyB) / n,
    oddsRatio: onlyA / onlyB,
    pValue: Math.min(1, 2 * fairCoinTail(Math.min(onlyA, onlyB), onlyA + onlyB)),
  };
}

/** The probability of at most k heads in n throws of a fair coin, k being at most half of n. */
function fairCoinTail(k: number, n: number): number {
  // C(n, k) / 2^n: a power of two is taken away whenever the product grows, which costs no digit.
  let probability = 1;
  let halvings = n;
  for (let i = 1; i <= k; i++) {
    probability *= (n - i + 1) / i;
    for (; probability > 1 && halvings > 0; halvings--) probability /= 2;
  }
  let sum = 1;
  let term = 1;
  for (let i = k; i > 0 && term > sum * Number.EPSILON; i--) {
    term *= i / (n - i + 1);
    sum += term;
  }
  return probability * 2 ** -halvings * sum;
}
