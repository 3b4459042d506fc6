import fc from "fast-check";
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import {
  kendallTau,
  kendallW,
  LabelError,
  mistakeSeverity,
  NotFiniteError,
  ShapeError,
  UndefinedMetricError,
  varianceShares,
} from "../src/index.ts";
import { golden, TOLERANCE } from "./golden.ts";
import { expectClose, matrix } from "./layouts.ts";

interface Goldens {
  kendallTau: { a: number[]; b: number[]; tau: number }[];
  kendallW: { values: number[][]; w: number }[];
  variance: {
    shape: number[];
    values: number[];
    sumOfSquares: number[];
    degreesOfFreedom: number[];
    share: number[];
  }[];
}
const goldens = golden<Goldens>("space");

describe("kendallTau", () => {
  it.each(goldens.kendallTau)("equals scipy", ({ a, b, tau }) => {
    expectClose([kendallTau(a, b)], [tau], TOLERANCE);
  });

  it("equals a count over all pairs", () => {
    const value = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { minLength: 2, maxLength: 40 }), (items) => {
        const [a, b] = [items.map(([x]) => x), items.map(([, y]) => y)];
        fc.pre(new Set(a).size > 1 && new Set(b).size > 1);
        let [sum, untiedA, untiedB] = [0, 0, 0];
        for (let i = 0; i < items.length; i++) {
          for (let j = 0; j < i; j++) {
            const [x, y] = [Math.sign(a[i]! - a[j]!), Math.sign(b[i]! - b[j]!)];
            sum += x * y;
            untiedA += x * x;
            untiedB += y * y;
          }
        }
        expectClose([kendallTau(a, b)], [sum / Math.sqrt(untiedA * untiedB)], TOLERANCE);
      }),
    );
  });

  it("is undefined without an order", () => {
    expect(() => kendallTau([1, 1], [1, 2])).toThrow("kendallTau is undefined: all values are the same");
    expect(() => kendallTau([1], [1])).toThrow("it needs two items, there are 1");
    expect(() => kendallTau([1, 2], [1])).toThrow(ShapeError);
    expect(() => kendallTau([1, Number.NaN], [1, 2])).toThrow(NotFiniteError);
  });
});

describe("kendallW", () => {
  it.each(goldens.kendallW)("equals the definition in numpy", ({ values, w }) => {
    expectClose([kendallW(matrix(values))], [w], TOLERANCE);
  });

  it("is 1 for the same ranking again, 0 for one and its reverse, and 0.75 by hand", () => {
    const of = (...rows: number[][]) => kendallW(matrix(rows));
    expect(of([3, 1, 2], [30, 10, 20])).toBe(1);
    expect(of([1, 2, 3], [3, 2, 1])).toBe(0);
    expect(of([1, 2, 3], [1, 3, 2])).toBe(0.75);
  });

  it("is undefined without an order", () => {
    expect(() => kendallW(matrix([[1, 2, 3]]))).toThrow("it needs two rankings of two items, there are 1 of 3");
    expect(() =>
      kendallW(
        matrix([
          [1, 1],
          [2, 2],
        ]),
      ),
    ).toThrow(UndefinedMetricError);
  });
});

describe("varianceShares", () => {
  it.each(goldens.variance)("equals statsmodels' analysis of variance: $shape", ({ shape, values, ...expected }) => {
    const shares = varianceShares(ndarray(values, shape));
    const order = shape.length === 2 ? [[0], [1], [0, 1]] : [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]];
    expect(shares.map(({ factors }) => factors)).toEqual(order);
    expectClose(
      shares.map(({ sumOfSquares }) => sumOfSquares),
      expected.sumOfSquares,
      TOLERANCE,
    );
    expect(shares.map(({ degreesOfFreedom }) => degreesOfFreedom)).toEqual(expected.degreesOfFreedom);
    expectClose(
      shares.map(({ share }) => share),
      expected.share,
      TOLERANCE,
    );
    expectClose([shares.reduce((sum, { share }) => sum + share, 0)], [1], TOLERANCE);
  });

  it("reads views that are not contiguous", () => {
    const { shape, values } = goldens.variance[0]!;
    const turned = ndarray(values, shape).transpose(1, 0);
    const [first, second, both] = varianceShares(turned);
    const straight = varianceShares(ndarray(values, shape));
    expectClose(
      [first!.share, second!.share, both!.share],
      [straight[1]!.share, straight[0]!.share, straight[2]!.share],
      TOLERANCE,
    );
  });

  it("gives nothing to a factor with one level", () => {
    expect(varianceShares(ndarray([1, 2, 3], [1, 3])).map(({ share }) => share)).toEqual([0, 1, 0]);
  });

  it("refuses what has no variance", () => {
    expect(() => varianceShares(ndarray([2, 2, 2, 2], [2, 2]))).toThrow(UndefinedMetricError);
    expect(() => varianceShares(ndarray([0.1, 0.1, 0.1], [3]))).toThrow("all values are the same");
    expect(() => varianceShares(ndarray([], [0, 2]))).toThrow("there are no values");
    expect(() => varianceShares([1, 2] as never)).toThrow("values is an Array of length 2, expected an ndarray");
    expect(() => varianceShares(ndarray([1, Number.NaN, 2, 3], [2, 2]))).toThrow("values at [0, 1][1] is NaN");
  });
});

describe("mistakeSeverity", () => {
  const heights = matrix([
    [0, 1, 3],
    [1, 0, 3],
    [3, 3, 0],
  ]);

  it("is the mean height of the wrong answers", () => {
    expect(mistakeSeverity([0, 0, 2], [0, 1, 0], heights)).toEqual({
      mistakes: 2,
      meanOfMistakes: 2,
      meanOfAll: 4 / 3,
      perItem: Float64Array.of(0, 1, 3),
    });
    expect(mistakeSeverity([0], [0], heights)).toMatchObject({ mistakes: 0, meanOfMistakes: Number.NaN, meanOfAll: 0 });
  });

  it("refuses classes without a height", () => {
    expect(() => mistakeSeverity([3], [0], heights)).toThrow(LabelError);
    expect(() => mistakeSeverity([0], [0, 1], heights)).toThrow(ShapeError);
    expect(() => mistakeSeverity([0], [0], matrix([[0, 1]]))).toThrow("expected a square matrix [C, C]");
    expect(() => mistakeSeverity([], [], heights)).toThrow(UndefinedMetricError);
  });
});
