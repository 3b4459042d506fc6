import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  alignment,
  anisotropy,
  collapse,
  effectiveRank,
  hubness,
  modalityGap,
  NotFiniteError,
  OptionError,
  pairwiseSimilarity,
  ShapeError,
  topMargins,
  UndefinedMetricError,
  uniformity,
  ZeroVectorError,
} from "../src/index.ts";
import { singularValues } from "../src/linear-algebra/singular-values.ts";
import { singularVectors } from "../src/linear-algebra/singular-vectors.ts";
import { golden, TOLERANCE } from "./golden.ts";
import { expectClose, layouts, matrix } from "./layouts.ts";

interface Goldens {
  spaces: {
    name: string;
    a: number[][];
    b: number[][];
    gap: number[];
    gapDistance: number;
    alignment: number;
    alignmentAlpha1: number;
    uniformity: number;
    uniformityT3: number;
    anisotropy: number;
    lowestCosine: number;
    highestCosine: number;
    spread: number;
    singularValues: number[];
    effectiveRank: number;
    effectiveRankRaw: number;
    participationRatio: number;
    topShare: number;
  }[];
  hubness: {
    similarities: number[][];
    selfSimilarities: number[][];
    k: number;
    occurrences: number[];
    skewness: number;
    antiHubShare: number;
    hubShare: number;
    selfOccurrences: number[];
    selfSkewness: number;
  }[];
  singularValues: { matrix: number[][]; values: number[] }[];
}
const goldens = golden<Goldens>("space");
const same = matrix([
  [1, 2],
  [2, 4],
]);

describe.each(goldens.spaces)("equal numpy and scipy: $name", ({ a, b, ...expected }) => {
  it("modalityGap", () => {
    for (const [, view] of layouts(a)) {
      const { distance, vector } = modalityGap(view, matrix(b.slice(0, 4).concat(b.slice(4))));
      expectClose([distance, ...vector], [expected.gapDistance, ...expected.gap], TOLERANCE);
    }
  });

  it("alignment and uniformity", () => {
    const [first, second] = [matrix(a), matrix(b)];
    expectClose([alignment(first, second)], [expected.alignment], TOLERANCE);
    expectClose([alignment(first, second, { alpha: 1 })], [expected.alignmentAlpha1], TOLERANCE);
    expectClose(
      [uniformity(first), uniformity(first, { t: 3 })],
      [expected.uniformity, expected.uniformityT3],
      TOLERANCE,
    );
  });

  it("anisotropy and collapse", () => {
    expectClose([anisotropy(matrix(a))], [expected.anisotropy], TOLERANCE);
    const { lowestCosine, highestCosine, spread, duplicates } = collapse(matrix(a));
    expectClose([lowestCosine, highestCosine], [expected.lowestCosine, expected.highestCosine], TOLERANCE);
    // Of rows that are nearly the same, 1 - |mean|² keeps eight digits less than the mean has.
    expectClose([spread], [expected.spread], 1e-10);
    expect(duplicates).toBe(0);
  });

  it("effectiveRank", () => {
    const rank = effectiveRank(matrix(a));
    expectClose(rank.singularValues, expected.singularValues, TOLERANCE);
    expectClose(
      [rank.effectiveRank, rank.participationRatio, rank.topShare],
      [expected.effectiveRank, expected.participationRatio, expected.topShare],
      TOLERANCE,
    );
    expectClose([effectiveRank(matrix(a), { centre: false }).effectiveRank], [expected.effectiveRankRaw], TOLERANCE);
  });
});

describe("modalityGap, alignment and uniformity", () => {
  it("do not depend on the length of rows", () => {
    const [a, b] = [
      [
        [1, 2],
        [-3, 1],
      ],
      [
        [0, 1],
        [2, 2],
      ],
    ];
    const stretched = matrix(a!.map((row, i) => row.map((value) => value * 10 ** (3 * i - 150))));
    expectClose(
      [modalityGap(stretched, matrix(b!)).distance],
      [modalityGap(matrix(a!), matrix(b!)).distance],
      TOLERANCE,
    );
    expectClose([uniformity(stretched)], [uniformity(matrix(a!))], TOLERANCE);
    expectClose([alignment(stretched, matrix(b!))], [alignment(matrix(a!), matrix(b!))], TOLERANCE);
  });

  it("of one pair are its squared distance", () => {
    expect(
      uniformity(
        matrix([
          [1, 0],
          [-1, 0],
        ]),
      ),
    ).toBe(-8);
    expect(uniformity(same)).toBeCloseTo(0, 14);
    expect(alignment(matrix([[1, 0]]), matrix([[0, 1]]))).toBe(2);
  });

  it("refuse rows without direction, other shapes and too few rows", () => {
    expect(() => modalityGap(matrix([[0, 0]]), same)).toThrow(ZeroVectorError);
    expect(() => modalityGap(matrix([[1]]), same)).toThrow("b has shape [2, 2], expected [m, 1], as wide as a");
    expect(() => alignment(matrix([[1, 0]]), same)).toThrow(ShapeError);
    expect(() => alignment(same, same, { alpha: 0 })).toThrow(OptionError);
    expect(() => uniformity(matrix([[1, 0]]))).toThrow("uniformity is undefined: embeddings has 1 row, it needs 2");
    expect(() => uniformity(same, { t: -1 })).toThrow(OptionError);
    expect(() => anisotropy(matrix([[Number.NaN, 1]]))).toThrow(UndefinedMetricError);
    expect(() =>
      anisotropy(
        matrix([
          [Number.NaN, 1],
          [1, 1],
        ]),
      ),
    ).toThrow(NotFiniteError);
  });
});

