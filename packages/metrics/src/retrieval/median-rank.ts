import type { NdArray } from "ndarray";
import { quantileInPlace } from "../statistics/quantile.ts";
import type { RetrievalOptions } from "./relevance.ts";
import { rankedQueries } from "./relevant-ranks.ts";

/**
 * The median over queries of the rank of the best-ranked relevant item; 1 is best. The mean of the middle two for an
 * even number of queries. Ties are pessimistic: an item's rank counts every item that scores at least as high.
 * @param similarities - shape [queries, items], or [items, queries] with `direction: "columns"`
 * @throws the errors of `recallAtK`
 * @example medianRank(ndarray([0.9, 0.1, 0.8, 0.3], [2, 2])) // 1.5
 */
export function medianRank(similarities: NdArray, options: RetrievalOptions = {}): number {
  const queries = rankedQueries("medianRank", similarities, options);
  return quantileInPlace(
    Float64Array.from(queries, ({ ranks }) => ranks[0]!),
    0.5,
  );
}
