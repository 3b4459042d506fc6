import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import {
  meanAveragePrecision,
  meanReciprocalRank,
  medianRank,
  ndcg,
  OptionError,
  recallAtK,
  retrievalBothWays,
  retrievalPerQuery,
  ShapeError,
  UndefinedMetricError,
} from "../src/index.ts";
import { golden, TOLERANCE } from "./golden.ts";
import { expectClose, layouts, matrix } from "./layouts.ts";

interface Case {
  name: string;
  similarities: number[][];
  relevance: number[][];
  skipped: number[];
  expected: {
    recallAt: Record<string, number>;
    medianRank: number;
    meanReciprocalRank: number;
    meanAveragePrecision: number;
    ndcg: number;
    ndcgAt3: number;
  };
}
const { cases } = golden<{ cases: Case[] }>("retrieval");

describe.each(cases)("scikit-learn's numbers: $name", ({ similarities, relevance, skipped, expected }) => {
  const transposed = (rows: number[][]) => rows[0]!.map((_, j) => rows.map((row) => row[j]!));
  const stored = layouts(similarities).map(([name, view], i) => [name, view, layouts(relevance)[i]![1]] as const);
  const columns = [...layouts(transposed(similarities))].map(
    ([name, view], i) => [`${name}, queries as columns`, view, layouts(transposed(relevance))[i]![1]] as const,
  );

  it.each([...stored, ...columns])("from similarities stored as %s", (name, view, grades) => {
    const direction = name.endsWith("columns") ? "columns" : "rows";
    const options = { relevance: grades, withoutRelevant: "skip", direction } as const;
    for (const [k, recall] of Object.entries(expected.recallAt)) {
      expectClose([recallAtK(view, Number(k), options)], [recall], TOLERANCE);
    }
    expect(medianRank(view, options)).toBe(expected.medianRank);
    expectClose([meanReciprocalRank(view, options)], [expected.meanReciprocalRank], TOLERANCE);
    expectClose([meanAveragePrecision(view, options)], [expected.meanAveragePrecision], TOLERANCE);
    expectClose([ndcg(view, options)], [expected.ndcg], TOLERANCE);
    expectClose([ndcg(view, { ...options, k: 3 })], [expected.ndcgAt3], TOLERANCE);
  });

  it("names the queries without a relevant item", () => {
    if (skipped.length === 0) return;
    const relevant = { relevance: matrix(relevance) };
    expect(() => ndcg(matrix(similarities), relevant)).toThrow(UndefinedMetricError);
    expect(() => ndcg(matrix(similarities), relevant)).toThrow(`query ${skipped.join(", ")} has no relevant item`);
  });
});

