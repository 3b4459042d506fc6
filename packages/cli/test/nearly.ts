import { expect } from "vitest";

/**
 * The same structure with every number within 1e-12 of the expected one: sums of a few dozen doubles in another order
 * differ by some 1e-15; a wrong count, rank or pair by more than 1e-4.
 */
export function nearly(expected: unknown): unknown {
  if (typeof expected === "number") return Number.isInteger(expected) ? expected : expect.closeTo(expected, 12);
  if (Array.isArray(expected)) return expected.map(nearly);
  if (expected === null || typeof expected !== "object") return expected;
  return Object.fromEntries(Object.entries(expected).map(([key, value]) => [key, nearly(value)]));
}