describe("collapse", () => {
  it("counts rows in the direction of an earlier one", () => {
    expect(
      collapse(
        matrix([
          [1, 0],
          [2, 0],
          [0, 1],
          [5, 1e-9],
        ]),
      ),
    ).toMatchObject({ duplicates: 2, lowestCosine: 0, highestCosine: 1 });
    expect(collapse(same).spread).toBeLessThan(1e-7);
    expect(() => collapse(same, { tolerance: 2 })).toThrow(OptionError);
  });
});

describe("effectiveRank", () => {
  it("is the number of dimensions that are filled alike", () => {
    const cross = [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ];
    expectClose([effectiveRank(matrix(cross)).effectiveRank], [2], TOLERANCE);
    expectClose([effectiveRank(same, { centre: false }).participationRatio], [1], TOLERANCE);
  });

  it("is undefined for rows that are all the same", () => {
    const rows = new Array(7).fill([0.1, 0.7, 1e6]);
    expect(() => effectiveRank(matrix(rows))).toThrow("effectiveRank is undefined: all of 7 rows are the same");
    expect(() => effectiveRank(matrix([[0, 0]]), { centre: false })).toThrow(UndefinedMetricError);
    expect(() => effectiveRank(matrix([[], []]))).toThrow(ShapeError);
  });
});

describe("singular values and vectors", () => {
  it.each(goldens.singularValues)("equal numpy's up to roundings of the largest", ({ matrix: rows, values }) => {
    const given = { data: Float64Array.from(rows.flat()), rows: rows.length, columns: rows[0]!.length };
    // Largest error measured: 3e-15 of the largest value.
    const close = (actual: ArrayLike<number>, expected: ArrayLike<number>) =>
      expectClose(
        Array.from(actual, (value) => value / values[0]!),
        Array.from(expected, (value) => value / values[0]!),
        1e-13,
      );
    close(singularValues(given), values);
    const { left, right, values: found } = singularVectors(given);
    close(
      [...found].sort((a, b) => b - a),
      values.slice(0, found.length),
    );
    expect(values.slice(found.length).every((value) => value < 1e-13 * values[0]!)).toBe(true);
    const rebuilt = rows.map((row, i) =>
      row.map((_, j) =>
        found.reduce(
          (sum, value, k) => sum + value * left.data[k * left.columns + i]! * right.data[k * right.columns + j]!,
          0,
        ),
      ),
    );
    close(rebuilt.flat(), rows.flat());
  });
});

describe("hubness", () => {
  it.each(goldens.hubness)("equals scikit-learn's neighbours and scipy's skewness, k = $k", (given) => {
    for (const [, view] of layouts(given.similarities)) {
      const { occurrences, skewness, antiHubShare, hubShare } = hubness(view, { k: given.k });
      expect([...occurrences]).toEqual(given.occurrences);
      expectClose([skewness, antiHubShare, hubShare], [given.skewness, given.antiHubShare, given.hubShare], TOLERANCE);
    }
    const own = hubness(matrix(given.selfSimilarities), { k: given.k, excludeSelf: true });
    expect([...own.occurrences]).toEqual(given.selfOccurrences);
    expectClose([own.skewness], [given.selfSkewness], TOLERANCE);
  });

  it("prefers the lower index among equals, and takes ten neighbours or all", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 5, maxLength: 5 }), {
          minLength: 1,
          maxLength: 9,
        }),
        fc.integer({ min: 1, max: 5 }),
        (rows, k) => {
          const expected = [0, 0, 0, 0, 0];
          for (const row of rows) {
            const order = [0, 1, 2, 3, 4].sort((i, j) => row[j]! - row[i]! || i - j);
            for (const item of order.slice(0, k)) expected[item]! += 1;
          }
          expect([...hubness(matrix(rows), { k }).occurrences]).toEqual(expected);
        },
      ),
    );
    expect(hubness(matrix([[1, 2, 3]]))).toEqual({
      occurrences: Int32Array.of(1, 1, 1),
      skewness: 0,
      antiHubShare: 0,
      hubShare: 0,
    });
  });

  it("refuses what has no neighbours", () => {
    expect(() => hubness(same, { k: 3 })).toThrow(OptionError);
    expect(() => hubness(same, { k: 2, excludeSelf: true })).toThrow("k is 2, expected an integer of at least 1");
    expect(() => hubness(matrix([[1, 2]]), { excludeSelf: true })).toThrow(ShapeError);
    expect(() => hubness(matrix([[1]]), { excludeSelf: true })).toThrow(UndefinedMetricError);
  });
});

describe("topMargins", () => {
  it("is the best minus the second best, 0 for a tie", () => {
    const rows = [
      [3, 1, 2],
      [5, 5, 0],
      [-3, -1, -2],
    ];
    for (const [, view] of layouts(rows)) expect(topMargins(view)).toEqual(Float64Array.of(1, 0, 1));
    expect(() => topMargins(matrix([[1]]))).toThrow("it needs two items, there are 1");
    expect(topMargins(pairwiseSimilarity(same, same))).toEqual(Float64Array.of(0, 0));
  });
});
