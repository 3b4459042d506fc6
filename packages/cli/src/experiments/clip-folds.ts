import { xoshiro128 } from "@irec/metrics";
import type { WholeAudio } from "./whole-audio.ts";

/** Which clips are taken out together when prototypes and maps are fitted on the others. */
export interface ClipFolds {
  /** The data set's own, or drawn. */
  readonly kind: "official" | "seeded";
  readonly count: number;
  /** Shape [clips]: from 0 to count - 1. */
  readonly ofClip: Int32Array;
}

/** As many as TinySOL has. */
const SEEDED_FOLDS = 5;

/**
 * The official folds, if there are any; else five seeded ones, stratified: the units of each label - clips, or all dynamics of
 * one pitch - are shuffled and dealt out in turns, so that no unit is in two folds.
 */
export function clipFolds(
  { classes, folds, units }: Pick<WholeAudio, "classes" | "folds" | "units">,
  seed: number,
): ClipFolds {
  if (folds !== undefined) {
    const numbers = [...new Set(folds)].sort((a, b) => a - b);
    return { kind: "official", count: numbers.length, ofClip: folds.map((fold) => numbers.indexOf(fold)) };
  }
  const random = xoshiro128(seed);
  const foldOfUnit = new Map<number, number>();
  let dealt = 0;
  for (const label of [...new Set(classes)].sort((a, b) => a - b)) {
    const ofLabel = [...new Set(units.groups.filter((_, clip) => classes[clip] === label))].sort((a, b) => a - b);
    for (let i = ofLabel.length - 1; i > 0; i--) {
      const j = random.nextBelow(i + 1);
      [ofLabel[i], ofLabel[j]] = [ofLabel[j]!, ofLabel[i]!];
    }
    for (const unit of ofLabel) if (!foldOfUnit.has(unit)) foldOfUnit.set(unit, dealt++ % SEEDED_FOLDS);
  }
  return {
    kind: "seeded",
    count: Math.min(SEEDED_FOLDS, dealt),
    ofClip: units.groups.map((unit) => foldOfUnit.get(unit)!),
  };
}
