import { OptionError } from "../errors.ts";

/** What can be said about a against b. */
export type Verdict = "better" | "worse" | "not distinguishable";

/**
 * Whether a is better than b, worse, or neither can be said: better and worse take both an interval of a - b without 0 and
 * a p-value of at most alpha, so that neither the correction for many comparisons nor the size of the interval is passed
 * over.
 * @param difference - the interval of a - b, larger being better; of level 1 - alpha
 * @param pValue - of the same comparison, adjusted for its family by `holmCorrection`
 * @param options - `alpha`: in (0, 1); 0.05 when left out
 * @throws {OptionError} when pValue or alpha is out of range, or the interval is upside down
 * @example comparisonVerdict({ low: 0.01, high: 0.08 }, 0.02) // "better"
 */
export function comparisonVerdict(
  difference: { readonly low: number; readonly high: number },
  pValue: number,
  { alpha = 0.05 }: { readonly alpha?: number } = {},
): Verdict {
  if (typeof difference !== "object" || difference === null) {
    throw new OptionError("difference", difference, "an interval { low, high }");
  }
  const { low, high } = difference;
  if (!(low <= high)) throw new OptionError("low", low, `a number of at most high, which is ${high}`);
  if (!(pValue >= 0 && pValue <= 1)) throw new OptionError("pValue", pValue, "a number in [0, 1]");
  if (!(alpha > 0 && alpha < 1)) throw new OptionError("alpha", alpha, "a number between 0 and 1, such as 0.05");
  if (pValue > alpha) return "not distinguishable";
  if (low > 0) return "better";
  return high < 0 ? "worse" : "not distinguishable";
}
