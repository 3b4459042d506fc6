import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bootstrapInterval,
  bootstrapMean,
  clusterBootstrapMean,
  clusterBootstrapMeans,
  LabelError,
  NotFiniteError,
  OptionError,
  pairedBootstrapDifference,
  pairedPermutationTest,
  quantile,
  ShapeError,
  UndefinedMetricError,
  xoshiro128,
} from "../src/index.ts";
import { golden, TOLERANCE } from "./golden.ts";
import { expectClose } from "./layouts.ts";

interface Interval {
  estimate: number;
  low: number;
  high: number;
  standardError: number;
}
interface Goldens {
  streams: { seed: number; uint32: number[]; below: [number, number][]; double: number[] }[];
  bootstrap: (Interval & { name: string; values: number[]; draws: number; seed: number; level: number })[];
  clusterBootstrap: {
    values: number[];
    clusters: number[];
    draws: number;
    seed: number;
    cases: (Interval & { average: "micro" | "macro" })[];
  };
  permutation: {
    name: string;
    a: number[];
    b: number[];
    alternative: "two-sided" | "greater" | "less";
    difference: number;
    pValue: number;
  }[];
  quantiles: { values: number[]; q: number[]; expected: number[] }[];
}
const goldens = golden<Goldens>("statistics");

const expectInterval = (actual: Interval, expected: Interval) => {
  for (const part of ["estimate", "low", "high", "standardError"] as const) {
    expectClose([actual[part]], [expected[part]], TOLERANCE);
  }
};

describe("xoshiro128", () => {
  it("starts, from seed 0, with the words of its papers", () => {
    const { nextUint32 } = xoshiro128(0);
    expect([nextUint32(), nextUint32(), nextUint32(), nextUint32()]).toEqual([
      3809008728, 1133695204, 53579671, 2891528803,
    ]);
  });

  it.each(goldens.streams)("equals the Python implementation for seed $seed", ({ seed, uint32, below, double }) => {
    const [words, integers, doubles] = [xoshiro128(seed), xoshiro128(seed), xoshiro128(seed)];
    expect(uint32.map(() => words.nextUint32())).toEqual(uint32);
    expect(below.map(([n]) => integers.nextBelow(n))).toEqual(below.map(([, value]) => value));
    expect(double.map(() => doubles.nextDouble())).toEqual(double);
  });

  it("refuses seeds and limits that are no 32-bit integers", () => {
    for (const seed of [-1, 0.5, 2 ** 32, Number.NaN]) expect(() => xoshiro128(seed)).toThrow(OptionError);
    for (const n of [0, -1, 1.5, 2 ** 32 + 1]) expect(() => xoshiro128(0).nextBelow(n)).toThrow(OptionError);
  });
});

describe("quantile", () => {
  it.each(goldens.quantiles)("equals numpy", ({ values, q, expected }) => {
    expectClose(
      q.map((level) => quantile(values, level)),
      expected,
      TOLERANCE,
    );
  });

  it("is undefined for no values and outside [0, 1]", () => {
    expect(quantile([4, 1, 3, 2], 0.25)).toBe(1.75);
    expect(() => quantile([], 0.5)).toThrow(UndefinedMetricError);
    expect(() => quantile([1], 1.1)).toThrow(OptionError);
  });
});

describe("bootstrapMean and bootstrapInterval", () => {
  it.each(goldens.bootstrap)(
    "equal scipy with the same draws: $name",
    ({ values, draws, seed, level, ...expected }) => {
      const mean = (indices: Int32Array) => indices.reduce((sum, i) => sum + values[i]!, 0) / indices.length;
      const fast = bootstrapMean(values, { draws, seed, level });
      expectInterval(fast, expected);
      expect(bootstrapInterval(values.length, mean, { draws, seed, level })).toEqual(fast);
      expect(fast).toMatchObject({ draws, seed, level });
    },
  );

  it("are a point for one item", () => {
    expect(bootstrapMean([3])).toEqual({
      estimate: 3,
      low: 3,
      high: 3,
      standardError: 0,
      draws: 1000,
      seed: 0,
      level: 0.95,
    });
  });

  it("refuse what has no interval", () => {
    expect(() => bootstrapMean([])).toThrow(UndefinedMetricError);
    expect(() => bootstrapMean([1, Number.NaN])).toThrow(NotFiniteError);
    expect(() => bootstrapMean([1], { draws: 0 })).toThrow(OptionError);
    expect(() => bootstrapMean([1], { seed: -1 })).toThrow(OptionError);
    expect(() => bootstrapMean([1], { level: 1 })).toThrow("level is 1, expected a number between 0 and 1");
    expect(() => bootstrapInterval(0, () => 1)).toThrow(OptionError);
    expect(() => bootstrapInterval(2, (indices) => (indices[0] === indices[1] ? Number.NaN : 1))).toThrow(
      /bootstrapInterval is undefined: the statistic of draw \d+ is NaN/,
    );
  });

  it("cover the estimate and widen with the level", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 20 }), (values) => {
        const narrow = bootstrapMean(values, { draws: 200, level: 0.5 });
        const wide = bootstrapMean(values, { draws: 200, level: 0.99 });
        expect(wide.low).toBeLessThanOrEqual(narrow.low);
        expect(wide.high).toBeGreaterThanOrEqual(narrow.high);
        expect(narrow.standardError).toBe(wide.standardError);
      }),
      { numRuns: 25 },
    );
  });
});

