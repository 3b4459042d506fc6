import type { NdArray } from "ndarray";
import { checkInteger } from "../option-checks.ts";
import { discountSumsTo, ndcgOf } from "./query-scores.ts";
import type { RetrievalOptions } from "./relevance.ts";
import { rankedQueries } from "./relevant-ranks.ts";

/**
 * The mean over queries of the normalised discounted cumulative gain, in [0, 1]: each relevant item adds its grade over
 * log2(rank + 1), relative to the best order. Tied items share the mean of their places' discounts.
 * @param similarities - shape [queries, items], or [items, queries] with `direction: "columns"`
 * @param options - `k`: only the first k places count, at least 1; all when left out
 * @throws the errors of `recallAtK`
 * @example ndcg(ndarray([0.9, 0.1, 0.8, 0.3], [2, 2])) // 0.8154648767857288
 * @see Järvelin & Kekäläinen 2002, "Cumulated gain-based evaluation of IR techniques"; scikit-learn ndcg_score, which
 *   counts a query without relevant items as 0
 */
export function ndcg(
  similarities: NdArray,
  { k = Number.MAX_SAFE_INTEGER, ...options }: RetrievalOptions & { readonly k?: number } = {},
): number {
  checkInteger("k", k, 1);
  const queries = rankedQueries("ndcg", similarities, options);
  const items = similarities.shape[options.direction === "columns" ? 0 : 1]!;
  const discountSums = discountSumsTo(items, k);
  return queries.reduce((sum, query) => sum + ndcgOf(query, discountSums), 0) / queries.length;
}
