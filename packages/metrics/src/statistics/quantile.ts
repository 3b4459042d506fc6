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
  const copy = Float64Array.from(readFiniteVector("values", values));
  if (copy.length === 0) throw new UndefinedMetricError("quantile", "there are no values");
  return quantileInPlace(copy, q);
}

/** `quantile` of finite values, at least one, which it reorders: it selects, in linear time, where sorting would do more. */
export function quantileInPlace(values: Float64Array, q: number): number {
  const position = (values.length - 1) * q;
  const below = Math.floor(position);
  const fraction = position - below;
  const low = moveIntoPlace(values, below);
  let high = low;
  if (below + 1 < values.length) {
    high = values[below + 1]!;
    for (let i = below + 2; i < values.length; i++) if (values[i]! < high) high = values[i]!;
  }
  // From the nearer end, as numpy: the result is exact at both and never leaves [low, high].
  return fraction < 0.5 ? low + (high - low) * fraction : high - (high - low) * (1 - fraction);
}

/**
 * Reorders the values so that entry k is the one that sorting would put there, none before it is larger and none after it
 * smaller. @see Hoare 1961, "Algorithm 65: find"
 */
function moveIntoPlace(values: Float64Array, k: number): number {
  let first = 0;
  let last = values.length - 1;
  while (first < last) {
    const pivot = middleOf(values[first]!, values[(first + last) >>> 1]!, values[last]!);
    let i = first;
    let j = last;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const swapped = values[i]!;
      values[i++] = values[j]!;
      values[j--] = swapped;
    }
    if (k <= j) last = j;
    else if (k >= i) first = i;
    else break;
  }
  return values[k]!;
}

const middleOf = (a: number, b: number, c: number): number => Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
