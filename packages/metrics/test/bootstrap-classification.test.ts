import fc from "fast-check";
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import {
  averagePrecisionPerClass,
  type BootstrapDistribution,
  type BootstrappedClassification,
  type BootstrapResamples,
  balancedAccuracy,
  bootstrapClassification,
  bootstrapClassificationSteps,
  bootstrapDifference,
  bootstrapDistributionInterval,
  bootstrapMean,
  bootstrapMedian,
  bootstrapRatio,
  bootstrapResamples,
  clusterBootstrapMean,
  f1Scores,
  LabelError,
  macroAverage,
  majorityBaseline,
  NotFiniteError,
  OptionError,
  type PerClass,
  pairedBootstrapDifference,
  quantile,
  rocAucPerClass,
  ShapeError,
  topKAccuracy,
  UndefinedMetricError,
  xoshiro128,
} from "../src/index.ts";
import { PackedResamples } from "../src/statistics/bootstrap-resamples.ts";
import { risingOrder } from "../src/statistics/rising-order.ts";
import { golden, TOLERANCE } from "./golden.ts";
import { expectClose, layouts, matrix } from "./layouts.ts";

interface Numbers {
  topK: number[];
  f1Weighted: number;
  f1Macro: number;
  balancedAccuracy: number;
  majorityBaseline: number;
  rocAucMacro: number | null;
  averagePrecisionMacro: number | null;
  rocAucMacroSkip: number | null;
  averagePrecisionMacroSkip: number | null;
  perClass: {
    recall: (number | null)[];
    f1: number[];
    rocAuc: (number | null)[];
    averagePrecision: (number | null)[];
  };
}
interface Case {
  name: string;
  scores: number[][];
  labels: number[];
  clusters: number[];
  draws: number;
  seed: number;
  estimate: Numbers;
  counts: number[][];
  expected: Numbers[];
}
const { cases } = golden<{ cases: Case[] }>("bootstrap");

/** One number of the sample and of every draw, in one list. */
const series = ({ estimate, statistics }: BootstrapDistribution) => [estimate, ...statistics];
/** The draws of the rows, repeats written out. */
const drawnRows = (resamples: BootstrapResamples, draw: number) =>
  [...resamples.weightsOf(draw)].flatMap((weight, row) => new Array<number>(weight).fill(row));

