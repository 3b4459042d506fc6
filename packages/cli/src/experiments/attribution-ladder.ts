import type { BootstrapDistribution } from "@irec/metrics";
import type {
  AttributionLabels,
  AttributionLadder,
  AttributionMeasure,
  AttributionStepName,
} from "../results/analysis-rows.ts";
import type { ResampledUnit } from "../results/results.ts";
import { combined } from "./answer-scores.ts";
import { intervalOf } from "./resampling.ts";

/** One score of every step that could be taken, on the same resamples. */
export type StepScores = ReadonlyMap<AttributionStepName, BootstrapDistribution>;

const STAND_INS = {
  "held-out": ["orthogonal-held-out", "ridge-held-out"],
  seen: ["orthogonal-seen", "ridge-seen"],
} as const satisfies Record<AttributionLabels, readonly AttributionStepName[]>;

const PROTOTYPES = ["prototypes-pre-joint", "prototypes-joint", "prototypes-mapped"] as const;

/**
 * Where the points between the model's score and 1 are lost. Each rung is the best score with one more part of the model free to
 * be replaced: nothing, the projection, the text as well. The parts that the model has are among the candidates, so no rung is
 * below the one before, and the losses and the score sum to 1, in the sample and in every resample.
 */
export function attributionLadder(
  scores: StepScores,
  measure: AttributionMeasure,
  labels: AttributionLabels,
  unit: ResampledUnit,
): AttributionLadder {
  const present = (names: readonly AttributionStepName[]) =>
    names.flatMap((name) => (scores.has(name) ? [scores.get(name)!] : []));
  const zeroShot = scores.get("zero-shot");
  const standIns = present(STAND_INS[labels]);
  const prototypes = present(PROTOTYPES);
  // A stand-in that is missing may have been the best: then nothing is said about the rung that it belongs to.
  const freeProjection = standIns.length < 2 ? undefined : best([...(zeroShot ? [zeroShot] : []), ...standIns]);
  const isTextKnown = scores.has("prototypes-pre-joint");
  const freeText = isTextKnown ? best([...(freeProjection ? [freeProjection] : []), ...prototypes]) : undefined;
  const parts = {
    zeroShot,
    projection: zeroShot && freeProjection && difference(freeProjection, zeroShot),
    text: freeProjection && freeText && difference(freeText, freeProjection),
    audio: freeText && combined([freeText], ([score]) => 1 - score!),
  };
  const value = (part: BootstrapDistribution | undefined) => part?.estimate ?? null;
  return {
    measure,
    labels,
    zeroShot: value(parts.zeroShot),
    projection: value(parts.projection),
    text: value(parts.text),
    audio: value(parts.audio),
    intervals: {
      zeroShot: intervalOf(parts.zeroShot, unit),
      projection: intervalOf(parts.projection, unit),
      text: intervalOf(parts.text, unit),
      audio: intervalOf(parts.audio, unit),
    },
  };
}

const best = (candidates: readonly BootstrapDistribution[]): BootstrapDistribution =>
  combined(candidates, (values) => Math.max(...values));

const difference = (a: BootstrapDistribution, b: BootstrapDistribution): BootstrapDistribution =>
  combined([a, b], ([first, second]) => first! - second!);
