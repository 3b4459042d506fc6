import fc from "fast-check";
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import {
  accuracy,
  argmax,
  averagePrecision,
  averagePrecisionPerClass,
  balancedAccuracy,
  confusionMatrix,
  f1Scores,
  LabelError,
  macroAverage,
  macroAveragePrecision,
  macroRocAuc,
  majorityBaseline,
  NotFiniteError,
  OptionError,
  rocAuc,
  rocAucAndAveragePrecision,
  rocAucPerClass,
  ShapeError,
  topKAccuracy,
  trueClassRanks,
  UndefinedMetricError,
} from "../src/index.ts";
import { golden, TOLERANCE } from "./golden.ts";
import { expectClose, layouts, matrix, rowsOf, vectorLayouts } from "./layouts.ts";

interface Averages {
  perClass: number[];
  macro: number;
  weighted: number;
  micro: number;
}
interface Case {
  name: string;
  dtype: string;
  scores: number[][];
  labels: number[];
  predictions: number[];
  expected: {
    topK: number[];
    accuracy: number;
    balancedAccuracy: number;
    confusionMatrix: number[][];
    f1: Averages & { classes: number[]; precision: number[]; recall: number[]; support: number[] };
    f1Fixed: Averages;
    rocAuc: (number | null)[];
    averagePrecision: (number | null)[];
    sklearnMacroRocAuc: number | null;
    sklearnMacroAveragePrecision: number;
  };
}
interface Goldens {
  cases: Case[];
  severalLabels: {
    scores: number[][];
    positive: number[][];
    rocAuc: number[];
    averagePrecision: number[];
    macroRocAuc: number;
    macroAveragePrecision: number;
  };
}
const { cases, severalLabels } = golden<Goldens>("classification");

describe.each(cases)("scikit-learn's numbers: $name", ({ name, dtype, scores, labels, predictions, expected }) => {
  const classCount = scores[0]!.length;
  const elements = dtype === "float32" ? Float32Array : Float64Array;

  it.each(layouts(scores, elements))("from scores, stored as %s", (_, view) => {
    const ranks = trueClassRanks(view, labels);
    for (let k = 1; k <= classCount; k++) {
      expectClose([topKAccuracy(view, labels, k)], [expected.topK[k - 1]!], TOLERANCE);
      expectClose([ranks.filter((rank) => rank <= k).length / ranks.length], [expected.topK[k - 1]!], TOLERANCE);
    }
    if (name !== "a class absent from the predictions") expect(Array.from(argmax(view))).toEqual(predictions);
    expectClose(rocAucPerClass(view, labels).perClass, expected.rocAuc, TOLERANCE);
    expectClose(averagePrecisionPerClass(view, labels).perClass, expected.averagePrecision, TOLERANCE);
  });

  it.each(vectorLayouts(labels))("from labels, stored as %s", (_, vector) => {
    expectClose([accuracy(vector, predictions)], [expected.accuracy], TOLERANCE);
    expectClose([balancedAccuracy(vector, predictions)], [expected.balancedAccuracy], TOLERANCE);
    expect(rowsOf(confusionMatrix(vector, predictions, classCount))).toEqual(expected.confusionMatrix);
    const f1 = f1Scores(vector, predictions);
    expect(Array.from(f1.classes)).toEqual(expected.f1.classes);
    expect(Array.from(f1.support)).toEqual(expected.f1.support);
    for (const part of ["perClass", "precision", "recall"] as const) {
      expectClose(f1[part], expected.f1[part], TOLERANCE);
    }
    const fixed = f1Scores(vector, predictions, { classes: labels.length > 0 ? [...Array(classCount).keys()] : [] });
    expectClose(fixed.perClass, expected.f1Fixed.perClass, TOLERANCE);
    for (const average of ["macro", "weighted", "micro"] as const) {
      expectClose([f1[average]], [expected.f1[average]], TOLERANCE);
      expectClose([fixed[average]], [expected.f1Fixed[average]], TOLERANCE);
    }
    expectClose(rocAucPerClass(matrix(scores), vector).perClass, expected.rocAuc, TOLERANCE);
  });

  it("as macro averages, where scikit-learn has one over the same classes", () => {
    const view = matrix(scores);
    if (expected.sklearnMacroRocAuc === null) {
      expect(() => macroRocAuc(view, labels)).toThrow(UndefinedMetricError);
    } else {
      expectClose([macroRocAuc(view, labels)], [expected.sklearnMacroRocAuc], TOLERANCE);
      expectClose([macroAveragePrecision(view, labels)], [expected.sklearnMacroAveragePrecision], TOLERANCE);
    }
  });
});

