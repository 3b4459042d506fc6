import { describe, expect, it } from "vitest";
import {
  type BootstrapDistribution,
  bootstrapClassification,
  bootstrapDifference,
  bootstrapDistributionInterval,
  bootstrapRatio,
  bootstrapResamples,
  clusterBootstrapMean,
  xoshiro128,
} from "../src/index.ts";
import { matrix } from "./layouts.ts";

/** Samples of a known population; the standard error of a coverage of 95 % is 0.4 %. */
const SAMPLES = 3000;
/** A second or two alone, more beside other tests. */
const TIMEOUT = 60_000;
const random = xoshiro128(1979);
const indices = (n: number) => Array.from({ length: n }, (_, i) => i);
/** Box and Muller's transform. */
const normal = () => Math.sqrt(-2 * Math.log(1 - random.nextDouble())) * Math.cos(2 * Math.PI * random.nextDouble());

/** The share of samples whose 95 % interval holds the truth of the population. */
function coverage(truth: number, sample: () => BootstrapDistribution): number {
  let covered = 0;
  for (let i = 0; i < SAMPLES; i++) {
    const { low, high } = bootstrapDistributionInterval(sample());
    if (low <= truth && truth <= high) covered++;
  }
  return covered / SAMPLES;
}

const expectNominal = (share: number) => {
  expect(share).toBeGreaterThan(0.93);
  expect(share).toBeLessThan(0.97);
};

describe("95 % intervals cover the truth in 93 to 97 % of samples", { timeout: TIMEOUT }, () => {
  it("accuracy of independent items", () => {
    const resamples = bootstrapResamples(200, { draws: 600 });
    const hits = () => Float64Array.from({ length: 200 }, () => (random.nextDouble() < 0.6 ? 1 : 0));
    expectNominal(coverage(0.6, () => bootstrapRatio(hits(), resamples)));
  });

  it("accuracy of items that are alike within clusters of 1 to 9, when whole clusters are drawn; far fewer when not", () => {
    const clusters = indices(80).flatMap((cluster) => new Array<number>(1 + (cluster % 9)).fill(cluster));
    const [whole, single] = [{ clusters }, {}].map((options) =>
      bootstrapResamples(clusters.length, { draws: 600, ...options }),
    );
    // A cluster's own accuracy is 0.2 or 0.9.
    const hits = () => {
      const accuracies = indices(80).map(() => (random.nextDouble() < 0.5 ? 0.2 : 0.9));
      return clusters.map((cluster) => (random.nextDouble() < accuracies[cluster]! ? 1 : 0));
    };
    expectNominal(coverage(0.55, () => bootstrapRatio(hits(), whole!)));
    expect(coverage(0.55, () => bootstrapRatio(hits(), single!))).toBeLessThan(0.85);
    // The same intervals as the function for means alone gives.
    const values = hits();
    expect(bootstrapDistributionInterval(bootstrapRatio(values, whole!))).toMatchObject(
      clusterBootstrapMean(values, clusters, { draws: 600 }),
    );
  });

  it("ROC-AUC of two normals a standard deviation apart", () => {
    const resamples = bootstrapResamples(120, { draws: 600 });
    const labels = indices(120).map((i) => (i < 50 ? 1 : 0));
    const sample = () => {
      const scores = labels.map((label) => normal() + label);
      const both = bootstrapClassification(matrix(scores.map((score) => [-score, score])), labels, resamples);
      return both.rocAucMacro;
    };
    // The chance that N(1, 1) exceeds N(0, 1): the normal distribution function at 1 / sqrt(2).
    expectNominal(coverage(0.7602499389065233, sample));
  });

  it("the difference of two accuracies on the same items", () => {
    const resamples = bootstrapResamples(200, { draws: 600 });
    let covered = 0;
    let rejected = 0;
    for (let i = 0; i < SAMPLES; i++) {
      // Both have 0.6, and agree more often than by chance.
      const shared = Float64Array.from({ length: 200 }, () => random.nextDouble());
      const hits = () => shared.map((value) => ((random.nextBelow(2) ? value : random.nextDouble()) < 0.6 ? 1 : 0));
      const [a, b] = [bootstrapRatio(hits(), resamples), bootstrapRatio(hits(), resamples)];
      const { low, high, pValue } = bootstrapDifference(a, b);
      if (low <= 0 && 0 <= high) covered++;
      if (pValue <= 0.05) rejected++;
    }
    expectNominal(covered / SAMPLES);
    expect(rejected / SAMPLES).toBeLessThan(0.07);
  });
});
