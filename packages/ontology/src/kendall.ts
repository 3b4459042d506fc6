import { ArgumentError } from "./errors.ts";

/** How two rankings of the same n things order the n (n - 1) / 2 pairs of them. */
export interface KendallCounts {
  /** Pairs that both order the same way. */
  readonly concordant: number;
  /** Pairs that they order in opposite ways. */
  readonly discordant: number;
  /** Pairs that only the first ties. */
  readonly firstTied: number;
  /** Pairs that only the second ties. */
  readonly secondTied: number;
  /** Pairs that both tie. */
  readonly bothTied: number;
}

/**
 * Counts the pairs in O(n log n) steps: sorted by the first ranking, the discordant pairs are the exchanges that a merge sort
 * by the second one makes. All counts are exact for up to 2^27 values.
 *
 * @param first - finite numbers
 * @param second - finite numbers, as many
 * @throws {ArgumentError} when the lengths differ or a value is not finite
 * @see Knight 1966, "A computer method for calculating Kendall's tau with ungrouped data"
 */
export function kendallCounts(first: ArrayLike<number>, second: ArrayLike<number>): KendallCounts {
  const n = first.length;
  if (second.length !== n) throw new ArgumentError("second", second.length, `as many values as the first has, ${n}`);
  for (const [name, values] of [
    ["first", first],
    ["second", second],
  ] as const)
    for (let i = 0; i < n; i++)
      if (!Number.isFinite(values[i])) throw new ArgumentError(`${name}[${i}]`, values[i], "a finite number");

  const order = Uint32Array.from({ length: n }, (_, i) => i).sort(
    (i, j) => first[i]! - first[j]! || second[i]! - second[j]!,
  );
  const ranked = Float64Array.from(order, (i) => second[i]!);
  const inFirst = pairsInRuns(n, (k) => first[order[k]!] === first[order[k - 1]!]);
  const bothTied = pairsInRuns(n, (k) => first[order[k]!] === first[order[k - 1]!] && ranked[k] === ranked[k - 1]);
  const discordant = sortCountingExchanges(ranked);
  const inSecond = pairsInRuns(n, (k) => ranked[k] === ranked[k - 1]);
  return {
    concordant: (n * (n - 1)) / 2 - inFirst - inSecond + bothTied - discordant,
    discordant,
    firstTied: inFirst - bothTied,
    secondTied: inSecond - bothTied,
    bothTied,
  };
}

/**
 * Kendall's tau-b, in [-1, 1]: concordant less discordant pairs, over the geometric mean of the pairs that each ranking orders.
 * Undefined when one of them orders none.
 *
 * @example kendallTauB(kendallCounts([1, 2, 3, 4], [1, 2, 4, 3])) // 0.666...
 * @see Kendall 1945, "The treatment of ties in ranking problems"; scipy.stats.kendalltau
 */
export function kendallTauB({
  concordant,
  discordant,
  firstTied,
  secondTied,
}: Omit<KendallCounts, "bothTied">): number | undefined {
  const decided = concordant + discordant;
  const byFirst = decided + secondTied;
  const bySecond = decided + firstTied;
  if (byFirst === 0 || bySecond === 0) return undefined;
  // Root by root, because the product of both could be too large to be exact; rounding must not lead out of the range.
  return Math.max(-1, Math.min(1, (concordant - discordant) / Math.sqrt(byFirst) / Math.sqrt(bySecond)));
}

/** The pairs within runs of equal neighbours. */
function pairsInRuns(n: number, isAsBefore: (k: number) => boolean): number {
  let pairs = 0;
  let run = 1;
  for (let k = 1; k <= n; k++) {
    if (k < n && isAsBefore(k)) run++;
    else {
      pairs += (run * (run - 1)) / 2;
      run = 1;
    }
  }
  return pairs;
}

/** Sorts the values upwards and counts the pairs that stood the other way round. */
function sortCountingExchanges(values: Float64Array): number {
  let exchanges = 0;
  let from = values;
  let to = new Float64Array(values.length);
  for (let width = 1; width < values.length; width *= 2) {
    for (let start = 0; start < values.length; start += 2 * width) {
      const middle = Math.min(start + width, values.length);
      const end = Math.min(start + 2 * width, values.length);
      let left = start;
      let right = middle;
      for (let k = start; k < end; k++) {
        if (right === end || (left < middle && from[left]! <= from[right]!)) to[k] = from[left++]!;
        else {
          exchanges += middle - left;
          to[k] = from[right++]!;
        }
      }
    }
    [from, to] = [to, from as Float64Array<ArrayBuffer>];
  }
  if (from !== values) values.set(from);
  return exchanges;
}
