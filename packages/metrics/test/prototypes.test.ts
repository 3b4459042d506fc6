import ndarray, { type NdArray } from "ndarray";
import { describe, expect, it } from "vitest";
import {
  ClassSums,
  classCentroids,
  EmptyClassError,
  LabelError,
  leaveFoldOutSimilarityTo,
  leaveOneOutSimilarityTo,
  NotFiniteError,
  OptionError,
  pairwiseSimilarity,
  prototypeSimilarities,
  ShapeError,
  type SimilarityKind,
  xoshiro128,
  ZeroVectorError,
} from "../src/index.ts";
import { expectClose, layouts, matrix, rowsOf } from "./layouts.ts";

const [N, D, C] = [40, 11, 5];
const stream = xoshiro128(8);
const rows = Array.from({ length: N }, () => Array.from({ length: D }, () => stream.nextDouble() - 0.5));
const labels = Array.from({ length: N }, (_, i) => (i < 2 * C ? i % C : stream.nextBelow(C)));
const folds = Array.from({ length: N }, (_, i) => (i < C ? 3 : i < 2 * C ? 7 : stream.nextBelow(2) === 0 ? 3 : 7));

/** Subtracting an item from its class sum rounds differently from summing the others; measured: 2e-15. */
const SUBTRACTION_TOLERANCE = 1e-13;

/** The definition, O(n² d): every centroid is summed anew for every item. */
function naive(kind: SimilarityKind, counts: (other: number, item: number) => boolean): number[][] {
  return rows.map((row, item) =>
    Array.from({ length: C }, (_, c) => {
      const members = rows.filter((_, other) => labels[other] === c && counts(other, item));
      const centroid = row.map((_, k) => members.reduce((sum, member) => sum + member[k]!, 0) / members.length);
      return pairwiseSimilarity(matrix([row]), matrix([centroid]), { kind }).get(0, 0);
    }),
  );
}

describe.each(["cosine", "dot", "euclidean", "manhattan", "angular", "pearson"] as const)("%s prototypes", (kind) => {
  const same = (actual: NdArray, expected: number[][]) =>
    expectClose(rowsOf(actual).flat(), expected.flat(), SUBTRACTION_TOLERANCE);

  it.each(layouts(rows))("equal the naive form, from embeddings stored as %s", (_, view) => {
    same(
      prototypeSimilarities(view, labels, C, { kind }),
      naive(kind, () => true),
    );
    same(
      prototypeSimilarities(view, labels, C, { kind, exclude: "self" }),
      naive(kind, (other, item) => other !== item),
    );
    same(
      prototypeSimilarities(view, labels, C, { kind, exclude: { folds } }),
      naive(kind, (other, item) => folds[other] !== folds[item]),
    );
  });

  it("are the same bits block by block", () => {
    const view = matrix(rows);
    const cuts = [0, 7, 7, 30, N];
    const sums = new ClassSums(C, D);
    const sumsByFold = new Map([3, 7].map((fold) => [fold, new ClassSums(C, D)]));
    const block = (i: number) => view.hi(cuts[i + 1]!, D).lo(cuts[i]!, 0);
    const part = (values: number[], i: number) => values.slice(cuts[i], cuts[i + 1]);
    for (let i = 0; i < cuts.length - 1; i++) {
      sums.add(block(i), part(labels, i));
      for (const [fold, own] of sumsByFold) {
        own.add(
          block(i),
          part(labels, i),
          part(folds, i).flatMap((f, row) => (f === fold ? [row] : [])),
        );
      }
    }
    const toOthers = leaveOneOutSimilarityTo(sums, { kind });
    const toOtherFolds = leaveFoldOutSimilarityTo(sumsByFold, { kind });
    const selfless: number[][] = [];
    const foldless: number[][] = [];
    for (let i = 0; i < cuts.length - 1; i++) {
      selfless.push(...rowsOf(toOthers(block(i), part(labels, i), cuts[i])));
      foldless.push(...rowsOf(toOtherFolds(block(i), part(folds, i), cuts[i])));
    }
    expect(selfless).toEqual(rowsOf(prototypeSimilarities(view, labels, C, { kind, exclude: "self" })));
    expect(foldless).toEqual(rowsOf(prototypeSimilarities(view, labels, C, { kind, exclude: { folds } })));
  });
});