describe("clusterBootstrapMean", () => {
  const { values, clusters, draws, seed, cases } = goldens.clusterBootstrap;

  it.each(cases)("equals numpy with the same draws: $average", ({ average, ...expected }) => {
    expectInterval(clusterBootstrapMean(values, clusters, { average, draws, seed }), expected);
  });

  it("takes sums and counts, and leaves entries without values out", () => {
    const numbers = [...new Set(clusters)].sort((a, b) => a - b);
    const of = (c: number) => values.filter((_, i) => clusters[i] === c);
    const sums = [...numbers.map((c) => of(c).reduce((sum, value) => sum + value, 0)), 0];
    const counts = [...numbers.map((c) => of(c).length), 0];
    for (const { average, ...expected } of cases) {
      expectInterval(clusterBootstrapMean({ sums, counts }, undefined, { average, draws, seed }), expected);
    }
  });

  it("is bootstrapMean when every item is a cluster of its own", () => {
    expect(clusterBootstrapMean(values, undefined, { draws: 50 })).toEqual(bootstrapMean(values, { draws: 50 }));
  });

  it("refuses what has no clusters", () => {
    expect(() => clusterBootstrapMean([], [])).toThrow(UndefinedMetricError);
    expect(() => clusterBootstrapMean([1], [0, 1])).toThrow(ShapeError);
    expect(() => clusterBootstrapMean([1], [-1])).toThrow(LabelError);
    expect(() => clusterBootstrapMean({ sums: [1], counts: [-1] })).toThrow("counts[0] is -1, expected 0 or more");
    expect(() => clusterBootstrapMean([1], [0], { average: "mean" as "micro" })).toThrow(OptionError);
  });
});

describe("pairedBootstrapDifference", () => {
  it("resamples items with both of their values", () => {
    const a = [1, 1, 0, 1, 0];
    const b = [0, 1, 0, 0, 1];
    const differences = a.map((value, i) => value - b[i]!);
    expect(pairedBootstrapDifference(a, b, { seed: 4 })).toEqual(bootstrapMean(differences, { seed: 4 }));
    const clusters = [0, 0, 1, 1, 2];
    expect(pairedBootstrapDifference(a, b, { clusters, average: "macro" })).toEqual(
      clusterBootstrapMean(differences, clusters, { average: "macro" }),
    );
    expect(() => pairedBootstrapDifference([1], [1, 2])).toThrow("b has shape [2], expected [1]");
  });
});

