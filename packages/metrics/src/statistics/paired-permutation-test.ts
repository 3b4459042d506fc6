import type { Vector } from "../array-views.ts";
import { UndefinedMetricError } from "../errors.ts";
import { checkInteger, checkWord } from "../option-checks.ts";
import { readClusterTotals } from "./cluster-totals.ts";
import { pairedDifferences } from "./paired-differences.ts";
import { xoshiro128 } from "./random.ts";

/** Options of `pairedPermutationTest`. */
export interface PermutationTestOptions {
  /** How many random sign patterns; 9999 when left out. All patterns are used instead when there are no more than this. */
  readonly draws?: number;
  /** Seed of the random stream, an integer in [0, 2³²); 0 when left out. */
  readonly seed?: number;
  /** Whether a differs from b (`"two-sided"`, the default), is larger (`"greater"`) or smaller (`"less"`). */
  readonly alternative?: "two-sided" | "greater" | "less";
  /** Shape [n], the number of each item's cluster; whole clusters swap. Items swap alone when left out. */
  readonly clusters?: Vector;
}

/** The result of a paired permutation test. */
export interface PermutationTest {
  /** mean(a) - mean(b). */
  readonly difference: number;
  /** Probability of a difference at least this large if a and b were exchangeable; never 0. */
  readonly pValue: number;
  /** Whether all sign patterns were counted; the p-value then has no random error. */
  readonly exact: boolean;
  /** How many patterns were counted. */
  readonly draws: number;
  readonly seed: number;
  readonly alternative: "two-sided" | "greater" | "less";
}

/**
 * Tests whether two measurements of the same items differ in their mean, by swapping the two values of items at random:
 * every pattern of signs of a - b is equally likely when there is no difference.
 *
 * All 2^m patterns are counted when they are no more than `draws`, m being the number of items (clusters) whose values
 * differ; the p-value is count / 2^m. Otherwise it is (count + 1) / (draws + 1), which counts the observed pattern
 * itself. Two-sided counts |difference|. Sums of signed differences that lie closer than 1e-12 of Σ|a - b| count as
 * equal, so that rounding cannot split a tie. A random pattern takes one bit per differing item, 32 from each
 * `nextUint32()` of `xoshiro128(seed)`, lowest bit first; 1 swaps.
 *
 * @param a - shape [n]
 * @param b - shape [n]; b[i] belongs to the same item as a[i]
 * @throws {ShapeError} when the lengths differ
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {LabelError} when a cluster is not an integer of 0 or more
 * @throws {OptionError} when an option is out of range
 * @throws {UndefinedMetricError} when there are no items
 * @example pairedPermutationTest([3, 4, 5], [1, 1, 1]).pValue // 0.25, exact: 2 of 8 patterns
 * @see Phipson & Smyth 2010, "Permutation p-values should never be zero";
 *   scipy.stats.permutation_test, permutation_type="samples"
 */
export function pairedPermutationTest(
  a: Vector,
  b: Vector,
  { draws = 9999, seed = 0, alternative = "two-sided", clusters }: PermutationTestOptions = {},
): PermutationTest {
  checkInteger("draws", draws, 1, MAX_DRAWS);
  checkInteger("seed", seed, 0, 2 ** 32 - 1);
  checkWord("alternative", alternative, ["two-sided", "greater", "less"]);
  const differences = pairedDifferences(a, b);
  const n = differences.length;
  if (n === 0) throw new UndefinedMetricError("pairedPermutationTest", "there are no items");

  // What is zero stays zero under either sign: without it, more cases are small enough to enumerate.
  const swapped = readClusterTotals(differences, clusters).sums.filter((sum) => sum !== 0);
  let observed = 0;
  let magnitude = 0;
  for (const sum of swapped) {
    observed += sum;
    magnitude += Math.abs(sum);
  }
  const tolerance = magnitude * TIE_TOLERANCE;
  const asExtreme = (sum: number): boolean => {
    if (alternative === "greater") return sum >= observed - tolerance;
    if (alternative === "less") return sum <= observed + tolerance;
    return Math.abs(sum) >= Math.abs(observed) - tolerance;
  };

  const patterns = 2 ** swapped.length;
  const exact = patterns <= draws;
  const nextWord = exact ? countingWords() : xoshiro128(seed).nextUint32;
  let count = 0;
  for (let draw = 0; draw < (exact ? patterns : draws); draw++) {
    if (asExtreme(signedSum(swapped, nextWord))) count++;
  }
  return {
    difference: observed / n,
    pValue: exact ? count / patterns : (count + 1) / (draws + 1),
    exact,
    draws: exact ? patterns : draws,
    seed,
    alternative,
  };
}

/** Relative to Σ|a - b|; a sum of a million terms in float64 errs by less. */
const TIE_TOLERANCE = 1e-12;

function signedSum(values: Float64Array, nextWord: () => number): number {
  let sum = 0;
  let word = 0;
  for (let i = 0; i < values.length; i++) {
    if (i % 32 === 0) word = nextWord();
    sum += (word >>> (i % 32)) & 1 ? -values[i]! : values[i]!;
  }
  return sum;
}

/** Patterns that are enumerated must fit into one 32-bit word; more draws than this would take hours anyway. */
const MAX_DRAWS = 2 ** 31;

/** 0, 1, 2, ...: every pattern once. */
function countingWords(): () => number {
  let next = 0;
  return () => next++;
}
