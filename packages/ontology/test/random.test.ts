import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArgumentError, xoshiro128 } from "../src/index.ts";

const draw = (count: number, next: () => number): number[] => Array.from({ length: count }, next);

// Expected values: python3 packages/ontology/test/xoshiro128.py
describe("xoshiro128", () => {
  test.each([
    [0, [3809008728, 1133695204, 53579671, 2891528803, 139681546]],
    [1, [2442144158, 3238099751, 3819917871, 2104621829, 2021136066]],
    [4294967295, [835879718, 1921286648, 2356205009, 1885780724, 980451116]],
  ])("seeded with %d gives this sequence", (seed, expected) => {
    expect(draw(5, xoshiro128(seed).nextUint32)).toEqual(expected);
  });

  test("redraws what would make some integers likelier than others", () => {
    const dice = xoshiro128(1);
    expect(draw(10, () => dice.nextBelow(6))).toEqual([2, 5, 3, 5, 0, 0, 4, 3, 1, 2]);
    const wide = xoshiro128(1);
    const expected = [2442144158, 2104621829, 2021136066, 1515984730, 2298887649];
    expect(draw(5, () => wide.nextBelow(3 * 2 ** 30))).toEqual(expected);
  });

  test("combines two draws for ranges above 2^32 and for doubles", () => {
    const far = xoshiro128(1);
    expect(draw(3, () => far.nextBelow(1e15))).toEqual([121547492918764, 10948404430828, 238629604882480]);
    expect(draw(3, xoshiro128(1).nextDouble)).toEqual([0.5686059948349658, 0.8893939367683266, 0.4705824180198359]);
  });

  test("stays below n for every n", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 53 - 1 }), fc.nat(), (n, seed) => {
        const value = xoshiro128(seed).nextBelow(n);
        expect(Number.isInteger(value) && value >= 0 && value < n).toBe(true);
      }),
    );
    expect(xoshiro128(7).nextBelow(1)).toBe(0);
    expect(xoshiro128(1).nextBelow(2 ** 32)).toBe(2442144158);
  });

  test("refuses seeds and ranges that are not integers in range", () => {
    for (const seed of [-1, 0.5, 2 ** 32, Number.NaN]) expect(() => xoshiro128(seed)).toThrow(ArgumentError);
    for (const n of [0, -1, 1.5, 2 ** 54]) expect(() => xoshiro128(1).nextBelow(n)).toThrow("n: expected an integer");
  });
});
