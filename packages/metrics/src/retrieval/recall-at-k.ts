import type { NdArray } from "ndarray";
import { checkInteger } from "../option-checks.ts";
import { recallOf } from "./query-scores.ts";
import type { RetrievalOptions } from "./relevance.ts";
import { rankedQueries } from "./relevant-ranks.ts";

/**
 * The mean over queries of the share of relevant items that are among the k most similar, in [0, 1]; with one relevant
 * item per query, the share of queries that find it. Ties are pessimistic: an item's rank counts every item that scores
 * at least as high.
 * @param similarities - shape [queries, items], or [items, queries] with `direction: "columns"`
 * @param k - at least 1
 * @throws {ShapeError} when the shapes do not fit
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {LabelError} when an item index or a grade is out of range
 * @throws {OptionError} when k or an option is out of range
 * @throws {UndefinedMetricError} when a query has no relevant item and is not skipped (listed in `where`), or none is left
 * @example recallAtK(ndarray([0.9, 0.1, 0.8, 0.3], [2, 2]), 1) // 0.5
 */
export function recallAtK(similarities: NdArray, k: number, options: RetrievalOptions = {}): number {
  checkInteger("k", k, 1);
  const queries = rankedQueries("recallAtK", similarities, options);
  return queries.reduce((sum, query) => sum + recallOf(query, k), 0) / queries.length;
}