describe("bootstrapClassification", () => {
  it.each(cases)("equals scikit-learn on the same resampled rows: $name", (given) => {
    const { scores, labels, clusters, draws, seed, counts } = given;
    const resamples = bootstrapResamples(labels.length, { draws, seed, clusters });
    expect(Array.from({ length: draws }, (_, draw) => [...resamples.weightsOf(draw)])).toEqual(counts);

    const options = { ks: [3, 1, 2], perClass: true } as const;
    const ours = bootstrapClassification(matrix(scores), labels, resamples, options);
    const skipping = bootstrapClassification(matrix(scores), labels, resamples, { ...options, absent: "skip" });
    const check = (distribution: BootstrapDistribution, of: (numbers: Numbers) => number | null) =>
      expectClose(series(distribution), [given.estimate, ...given.expected].map(of), TOLERANCE);

    for (const k of [1, 2, 3]) check(ours.topK.get(k)!, ({ topK }) => topK[k - 1]!);
    for (const name of ["f1Weighted", "f1Macro", "balancedAccuracy", "majorityBaseline"] as const) {
      check(ours[name], (numbers) => numbers[name]);
      check(skipping[name], (numbers) => numbers[name]);
    }
    for (const name of ["rocAucMacro", "averagePrecisionMacro"] as const) {
      check(ours[name], (numbers) => numbers[name]);
      check(skipping[name], (numbers) => numbers[`${name}Skip`]);
    }
    for (const name of ["recall", "f1", "rocAuc", "averagePrecision"] as const) {
      for (const [c, distribution] of ours.perClass![name].entries()) {
        check(distribution!, ({ perClass }) => perClass[name][c]!);
      }
    }
    expect(bootstrapDistributionInterval(ours.rocAucMacro).undefinedDraws).toBe(
      given.expected.filter(({ rocAucMacro }) => rocAucMacro === null).length,
    );
  });

  /** What the other functions of this package say about rows that are written out. */
  function naive(scores: number[][], labels: number[], ks: readonly number[]) {
    const view = matrix(scores);
    const predictions = scores.map((row) => row.indexOf(Math.max(...row)));
    const f1 = f1Scores(labels, predictions, { classes: scores[0]!.map((_, c) => c) });
    const [auc, precision] = [rocAucPerClass(view, labels), averagePrecisionPerClass(view, labels)];
    const over = (metric: PerClass) =>
      metric.definedClasses.length === 0 ? Number.NaN : macroAverage(metric, { absent: "skip" });
    return {
      topK: ks.map((k) => topKAccuracy(view, labels, k)),
      macros: [f1.weighted, f1.macro, balancedAccuracy(labels, predictions), over(auc), over(precision)],
      baseline: majorityBaseline(labels, scores[0]!.length).accuracy,
      perClass: { auc: auc.perClass, precision: precision.perClass, f1: f1.perClass, recall: f1.recall },
    };
  }

  const at = (result: BootstrappedClassification, draw: number, ks: readonly number[]) => {
    const { perClass } = result;
    const ofClass = (list: readonly (BootstrapDistribution | undefined)[]) =>
      list.map((distribution) => distribution?.statistics[draw] ?? Number.NaN);
    return {
      topK: ks.map((k) => result.topK.get(k)!.statistics[draw]),
      macros: [
        result.f1Weighted,
        result.f1Macro,
        result.balancedAccuracy,
        result.rocAucMacro,
        result.averagePrecisionMacro,
      ].map(({ statistics }) => statistics[draw]),
      baseline: result.majorityBaseline.statistics[draw],
      perClass: {
        auc: Float64Array.from(ofClass(perClass!.rocAuc)),
        precision: Float64Array.from(ofClass(perClass!.averagePrecision)),
        f1: Float64Array.from(ofClass(perClass!.f1)),
        recall: perClass!.recall.map((distribution) => {
          const value = distribution?.statistics[draw] ?? 0;
          return Number.isNaN(value) ? 0 : value;
        }),
      },
    };
  };

  const item = fc.record({
    scores: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 4, maxLength: 4 }),
    label: fc.integer({ min: 0, max: 3 }),
    cluster: fc.integer({ min: 0, max: 5 }),
  });
  const samples = fc
    .array(item, { minLength: 2, maxLength: 25 })
    .filter((items) => items.some(({ label }) => label !== items[0]!.label));

  it("equals, to the last bit, every metric of the repeated rows, with ties, absent classes and clusters", () => {
    fc.assert(
      fc.property(samples, fc.boolean(), fc.integer({ min: 0, max: 99 }), (items, clustered, seed) => {
        const scores = items.map((row) => row.scores);
        const labels = items.map(({ label }) => label);
        const clusters = items.map(({ cluster }) => cluster);
        const resamples = bootstrapResamples(items.length, { draws: 37, seed, ...(clustered ? { clusters } : {}) });
        const ks = [1, 2, 4, 9];
        const result = bootstrapClassification(matrix(scores), labels, resamples, {
          ks,
          absent: "skip",
          perClass: true,
        });
        for (let draw = 0; draw < 37; draw++) {
          const rows = drawnRows(resamples, draw);
          const expected = naive(
            rows.map((row) => scores[row]!),
            rows.map((row) => labels[row]!),
            ks,
          );
          const recall = Array.from(expected.perClass.recall);
          expect(at(result, draw, ks)).toEqual({ ...expected, perClass: { ...expected.perClass, recall } });
        }
      }),
      { numRuns: 40 },
    );
  });

  it("equals the metrics of the repeated rows for samples of more than 8,191 rows, whose weights are packed wider", () => {
    const n = 9000;
    const random = xoshiro128(1);
    const labels = Array.from({ length: n }, () => random.nextBelow(3));
    const scores = labels.map((label) => [0, 1, 2].map((c) => random.nextBelow(500) + (c === label ? 50 : 0)));
    const resamples = bootstrapResamples(n, { draws: 18, seed: 2 });
    const result = bootstrapClassification(matrix(scores), labels, resamples, { ks: [1, 2], perClass: true });
    for (const draw of [0, 1, 15, 16, 17]) {
      const rows = drawnRows(resamples, draw);
      const expected = naive(
        rows.map((row) => scores[row]!),
        rows.map((row) => labels[row]!),
        [1, 2],
      );
      const recall = Array.from(expected.perClass.recall);
      expect(at(result, draw, [1, 2])).toEqual({ ...expected, perClass: { ...expected.perClass, recall } });
    }
  });

  it("comes in steps that say how much is done", () => {
    const [{ scores, labels }] = cases as [Case];
    const resamples = bootstrapResamples(labels.length, { draws: 70 });
    const steps = bootstrapClassificationSteps(matrix(scores), labels, resamples);
    const shares: number[] = [];
    let step = steps.next();
    for (; !step.done; step = steps.next()) shares.push(step.value);
    // Five classes sorted, then blocks of 32 draws.
    expect(shares).toEqual([0, 0, 0, 0, 0, 32 / 70, 64 / 70, 1]);
    expect(step.value).toEqual(bootstrapClassification(matrix(scores), labels, resamples));
  });

  it("takes any layout of the scores", () => {
    const [{ scores, labels }] = cases as [Case];
    const resamples = bootstrapResamples(labels.length, { draws: 5 });
    const [first, ...others] = layouts(scores).map(([, view]) => bootstrapClassification(view, labels, resamples));
    for (const other of others) expect(other).toEqual(first);
  });

  it("refuses what it cannot resample", () => {
    const view = matrix([
      [1, 0],
      [0, 1],
    ]);
    const resamples = bootstrapResamples(2);
    expect(() => bootstrapClassification(view, [0, 1], bootstrapResamples(3))).toThrow(ShapeError);
    expect(() => bootstrapClassification(view, [0, 1], bootstrapResamples(3))).toThrow(
      "scores has shape [2], expected [3], one value for each entry of resamples",
    );
    expect(() => bootstrapClassification(view, [0, 1], {} as BootstrapResamples)).toThrow(
      "resamples is an Object, expected what bootstrapResamples returned",
    );
    expect(() => bootstrapClassification(view, [0, 2], resamples)).toThrow(LabelError);
    expect(() => bootstrapClassification(matrix([[Number.NaN], [1]]), [0, 0], resamples)).toThrow(NotFiniteError);
    expect(() => bootstrapClassification(view, [0, 0], resamples)).toThrow(UndefinedMetricError);
    expect(() => bootstrapClassification(view, [0, 1], resamples, { ks: [0] })).toThrow(OptionError);
    expect(() => bootstrapClassification(view, [0, 1], resamples, { absent: "error" as "skip" })).toThrow(OptionError);
  });
});

