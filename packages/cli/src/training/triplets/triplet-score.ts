import { pairwiseSimilarity, tripletAccuracyBy } from "@irec/metrics";
import type { TripletArrays } from "@irec/ontology";
import type { NdArray } from "ndarray";

/** How triplets came out. */
export interface TripletScore {
  readonly triplets: number;
  readonly correct: number;
}

/** Triplets by what of them was in training. */
export interface TripletScores {
  /** All three labels were. */
  readonly training: TripletScore;
  /** The anchor was not. */
  readonly heldOut: TripletScore;
}

/**
 * Scores triplets by cosine. Those whose anchor was in training and another label not belong to neither part.
 * @param texts - a row a label
 * @param triplets - of all labels
 * @param heldOut - labels that were not in training
 */
export function tripletScores(
  texts: NdArray,
  { anchors, positives, negatives, length }: TripletArrays,
  heldOut: readonly number[],
): TripletScores {
  const out = new Set(heldOut);
  const groups = Int32Array.from({ length }, (_, i) => {
    if (out.has(anchors[i]!)) return HELD_OUT;
    return out.has(positives[i]!) || out.has(negatives[i]!) ? MIXED : TRAINING;
  });
  const { correct, total } = tripletAccuracyBy(
    pairwiseSimilarity(texts, texts),
    { anchors, positives, negatives },
    groups,
    GROUPS,
  );
  const scoreOf = (group: number) => ({ triplets: total[group]!, correct: correct[group]! });
  return { training: scoreOf(TRAINING), heldOut: scoreOf(HELD_OUT) };
}

const [TRAINING, HELD_OUT, MIXED, GROUPS] = [0, 1, 2, 3];

/** The scores of several tunings together. */
export function together(scores: readonly TripletScores[]): TripletScores {
  const sum = (part: keyof TripletScores): TripletScore => ({
    triplets: scores.reduce((total, score) => total + score[part].triplets, 0),
    correct: scores.reduce((total, score) => total + score[part].correct, 0),
  });
  return { training: sum("training"), heldOut: sum("heldOut") };
}