describe("prototypeSimilarities", () => {
  it("compares with the mean of the other items of the class", () => {
    const embeddings = matrix([
      [1, 0],
      [0.8, 0.6],
      [0, 1],
      [0.6, 0.8],
    ]);
    expect(prototypeSimilarities(embeddings, [0, 0, 1, 1], 2, { exclude: "self" }).get(0, 0)).toBe(0.8);
  });

  it("names the class and the row or fold that leave no centroid", () => {
    const embeddings = matrix([
      [1, 0],
      [0, 1],
      [1, 1],
    ]);
    const self = () => prototypeSimilarities(embeddings, [0, 0, 1], 2, { exclude: "self" });
    expect(self).toThrow(EmptyClassError);
    expect(self).toThrow("class 1 has no centroid: row 2 is its only item");
    expect(() => prototypeSimilarities(embeddings, [0, 0, 2], 3)).toThrow("class 1 has no centroid: no item has this");
    const inFolds = () => prototypeSimilarities(embeddings, [0, 0, 1], 2, { exclude: { folds: [1, 2, 2] } });
    expect(inFolds).toThrow(EmptyClassError);
    expect(inFolds).toThrow("class 1 has no centroid: it has no item outside fold 2");
  });

  it("names the row whose centroid has no direction once it is left out", () => {
    const embeddings = matrix([
      [1, 0],
      [-1, 0],
      [1, 0],
      [0, 1],
      [0, 2],
    ]);
    const self = () => prototypeSimilarities(embeddings, [0, 0, 0, 1, 1], 2, { exclude: "self" });
    expect(self).toThrow(ZeroVectorError);
    expect(self).toThrow("the centroid of class 0 without its row 0 is a zero vector");
  });

  it("refuses other words and shapes that do not fit", () => {
    const embeddings = matrix([
      [1, 0],
      [0, 1],
    ]);
    expect(() => prototypeSimilarities(embeddings, [0, 1], 2, { exclude: "all" as "self" })).toThrow(OptionError);
    expect(() => prototypeSimilarities(embeddings, [0], 2)).toThrow(ShapeError);
    expect(() => prototypeSimilarities(embeddings, [0, 2], 2)).toThrow(LabelError);
    expect(() => prototypeSimilarities(embeddings, [0, 1], 2, { exclude: { folds: [0] } })).toThrow(ShapeError);
    const sums = new ClassSums(2, 2);
    sums.add(embeddings, [0, 1]);
    const other = new ClassSums(2, 2);
    other.merge(sums);
    expect(() =>
      leaveFoldOutSimilarityTo(
        new Map([
          [0, sums],
          [1, other],
        ]),
      )(embeddings, [0, 5]),
    ).toThrow("folds[1] is 5");
    expect(() => leaveFoldOutSimilarityTo(new Map())).toThrow(ShapeError);
  });
});

describe("ClassSums and classCentroids", () => {
  it("average the raw embeddings of each class", () => {
    expect(
      rowsOf(
        classCentroids(
          matrix([
            [1, 0],
            [3, 0],
            [0, 5],
          ]),
          [0, 0, 1],
          2,
        ),
      ),
    ).toEqual([
      [2, 0],
      [0, 5],
    ]);
  });

  it("merge into the sums of the whole", () => {
    const whole = new ClassSums(C, D);
    whole.add(matrix(rows), labels);
    const merged = new ClassSums(C, D);
    for (const [from, to] of [
      [0, 13],
      [13, N],
    ] as const) {
      const part = new ClassSums(C, D);
      part.add(matrix(rows.slice(from, to)), labels.slice(from, to));
      merged.merge(part);
    }
    expect(merged.counts).toEqual(whole.counts);
    expectClose(merged.sums, whole.sums, SUBTRACTION_TOLERANCE);
  });

  it("add nothing when a block is refused", () => {
    const sums = new ClassSums(2, 2);
    expect(() =>
      sums.add(
        matrix([
          [1, 2],
          [3, Number.NaN],
        ]),
        [0, 1],
      ),
    ).toThrow(NotFiniteError);
    expect(() =>
      sums.add(
        matrix([
          [1, 2],
          [3, 4],
        ]),
        [0, 2],
      ),
    ).toThrow(LabelError);
    expect(() => sums.add(ndarray([1, 2, 3], [1, 3]), [0])).toThrow("embeddings has shape [1, 3], expected [n, 2]");
    expect(() => sums.merge(new ClassSums(3, 2))).toThrow(ShapeError);
    expect(sums.counts).toEqual(new Float64Array(2));
    expect(() => sums.centroids()).toThrow(EmptyClassError);
  });
});