describe("bootstrapResamples", () => {
  it("are the resamples of bootstrapInterval and of clusterBootstrapMean", () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6];
    const clusters = [7, 7, 7, 2, 2, 9, 4, 4];
    const options = { draws: 77, seed: 11 };
    const { draws, seed, level, ...alone } = bootstrapMean(values, options);
    expect(bootstrapDistributionInterval(bootstrapRatio(values, bootstrapResamples(8, options)))).toEqual({
      ...alone,
      draws,
      seed,
      level,
      undefinedDraws: 0,
    });
    expect(
      bootstrapDistributionInterval(bootstrapRatio(values, bootstrapResamples(8, { ...options, clusters }))),
    ).toMatchObject(clusterBootstrapMean(values, clusters, options));
  });

  it("may have clusters whose resamples are larger than the sample, by far", () => {
    const sizes = [9000, ...new Array<number>(9).fill(1)];
    const clusters = sizes.flatMap((size, cluster) => new Array<number>(size).fill(cluster));
    const values = clusters.map((cluster) => (cluster === 0 ? 1 : 0));
    const resamples = bootstrapResamples(values.length, { draws: 40, clusters });
    expect(resamples.units).toBe(10);
    expect(bootstrapDistributionInterval(bootstrapRatio(values, resamples))).toMatchObject(
      clusterBootstrapMean(values, clusters, { draws: 40 }),
    );
  });

  it("are the same when there are too many to keep", () => {
    const values = Float64Array.from({ length: 50 }, (_, i) => i % 2);
    const kept = bootstrapResamples(50, { draws: 100, seed: 4 });
    const drawnAnew = new PackedResamples(50, 100, 4, undefined, 50 * 8 * 4 - 1);
    for (let time = 0; time < 2; time++) {
      expect(bootstrapRatio(values, drawnAnew).statistics).toEqual(bootstrapRatio(values, kept).statistics);
    }
    expect(drawnAnew.weightsOf(99)).toEqual(kept.weightsOf(99));
  });

  it("refuse what cannot be drawn", () => {
    expect(() => bootstrapResamples(0)).toThrow(UndefinedMetricError);
    expect(() => bootstrapResamples(2 ** 26)).toThrow(OptionError);
    expect(() => bootstrapResamples(2, { draws: 0 })).toThrow(OptionError);
    expect(() => bootstrapResamples(2, { clusters: [0] })).toThrow(ShapeError);
    expect(() => bootstrapResamples(2, { clusters: [0, -1] })).toThrow(LabelError);
    expect(() => bootstrapResamples(2).weightsOf(1000)).toThrow("draw is 1000, expected an integer of at least 0");
  });
});

