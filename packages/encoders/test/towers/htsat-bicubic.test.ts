import { tensor } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { bicubicWeights, resizeRows } from "../../src/towers/bicubic-resize.ts";
import { greatestGap, numbers } from "../audio/golden.ts";
import { onEveryBackend } from "../backends.ts";
import { goldenJson, tolerance, valuesOf } from "../models/clap-goldens.ts";

interface Case {
  readonly from: number;
  readonly to: number;
  readonly input: { dtype: "float32"; shape: number[]; data: string };
  readonly output: { dtype: "float32"; shape: number[]; data: string };
}

/** Decibels of two columns, and what torch.nn.functional.interpolate makes of them. */
const cases = goldenJson<Case[]>("bicubic.json");

onEveryBackend((open) => {
  test.each(cases)("equals PyTorch, from $from rows to $to", async ({ to, input, output }) => {
    const result = valuesOf(await open(), () => resizeRows(tensor(numbers(input), [1, ...input.shape]), to));
    expect(greatestGap(result, numbers(output))).toBeLessThan(tolerance.resized);
  });
});

test("keeps the first and the last row, and every row where there are as many", () => {
  const { rows, weights } = bicubicWeights(501, 1024);
  for (const [at, row] of [
    [0, 0],
    [1023, 500],
  ] as const) {
    expect(rows.map((of) => of[at]).filter((of, tap) => of === row && weights[tap]![at] === 1)).toEqual([row]);
  }
  const same = bicubicWeights(7, 7);
  expect([...same.rows[1]!]).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect([...same.weights[1]!]).toEqual(new Array(7).fill(1));
});

test("weights sum to 1, also beyond the ends, where the last row stands in for more", () => {
  const { rows, weights } = bicubicWeights(801, 1024);
  for (let i = 0; i < 1024; i++) {
    expect(weights.reduce((sum, of) => sum + of[i]!, 0)).toBeCloseTo(1, 6);
    for (const of of rows) expect(of[i]).toBeGreaterThanOrEqual(0);
    for (const of of rows) expect(of[i]).toBeLessThanOrEqual(800);
  }
});
