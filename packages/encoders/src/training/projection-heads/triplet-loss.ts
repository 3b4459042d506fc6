import type { LossAndGradient } from "../contrastive-loss.ts";

/** Rows of a batch of triplets, each of shape [t]. */
export interface TripletBatch {
  readonly anchors: ArrayLike<number>;
  readonly positives: ArrayLike<number>;
  readonly negatives: ArrayLike<number>;
}

export const TRIPLET_LOSSES = ["softplus", "margin"] as const;
export type TripletLossName = (typeof TRIPLET_LOSSES)[number];

export interface TripletLossSettings {
  readonly loss: TripletLossName;
  /** Of "softplus". */
  readonly temperature: number;
  /** Of "margin". */
  readonly margin: number;
}

/**
 * The mean loss of triplets. With gap = similarity(anchor, positive) - similarity(anchor, negative), "softplus" is
 * log(1 + exp(-gap / temperature)) and "margin" is max(0, margin - gap).
 * @param similarities - of each row with each, row-major [n, n]
 * @returns the gradient with respect to them, of the places that are read: row of the anchor, column of the other
 * @see Schroff, Kalenichenko & Philbin 2015, "FaceNet" (margin); Hermans, Beyer & Leibe 2017, "In defense of the triplet loss
 *   for person re-identification" (softplus)
 */
export function tripletLoss(
  similarities: ArrayLike<number>,
  n: number,
  { anchors, positives, negatives }: TripletBatch,
  { loss: kind, temperature, margin }: TripletLossSettings,
): LossAndGradient {
  const count = anchors.length;
  const gradient = new Float64Array(n * n);
  let loss = 0;
  for (let i = 0; i < count; i++) {
    const near = anchors[i]! * n + positives[i]!;
    const far = anchors[i]! * n + negatives[i]!;
    const gap = similarities[near]! - similarities[far]!;
    const wrong = kind === "softplus" ? -gap / temperature : margin - gap;
    // log(1 + exp(x)) without an overflow; NaN stays NaN.
    if (kind === "softplus") loss += Math.max(wrong, 0) + Math.log1p(Math.exp(-Math.abs(wrong)));
    else loss += Math.max(wrong, 0);
    const slope = kind === "softplus" ? 1 / (1 + Math.exp(-wrong)) / temperature : wrong > 0 ? 1 : 0;
    gradient[near]! -= slope / count;
    gradient[far]! += slope / count;
  }
  return { loss: loss / count, gradient };
}