describe("topKAccuracy", () => {
  it("lets the higher class index win a tie", () => {
    const tied = matrix([[1, 1, 1]]);
    expect([0, 1, 2].map((label) => trueClassRanks(tied, [label])[0])).toEqual([3, 2, 1]);
    expect(topKAccuracy(tied, [1], 1)).toBe(0);
    expect(topKAccuracy(tied, [1], 2)).toBe(1);
  });

  it("is 1 when k is the number of classes or more", () => {
    expect(topKAccuracy(matrix([[0, 1]]), [0], 5)).toBe(1);
  });

  it("refuses what it cannot count", () => {
    const scores = matrix([
      [0, 1],
      [1, 0],
    ]);
    expect(() => topKAccuracy(scores, [0, 2], 1)).toThrow(LabelError);
    expect(() => topKAccuracy(scores, [0, 2], 1)).toThrow("labels[1] is 2, expected an integer from 0 to 1");
    expect(() => topKAccuracy(scores, [0, 0.5], 1)).toThrow(LabelError);
    expect(() => topKAccuracy(scores, [0], 1)).toThrow("labels has shape [1], expected [2]");
    expect(() => topKAccuracy(scores, [0, 1], 0)).toThrow(OptionError);
    expect(() => topKAccuracy(matrix([[0, Number.NaN]]), [0], 1)).toThrow("scores row 0, column 1 is NaN");
    expect(() => topKAccuracy(ndarray(new Float64Array(0), [0, 2]), [], 1)).toThrow(
      "topKAccuracy is undefined: there are no",
    );
    expect(() => argmax(ndarray(new Float64Array(0), [2, 0]))).toThrow("scores has shape [2, 0], expected [n, C]");
  });
});

describe("argmax", () => {
  it("takes the first of equals, as numpy", () => {
    expect(
      argmax(
        matrix([
          [0, 2, 2],
          [-1, -1, -1],
        ]),
      ),
    ).toEqual(Int32Array.of(1, 0));
  });
});

describe("accuracy, balancedAccuracy and f1Scores", () => {
  it("are undefined without items", () => {
    for (const metric of [accuracy, balancedAccuracy, f1Scores, (a: []) => majorityBaseline(a, 2)]) {
      expect(() => metric([], [])).toThrow(UndefinedMetricError);
    }
  });

  it("refuse predictions of another length", () => {
    expect(() => accuracy([0, 1], [0])).toThrow(ShapeError);
    expect(() => accuracy([0, 1], [0])).toThrow(
      "predictions has shape [1], expected [2], one value for each entry of labels",
    );
  });

  it("leave a class out of the balance that the truth does not have", () => {
    expect(balancedAccuracy([0, 0, 1], [0, 2, 1])).toBe(0.75);
  });

  it("count a class that is only predicted as F1 0, and a listed class without items too", () => {
    expect(f1Scores([0, 0], [0, 1]).macro).toBe(1 / 3);
    expect(f1Scores([0], [0], { classes: [3] })).toMatchObject({ macro: 0, weighted: 0, micro: 0 });
    expect(() => f1Scores([0], [0], { classes: [1, 1] })).toThrow("classes[1] is 1, expected each class once");
  });
});

describe("majorityBaseline", () => {
  it("takes the lowest class of equals", () => {
    expect(majorityBaseline([2, 1, 1, 2, 0], 3)).toEqual({ label: 1, accuracy: 0.4 });
  });
});

