import { describe, expect, test } from "vitest";
import { RandomStream } from "../../src/training/random-stream.ts";

const draw = <T>(n: number, next: () => T): T[] => Array.from({ length: n }, next);
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
const N = 100_000;

describe("a stream of random numbers", () => {
  test("depends on seed and purpose alone", () => {
    const first = (seed: number, ...purpose: (number | string)[]) => new RandomStream(seed, ...purpose).bits();
    expect(first(7, "dropout", 3)).toBe(first(7, "dropout", 3));
    const all = [
      first(7),
      first(8),
      first(7 + 2 ** 32),
      first(7, 0),
      first(7, 1),
      first(7, "a"),
      first(7, "b"),
      first(7, 0, 1),
      first(7, 1, 0),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  test("is uniform: mean 1/2, variance 1/12, every tenth as full as the others, and neighbours are unrelated", () => {
    const random = new RandomStream(1);
    const values = draw(N, () => random.uniform());
    // Four standard errors each.
    expect(Math.abs(mean(values) - 1 / 2)).toBeLessThan(4 * Math.sqrt(1 / 12 / N));
    expect(Math.abs(mean(values.map((value) => (value - 0.5) ** 2)) - 1 / 12)).toBeLessThan(4 * Math.sqrt(1 / 180 / N));
    const tenths = new Float64Array(10);
    for (const value of values) tenths[Math.floor(10 * value)]! += 1;
    for (const count of tenths) expect(Math.abs(count - N / 10)).toBeLessThan(4 * Math.sqrt(N * 0.09));
    const products = values.slice(1).map((value, i) => (value - 0.5) * (values[i]! - 0.5));
    expect(Math.abs(mean(products))).toBeLessThan((4 / 12) * Math.sqrt(1 / N));
  });

  test("is normal: moments 0, 1, 0, 3", () => {
    const random = new RandomStream(2);
    const values = draw(N, () => random.normal());
    const moment = (power: number) => mean(values.map((value) => value ** power));
    // Four standard errors: the variances of the powers are 1, 2, 15 and 96.
    expect(Math.abs(moment(1))).toBeLessThan(4 * Math.sqrt(1 / N));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / N));
    expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / N));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / N));
  });

  test("keeps 4 of 5 values of a drop-out of 0.2, times 1.25", () => {
    const kept = new RandomStream(3).kept(N, 0.2);
    expect(new Set(kept)).toEqual(new Set([0, 1.25]));
    expect(Math.abs(mean(kept) - 1)).toBeLessThan(4 * 1.25 * Math.sqrt(0.16 / N));
  });
});
