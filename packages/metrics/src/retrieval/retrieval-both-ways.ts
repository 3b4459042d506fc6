import ndarray, { type NdArray } from "ndarray";
import { checkMatrixShape, isNdArray, readIndices, type Vector } from "../array-views.ts";
import { checkSameLength } from "../option-checks.ts";
import { quantileInPlace } from "../statistics/quantile.ts";
import type { RetrievalOptions } from "./relevance.ts";
import { DEFAULT_KS, type RetrievalPerQuery, retrievalPerQuery } from "./retrieval-per-query.ts";

/** The retrieval metrics of one direction. */
export interface RetrievalMetrics {
  /** How many queries count. */
  readonly queryCount: number;
  /** Recall for each k that was asked for. */
  readonly recallAt: ReadonlyMap<number, number>;
  readonly medianRank: number;
  readonly meanReciprocalRank: number;
  readonly meanAveragePrecision: number;
  readonly ndcg: number;
}

/** Options of `retrievalBothWays`; a vector `relevance` is read per row, and turned for the columns. */
export interface BothWaysOptions extends Omit<RetrievalOptions, "direction"> {
  /** For which k recall is wanted, each at least 1; 1, 5 and 10 when left out. */
  readonly ks?: readonly number[];
}

/**
 * All retrieval metrics in both directions: with clips as rows and texts as columns, `rowsToColumns` is audio to text
 * and `columnsToRows` text to audio.
 * @param similarities - shape [rows, columns]
 * @throws the errors of `recallAtK`, for either direction: a column that is relevant to no row has no relevant item
 * @example
 * const both = retrievalBothWays(ndarray([0.9, 0.1, 0.8, 0.3], [2, 2]));
 * both.rowsToColumns.recallAt.get(1); // 0.5
 * both.columnsToRows.recallAt.get(1); // 1
 */
export function retrievalBothWays(
  similarities: NdArray,
  { ks = DEFAULT_KS, relevance, ...options }: BothWaysOptions = {},
): { rowsToColumns: RetrievalMetrics; columnsToRows: RetrievalMetrics } {
  checkMatrixShape("similarities", similarities);
  const common = {
    ...options,
    ks,
    ...(relevance === undefined ? {} : { relevance: asMatrix(relevance, similarities) }),
  };
  return {
    rowsToColumns: meansOf(retrievalPerQuery(similarities, { ...common, direction: "rows" })),
    columnsToRows: meansOf(retrievalPerQuery(similarities, { ...common, direction: "columns" })),
  };
}

function asMatrix(relevance: Vector | NdArray, similarities: NdArray): NdArray {
  if (isNdArray(relevance) && relevance.shape.length === 2) return relevance;
  const [rows, columns] = similarities.shape as [number, number];
  const items = readIndices("relevance", relevance as Vector, columns, "the row's column");
  checkSameLength("relevance", items.length, "the rows of similarities", rows);
  const matrix = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++) matrix[row * columns + items[row]!] = 1;
  return ndarray(matrix, [rows, columns]);
}

const meansOf = (each: RetrievalPerQuery): RetrievalMetrics => ({
  queryCount: each.queries.length,
  recallAt: new Map(Array.from(each.recallAt, ([k, values]) => [k, meanOf(values)])),
  medianRank: quantileInPlace(Float64Array.from(each.rank), 0.5),
  meanReciprocalRank: meanOf(each.reciprocalRank),
  meanAveragePrecision: meanOf(each.averagePrecision),
  ndcg: meanOf(each.ndcg),
});

const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
