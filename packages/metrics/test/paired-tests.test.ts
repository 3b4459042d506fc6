import { describe, expect, it } from "vitest";
import {
  cohensH,
  comparisonVerdict,
  holmCorrection,
  LabelError,
  mcnemarTest,
  NotFiniteError,
  OptionError,
  pairedCohensD,
  ShapeError,
  UndefinedMetricError,
  wilcoxonSignedRankTest,
} from "../src/index.ts";
import { normalTail } from "../src/statistics/normal-tail.ts";
import { golden, TOLERANCE } from "./golden.ts";
import { expectClose } from "./layouts.ts";

type Alternative = "two-sided" | "greater" | "less";
interface Goldens {
  mcnemar: { name: string; a: number[]; b: number[]; onlyA: number; onlyB: number; pValue: number }[];
  wilcoxon: {
    name: string;
    a: number[];
    b: number[];
    rankSum: number;
    n: number;
    pValue: Record<Alternative, number>;
  }[];
  holm: { pValues: number[]; adjusted: number[] }[];
  cohensH: [number, number, number][];
  normalTail: [number, number][];
}
const goldens = golden<Goldens>("paired-tests");

/** p-values are as small as 1e-288, so their error is taken relative to themselves; the largest measured is 1.2e-13. */
const expectRelative = (actual: number, expected: number) =>
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(TOLERANCE * expected);

describe("mcnemarTest", () => {
  it.each(goldens.mcnemar)("equals statsmodels: $name", ({ a, b, onlyA, onlyB, pValue }) => {
    const test = mcnemarTest(a, b);
    expect(test).toMatchObject({ onlyA, onlyB });
    expectRelative(test.pValue, pValue);
    expect(mcnemarTest(b, a).pValue).toBe(test.pValue);
  });

  it("says how the items split, the difference of the accuracies and the odds", () => {
    expect(mcnemarTest([true, true, true, true, false], [false, false, false, true, true])).toEqual({
      both: 1,
      onlyA: 3,
      onlyB: 1,
      neither: 0,
      difference: 0.4,
      oddsRatio: 3,
      pValue: 0.625,
    });
    expect(mcnemarTest([1], [0]).oddsRatio).toBe(Number.POSITIVE_INFINITY);
    expect(mcnemarTest([1], [1])).toMatchObject({ oddsRatio: Number.NaN, pValue: 1 });
  });

  it("refuses what is no pair of right and wrong answers", () => {
    expect(() => mcnemarTest([], [])).toThrow(UndefinedMetricError);
    expect(() => mcnemarTest([1], [1, 0])).toThrow(ShapeError);
    expect(() => mcnemarTest([2], [1])).toThrow(LabelError);
  });
});

describe("wilcoxonSignedRankTest", () => {
  it.each(goldens.wilcoxon)("equals scipy: $name", ({ a, b, rankSum, n, pValue }) => {
    for (const alternative of ["two-sided", "greater", "less"] as const) {
      const test = wilcoxonSignedRankTest(a, b, { alternative });
      expect(test).toMatchObject({ rankSum, n, exact: n <= 50, alternative });
      expectRelative(test.pValue, pValue[alternative]);
    }
  });

  it("counts signs by hand, and has its effect size between -1 and 1", () => {
    expect(wilcoxonSignedRankTest([3, 4, 6], [1, 1, 1])).toEqual({
      rankSum: 6,
      n: 3,
      pValue: 0.25,
      exact: true,
      rankBiserial: 1,
      alternative: "two-sided",
    });
    // Ranks 1.5, 1.5 and 3 with the signs +, - and -.
    expect(wilcoxonSignedRankTest([2, 0, 0], [1, 1, 4])).toMatchObject({ rankSum: 1.5, rankBiserial: -0.5 });
  });

  it("has p-value 1 when nothing differs", () => {
    expect(wilcoxonSignedRankTest([1, 2], [1, 2])).toMatchObject({ n: 0, pValue: 1, rankBiserial: 0 });
  });

  it("refuses what it cannot rank", () => {
    expect(() => wilcoxonSignedRankTest([], [])).toThrow(UndefinedMetricError);
    expect(() => wilcoxonSignedRankTest([1], [1, 2])).toThrow(ShapeError);
    expect(() => wilcoxonSignedRankTest([Number.NaN], [1])).toThrow(NotFiniteError);
    expect(() => wilcoxonSignedRankTest([1], [1], { alternative: "more" as "less" })).toThrow(OptionError);
  });
});

describe("holmCorrection", () => {
  it.each(goldens.holm)("equals statsmodels: $pValues", ({ pValues, adjusted }) => {
    expectClose(holmCorrection(pValues), adjusted, TOLERANCE);
  });

  it("refuses what is no probability, and does nothing to nothing", () => {
    expect(() => holmCorrection([0.5, 1.5])).toThrow("pValues[1] is 1.5, expected a number in [0, 1]");
    expect(() => holmCorrection([Number.NaN])).toThrow(NotFiniteError);
    expect(holmCorrection([])).toEqual(new Float64Array(0));
  });
});

describe("effect sizes", () => {
  it("cohensH equals statsmodels", () => {
    for (const [a, b, expected] of goldens.cohensH) expectClose([cohensH(a, b)], [expected], TOLERANCE);
    expect(() => cohensH(1.1, 0)).toThrow("a is 1.1, expected a proportion in [0, 1]");
    expect(() => cohensH(0, Number.NaN)).toThrow(OptionError);
  });

  it("pairedCohensD is the mean difference in its standard deviations", () => {
    // Differences 2, 4 and 1: mean 7/3, variance 7/3.
    expectClose([pairedCohensD([3, 5, 4], [1, 1, 3])], [Math.sqrt(7 / 3)], TOLERANCE);
    expect(() => pairedCohensD([1], [0])).toThrow("it needs two items, there is 1");
    expect(() => pairedCohensD([1, 2], [0, 1])).toThrow(UndefinedMetricError);
    expect(() => pairedCohensD([1, 2], [0])).toThrow(ShapeError);
  });
});

describe("comparisonVerdict", () => {
  it("takes both an interval without 0 and a small p-value", () => {
    expect(comparisonVerdict({ low: 0.01, high: 0.08 }, 0.02)).toBe("better");
    expect(comparisonVerdict({ low: -0.08, high: -0.01 }, 0.02)).toBe("worse");
    expect(comparisonVerdict({ low: -0.01, high: 0.08 }, 0.02)).toBe("not distinguishable");
    expect(comparisonVerdict({ low: 0.01, high: 0.08 }, 0.06)).toBe("not distinguishable");
    expect(comparisonVerdict({ low: 0.01, high: 0.08 }, 0.06, { alpha: 0.1 })).toBe("better");
    expect(comparisonVerdict({ low: 0, high: 0 }, 0)).toBe("not distinguishable");
  });

  it("refuses intervals upside down and what is no probability", () => {
    expect(() => comparisonVerdict({ low: 1, high: 0 }, 0.5)).toThrow("low is 1, expected a number of at most high");
    expect(() => comparisonVerdict({ low: 0, high: 1 }, 2)).toThrow(OptionError);
    expect(() => comparisonVerdict({ low: 0, high: 1 }, 0.5, { alpha: 0 })).toThrow(OptionError);
  });
});

it("the tail of the normal distribution equals scipy's from one half to 1e-299", () => {
  for (const [z, expected] of goldens.normalTail) expectRelative(normalTail(z), expected);
});
