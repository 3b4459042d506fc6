import type { NdArray } from "ndarray";
import { readFiniteMatrix } from "../array-views.ts";
import { ShapeError, UndefinedMetricError } from "../errors.ts";
import { checkInteger } from "../option-checks.ts";

/** How unevenly items turn up among the nearest neighbours of queries. */
export interface Hubness {
  /** How many queries have the item among their k nearest, shape [items]. */
  readonly occurrences: Int32Array;
  /**
   * Third standardised moment of the occurrences; 0 for a symmetric distribution, large when a few hubs are near to
   * everything. 0 when all items occur equally often.
   */
  readonly skewness: number;
  /** Share of items that are near to no query. */
  readonly antiHubShare: number;
  /** Share of items that occur more often than the mean and two standard deviations. */
  readonly hubShare: number;
}

/**
 * Hubness of a retrieval: how often each item is among the k most similar of a query. Of equally similar items, the one with
 * the lower index comes first.
 * @param similarities - shape [queries, items]
 * @param options - `k`: at least 1; 10 when left out, and at most the number of items. `excludeSelf`: whether query i is
 *   item i, and does not count as its own neighbour; the similarities must be square
 * @throws {ShapeError} when similarities are no matrix, or not square with `excludeSelf`
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {OptionError} when k is out of range
 * @throws {UndefinedMetricError} when there are no queries or items
 * @example hubness(ndarray([0.9, 0.1, 0.8, 0.3], [2, 2]), { k: 1 }).occurrences // Int32Array [2, 0]
 * @see Radovanović et al. 2010, "Hubs in space: popular nearest neighbors in high-dimensional data"
 */
export function hubness(
  similarities: NdArray,
  { k, excludeSelf = false }: { readonly k?: number; readonly excludeSelf?: boolean } = {},
): Hubness {
  const { data, rows, columns } = readFiniteMatrix("similarities", similarities);
  if (excludeSelf && rows !== columns) throw new ShapeError("similarities", [rows, columns], "a square matrix");
  const candidates = columns - (excludeSelf ? 1 : 0);
  if (rows === 0 || candidates < 1) throw new UndefinedMetricError("hubness", "there are no queries, or no items");
  if (k !== undefined) checkInteger("k", k, 1, candidates);
  const neighbours = k ?? Math.min(DEFAULT_NEIGHBOURS, candidates);

  const occurrences = new Int32Array(columns);
  const nearest = new Int32Array(neighbours);
  for (let query = 0; query < rows; query++) {
    const start = query * columns;
    let found = 0;
    for (let item = 0; item < columns; item++) {
      if (excludeSelf && item === query) continue;
      const value = data[start + item]!;
      if (found === neighbours && !(value > data[start + nearest[found - 1]!]!)) continue;
      let place = found < neighbours ? found++ : found - 1;
      for (; place > 0 && value > data[start + nearest[place - 1]!]!; place--) nearest[place] = nearest[place - 1]!;
      nearest[place] = item;
    }
    for (const item of nearest) occurrences[item]!++;
  }

  const mean = (rows * neighbours) / columns;
  const moment = (power: number): number =>
    occurrences.reduce((sum, count) => sum + (count - mean) ** power, 0) / columns;
  const deviation = Math.sqrt(moment(2));
  const share = (isCounted: (count: number) => boolean): number => occurrences.filter(isCounted).length / columns;
  return {
    occurrences,
    skewness: deviation === 0 ? 0 : moment(3) / deviation ** 3,
    antiHubShare: share((count) => count === 0),
    hubShare: share((count) => count > mean + 2 * deviation),
  };
}

/** The neighbourhood that the literature on hubness reports. */
const DEFAULT_NEIGHBOURS = 10;
