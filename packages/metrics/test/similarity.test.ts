import fc from "fast-check";
import ndarray, { type NdArray } from "ndarray";
import { describe, expect, it } from "vitest";
import {
  NotFiniteError,
  OptionError,
  pairwiseSimilarity,
  ShapeError,
  type SimilarityKind,
  similarityBlocks,
  similarityTo,
  xoshiro128,
  ZeroVectorError,
} from "../src/index.ts";
import { golden, TOLERANCE } from "./golden.ts";
import { expectClose, layouts, matrix, rowsOf } from "./layouts.ts";

const KINDS: SimilarityKind[] = ["cosine", "dot", "euclidean", "manhattan", "angular", "pearson"];

const random = (rows: number, columns: number, seed: number): NdArray<Float64Array> => {
  const stream = xoshiro128(seed);
  return ndarray(
    Float64Array.from({ length: rows * columns }, () => stream.nextDouble() - 0.5),
    [rows, columns],
  );
};

describe("pairwiseSimilarity", () => {
  it("compares every row of a with every row of b", () => {
    const similarities = pairwiseSimilarity(
      matrix([[3, 4]]),
      matrix([
        [4, 3],
        [0, 1],
      ]),
    );
    expect(rowsOf(similarities)).toEqual([[0.96, 0.8]]);
  });

  it("negates distances, so that larger is more similar, without a negative zero", () => {
    const rows = matrix([
      [0, 0],
      [3, 4],
    ]);
    expect(rowsOf(pairwiseSimilarity(rows, rows, { kind: "euclidean" }))).toEqual([
      [0, -5],
      [-5, 0],
    ]);
    expect(rowsOf(pairwiseSimilarity(rows, rows, { kind: "manhattan" }))).toEqual([
      [0, -7],
      [-7, 0],
    ]);
  });

  it("maps angles from 0 to 180 degrees to similarities from 1 to 0", () => {
    const similarities = pairwiseSimilarity(
      matrix([[1, 0]]),
      matrix([
        [2, 0],
        [0, 1],
        [-1, 0],
      ]),
      { kind: "angular" },
    );
    expect(rowsOf(similarities)).toEqual([[1, 0.5, 0]]);
  });

  type Case = {
    name: string;
    dtype: string;
    a: number[][];
    b: number[][];
    expected: Record<SimilarityKind, number[][]>;
  };
  for (const { name, dtype, a, b, expected } of golden<{ cases: Case[] }>("similarity").cases) {
    it(`equals scipy in every memory layout: ${name}`, () => {
      const elements = dtype === "float32" ? Float32Array : Float64Array;
      for (const [, left] of layouts(a, elements)) {
        for (const [, right] of layouts(b, elements)) {
          for (const kind of KINDS) {
            const { data } = pairwiseSimilarity(left, right, { kind });
            expectClose(data, expected[kind].flat(), TOLERANCE);
          }
        }
      }
    });
  }

  it("gives a pair the same bits wherever it stands and whatever the other rows are", () => {
    const a = random(5, 37, 1);
    const b = random(23, 37, 2);
    for (const kind of KINDS) {
      const whole = pairwiseSimilarity(a, b, { kind });
      for (let i = 0; i < 5; i++) {
        for (let j = 0; j < 23; j++) {
          const alone = pairwiseSimilarity(a.hi(i + 1, 37).lo(i, 0), b.hi(j + 1, 37).lo(j, 0), { kind });
          expect(alone.get(0, 0)).toBe(whole.get(i, j));
        }
      }
    }
  });

  it("is symmetric to the last bit", () => {
    const rows = random(17, 29, 3);
    for (const kind of KINDS) {
      const similarities = pairwiseSimilarity(rows, rows, { kind });
      for (let i = 0; i < 17; i++)
        for (let j = 0; j < i; j++) expect(similarities.get(i, j)).toBe(similarities.get(j, i));
    }
  });

  it("finds a row exactly like itself", () => {
    const rows = random(50, 31, 4);
    for (const kind of ["cosine", "pearson", "angular"] as const) {
      const similarities = pairwiseSimilarity(rows, rows, { kind });
      for (let i = 0; i < 50; i++) expect(similarities.get(i, i)).toBe(1);
    }
  });

  it("keeps its digits for rows of any scale", () => {
    const rows = [
      [1, 2, 4],
      [3, -1, 0.5],
    ];
    const expected = rowsOf(pairwiseSimilarity(matrix(rows), matrix(rows)));
    for (const scale of [2 ** -1000, 2 ** -300, 2 ** 300, 2 ** 1000]) {
      const scaled = matrix(rows.map((row) => row.map((value) => value * scale)));
      expect(rowsOf(pairwiseSimilarity(scaled, matrix(rows)))).toEqual(expected);
      expect(rowsOf(pairwiseSimilarity(scaled, scaled))).toEqual(expected);
      const distance = pairwiseSimilarity(scaled, scaled, { kind: "euclidean" }).get(0, 1);
      expect(distance / scale).toBeCloseTo(-Math.hypot(2, -3, -3.5), 12);
    }
  });

  it("says which row of which argument has no direction", () => {
    const a = matrix([
      [1, 2],
      [0, 0],
    ]);
    const b = matrix([[1, 1]]);
    expect(() => pairwiseSimilarity(a, matrix([[1, 2]]), { firstRow: 1000 })).toThrow(ZeroVectorError);
    expect(() => pairwiseSimilarity(a, matrix([[1, 2]]), { firstRow: 1000 })).toThrow("a row 1001 is a zero vector");
    expect(() => pairwiseSimilarity(b, a)).toThrow("b row 1 is a zero vector");
    expect(() => pairwiseSimilarity(b, matrix([[1, 2]]), { kind: "pearson" })).toThrow(
      "a row 0 has the same value in every",
    );
    expect(rowsOf(pairwiseSimilarity(a, b, { kind: "dot" }))).toEqual([[3], [0]]);
  });

  it("says where a value is not finite, for every kind", () => {
    const bad = matrix([
      [1, 2, 3],
      [1, Number.NaN, 3],
      [1, 2, Number.POSITIVE_INFINITY],
    ]);
    const good = matrix([[1, 2, 4]]);
    for (const kind of KINDS) {
      expect(() => pairwiseSimilarity(bad, good, { kind, firstRow: 10 })).toThrow(NotFiniteError);
      expect(() => pairwiseSimilarity(bad, good, { kind, firstRow: 10 })).toThrow("a row 11, column 1 is NaN");
      expect(() => pairwiseSimilarity(good, bad.lo(2, 0), { kind })).toThrow("b row 0, column 2 is Infinity");
      expect(() => pairwiseSimilarity(bad, good.hi(0, 3), { kind })).toThrow(NotFiniteError);
    }
  });

  it("refuses a product that overflows", () => {
    const huge = matrix([[1e300, 1]]);
    expect(() => pairwiseSimilarity(huge, huge, { kind: "dot" })).toThrow("dot similarity row 0, column 0 is Infinity");
  });

  it("refuses shapes that do not fit, and unknown kinds", () => {
    const two = matrix([[1, 2]]);
    expect(() => pairwiseSimilarity(matrix([[1, 2, 3]]), two)).toThrow(ShapeError);
    expect(() => pairwiseSimilarity(matrix([[1, 2, 3]]), two)).toThrow("a has shape [1, 3], expected [n, 2]");
    expect(() => pairwiseSimilarity(ndarray([1, 2], [2]), two)).toThrow("a has shape [2], expected two dimensions");
    expect(() => pairwiseSimilarity(ndarray(new Float64Array(3), [2, 2]), two)).toThrow("3 elements");
    expect(() => pairwiseSimilarity(two, two, { kind: "cosin" as SimilarityKind })).toThrow(OptionError);
  });

  it("gives empty results for no rows", () => {
    expect(pairwiseSimilarity(ndarray(new Float32Array(0), [0, 2]), matrix([[1, 2]])).shape).toEqual([0, 1]);
    expect(pairwiseSimilarity(matrix([[1, 2]]), ndarray(new Float32Array(0), [0, 2])).shape).toEqual([1, 0]);
  });
});

