import { readFiniteVector, type Vector } from "../array-views.ts";
import { OptionError, UndefinedMetricError } from "../errors.ts";
import { checkInteger } from "../option-checks.ts";
import { quantileInPlace } from "./quantile.ts";
import { xoshiro128 } from "./random.ts";

/** Options of the bootstrap functions. */
export interface BootstrapOptions {
  /** How many resamples; 1000 when left out. */
  readonly draws?: number;
  /** Seed of the random stream, an integer in [0, 2³²); 0 when left out. */
  readonly seed?: number;
  /** Coverage of the interval, in (0, 1); 0.95 when left out. */
  readonly level?: number;
}

/** An estimate with its percentile interval. */
export interface BootstrapInterval {
  /** The statistic of the items themselves. */
  readonly estimate: number;
  /** The (1 - level) / 2 quantile of the resampled statistic. */
  readonly low: number;
  /** The (1 + level) / 2 quantile of the resampled statistic. */
  readonly high: number;
  /** Standard deviation of the resampled statistic, with divisor draws - 1; 0 for one draw. */
  readonly standardError: number;
  readonly draws: number;
  readonly seed: number;
  readonly level: number;
}

/**
 * The percentile bootstrap interval of any statistic of n independent items.
 *
 * A resample is n times `nextBelow(n)` of `xoshiro128(seed)`, one resample after the other; functions that share n, seed
 * and draws share their resamples. With one item the interval is that point.
 *
 * @param n - how many items, at least 1
 * @param statistic - from indices of items (repeats included) to a number; the array is reused between calls
 * @throws {OptionError} when n, draws, seed or level is out of range, or the statistic is no function
 * @throws {UndefinedMetricError} when the statistic returns NaN or an infinity, with the draw in the message
 * @example
 * const values = [1, 2, 3, 4, 5];
 * const mean = (indices: Int32Array) => indices.reduce((sum, i) => sum + values[i]!, 0) / indices.length;
 * bootstrapInterval(5, mean); // { estimate: 3, low: 1.8, high: 4.2, ... }
 * @see Efron 1979, "Bootstrap methods: another look at the jackknife"; scipy.stats.bootstrap, method="percentile"
 */
export function bootstrapInterval(
  n: number,
  statistic: (indices: Int32Array) => number,
  options: BootstrapOptions = {},
): BootstrapInterval {
  checkInteger("n", n, 1, MAX_ITEMS);
  if (typeof statistic !== "function") {
    throw new OptionError("statistic", statistic, "a function from indices of items to a number");
  }
  const settings = readBootstrapOptions(options);
  const indices = Int32Array.from({ length: n }, (_, i) => i);
  const estimate = statistic(indices);
  const random = xoshiro128(settings.seed);
  return percentileInterval("bootstrapInterval", estimate, settings, () => {
    for (let i = 0; i < n; i++) indices[i] = random.nextBelow(n);
    return statistic(indices);
  });
}

/**
 * The percentile bootstrap interval of the mean; the resamples of `bootstrapInterval`, faster.
 * @param values - shape [n], one per independent item
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {OptionError} when draws, seed or level is out of range
 * @throws {UndefinedMetricError} when there are no values
 * @example bootstrapMean([1, 2, 3, 4, 5]) // { estimate: 3, low: 1.8, high: 4.2, ... }
 * @see scipy.stats.bootstrap, method="percentile"
 */
export function bootstrapMean(values: Vector, options: BootstrapOptions = {}): BootstrapInterval {
  const data = Float64Array.from(readFiniteVector("values", values));
  return bootstrapMeanOf("bootstrapMean", data, readBootstrapOptions(options));
}

/** `bootstrapMean` of checked values under the name of the function that the caller asked for. */
export function bootstrapMeanOf(
  name: string,
  values: Float64Array,
  settings: Required<BootstrapOptions>,
): BootstrapInterval {
  const n = values.length;
  if (n === 0) throw new UndefinedMetricError(name, "there are no items");
  let total = 0;
  for (let i = 0; i < n; i++) total += values[i]!;
  const random = xoshiro128(settings.seed);
  return percentileInterval(name, total / n, settings, () => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[random.nextBelow(n)]!;
    return sum / n;
  });
}

/** Fills in the defaults of the bootstrap options and checks them. */
export function readBootstrapOptions({
  draws = 1000,
  seed = 0,
  level = 0.95,
}: BootstrapOptions): Required<BootstrapOptions> {
  checkInteger("draws", draws, 1);
  checkInteger("seed", seed, 0, 2 ** 32 - 1);
  return { draws, seed, level: readLevel(level) };
}

/** A coverage, checked. */
export function readLevel(level: number): number {
  if (!(level > 0 && level < 1)) throw new OptionError("level", level, "a number between 0 and 1, such as 0.95");
  return level;
}

/** Draws the statistic again and again and summarises it. */
export function percentileInterval(
  name: string,
  estimate: number,
  settings: Required<BootstrapOptions>,
  draw: () => number,
): BootstrapInterval {
  const statistics = new Float64Array(settings.draws);
  for (let i = 0; i < statistics.length; i++) statistics[i] = draw();
  return intervalOf(name, estimate, settings, statistics);
}

/** The interval of statistics that are already drawn, one a resample; reorders them. */
export function intervalOf(
  name: string,
  estimate: number,
  { draws, seed, level }: Required<BootstrapOptions>,
  statistics: Float64Array,
): BootstrapInterval {
  if (!Number.isFinite(estimate)) {
    throw new UndefinedMetricError(name, `the statistic of the items themselves is ${estimate}`);
  }
  let sum = 0;
  for (let i = 0; i < draws; i++) {
    const value = statistics[i]!;
    if (value - value !== 0) {
      throw new UndefinedMetricError(
        name,
        `the statistic of draw ${i} is ${value}; give it a value for every resample`,
      );
    }
    sum += value;
  }
  const mean = sum / draws;
  let squares = 0;
  for (let i = 0; i < draws; i++) squares += (statistics[i]! - mean) ** 2;
  return {
    estimate,
    low: quantileInPlace(statistics, (1 - level) / 2),
    high: quantileInPlace(statistics, (1 + level) / 2),
    standardError: draws === 1 ? 0 : Math.sqrt(squares / (draws - 1)),
    draws,
    seed,
    level,
  };
}

/** An index must fit into an Int32Array. */
const MAX_ITEMS = 2 ** 31 - 1;
