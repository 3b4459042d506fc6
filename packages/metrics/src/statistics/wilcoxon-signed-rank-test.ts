import type { Vector } from "../array-views.ts";
import { UndefinedMetricError } from "../errors.ts";
import { checkWord } from "../option-checks.ts";
import { normalTail } from "./normal-tail.ts";
import { pairedDifferences } from "./paired-differences.ts";

/** The result of Wilcoxon's signed-rank test. */
export interface WilcoxonTest {
  /** Sum of the ranks of |a - b| where a is larger; where it is smaller, n (n + 1) / 2 minus this. */
  readonly rankSum: number;
  /** How many items differ. */
  readonly n: number;
  readonly pValue: number;
  /** Whether all 2^n signs were counted; otherwise the p-value is that of the normal approximation. */
  readonly exact: boolean;
  /** In [-1, 1]: the share of the ranks where a is larger minus that where it is smaller; the effect size. */
  readonly rankBiserial: number;
  readonly alternative: "two-sided" | "greater" | "less";
}

/**
 * Wilcoxon's signed-rank test: are the differences of two measurements of the same independent items symmetric about 0?
 * It asks for ranks where `pairedPermutationTest` asks for the mean, so a few large differences weigh less.
 *
 * Items that do not differ are left out. Equal |a - b| share the mean of their ranks. Up to 50 items that differ, all signs
 * are counted, ties or not; beyond, the normal approximation with its variance corrected for ties is used.
 * @param a - shape [n]
 * @param b - shape [n]; b[i] belongs to the same item as a[i]
 * @throws {ShapeError} when the lengths differ
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {OptionError} when `alternative` is another word
 * @throws {UndefinedMetricError} when there are no items
 * @example wilcoxonSignedRankTest([3, 4, 6], [1, 1, 1]) // { rankSum: 6, n: 3, pValue: 0.25, exact: true, ... }
 * @see Wilcoxon 1945, "Individual comparisons by ranking methods"; scipy.stats.wilcoxon, whose statistic is the smaller
 *   rank sum for the two-sided test
 */
export function wilcoxonSignedRankTest(
  a: Vector,
  b: Vector,
  { alternative = "two-sided" }: { readonly alternative?: "two-sided" | "greater" | "less" } = {},
): WilcoxonTest {
  checkWord("alternative", alternative, ["two-sided", "greater", "less"]);
  const all = pairedDifferences(a, b);
  if (all.length === 0) throw new UndefinedMetricError("wilcoxonSignedRankTest", "there are no items");
  const differences = all.filter((difference) => difference !== 0).sort((x, y) => Math.abs(x) - Math.abs(y));
  const n = differences.length;

  // Twice the mean ranks, which are whole.
  const doubledRanks = new Int32Array(n);
  let doubledSum = 0;
  let tieTerm = 0;
  for (let start = 0; start < n; ) {
    let end = start;
    while (end < n && Math.abs(differences[end]!) === Math.abs(differences[start]!)) end++;
    doubledRanks.fill(start + 1 + end, start, end);
    for (let i = start; i < end; i++) if (differences[i]! > 0) doubledSum += start + 1 + end;
    tieTerm += (end - start) ** 3 - (end - start);
    start = end;
  }
  const exact = n <= MOST_EXACT;
  const tail = exact ? exactTail(doubledRanks) : approximateTail(n, tieTerm);
  const most = n * (n + 1);
  const greater = (): number => tail(doubledSum);
  // Turning all signs around turns the sum into what is left of all ranks.
  const less = (): number => tail(most - doubledSum);
  const pValue =
    alternative === "greater"
      ? greater()
      : alternative === "less"
        ? less()
        : Math.min(1, 2 * Math.min(greater(), less()));
  return {
    rankSum: doubledSum / 2,
    n,
    pValue,
    exact,
    rankBiserial: n === 0 ? 0 : (2 * doubledSum - most) / most,
    alternative,
  };
}

/** 2^50 patterns of signs are counted exactly in a double. */
const MOST_EXACT = 50;

/** The share of sign patterns whose doubled rank sum is at least this. */
function exactTail(doubledRanks: Int32Array): (doubledSum: number) => number {
  const most = doubledRanks.reduce((sum, rank) => sum + rank, 0);
  const patterns = new Float64Array(most + 1);
  patterns[0] = 1;
  for (const rank of doubledRanks) for (let sum = most; sum >= rank; sum--) patterns[sum]! += patterns[sum - rank]!;
  return (doubledSum) => {
    let count = 0;
    for (let sum = doubledSum; sum <= most; sum++) count += patterns[sum]!;
    return count / 2 ** doubledRanks.length;
  };
}

function approximateTail(n: number, tieTerm: number): (doubledSum: number) => number {
  const deviation = Math.sqrt((n * (n + 1) * (2 * n + 1) - tieTerm / 2) / 24);
  return (doubledSum) => normalTail((doubledSum / 2 - (n * (n + 1)) / 4) / deviation);
}
