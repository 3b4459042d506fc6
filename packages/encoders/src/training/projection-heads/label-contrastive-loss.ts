import type { LossAndGradient } from "../contrastive-loss.ts";

/**
 * The symmetric contrastive loss of a batch in which several clips and texts may have the same label: the cross-entropy of each
 * clip over the texts, where every text of its label is equally right, and of each text over the clips likewise; the mean of
 * both. It never pushes a clip away from a text of its own label. Where every label occurs once it is `contrastiveLoss`, the loss
 * of CLIP; where all have the same one, it is the same for whatever spreads evenly.
 * @param logits - similarities of the clips (rows) with the texts (columns), divided by the temperature; row-major [n, n]
 * @param labels - shape [n]: the label of clip i and of text i
 * @see Yang et al. 2022, "Unified contrastive learning in image-text-label space", equations 2 to 4; Khosla et al. 2020,
 *   "Supervised contrastive learning", L_out
 */
export function labelContrastiveLoss(logits: ArrayLike<number>, labels: ArrayLike<number>): LossAndGradient {
  const n = labels.length;
  const counts = new Map<number, number>();
  for (let i = 0; i < n; i++) counts.set(labels[i]!, (counts.get(labels[i]!) ?? 0) + 1);
  const gradient = new Float64Array(n * n);
  let loss = 0;
  for (let i = 0; i < n; i++) {
    // Clip i and text i have the same label, so row i and column i have the same targets.
    const target = 1 / counts.get(labels[i]!)!;
    for (const [start, stride] of [
      [i * n, 1],
      [i, n],
    ] as const) {
      let greatest = Number.NEGATIVE_INFINITY;
      for (let j = 0; j < n; j++) greatest = Math.max(greatest, logits[start + j * stride]!);
      let sum = 0;
      for (let j = 0; j < n; j++) sum += Math.exp(logits[start + j * stride]! - greatest);
      const logSum = greatest + Math.log(sum);
      for (let j = 0; j < n; j++) {
        const at = start + j * stride;
        const right = labels[j] === labels[i] ? target : 0;
        loss += (right * (logSum - logits[at]!)) / (2 * n);
        gradient[at]! += (Math.exp(logits[at]! - logSum) - right) / (2 * n);
      }
    }
  }
  return { loss, gradient };
}
