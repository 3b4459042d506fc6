import type { NdArray } from "ndarray";
import { averagePrecisionOf } from "./query-scores.ts";
import type { RetrievalOptions } from "./relevance.ts";
import { rankedQueries } from "./relevant-ranks.ts";

/**
 * The mean over queries of the average precision at the relevant items' ranks, in (0, 1]; grades count as relevant or
 * not. Ties are pessimistic: an item's rank counts every item that scores at least as high.
 * @param similarities - shape [queries, items], or [items, queries] with `direction: "columns"`
 * @throws the errors of `recallAtK`
 * @example meanAveragePrecision(ndarray([0.9, 0.1, 0.8, 0.3], [2, 2])) // 0.75
 * @see scikit-learn label_ranking_average_precision_score, which counts a query without relevant items as 1
 */
export function meanAveragePrecision(similarities: NdArray, options: RetrievalOptions = {}): number {
  const queries = rankedQueries("meanAveragePrecision", similarities, options);
  return queries.reduce((sum, query) => sum + averagePrecisionOf(query), 0) / queries.length;
}
