import { readFiniteVector, type Vector } from "../array-views.ts";
import { OptionError, UndefinedMetricError } from "../errors.ts";

/**
 * The q-quantile of the values, linear between the two nearest order statistics; numpy's default method.
 * @param values - shape [n]; need not be sorted
 * @param q - in [0, 1]; 0.5 is the median
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {OptionError} when q is outside [0, 1]
 * @throws {UndefinedMetricError} when there are no values
 * @example quantile([4, 1, 3, 2], 0.25) // 1.75
 * @see Hyndman & Fan 1996, "Sample quantiles in statistical packages", definition 7; numpy.quantile
 */
export function quantile(values: Vector, q: number): number {
  if (!(q >= 0 && q <= 1)) throw new OptionError("q", q, "a number in [0, 1]");
  const sorted = Float64Array.from(readFiniteVector("values", values)).sort();
  if (sorted.length === 0) throw new UndefinedMetricError("quantile", "there are no values");
  return quantileOfSorted(sorted, q);
}

/** `quantile` of values in ascending order, at least one. */
export function quantileOfSorted(sorted: Float64Array, q: number): number {
  const position = (sorted.length - 1) * q;
  const below = Math.floor(position);
  const fraction = position - below;
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  // From the nearer end, as numpy: the result is exact at both and never leaves [low, high].
  return fraction < 0.5 ? low + (high - low) * fraction : high - (high - low) * (1 - fraction);
}
