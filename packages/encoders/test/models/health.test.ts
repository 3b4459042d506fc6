import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import { healthWarnings, meanPairCosine, UNRELATED_TEXTS } from "../../src/models/health.ts";

describe("meanPairCosine", () => {
  test("is 1 for equal directions and 0 for perpendicular ones", () => {
    expect(meanPairCosine(ndarray(Float32Array.of(1, 2, 2, 4, 3, 6), [3, 2]))).toBeCloseTo(1, 12);
    expect(meanPairCosine(ndarray(Float32Array.of(5, 0, 0, 2), [2, 2]))).toBe(0);
  });

  test("is the mean over all pairs", () => {
    const rows = Array.from({ length: 6 }, (_, i) => [Math.sin(i * 3 + 1), Math.cos(i * 5), Math.sin(i * i + 2)]);
    const cosine = (a: number[], b: number[]) => {
      const dot = (x: number[], y: number[]) => x.reduce((sum, value, k) => sum + value * y[k]!, 0);
      return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    };
    const pairs = rows.flatMap((a, i) => rows.slice(i + 1).map((b) => cosine(a, b)));
    const expected = pairs.reduce((sum, value) => sum + value, 0) / pairs.length;
    expect(meanPairCosine(ndarray(Float32Array.from(rows.flat()), [6, 3]))).toBeCloseTo(expected, 6);
  });
});

describe("healthWarnings", () => {
  test("says nothing of a sound model, or of one that was not measured", () => {
    expect(healthWarnings(0.42, [])).toEqual([]);
    expect(healthWarnings(undefined, [])).toEqual([]);
  });

  test("warns of a collapsed text tower with the figure", () => {
    const [warning, ...others] = healthWarnings(0.9993, []);
    expect(warning).toMatch(/^the text tower has collapsed: 12 unrelated texts have a mean cosine of 0\.9993/);
    expect(others).toEqual([]);
  });

  test("warns of parameters that are all zero", () => {
    expect(healthWarnings(0.4, ["text_projection.0.weight", "norm.weight"])).toEqual([
      "2 of the parameters are all zero, text_projection.0.weight the first: not trained, or lost in a conversion",
    ]);
  });

  test("asks a dozen different texts", () => {
    expect(new Set(UNRELATED_TEXTS).size).toBe(12);
  });
});
