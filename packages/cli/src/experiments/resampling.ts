import {
  type BootstrapDistribution,
  type BootstrapResamples,
  bootstrapDistributionInterval,
  bootstrapResamples,
  xoshiro128,
} from "@irec/metrics";
import type { ClipUnits } from "../ground-truth/clip-units.ts";
import type { Interval, ResampledUnit } from "../results/results.ts";

/** Level of every confidence interval. */
export const INTERVAL_LEVEL = 0.95;

/** Resamples of rows, and what is drawn. */
export interface Resampling {
  readonly resamples: BootstrapResamples;
  readonly unit: ResampledUnit;
}

/** Draws the clips of a ground truth, the same for every model and experiment, so that their numbers are paired. */
export class ClipResampling {
  readonly #options: { readonly draws: number; readonly seed: number };
  #last: { readonly units: ClipUnits; readonly resampling: Resampling } | undefined;

  constructor(options: { readonly draws: number; readonly seed: number }) {
    this.#options = options;
  }

  /** @param units - what is drawn; its groups by row */
  of(units: ClipUnits): Resampling {
    const last = this.#last;
    if (last !== undefined && isSame(last.units, units)) return last.resampling;
    const { unit, groups } = drawable(units, this.#options.seed);
    const resamples = bootstrapResamples(groups.length, { ...this.#options, clusters: groups });
    const resampling = { resamples, unit };
    this.#last = { units, resampling };
    return resampling;
  }
}

const isSame = (a: ClipUnits, b: ClipUnits): boolean =>
  a.unit === b.unit && a.groups.length === b.groups.length && a.groups.every((group, row) => group === b.groups[row]);

/** The interval of a distribution; null when none of its resamples has a value, or there is none. */
export function intervalOf(distribution: BootstrapDistribution | undefined, unit: ResampledUnit): Interval | null {
  if (distribution === undefined || distribution.statistics.every(Number.isNaN)) return null;
  const { low, high, level, undefinedDraws } = bootstrapDistributionInterval(distribution, { level: INTERVAL_LEVEL });
  return { low, high, level, unit, ...(undefinedDraws > 0 ? { undefinedDraws } : {}) };
}

/** The interval of a number that every resample has. */
export function definedInterval(distribution: BootstrapDistribution, unit: ResampledUnit): Interval {
  return intervalOf(distribution, unit)!;
}

/**
 * More units than can be drawn one by one in reasonable time are thrown into groups at random, which leaves an interval what it
 * was: the groups are as independent as the clips are.
 */
function drawable({ unit, groups }: ClipUnits, seed: number): { unit: ResampledUnit; groups: Int32Array } {
  const units = groups.reduce((most, group) => Math.max(most, group), 0) + 1;
  if (units <= MOST_UNITS) return { unit, groups };
  const random = xoshiro128(seed);
  const thrown = Int32Array.from({ length: units }, () => random.nextBelow(MOST_UNITS));
  return {
    unit: `random group of ${unit === "clip" ? "clips" : "instrument-pitch groups"}`,
    groups: groups.map((group) => thrown[group]!),
  };
}

/** Weights of so many units, for 16 draws at a time, take 1 MiB and stay in the cache. */
const MOST_UNITS = 2 ** 14;
