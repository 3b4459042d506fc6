import type { NdArray } from "ndarray";
import { OptionError } from "../errors.ts";
import { checkInteger } from "../option-checks.ts";
import { averagePrecisionOf, discountSumsTo, ndcgOf, recallOf } from "./query-scores.ts";
import type { RetrievalOptions } from "./relevance.ts";
import { rankedQueries } from "./relevant-ranks.ts";

/** The metrics of each query that counts; entry i of every array belongs to query `queries[i]`. */
export interface RetrievalPerQuery {
  /** Rows, or columns, of the similarities; ascending. */
  readonly queries: Int32Array;
  /** Rank of the best-ranked relevant item; 1 is best. */
  readonly rank: Int32Array;
  readonly reciprocalRank: Float64Array;
  readonly averagePrecision: Float64Array;
  readonly ndcg: Float64Array;
  /** For each k that was asked for, the share of relevant items that rank k or better. */
  readonly recallAt: ReadonlyMap<number, Float64Array>;
}

/**
 * All retrieval metrics of every query from one ranking: what a bootstrap or a paired test over queries needs. The mean
 * of an array is the metric of that name.
 * @param similarities - shape [queries, items], or [items, queries] with `direction: "columns"`
 * @param options - `ks`: for which k recall is wanted, each at least 1; 1, 5 and 10 when left out
 * @throws the errors of `recallAtK`
 * @example bootstrapMean(retrievalPerQuery(similarities, { ks: [10] }).recallAt.get(10)!)
 */
export function retrievalPerQuery(
  similarities: NdArray,
  { ks = DEFAULT_KS, ...options }: RetrievalOptions & { readonly ks?: readonly number[] } = {},
): RetrievalPerQuery {
  if (!Array.isArray(ks)) throw new OptionError("ks", ks, "an array of integers, such as [1, 5, 10]");
  for (const k of ks) checkInteger("ks", k, 1);
  const ranked = rankedQueries("retrievalPerQuery", similarities, options);
  const items = similarities.shape[options.direction === "columns" ? 0 : 1]!;
  const discountSums = discountSumsTo(items, items);
  return {
    queries: Int32Array.from(ranked, ({ query }) => query),
    rank: Int32Array.from(ranked, ({ ranks }) => ranks[0]!),
    reciprocalRank: Float64Array.from(ranked, ({ ranks }) => 1 / ranks[0]!),
    averagePrecision: Float64Array.from(ranked, averagePrecisionOf),
    ndcg: Float64Array.from(ranked, (query) => ndcgOf(query, discountSums)),
    recallAt: new Map(ks.map((k) => [k, Float64Array.from(ranked, (query) => recallOf(query, k))])),
  };
}

/** The cut-offs that text-music retrieval papers report. */
export const DEFAULT_KS: readonly number[] = [1, 5, 10];