describe("the retrieval metrics", () => {
  const similarities = matrix([
    [0.9, 0.1],
    [0.8, 0.3],
  ]);

  it("take the diagonal as relevant when nothing is said", () => {
    expect(recallAtK(similarities, 1)).toBe(0.5);
    expect(recallAtK(similarities, 1, { direction: "columns" })).toBe(1);
    expect(medianRank(similarities)).toBe(1.5);
    expect(meanReciprocalRank(similarities)).toBe(0.75);
    expect(meanAveragePrecision(similarities)).toBe(0.75);
    expect(ndcg(similarities)).toBeCloseTo((1 + 1 / Math.log2(3)) / 2, 15);
  });

  it("take one item per query", () => {
    expect(recallAtK(similarities, 1, { relevance: [0, 0] })).toBe(1);
    expect(recallAtK(similarities, 1, { relevance: Int32Array.of(1, 0), direction: "columns" })).toBe(0);
  });

  it("are pessimistic about ties", () => {
    const tied = matrix([
      [0, 0],
      [0, 0],
    ]);
    expect(recallAtK(tied, 1)).toBe(0);
    expect(medianRank(tied)).toBe(2);
    expect(meanAveragePrecision(tied)).toBe(0.5);
  });

  it("refuse what does not fit", () => {
    expect(() => recallAtK(matrix([[1, 2, 3]]), 1)).toThrow(ShapeError);
    expect(() => recallAtK(matrix([[1, 2, 3]]), 1)).toThrow("or say which items are relevant");
    expect(() => recallAtK(similarities, 0)).toThrow(OptionError);
    expect(() => recallAtK(similarities, 1, { direction: "row" as "rows" })).toThrow(OptionError);
    expect(() => recallAtK(similarities, 1, { relevance: [0] })).toThrow("relevance has shape [1], expected [2]");
    expect(() => recallAtK(similarities, 1, { relevance: [0, 2] })).toThrow("relevance[1] is 2");
    expect(() =>
      recallAtK(similarities, 1, {
        relevance: matrix([
          [1, 0],
          [-1, 1],
        ]),
      }),
    ).toThrow("relevance row 1, column 0 is -1, expected 0 for not relevant or a grade above 0");
    expect(() =>
      recallAtK(similarities, 1, {
        relevance: matrix([
          [0, 0],
          [0, 0],
        ]),
        withoutRelevant: "skip",
      }),
    ).toThrow("there is no query with a relevant item");
    expect(() => medianRank(ndarray(new Float64Array(0), [0, 0]))).toThrow(UndefinedMetricError);
  });
});

describe("retrievalPerQuery", () => {
  it("gives every query the values whose means are the metrics", () => {
    const each = retrievalPerQuery(
      matrix([
        [3, 2, 1],
        [0, 1, 2],
        [1, 1, 0],
      ]),
      { ks: [1, 2] },
    );
    expect(each.queries).toEqual(Int32Array.of(0, 1, 2));
    expect(each.rank).toEqual(Int32Array.of(1, 2, 3));
    expect(each.reciprocalRank).toEqual(Float64Array.of(1, 1 / 2, 1 / 3));
    expect(each.averagePrecision).toEqual(Float64Array.of(1, 1 / 2, 1 / 3));
    expect(each.recallAt.get(2)).toEqual(Float64Array.of(1, 1, 0));
    expectClose(each.ndcg, [1, 1 / Math.log2(3), 0.5], TOLERANCE);
  });
});

describe("retrievalBothWays", () => {
  it("reads one relevance both ways", () => {
    // Three clips (rows) of two instruments (columns): a clip has one label, a label has one or two clips.
    const similarities = matrix([
      [0.9, 0.2],
      [0.4, 0.5],
      [0.3, 0.6],
    ]);
    const { rowsToColumns, columnsToRows } = retrievalBothWays(similarities, { relevance: [0, 0, 1], ks: [1] });
    expect(rowsToColumns.queryCount).toBe(3);
    expect(rowsToColumns.recallAt.get(1)).toBeCloseTo(2 / 3, 15);
    expect(columnsToRows.queryCount).toBe(2);
    expect(columnsToRows.recallAt.get(1)).toBe(0.75);
    expect(columnsToRows.meanAveragePrecision).toBe(1);
    expect(columnsToRows.medianRank).toBe(1);
  });

  it("equals the single metrics on the diagonal", () => {
    const similarities = matrix(cases[0]!.similarities);
    for (const [direction, metrics] of [
      ["rows", retrievalBothWays(similarities).rowsToColumns],
      ["columns", retrievalBothWays(similarities).columnsToRows],
    ] as const) {
      expect(metrics.recallAt.get(5)).toBe(recallAtK(similarities, 5, { direction }));
      expect(metrics.medianRank).toBe(medianRank(similarities, { direction }));
      expect(metrics.meanReciprocalRank).toBe(meanReciprocalRank(similarities, { direction }));
      expect(metrics.meanAveragePrecision).toBe(meanAveragePrecision(similarities, { direction }));
      expect(metrics.ndcg).toBe(ndcg(similarities, { direction }));
    }
  });
});
