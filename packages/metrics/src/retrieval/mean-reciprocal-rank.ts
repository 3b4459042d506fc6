import type { NdArray } from "ndarray";
import type { RetrievalOptions } from "./relevance.ts";
import { rankedQueries } from "./relevant-ranks.ts";

/**
 * The mean over queries of 1 / rank of the best-ranked relevant item, in (0, 1]. Ties are pessimistic: an item's rank
 * counts every item that scores at least as high.
 * @param similarities - shape [queries, items], or [items, queries] with `direction: "columns"`
 * @throws the errors of `recallAtK`
 * @example meanReciprocalRank(ndarray([0.9, 0.1, 0.8, 0.3], [2, 2])) // 0.75
 * @see Voorhees 1999, "The TREC-8 question answering track report"
 */
export function meanReciprocalRank(similarities: NdArray, options: RetrievalOptions = {}): number {
  const queries = rankedQueries("meanReciprocalRank", similarities, options);
  return queries.reduce((sum, { ranks }) => sum + 1 / ranks[0]!, 0) / queries.length;
}
