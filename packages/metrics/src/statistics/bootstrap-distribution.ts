import { OptionError, UndefinedMetricError } from "../errors.ts";
import { type BootstrapInterval, intervalOf, readLevel } from "./bootstrap.ts";
import type { BootstrapResamples } from "./bootstrap-resamples.ts";

/** A number of the sample and of each of its resamples. */
export interface BootstrapDistribution {
  /** The number of the items themselves. */
  readonly estimate: number;
  /** The number of each resample, shape [draws]; NaN where it has none, such as recall of a class that was not drawn. */
  readonly statistics: Float64Array;
  /** What it was computed on. */
  readonly resamples: BootstrapResamples;
}

/** An interval, and how many resamples had no value. */
export interface DistributionInterval extends BootstrapInterval {
  /** Resamples without a value; interval and standard error are those of the others. */
  readonly undefinedDraws: number;
}

/** An interval of a difference, and a test of its being 0. */
export interface DifferenceInterval extends DistributionInterval {
  /**
   * Two-sided: twice the smaller of the shares of resamples on either side of 0, which count 0 itself and one resample
   * more; at most 1, never 0.
   */
  readonly pValue: number;
}

/**
 * The percentile interval of a bootstrap distribution. Resamples without a value are left out, and counted.
 * @param options - `level`: coverage, in (0, 1); 0.95 when left out
 * @throws {OptionError} when level is out of range, or what came is no distribution
 * @throws {UndefinedMetricError} when no resample has a value
 * @example
 * const { f1Weighted } = bootstrapClassification(scores, labels, bootstrapResamples(labels.length));
 * const { estimate, low, high } = bootstrapDistributionInterval(f1Weighted);
 * @see Efron 1979, "Bootstrap methods: another look at the jackknife"
 */
export function bootstrapDistributionInterval(
  distribution: BootstrapDistribution,
  { level = 0.95 }: { readonly level?: number } = {},
): DistributionInterval {
  checkDistribution("distribution", distribution);
  const { estimate, statistics, resamples } = distribution;
  return summarise("bootstrapDistributionInterval", estimate, statistics.slice(), resamples, readLevel(level));
}

/**
 * The percentile interval of a - b, draw by draw on the same resamples, with the p-value that goes with it: below
 * 1 - level when 0 is outside the interval, up to one resample.
 * @param options - `level`: coverage, in (0, 1); 0.95 when left out
 * @throws {OptionError} when level is out of range, or a and b come from different resamples
 * @throws {UndefinedMetricError} when no resample has a value for both
 * @example bootstrapDifference(clap.rocAucMacro, muscall.rocAucMacro) // { estimate, low, high, pValue, ... }
 * @see Davison & Hinkley 1997, "Bootstrap methods and their application", sections 4.4 and 5.3.1
 */
export function bootstrapDifference(
  a: BootstrapDistribution,
  b: BootstrapDistribution,
  { level = 0.95 }: { readonly level?: number } = {},
): DifferenceInterval {
  checkDistribution("a", a);
  checkDistribution("b", b);
  if (a.resamples !== b.resamples) {
    throw new OptionError("b", b, "a distribution over the same resamples as a; pass both the same bootstrapResamples");
  }
  const differences = a.statistics.map((value, i) => value - b.statistics[i]!);
  const checkedLevel = readLevel(level);
  let notAbove = 0;
  let notBelow = 0;
  for (const difference of differences) {
    if (difference <= 0) notAbove++;
    if (difference >= 0) notBelow++;
  }
  const interval = summarise("bootstrapDifference", a.estimate - b.estimate, differences, a.resamples, checkedLevel);
  const defined = interval.draws - interval.undefinedDraws;
  return { ...interval, pValue: Math.min(1, (2 * (Math.min(notAbove, notBelow) + 1)) / (defined + 1)) };
}

function checkDistribution(argument: string, value: BootstrapDistribution): void {
  if (!(typeof value === "object" && value !== null && value.statistics instanceof Float64Array)) {
    throw new OptionError(argument, value, "a bootstrap distribution, as bootstrapRatio returns");
  }
}

/** Reorders the statistics. */
function summarise(
  name: string,
  estimate: number,
  statistics: Float64Array,
  { draws, seed }: BootstrapResamples,
  level: number,
): DistributionInterval {
  let defined = 0;
  for (let i = 0; i < draws; i++) {
    const value = statistics[i]!;
    if (!Number.isNaN(value)) statistics[defined++] = value;
  }
  if (defined === 0) throw new UndefinedMetricError(name, `none of ${draws} resamples has a value`);
  const interval = intervalOf(name, estimate, { draws: defined, seed, level }, statistics.subarray(0, defined));
  return { ...interval, draws, undefinedDraws: draws - defined };
}
