import type { Vector } from "../array-views.ts";
import { OptionError, UndefinedMetricError } from "../errors.ts";
import { pairedDifferences } from "./paired-differences.ts";

/**
 * Cohen's h of two proportions: the difference of their arcsine transforms, in [-π, π]. Cohen calls 0.2 small, 0.5 medium
 * and 0.8 large. A difference near 0 or 1 counts more than one near a half.
 * @param a - a proportion, such as an accuracy
 * @param b - another
 * @throws {OptionError} when either is outside [0, 1]
 * @example cohensH(0.75, 0.25) // 1.0471975511965979
 * @see Cohen 1988, "Statistical power analysis for the behavioral sciences", chapter 6; statsmodels
 *   proportion_effectsize
 */
export function cohensH(a: number, b: number): number {
  for (const [option, value] of [
    ["a", a],
    ["b", b],
  ] as const) {
    if (!(Number.isFinite(value) && value >= 0 && value <= 1))
      throw new OptionError(option, value, "a proportion in [0, 1]");
  }
  return 2 * (Math.asin(Math.sqrt(a)) - Math.asin(Math.sqrt(b)));
}

/**
 * Cohen's d of paired measurements (d_z): the mean of a - b over its standard deviation, with divisor n - 1.
 * @param a - shape [n], n of at least 2
 * @param b - shape [n]; b[i] belongs to the same item as a[i]
 * @throws {ShapeError} when the lengths differ
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {UndefinedMetricError} when there are fewer than two items, or all differences are the same
 * @example pairedCohensD([3, 5, 4], [1, 1, 3]) // 1.5275252316519468
 * @see Cohen 1988, "Statistical power analysis for the behavioral sciences", section 2.3.5
 */
export function pairedCohensD(a: Vector, b: Vector): number {
  const differences = pairedDifferences(a, b);
  const n = differences.length;
  if (n < 2) throw new UndefinedMetricError("pairedCohensD", `it needs two items, there ${n === 1 ? "is 1" : "are 0"}`);
  if (differences.every((difference) => difference === differences[0])) {
    throw new UndefinedMetricError("pairedCohensD", "all differences are the same, so they have no standard deviation");
  }
  const mean = differences.reduce((sum, difference) => sum + difference, 0) / n;
  const squares = differences.reduce((sum, difference) => sum + (difference - mean) ** 2, 0);
  return mean / Math.sqrt(squares / (n - 1));
}