describe("pairedPermutationTest", () => {
  it.each(goldens.permutation)(
    "equals scipy's exact test: $name, $alternative",
    ({ a, b, alternative, ...expected }) => {
      const result = pairedPermutationTest(a, b, { alternative });
      expect(result.exact).toBe(true);
      expectClose([result.difference, result.pValue], [expected.difference, expected.pValue], TOLERANCE);
    },
  );

  it("counts patterns by hand", () => {
    expect(pairedPermutationTest([3, 4, 5], [1, 1, 1])).toEqual({
      difference: 3,
      pValue: 0.25,
      exact: true,
      draws: 8,
      seed: 0,
      alternative: "two-sided",
    });
  });

  it("comes close to the exact p-value with random patterns, and is never 0", () => {
    // 4 standard errors of a share of 2,000 draws are at most 0.045.
    for (const { a, b, alternative, pValue } of goldens.permutation) {
      if (a.every((value, i) => value === b[i])) continue;
      const patterns = 2 ** a.filter((value, i) => value !== b[i]).length;
      const few = pairedPermutationTest(a, b, { alternative, draws: Math.min(2000, patterns - 1) });
      expect(few.exact).toBe(false);
      expect(few.pValue).toBeGreaterThan(0);
      if (patterns > 2000) expect(Math.abs(few.pValue - pValue)).toBeLessThan(0.045);
    }
    const [large, small] = [new Float64Array(100).fill(1), new Float64Array(100)];
    expect(pairedPermutationTest(large, small, { draws: 999 }).pValue).toBe(1 / 1000);
  });

  it("swaps whole clusters", () => {
    const result = pairedPermutationTest([1, 1, 1, 1], [0, 0, 0, 0], { clusters: [0, 0, 1, 1] });
    expect(result).toMatchObject({ difference: 1, pValue: 0.5, exact: true, draws: 4 });
  });

  it("does not let rounding split a tie", () => {
    // 0.1 + 0.2 - 0.3 is 5.6e-17 and the swap of all three -5.6e-17; both stand for 0, which 5 of 8 sums reach.
    expect(pairedPermutationTest([0.1, 0.2, 0], [0, 0, 0.3], { alternative: "greater" }).pValue).toBe(5 / 8);
  });

  it("refuses what it cannot compare", () => {
    expect(() => pairedPermutationTest([], [])).toThrow(UndefinedMetricError);
    expect(() => pairedPermutationTest([1], [1, 2])).toThrow(ShapeError);
    expect(() => pairedPermutationTest([1], [2], { alternative: "more" as "less" })).toThrow(OptionError);
    expect(() => pairedPermutationTest([1], [2], { draws: 2 ** 40 })).toThrow(OptionError);
  });
});

it("clusterBootstrapMeans gives both averages, each as if it were asked for alone", () => {
  const totals = { sums: [5, 1, 4, 2, 8, 0], counts: [9, 2, 7, 5, 8, 0] };
  const options = { draws: 300, seed: 5, level: 0.9 };
  for (const clusters of [undefined, [0, 1, 1, 2, 3, 3]]) {
    expect(clusterBootstrapMeans(totals, clusters, options)).toEqual({
      micro: clusterBootstrapMean(totals, clusters, { ...options, average: "micro" }),
      macro: clusterBootstrapMean(totals, clusters, { ...options, average: "macro" }),
    });
  }
  expect(() => clusterBootstrapMeans([])).toThrow("clusterBootstrapMeans is undefined: there are no values");
});

describe("resamples that are kept between calls", () => {
  const sums = [5, 1, 4, 2, 8];
  const counts = [9, 2, 7, 5, 8];

  /** The draws straight from the generator: what the kept table must not change. */
  function naiveInterval(clusters: number, draws: number, seed: number): readonly number[] {
    const random = xoshiro128(seed);
    const means = Array.from({ length: draws }, () => {
      const picked = Array.from({ length: clusters }, () => random.nextBelow(clusters));
      const total = (values: readonly number[]) => picked.reduce((sum, c) => sum + values[c]!, 0);
      return total(sums) / total(counts);
    });
    return [(1 - 0.95) / 2, (1 + 0.95) / 2].map((q) => quantile(means, q));
  }

  it.each<[number, number, number]>([
    [5, 50, 1],
    [5, 20, 1],
    [5, 50, 2],
    [3, 50, 2],
    [5, 60, 2],
    [4, 300_000, 2],
    [5, 60, 2],
    ...[1, 2, 3, 4, 5].flatMap((n): [number, number, number][] => [
      [n, 40, 3],
      [n, 40, 4],
    ]),
    [5, 60, 2],
  ])(
    "are those of the generator for %i clusters, %i draws and seed %i, whatever was asked before",
    (n, draws, seed) => {
      const { low, high } = clusterBootstrapMean({ sums: sums.slice(0, n), counts: counts.slice(0, n) }, undefined, {
        draws,
        seed,
      });
      expect([low, high]).toEqual(naiveInterval(n, draws, seed));
    },
  );
});

it("quantile of any values is that of the sorted values", () => {
  const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true }));
  const ofSorted = (values: readonly number[], q: number) => {
    const sorted = [...values].sort((a, b) => a - b);
    const position = (sorted.length - 1) * q;
    const [low, high] = [sorted[Math.floor(position)]!, sorted[Math.ceil(position)]!];
    const fraction = position - Math.floor(position);
    return fraction < 0.5 ? low + (high - low) * fraction : high - (high - low) * (1 - fraction);
  };
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 60 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, q) => {
        expect(quantile(values, q) + 0).toBe(ofSorted(values, q) + 0);
      },
    ),
    { seed: 1, numRuns: 2000 },
  );
});
