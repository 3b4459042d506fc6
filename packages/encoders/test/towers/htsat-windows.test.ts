import { describe, expect, test } from "vitest";
import { relativePositionBias } from "../../src/towers/relative-position-bias.ts";
import { mergedTokens, moves, rasterOrder, shiftRegions, windowOrder } from "../../src/towers/swin-windows.ts";

/** A square grid of numbers, row by row. */
type Grid = readonly (readonly number[])[];

const gridOf = (side: number): Grid =>
  Array.from({ length: side }, (_, y) => Array.from({ length: side }, (_, x) => y * side + x));

/** As torch.roll(grid, (-shift, -shift)). */
const rolled = (grid: Grid, shift: number): Grid => {
  const turn = <T>(list: readonly T[]) => [...list.slice(shift), ...list.slice(0, shift)];
  return turn(grid).map((row) => turn(row));
};

/** Cut into windows, each row by row. */
const cut = (grid: Grid, side: number): number[] => {
  const values: number[] = [];
  for (let top = 0; top < grid.length; top += side) {
    for (let left = 0; left < grid.length; left += side) {
      for (const row of grid.slice(top, top + side)) values.push(...row.slice(left, left + side));
    }
  }
  return values;
};

const sizes = [
  { grid: 4, window: 2, shift: 0 },
  { grid: 8, window: 4, shift: 2 },
  { grid: 16, window: 8, shift: 4 },
  { grid: 6, window: 3, shift: 1 },
  { grid: 8, window: 8, shift: 0 },
];

describe("the order of windows", () => {
  test.each(sizes)("is that of a grid rolled by the shift and cut: $grid, $window, $shift", (windows) => {
    const { grid, window, shift } = windows;
    expect([...windowOrder(windows)]).toEqual(cut(rolled(gridOf(grid), shift), window));
  });

  test("of a window that is the whole grid is that of an image", () => {
    expect(windowOrder({ grid: 8, window: 8, shift: 0 })).toEqual(rasterOrder(8));
  });
});

describe("moves", () => {
  test("say where each row of the wanted order is found", () => {
    // Token 3 is at place 0, token 1 at place 1 ...
    expect(moves(Int32Array.of(3, 1, 0, 2), Int32Array.of(0, 1, 2, 3))).toEqual(Int32Array.of(2, 1, 3, 0));
  });

  test("lead from one order of windows to another and back", () => {
    const plain = windowOrder({ grid: 8, window: 4, shift: 0 });
    const shifted = windowOrder({ grid: 8, window: 4, shift: 2 });
    expect(moves(plain, shifted).map((place) => plain[place]!)).toEqual(shifted);
    expect(moves(shifted, plain).map((place) => shifted[place]!)).toEqual(plain);
  });
});

test("patch merging joins upper left, lower left, upper right and lower right", () => {
  //  0  1 |  2  3
  //  4  5 |  6  7
  //  8  9 | 10 11
  // 12 13 | 14 15
  expect([...mergedTokens(rasterOrder(2), 4)]).toEqual([0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15]);
  expect([...mergedTokens(Int32Array.of(3, 0, 1, 2), 4)].slice(0, 4)).toEqual([10, 14, 11, 15]);
});

test.each(sizes.filter(({ shift }) => shift > 0))(
  "tokens of a shifted window are of one region exactly when the shift did not carry one of them around: $grid, $window",
  (windows) => {
    const { grid, window, shift } = windows;
    const regions = shiftRegions(windows);
    // A token of the rolled grid came around an edge when it is one of the last `shift` rows or columns.
    const around = gridOf(grid).map((row, y) =>
      row.map((_, x) => 2 * Number(y >= grid - shift) + Number(x >= grid - shift)),
    );
    const expected = cut(around, window);
    const inWindow = window * window;
    for (let first = 0; first < regions.length; first += inWindow) {
      for (let i = first; i < first + inWindow; i++) {
        for (let j = first; j < first + inWindow; j++) {
          expect(regions[i] === regions[j]).toBe(expected[i] === expected[j]);
        }
      }
    }
  },
);

describe("the bias of relative positions", () => {
  /** A table whose value says its row and head. */
  const table = (window: number, heads: number) =>
    Float32Array.from({ length: (2 * window - 1) ** 2 * heads }, (_, i) => Math.floor(i / heads) + (i % heads) / 8);

  test("is the row of the table for the way from key to query", () => {
    const { data, shape } = relativePositionBias(table(2, 2), 2, { grid: 4, window: 2, shift: 0 });
    expect(shape).toEqual([1, 2, 4, 4]);
    // Rows of a table for windows of 2 x 2: 3 (dy + 1) + dx + 1.
    const rows = [4, 3, 1, 0, 5, 4, 2, 1, 7, 6, 4, 3, 8, 7, 5, 4];
    expect([...data]).toEqual([...rows, ...rows.map((row) => row + 1 / 8)]);
  });

  test("of shifted windows hides by -100 what came around the edge, in every head", () => {
    const { data, shape } = relativePositionBias(table(2, 1), 1, { grid: 4, window: 2, shift: 1 });
    expect(shape).toEqual([4, 1, 4, 4]);
    const plain = relativePositionBias(table(2, 1), 1, { grid: 4, window: 2, shift: 0 }).data;
    const hidden = [...data].map((value, i) => value - plain[i % 16]!);
    const [o, x] = [0, -100];
    expect(hidden.slice(0, 16)).toEqual(new Array(16).fill(o));
    // The window at the right: its second column is the first one of the image.
    expect(hidden.slice(16, 32)).toEqual([o, x, o, x, x, o, x, o, o, x, o, x, x, o, x, o]);
    // At the bottom: its second row is the first one of the image.
    expect(hidden.slice(32, 48)).toEqual([o, o, x, x, o, o, x, x, x, x, o, o, x, x, o, o]);
    // In the corner each token is alone.
    expect(hidden.slice(48)).toEqual([o, x, x, x, x, o, x, x, x, x, o, x, x, x, x, o]);
  });
});