describe("similarityTo", () => {
  it("prepares b once and is deaf to later changes", () => {
    const b = matrix([[1, 0]]);
    const compare = similarityTo(b);
    b.set(0, 0, -1);
    expect(compare(matrix([[2, 0]])).get(0, 0)).toBe(1);
  });
});

describe("similarityBlocks", () => {
  it("equals the whole, bit for bit, however the rows are cut", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 5 }), async (sizes) => {
        const n = sizes.reduce((sum, size) => sum + size, 0);
        const [a, b] = [random(n, 9, 5), random(8, 9, 6)];
        function* cut() {
          let from = 0;
          for (const size of sizes) {
            yield a.hi(from + size, 9).lo(from, 0);
            from += size;
          }
        }
        const whole = pairwiseSimilarity(a, b);
        for await (const { firstRow, similarities } of similarityBlocks(cut(), b)) {
          const [rows] = similarities.shape as [number, number];
          expect(similarities.data).toEqual(whole.data.slice(firstRow * 8, (firstRow + rows) * 8));
        }
      }),
      { numRuns: 30 },
    );
  });

  it("counts rows over all blocks in errors", async () => {
    const read = async () => {
      for await (const _ of similarityBlocks(
        [
          matrix([
            [1, 1],
            [1, 2],
          ]),
          matrix([[0, 0]]),
        ],
        matrix([[1, 0]]),
      ));
    };
    await expect(read()).rejects.toThrow("a row 2 is a zero vector");
  });
});
