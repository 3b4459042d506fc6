import type { Similarities, TripletIndices } from "./outcome-files.ts";

/** What became of a triplet. */
export const WRONG = 0;
export const RIGHT = 1;
/** Positive and negative are exactly as similar; it counts as wrong. */
export const TIED = 2;

/**
 * The answers behind a row of triplets, shape [triplets].
 * @param similarities - shape [labels, labels]
 */
export function tripletAnswers(similarities: Similarities, triplets: TripletIndices): Uint8Array {
  const { anchors, positives, negatives } = triplets;
  const columns = similarities.shape[1]!;
  return Uint8Array.from(anchors, (anchor, t) => {
    const near = similarities.data[anchor * columns + positives[t]!]!;
    const far = similarities.data[anchor * columns + negatives[t]!]!;
    return near > far ? RIGHT : near === far ? TIED : WRONG;
  });
}
