import { describe, expect, test } from "vitest";
import { contrastiveLoss } from "../../src/training/contrastive-loss.ts";
import { labelContrastiveLoss } from "../../src/training/projection-heads/label-contrastive-loss.ts";
import { RandomStream } from "../../src/training/random-stream.ts";

/** Logits of a batch in no order. */
function someLogits(n: number): Float64Array {
  const random = new RandomStream(3, "logits");
  return Float64Array.from({ length: n * n }, () => 3 * random.normal());
}

describe("the contrastive loss of clips with labels", () => {
  test("is the loss of CLIP where every label occurs once", () => {
    const logits = someLogits(5);
    const [ours, clip] = [labelContrastiveLoss(logits, [4, 0, 7, 1, 2]), contrastiveLoss(logits, 5)];
    expect(ours.loss).toBeCloseTo(clip.loss, 12);
    for (const [i, slope] of clip.gradient.entries()) expect(ours.gradient[i]).toBeCloseTo(slope, 12);
  });

  test("of two labels with two clips each, by hand: -(log softmax) spread over the right ones", () => {
    // Right logits are 1, wrong ones 0: each row and column has softmax e / (2e + 2) at its two right places.
    const logits = [1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 1];
    const { loss, gradient } = labelContrastiveLoss(logits, [0, 1, 0, 1]);
    const right = Math.E / (2 * Math.E + 2);
    expect(loss).toBeCloseTo(-Math.log(right), 12);
    // (softmax - target) / n at a right place, of the row and of the column, half each: the same for both right places.
    expect(gradient[0]).toBeCloseTo((right - 1 / 2) / 4, 12);
    expect(gradient[2]).toBeCloseTo(gradient[0]!, 12);
    expect(gradient[1]).toBeCloseTo((1 / 2 - right) / 4, 12);
  });

  test("does not push a clip from other clips' texts of its label, as the loss of CLIP would", () => {
    const logits = [9, 9, -9, 9, 9, -9, -9, -9, 9];
    const labels = [0, 0, 1];
    const { gradient } = labelContrastiveLoss(logits, labels);
    // The texts of a label are equally near, and far from the others: nothing is left to do.
    expect(Math.max(...gradient.map(Math.abs))).toBeLessThan(1e-7);
    expect(contrastiveLoss(logits, 3).gradient[1]).toBeCloseTo(1 / 6, 6);
  });

  test("has the gradient that differences of the loss give", () => {
    const [logits, labels, step] = [someLogits(4), [2, 2, 0, 2], 1e-5];
    const { gradient } = labelContrastiveLoss(logits, labels);
    for (const i of logits.keys()) {
      const at = (change: number) => labelContrastiveLoss(logits.with(i, logits[i]! + change), labels).loss;
      // The error of a central difference is of the order of step^2.
      expect(gradient[i]).toBeCloseTo((at(step) - at(-step)) / (2 * step), 8);
    }
  });
});
