import type { Space } from "../store/embedding-store.ts";
import type { Interval } from "./results.ts";

/**
 * What answers a clip, from the model itself to what its audio tower alone knows; docs/attribution.md says how each is made.
 *
 * - zero-shot: the model's own audio, projection and text
 * - orthogonal- and ridge-held-out: a map in place of the projection, which has not seen the two labels that it decides between
 * - orthogonal- and ridge-seen: the same map, fitted on all labels
 * - ideal-text-held-out: ridge-held-out with audio prototypes in place of the text vectors: what the test can find at most
 * - prototypes-pre-joint, -joint and -mapped: audio prototypes in place of the text; mapped by ridge-seen
 */
export const ATTRIBUTION_STEPS = [
  "zero-shot",
  "orthogonal-held-out",
  "ridge-held-out",
  "orthogonal-seen",
  "ridge-seen",
  "ideal-text-held-out",
  "prototypes-pre-joint",
  "prototypes-joint",
  "prototypes-mapped",
] as const;
export type AttributionStepName = (typeof ATTRIBUTION_STEPS)[number];

export const ATTRIBUTION_MEASURES = ["balanced-accuracy", "top-1"] as const;
export type AttributionMeasure = (typeof ATTRIBUTION_MEASURES)[number];

/** Whether stand-ins for the projection were asked about labels that they were fitted on. */
export const ATTRIBUTION_LABELS = ["held-out", "seen"] as const;
export type AttributionLabels = (typeof ATTRIBUTION_LABELS)[number];

export interface AttributionRow {
  readonly model: string;
  readonly promptSet: string;
  readonly clips: number;
  /** How many labels have clips; only these are asked for. */
  readonly labels: number;
  /** Of clips that prototypes and maps are not made of when they are asked about them. */
  readonly folds: { readonly kind: "official" | "seeded"; readonly count: number };
  /** Where the points are lost; the first, balanced accuracy with held-out labels, is the headline. */
  readonly ladders: readonly AttributionLadder[];
  readonly steps: readonly AttributionStep[];
  /** What the text tower knows of the ontology. */
  readonly text: readonly AttributionText[];
  /** Steps that could not be taken, and why. */
  readonly missing: readonly { readonly step: AttributionStepName; readonly reason: string }[];
}

/** zeroShot + projection + text + audio = 1; null where a step is missing. */
export interface AttributionLadder {
  readonly measure: AttributionMeasure;
  readonly labels: AttributionLabels;
  /** The score of the model itself. */
  readonly zeroShot: number | null;
  /** The best of the model's projection and its stand-ins, less zeroShot. */
  readonly projection: number | null;
  /** The best of these and of audio prototypes in place of text, less the best of these. */
  readonly text: number | null;
  /** 1 less the best of all. */
  readonly audio: number | null;
  readonly intervals: {
    readonly zeroShot: Interval | null;
    readonly projection: Interval | null;
    readonly text: Interval | null;
    readonly audio: Interval | null;
  };
}

export interface AttributionStep {
  readonly step: AttributionStepName;
  readonly balancedAccuracy: number;
  readonly top1: number;
  readonly intervals: { readonly balancedAccuracy: Interval; readonly top1: Interval };
}

/** Triplets by lowest common ancestor. */
export interface AttributionText {
  readonly space: Space;
  readonly triplets: number;
  readonly micro: number;
  readonly macro: number;
  readonly intervals: { readonly micro: Interval; readonly macro: Interval };
}
