import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  LabelError,
  NotFiniteError,
  ShapeError,
  tripletAccuracy,
  tripletAccuracyBy,
  UndefinedMetricError,
} from "../src/index.ts";
import { layouts, matrix, vectorLayouts } from "./layouts.ts";

const similarities = [
  [1, 0.9, 0.2],
  [0.9, 1, 0.2],
  [0.2, 0.2, 1],
];
const triplets = { anchors: [0, 1, 2, 0], positives: [1, 0, 0, 2], negatives: [2, 2, 1, 1] };

describe("tripletAccuracy", () => {
  it("counts strictly larger similarities, and ties apart", () => {
    for (const [, view] of layouts(similarities)) {
      const result = tripletAccuracy(view, triplets);
      expect(result).toMatchObject({ correct: 2, ties: 1, total: 4, micro: 0.5, macro: 0.5 });
      expect(result.perAnchor).toEqual({
        correct: Int32Array.of(1, 1, 0),
        ties: Int32Array.of(0, 0, 1),
        total: Int32Array.of(2, 1, 1),
      });
      expect(result.perNode.total).toEqual(Int32Array.of(4, 4, 4));
      expect(result.perNode.correct).toEqual(Int32Array.of(2, 2, 2));
    }
  });

  it("takes indices from any vector", () => {
    const all = vectorLayouts(triplets.anchors).map((_, i) => ({
      anchors: vectorLayouts(triplets.anchors)[i]![1],
      positives: vectorLayouts(triplets.positives)[i]![1],
      negatives: vectorLayouts(triplets.negatives)[i]![1],
    }));
    for (const given of all) expect(tripletAccuracy(matrix(similarities), given).correct).toBe(2);
  });

  it("averages over the anchors that have triplets", () => {
    const given = { anchors: [0, 0, 0, 2], positives: [1, 1, 1, 2], negatives: [2, 2, 2, 0] };
    expect(tripletAccuracy(matrix(similarities), given)).toMatchObject({ micro: 1, macro: 1 });
    const mixed = { anchors: [0, 0, 0, 1], positives: [1, 1, 1, 2], negatives: [2, 2, 2, 0] };
    expect(tripletAccuracy(matrix(similarities), mixed)).toMatchObject({ micro: 0.75, macro: 0.5 });
  });

  it("takes anchors that are compared with other items, which then are no nodes", () => {
    const result = tripletAccuracy(matrix([[0.5, 0.1, 0.3]]), { anchors: [0], positives: [0], negatives: [2] });
    expect(result.perNode.total).toEqual(Int32Array.of(1, 0, 1));
  });

  it("refuses what it cannot count", () => {
    const view = matrix(similarities);
    expect(() => tripletAccuracy(view, { anchors: [], positives: [], negatives: [] })).toThrow(UndefinedMetricError);
    expect(() => tripletAccuracy(view, { ...triplets, negatives: [2, 2, 1] })).toThrow(ShapeError);
    expect(() => tripletAccuracy(view, { ...triplets, negatives: [2, 2, 3, 1] })).toThrow(LabelError);
    expect(() => tripletAccuracy(view, { ...triplets, negatives: [2, 2, 3, 1] })).toThrow("negatives[2] is 3");
    expect(() => tripletAccuracy(matrix([[Number.NaN]]), { anchors: [0], positives: [0], negatives: [0] })).toThrow(
      NotFiniteError,
    );
  });

  it("does not change under monotone transforms or a new order, and swapping the sides leaves only the ties", () => {
    const index = fc.integer({ min: 0, max: 3 });
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 16, maxLength: 16 }),
        fc.array(fc.tuple(index, index, index), { minLength: 1, maxLength: 30 }),
        (values, list) => {
          const rows = [0, 4, 8, 12].map((start) => values.slice(start, start + 4));
          const of = (items: [number, number, number][]) => ({
            anchors: items.map(([a]) => a),
            positives: items.map(([, p]) => p),
            negatives: items.map(([, , n]) => n),
          });
          const { correct, ties, total } = tripletAccuracy(matrix(rows), of(list));
          expect(tripletAccuracy(matrix(rows.map((row) => row.map(Math.exp))), of(list)).correct).toBe(correct);
          expect(tripletAccuracy(matrix(rows), of(list.toReversed())).correct).toBe(correct);
          const { positives, negatives, anchors } = of(list);
          const swapped = tripletAccuracy(matrix(rows), { anchors, positives: negatives, negatives: positives });
          expect(swapped).toMatchObject({ correct: total - correct - ties, ties });
        },
      ),
    );
  });
});

describe("tripletAccuracyBy", () => {
  it("counts by group, groups without triplets too", () => {
    expect(tripletAccuracyBy(matrix(similarities), triplets, [0, 2, 2, 0], 3)).toEqual({
      correct: Int32Array.of(1, 0, 1),
      ties: Int32Array.of(0, 0, 1),
      total: Int32Array.of(2, 0, 2),
    });
    expect(() => tripletAccuracyBy(matrix(similarities), triplets, [0, 1], 2)).toThrow(
      "groups has shape [2], expected [4]",
    );
    expect(() => tripletAccuracyBy(matrix(similarities), triplets, [0, 1, 2, 0], 2)).toThrow("groups[2] is 2");
  });
});
