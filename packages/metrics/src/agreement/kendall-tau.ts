import { readFiniteVector, type Vector } from "../array-views.ts";
import { UndefinedMetricError } from "../errors.ts";
import { checkSameLength } from "../option-checks.ts";

/**
 * Kendall's tau-b of two rankings of the same items, in [-1, 1]: pairs of items that both order alike minus those that they
 * order differently, over the pairs that are not tied. 1 for the same order, -1 for the reverse. In n log n time.
 * @param a - shape [n]; values, not ranks
 * @param b - shape [n]
 * @throws {ShapeError} when the lengths differ
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {UndefinedMetricError} when all values of a, or of b, are the same, or there are fewer than two items
 * @example kendallTau([1, 2, 3, 4], [1, 3, 2, 4]) // 0.6666666666666666
 * @see Kendall 1945, "The treatment of ties in ranking problems"; Knight 1966, "A computer method for calculating
 *   Kendall's tau with ungrouped data"; scipy.stats.kendalltau
 */
export function kendallTau(a: Vector, b: Vector): number {
  const first = Float64Array.from(readFiniteVector("a", a));
  const second = Float64Array.from(readFiniteVector("b", b));
  checkSameLength("b", second.length, "a", first.length);
  const n = first.length;
  const pairs = (count: number): number => (count * (count - 1)) / 2;
  const order = Int32Array.from(first, (_, i) => i).sort((i, j) => first[i]! - first[j]! || second[i]! - second[j]!);
  const sameIn = (same: (i: number, j: number) => boolean): number => {
    let total = 0;
    for (let start = 0, end = 0; start < n; start = end) {
      while (end < n && same(order[start]!, order[end]!)) end++;
      total += pairs(end - start);
    }
    return total;
  };
  const tiedA = sameIn((i, j) => first[i] === first[j]);
  const tiedBoth = sameIn((i, j) => first[i] === first[j] && second[i] === second[j]);
  const sorted = Float64Array.from(order, (i) => second[i]!);
  // Where b goes down although a goes up: exchanges on the way to a sorted b.
  const discordant = sortCountingExchanges(sorted);
  let tiedB = 0;
  for (let start = 0, end = 0; start < n; start = end) {
    while (end < n && sorted[end] === sorted[start]) end++;
    tiedB += pairs(end - start);
  }
  const all = pairs(n);
  if (all === tiedA || all === tiedB) {
    throw new UndefinedMetricError(
      "kendallTau",
      n < 2 ? `it needs two items, there are ${n}` : "all values are the same",
    );
  }
  const difference = all - tiedA - tiedB + tiedBoth - 2 * discordant;
  return Math.max(-1, Math.min(1, difference / Math.sqrt(all - tiedA) / Math.sqrt(all - tiedB)));
}

/** Merge sort, counting how many pairs stand in falling order. */
function sortCountingExchanges(values: Float64Array): number {
  let exchanges = 0;
  let [from, to]: [Float64Array, Float64Array] = [values, new Float64Array(values.length)];
  for (let width = 1; width < values.length; width *= 2) {
    for (let start = 0; start < values.length; start += 2 * width) {
      const middle = Math.min(start + width, values.length);
      const end = Math.min(start + 2 * width, values.length);
      let i = start;
      let j = middle;
      for (let k = start; k < end; k++) {
        if (j >= end || (i < middle && from[i]! <= from[j]!)) to[k] = from[i++]!;
        else {
          exchanges += middle - i;
          to[k] = from[j++]!;
        }
      }
    }
    [from, to] = [to, from];
  }
  if (from !== values) values.set(from);
  return exchanges;
}