describe("rocAuc and averagePrecision", () => {
  it("equal the counts by hand", () => {
    expect(rocAuc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBe(0.75);
    expect(averagePrecision([0.1, 0.4, 0.35, 0.8], [false, false, true, true])).toBe((1 + 2 / 3) / 2);
  });

  it("treat 0 and -0 as a tie", () => {
    expect(rocAuc([0, -0], [0, 1])).toBe(0.5);
    expect(rocAuc([-0, 0], [0, 1])).toBe(0.5);
  });

  it("are undefined without the sides that they need", () => {
    expect(() => rocAuc([1, 2], [1, 1])).toThrow(UndefinedMetricError);
    expect(() => rocAuc([1, 2], [1, 1])).toThrow("rocAuc is undefined: no item is negative; it needs both sides");
    expect(() => averagePrecision([1, 2], [0, 0])).toThrow("no item is positive");
    expect(() => rocAuc([], [])).toThrow("there are no items");
    expect(averagePrecision([1, 2], [1, 1])).toBe(1);
  });

  it("refuse values that are neither 0 nor 1, and scores that are not finite", () => {
    expect(() => rocAuc([1, 2], [0, 2])).toThrow("positive[1] is 2, expected 0 or 1");
    expect(() => rocAuc([1, Number.NaN], [0, 1])).toThrow(NotFiniteError);
    expect(() => rocAuc([1, 2, 3], [0, 1])).toThrow(ShapeError);
  });

  it("equal scikit-learn for items with several labels or none", () => {
    const { scores, positive, ...expected } = severalLabels;
    for (const [, truth] of layouts(positive)) {
      const both = rocAucAndAveragePrecision(matrix(scores), truth);
      expectClose(both.rocAuc.perClass, expected.rocAuc, TOLERANCE);
      expectClose(both.averagePrecision.perClass, expected.averagePrecision, TOLERANCE);
      expectClose([macroRocAuc(matrix(scores), truth)], [expected.macroRocAuc], TOLERANCE);
      expectClose([macroAveragePrecision(matrix(scores), truth)], [expected.macroAveragePrecision], TOLERANCE);
    }
    expect(() => macroRocAuc(matrix(scores), matrix([[1]]))).toThrow(
      "labels has shape [1, 1], expected [60] or [60, 5]",
    );
    expect(() => macroRocAuc(matrix([[1, 2]]), matrix([[1, 3]]))).toThrow(
      "labels row 0, column 1 is 3, expected 0 or 1",
    );
  });

  it("list absent classes, and average over the others only when asked to", () => {
    const scores = matrix([
      [0.9, 0.1, 0],
      [0.2, 0.8, 0],
      [0.6, 0.4, 0],
    ]);
    const perClass = rocAucPerClass(scores, [0, 1, 1]);
    expect(perClass).toEqual({
      perClass: Float64Array.of(1, 1, Number.NaN),
      definedClasses: Int32Array.of(0, 1),
      undefinedClasses: Int32Array.of(2),
    });
    expect(() => macroRocAuc(scores, [0, 1, 1])).toThrow("macroRocAuc is undefined: class 2 has no value");
    expect(macroRocAuc(scores, [0, 1, 1], { absent: "skip" })).toBe(1);
    expect(macroAveragePrecision(scores, [0, 1, 1], { absent: "skip" })).toBe(1);
    expect(macroAverage(perClass, { absent: "skip" })).toBe(1);
    expect(() => macroRocAuc(scores, [0, 0, 0], { absent: "skip" })).toThrow("no class has both kinds of items");
  });

  const items = fc.array(fc.tuple(fc.integer({ min: -20, max: 20 }), fc.boolean()), { minLength: 2, maxLength: 60 });
  const twoSided = items.filter((list) => list.some(([, p]) => p) && list.some(([, p]) => !p));

  it("equal a count over all pairs, and precision at every item", () => {
    fc.assert(
      fc.property(twoSided, (list) => {
        const scores = list.map(([score]) => score);
        const positive = list.map(([, p]) => p);
        let wins = 0;
        let pairs = 0;
        let precisions = 0;
        for (const [s, p] of list) {
          if (!p) continue;
          const above = list.filter(([t]) => t >= s);
          precisions += above.filter(([, q]) => q).length / above.length;
          for (const [, q] of list) if (!q) pairs++;
          for (const [t, q] of list) if (!q) wins += s > t ? 1 : s === t ? 0.5 : 0;
        }
        expect(rocAuc(scores, positive)).toBe(wins / pairs);
        expect(averagePrecision(scores, positive)).toBeCloseTo(precisions / positive.filter(Boolean).length, 12);
      }),
    );
  });

  it("do not change under monotone transforms or a new order, and AUC mirrors under negation", () => {
    fc.assert(
      fc.property(twoSided, (list) => {
        const scores = list.map(([score]) => score);
        const positive = list.map(([, p]) => p);
        const auc = rocAuc(scores, positive);
        const ap = averagePrecision(scores, positive);
        const cubed = scores.map((score) => score ** 3 + score);
        expect(rocAuc(cubed, positive)).toBe(auc);
        expect(averagePrecision(cubed, positive)).toBe(ap);
        expect(rocAuc(scores.toReversed(), positive.toReversed())).toBe(auc);
        expect(averagePrecision(scores.toReversed(), positive.toReversed())).toBe(ap);
        expect(
          rocAuc(
            scores.map((score) => -score),
            positive,
          ),
        ).toBeCloseTo(1 - auc, 14);
      }),
    );
  });
});
