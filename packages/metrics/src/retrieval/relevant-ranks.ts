import type { NdArray } from "ndarray";
import { UndefinedMetricError } from "../errors.ts";
import { type RetrievalOptions, readRetrieval } from "./relevance.ts";

/** Where the relevant items of one query stand. Entry i of every array belongs to one item; the best-ranked come first. */
export interface RankedQuery {
  /** The query's row, or column, of the similarities. */
  readonly query: number;
  /** How many items score at least as high as each relevant item, itself included: its pessimistic rank. */
  readonly ranks: Int32Array;
  /** How many items score strictly higher. */
  readonly above: Int32Array;
  readonly grades: Float64Array;
}

/** The ranks of the relevant items of every query that counts; at least one query. */
export function rankedQueries(metric: string, similarities: NdArray, options: RetrievalOptions): RankedQuery[] {
  const {
    similarities: { data, rows, columns },
    relevant: { starts, items, grades },
  } = readRetrieval(similarities, options);
  const queries: RankedQuery[] = [];
  const without: number[] = [];
  const sorted = new Float64Array(columns);
  for (let q = 0; q < rows; q++) {
    const [start, end] = [starts[q]!, starts[q + 1]!];
    if (start === end) {
      without.push(q);
      continue;
    }
    const scores = data.subarray(q * columns, (q + 1) * columns);
    const own = Float64Array.from(items.subarray(start, end), (item) => scores[item]!);
    // Sorting pays once there are more than a few relevant items; each takes two counts, or two binary searches.
    const counts = own.length > FEW ? countsFromSorted(sortInto(sorted, scores)) : countsByScan(scores);
    const entries = Array.from(own, (score, i) => ({ ...counts(score), grade: grades[start + i]! }));
    entries.sort((a, b) => a.atLeast - b.atLeast);
    queries.push({
      query: q,
      ranks: Int32Array.from(entries, ({ atLeast }) => atLeast),
      above: Int32Array.from(entries, ({ above }) => above),
      grades: Float64Array.from(entries, ({ grade }) => grade),
    });
  }
  if (without.length > 0 && options.withoutRelevant !== "skip") {
    throw new UndefinedMetricError(
      metric,
      `query ${listed(without)} has no relevant item; drop such queries or use withoutRelevant: "skip"`,
      without,
    );
  }
  if (queries.length === 0) throw new UndefinedMetricError(metric, "there is no query with a relevant item", without);
  return queries;
}

const FEW = 4;

type Counts = { readonly above: number; readonly atLeast: number };

const countsByScan =
  (scores: ArrayLike<number>) =>
  (score: number): Counts => {
    let above = 0;
    let atLeast = 0;
    for (let i = 0; i < scores.length; i++) {
      if (scores[i]! > score) above++;
      if (scores[i]! >= score) atLeast++;
    }
    return { above, atLeast };
  };

const countsFromSorted =
  (ascending: Float64Array) =>
  (score: number): Counts => ({
    above: ascending.length - partition(ascending, (value) => value <= score),
    atLeast: ascending.length - partition(ascending, (value) => value < score),
  });

/** How many leading values hold; those that hold come first. */
function partition(values: Float64Array, holds: (value: number) => boolean): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(values[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sortInto(target: Float64Array, scores: ArrayLike<number>): Float64Array {
  target.set(scores);
  return target.sort();
}

const listed = (queries: readonly number[]): string =>
  queries.length <= 5 ? queries.join(", ") : `${queries.slice(0, 5).join(", ")} and ${queries.length - 5} more`;
