import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import {
  applyLinearMap,
  LabelError,
  mapOutOfFold,
  NotFiniteError,
  OptionError,
  orthogonalMap,
  pairwiseSimilarity,
  ridgeMap,
  ShapeError,
  UndefinedMetricError,
} from "../src/index.ts";
import { golden } from "./golden.ts";
import { expectClose, layouts, matrix, rowsOf } from "./layouts.ts";

interface Goldens {
  maps: {
    name: string;
    x: number[][];
    y: number[][];
    folds: number[];
    other: number[][];
    lambda: number;
    ridge: number[][];
    ridgeOffset: number[];
    ridgeOther: number[][];
    ridgeThroughZero: number[][];
    ridgeOutOfFold: number[][];
    rotation: number[][];
    rotationOffset: number[];
    scale: number;
  }[];
  leastSquares: { x: number[][]; y: number[][]; matrix: number[][] };
}
const { maps, leastSquares } = golden<Goldens>("space");

/** Factorisations of another order of sums; the largest error measured is 2e-14. */
const SOLVED = 1e-12;
const expectMatrix = (actual: Parameters<typeof rowsOf>[0], expected: number[][]) =>
  expectClose(rowsOf(actual).flat(), expected.flat(), SOLVED);

describe.each(maps)("$name", ({ x, y, folds, lambda, ...expected }) => {
  it("ridgeMap equals scikit-learn's Ridge, with and without an offset", () => {
    for (const [, view] of layouts(x)) {
      const map = ridgeMap(view, matrix(y), { lambda });
      expectMatrix(map.matrix, expected.ridge);
      expectClose(map.offset, expected.ridgeOffset, SOLVED);
      expectMatrix(applyLinearMap(map, matrix(expected.other)), expected.ridgeOther);
    }
    const throughZero = ridgeMap(matrix(x), matrix(y), { lambda, centre: false });
    expectMatrix(throughZero.matrix, expected.ridgeThroughZero);
    expect(throughZero.offset).toEqual(new Float64Array(y[0]!.length));
  });

  it("mapOutOfFold equals scikit-learn's cross_val_predict with a group a fold", () => {
    const mapped = mapOutOfFold(matrix(x), matrix(y), folds, (from, to) => ridgeMap(from, to, { lambda }));
    expectMatrix(mapped, expected.ridgeOutOfFold);
  });

  it("orthogonalMap equals u vᵀ of numpy's singular vectors, and scipy's Procrustes where that is determined", () => {
    const map = orthogonalMap(matrix(x), matrix(y));
    expectMatrix(map.matrix, expected.rotation);
    expectClose(map.offset, expected.rotationOffset, SOLVED);
    const scaled = orthogonalMap(matrix(x), matrix(y), { scale: true });
    expectMatrix(
      scaled.matrix,
      expected.rotation.map((row) => row.map((value) => value * expected.scale)),
    );
  });
});

describe("ridgeMap", () => {
  it("of lambda 0 is least squares", () => {
    const { x, y, matrix: expected } = leastSquares;
    expectMatrix(ridgeMap(matrix(x), matrix(y), { lambda: 0, centre: false }).matrix, expected);
    const line = ridgeMap(ndarray([1, 2, 3], [3, 1]), ndarray([3, 5, 7], [3, 1]), { lambda: 0 });
    expectClose([line.matrix.get(0, 0), ...line.offset], [2, 1], SOLVED);
  });

  it("does not change its arguments", () => {
    const [x, y] = [matrix(leastSquares.x), matrix(leastSquares.y)];
    ridgeMap(x, y);
    orthogonalMap(x, y);
    expect([rowsOf(x), rowsOf(y)]).toEqual([leastSquares.x, leastSquares.y]);
  });

  it("refuses columns that depend on each other without a lambda, and takes them with one", () => {
    const x = matrix([
      [1, 2],
      [2, 4],
      [3, 6],
    ]);
    const y = ndarray([1, 2, 3], [3, 1]);
    expect(() => ridgeMap(x, y, { lambda: 0 })).toThrow(UndefinedMetricError);
    expect(() => ridgeMap(x, y, { lambda: 0 })).toThrow("columns of x depend on each other; use a lambda above 0");
    expect(ridgeMap(x, y, { lambda: 0.1 }).matrix.shape).toEqual([2, 1]);
    expect(() => ridgeMap(x, y, { lambda: -1 })).toThrow(OptionError);
    expect(() => ridgeMap(x, ndarray([1, 2], [2, 1]))).toThrow("y has shape [2, 1], expected [3, q]");
    expect(() => ridgeMap(matrix([[Number.NaN]]), matrix([[1]]))).toThrow(NotFiniteError);
  });
});

describe("orthogonalMap", () => {
  it("finds a turn that was made, into a wider space too", () => {
    const x = matrix([
      [1, 0],
      [0, 2],
      [1, 1],
    ]);
    const turned = matrix([
      [0, 1, 0],
      [-2, 0, 0],
      [-1, 1, 0],
    ]);
    const map = orthogonalMap(x, turned, { centre: false });
    expectMatrix(map.matrix, [
      [0, 1, 0],
      [-1, 0, 0],
    ]);
    expectMatrix(applyLinearMap(map, x), rowsOf(turned));
  });

  it("keeps every cosine of the items, where there is room for them", () => {
    const view = matrix(maps[0]!.x);
    const mapped = applyLinearMap(orthogonalMap(view, matrix(maps[0]!.y), { centre: false }), view);
    expectMatrix(pairwiseSimilarity(mapped, mapped), rowsOf(pairwiseSimilarity(view, view)));
  });

  it("is undefined when nothing goes with anything", () => {
    expect(() => orthogonalMap(matrix([[1], [1]]), matrix([[1], [2]]))).toThrow(UndefinedMetricError);
    expect(() => orthogonalMap(matrix([[1, 2]]), matrix([[]]))).toThrow(ShapeError);
  });
});

describe("applyLinearMap and mapOutOfFold", () => {
  it("refuse what does not fit", () => {
    const [x, y] = [matrix([[1], [2], [3]]), matrix([[2], [4], [7]])];
    const map = ridgeMap(x, y);
    expect(() => applyLinearMap(map, matrix([[1, 2]]))).toThrow("x has shape [1, 2], expected [n, 1]");
    expect(() => mapOutOfFold(x, y, [0, 1], ridgeMap)).toThrow(ShapeError);
    expect(() => mapOutOfFold(x, y, [4, 4, 4], ridgeMap)).toThrow(LabelError);
    expect(() => mapOutOfFold(x, y, [4, 4, 4], ridgeMap)).toThrow("expected at least two folds among the items");
    expect(() => mapOutOfFold(x, y, [0, 1, 1], "ridge" as never)).toThrow(OptionError);
    expect(() =>
      mapOutOfFold(x, y, [0, 1, 1], () => ({ ...map, matrix: matrix([[1, 2]]), offset: Float64Array.of(0, 0) })),
    ).toThrow(ShapeError);
  });
});
