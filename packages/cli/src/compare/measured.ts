import type { DifferenceInterval } from "@irec/metrics";
import type { Interval, ResampledUnit } from "../results/results.ts";
import type { Comparison } from "./comparisons.ts";

/** How intervals and p-values are computed. */
export interface TestOptions {
  readonly level: number;
  readonly draws: number;
  readonly seed: number;
}

/** One measure on both sides, before its p-value is corrected. */
export type Measured = Pick<
  Comparison,
  "scoreA" | "scoreB" | "difference" | "interval" | "discordant" | "test" | "pValue" | "cohensH"
>;

/** A difference as comparison.json has intervals. */
export function asInterval({ low, high, level, undefinedDraws }: DifferenceInterval, unit: ResampledUnit): Interval {
  return { low, high, level, unit, ...(undefinedDraws > 0 ? { undefinedDraws } : {}) };
}
