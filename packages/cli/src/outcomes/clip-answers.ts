import { argmax, trueClassRanks } from "@irec/metrics";
import type { Similarities } from "./outcome-files.ts";

/** What became of each clip, each of shape [clips]. */
export interface ClipAnswers {
  /** The most similar label; the first of several. */
  readonly predicted: Int32Array;
  /** The place of the clip's own label among all, from 1; ties by scikit-learn's rule. */
  readonly ranks: Int32Array;
  /** Similarity to its own label less that to the most similar other one; below 0 where the answer is wrong. */
  readonly margins: Float64Array;
}

/**
 * The answers behind a row of zero-shot or audio-only.
 * @param similarities - shape [clips, labels]
 * @param classes - shape [clips]: the label of each clip
 */
export function clipAnswers(similarities: Similarities, classes: Int32Array): ClipAnswers {
  const columns = similarities.shape[1]!;
  const margins = Float64Array.from(classes, (own, clip) => {
    let best = Number.NEGATIVE_INFINITY;
    for (let label = 0; label < columns; label++) {
      if (label !== own) best = Math.max(best, similarities.data[clip * columns + label]!);
    }
    return similarities.data[clip * columns + own]! - best;
  });
  return {
    predicted: Int32Array.from(argmax(similarities)),
    ranks: Int32Array.from(trueClassRanks(similarities, classes)),
    margins,
  };
}