describe("bootstrapRatio and bootstrapMedian", () => {
  const values = [0.5, -1, 3, 3, 8, 2.25, 0, 7];
  const within = [1, 0, 0, 1, 1, 0, 0, 0];
  const resamples = bootstrapResamples(8, { draws: 200, seed: 9 });
  const expectedOf = (statistic: (rows: number[]) => number) =>
    Array.from({ length: 200 }, (_, draw) => statistic(drawnRows(resamples, draw)));
  const total = (rows: number[], of: number[]) => rows.reduce((sum, row) => sum + of[row]!, 0);

  it("have no value in a resample without denominators, which is counted and left out", () => {
    const inside = values.map((value, i) => value * within[i]!);
    const ratio = bootstrapRatio(inside, resamples, within);
    const expected = expectedOf((rows) => total(rows, inside) / total(rows, within));
    expectClose(ratio.statistics, expected, TOLERANCE);
    const defined = expected.filter((value) => !Number.isNaN(value));
    const { estimate, low, high, undefinedDraws } = bootstrapDistributionInterval(ratio, { level: 0.9 });
    expect(undefinedDraws).toBe(200 - defined.length);
    expect(undefinedDraws).toBeGreaterThan(0);
    expectClose([estimate, low, high], [11.5 / 3, quantile(defined, 0.05), quantile(defined, 0.95)], TOLERANCE);
  });

  it("take the middle two of a resample with an even number of items", () => {
    for (const clusters of [undefined, [0, 0, 0, 1, 1, 2, 3, 3]]) {
      const drawn = bootstrapResamples(8, { draws: 50, ...(clusters === undefined ? {} : { clusters }) });
      const median = bootstrapMedian(values, drawn);
      const expected = Array.from({ length: 50 }, (_, draw) =>
        quantile(
          drawnRows(drawn, draw).map((row) => values[row]!),
          0.5,
        ),
      );
      expect(series(median)).toEqual([quantile(values, 0.5), ...expected]);
    }
  });

  it("refuse denominators that are negative or nothing at all", () => {
    expect(() => bootstrapRatio(values, resamples, [-1, 1, 1, 1, 1, 1, 1, 1])).toThrow("denominators[0] is -1");
    expect(() => bootstrapRatio(values, resamples, new Array<number>(8).fill(0))).toThrow(UndefinedMetricError);
    expect(() => bootstrapRatio([1], resamples)).toThrow(ShapeError);
    expect(() => bootstrapMedian([Number.NaN], bootstrapResamples(1))).toThrow(NotFiniteError);
  });
});

