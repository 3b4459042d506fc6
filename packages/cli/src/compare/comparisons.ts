import type { Verdict } from "@irec/metrics";
import type { AudioRule, Interval, TripletRule } from "../results/results.ts";
import type { Space } from "../store/embedding-store.ts";

/** The version of comparison.json; its schema is `schema/comparison.schema.json` of this package. */
export const COMPARISON_SCHEMA_VERSION = "1.0.0";

/** The experiments whose clips or triplets are kept. */
export const COMPARED_EXPERIMENTS = ["zero-shot", "audio-only", "triplets"] as const;
export type ComparedExperiment = (typeof COMPARED_EXPERIMENTS)[number];

/** What is compared on clips; of triplets it is their accuracy. */
export const CLIP_MEASURES = ["top-1", "balanced-accuracy", "f1-weighted", "roc-auc", "average-precision"] as const;
export type ClipMeasure = (typeof CLIP_MEASURES)[number];
export const TRIPLET_MEASURE = "triplet-accuracy";

/** How a p-value was computed. */
export const TESTS = ["mcnemar", "sign-flip", "bootstrap"] as const;
export type Test = (typeof TESTS)[number];

/** What `irec compare` finds out. */
export interface Comparisons {
  readonly schemaVersion: typeof COMPARISON_SCHEMA_VERSION;
  readonly provenance: {
    /** The command line after `irec`; empty when the library was called from a program. */
    readonly command: readonly string[];
    readonly packages: Readonly<Record<string, string>>;
    /** Each run with the sha256 of its results.json. */
    readonly runs: readonly { readonly run: string; readonly sha256: string }[];
  };
  /** True when any of the runs is of drawn embeddings. */
  readonly synthetic: boolean;
  readonly alpha: number;
  /** Of intervals: 1 - alpha. */
  readonly level: number;
  readonly seed: number;
  readonly draws: number;
  /** The tests that Holm's correction takes together: one family an experiment. */
  readonly families: readonly { readonly experiment: ComparedExperiment; readonly tests: number }[];
  readonly comparisons: readonly Comparison[];
  /** What was not compared, or only in part, and why. */
  readonly notes: readonly string[];
}

/** One measure of a against b on what both scored. */
export interface Comparison {
  readonly experiment: ComparedExperiment;
  readonly a: ComparedSide;
  readonly b: ComparedSide;
  readonly space?: Space;
  readonly rule?: AudioRule | TripletRule;
  readonly measure: ClipMeasure | typeof TRIPLET_MEASURE;
  /** Clips or triplets: how many both have, which are compared, and how many only one has. */
  readonly items: {
    readonly kind: "clips" | "triplets";
    readonly shared: number;
    readonly onlyA: number;
    readonly onlyB: number;
  };
  readonly scoreA: number;
  readonly scoreB: number;
  /** scoreA - scoreB. */
  readonly difference: number;
  readonly interval: Interval;
  /** How many items only a, and only b, has right; where an item is right or wrong. */
  readonly discordant?: { readonly onlyA: number; readonly onlyB: number };
  readonly test: Test;
  readonly pValue: number;
  /** By Holm's method, within the experiment. */
  readonly adjustedPValue: number;
  /** Cohen's h of two proportions; null for measures that are none. */
  readonly cohensH: number | null;
  readonly verdict: Verdict;
  readonly sentence: string;
}

export interface ComparedSide {
  readonly run: string;
  readonly model: string;
  readonly promptSet?: string;
}