describe("bootstrapDifference", () => {
  it("compares draw by draw, as pairedBootstrapDifference does for means", () => {
    const a = [1, 1, 0, 1, 0, 1, 1, 0, 1, 1];
    const b = [0, 1, 0, 0, 1, 0, 1, 0, 0, 1];
    const resamples = bootstrapResamples(10, { draws: 500, seed: 4 });
    const difference = bootstrapDifference(bootstrapRatio(a, resamples), bootstrapRatio(b, resamples), { level: 0.9 });
    const { estimate, low, high } = pairedBootstrapDifference(a, b, { draws: 500, seed: 4, level: 0.9 });
    expectClose([difference.estimate, difference.low, difference.high], [estimate, low, high], TOLERANCE);
  });

  it("has a p-value that counts the resamples on the other side of 0, and one more", () => {
    const resamples = bootstrapResamples(2, { draws: 3 });
    const of = (...statistics: number[]): BootstrapDistribution => ({
      estimate: statistics[0]!,
      statistics: Float64Array.from(statistics),
      resamples,
    });
    const zero = of(0, 0, 0);
    expect(bootstrapDifference(of(1, 2, 3), zero).pValue).toBe(2 / 4);
    expect(bootstrapDifference(of(1, 2, -3), zero).pValue).toBe(1);
    expect(bootstrapDifference(zero, zero).pValue).toBe(1);
    expect(bootstrapDifference(of(1, Number.NaN, 3), zero)).toMatchObject({ pValue: 2 / 3, undefinedDraws: 1 });
    expect(() => bootstrapDifference(of(1, Number.NaN, 3), of(Number.NaN, 1, Number.NaN))).toThrow(
      "none of 3 resamples has a value",
    );
  });

  it("refuses distributions over different resamples", () => {
    const [a, b] = [bootstrapResamples(2), bootstrapResamples(2)].map((resamples) => bootstrapRatio([0, 1], resamples));
    expect(() => bootstrapDifference(a!, b!)).toThrow(/expected a distribution over the same resamples as a/);
    expect(() => bootstrapDifference(a!, a!, { level: 2 })).toThrow(OptionError);
    expect(() => bootstrapDistributionInterval(a!, { level: 0 })).toThrow(OptionError);
  });
});

it("a column of an ndarray is a vector of values", () => {
  const view = ndarray([1, 9, 0, 9, 1, 9], [3, 2]);
  const resamples = bootstrapResamples(3, { draws: 10 });
  expect(bootstrapRatio(view.pick(null, 0), resamples)).toEqual(bootstrapRatio([1, 0, 1], resamples));
});

it("the order of values equals a stable sort by comparison, with -0, infinitesimals and ties", () => {
  const value = fc.oneof(
    fc.constantFrom(0, -0, 5e-324, -5e-324, 1, -1, 1.7e308, -1.7e308),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: -300, max: 300 }),
  );
  fc.assert(
    fc.property(fc.array(value, { maxLength: 80 }), (values) => {
      const expected = [...values.keys()].sort((i, j) => (values[i]! === values[j]! ? i - j : values[i]! - values[j]!));
      expect([...risingOrder(Float64Array.from(values))]).toEqual(expected);
    }),
    { seed: 1, numRuns: 500 },
  );
});
