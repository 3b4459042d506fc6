import { describe, expect, test } from "vitest";
import { contrastiveLoss, pairWeights } from "../../src/training/contrastive-loss.ts";
import { TrainingBatchError } from "../../src/training/errors.ts";
import { greatestGap } from "../audio/golden.ts";
import { openGolden } from "./contrastive-goldens.ts";

const read = async (name: string) => (await (await openGolden("losses")).readValues(name)) as Float64Array;
const PAIRS = 6;

describe("the contrastive loss", () => {
  test("and its gradient are PyTorch's", async () => {
    const { loss, gradient } = contrastiveLoss(await read("logits"), PAIRS);
    expect(loss).toBeCloseTo((await read("clip.loss"))[0]!, 12);
    expect(greatestGap(gradient, await read("clip.gradient"))).toBeLessThan(1e-14);
  });

  test("with pairs weighted as MusCALL weights them, too", async () => {
    const weights = pairWeights(await read("similarity"), PAIRS);
    const { loss, gradient } = contrastiveLoss(await read("logits"), PAIRS, weights);
    expect(loss).toBeCloseTo((await read("weighted.loss"))[0]!, 12);
    expect(greatestGap(gradient, await read("weighted.gradient"))).toBeLessThan(1e-14);
  });

  test("of logits that are all the same is the logarithm of how many there are", () => {
    expect(contrastiveLoss(new Float64Array(16).fill(3), 4).loss).toBeCloseTo(Math.log(4), 14);
  });

  test("of logits far beyond what an exponential holds is finite: 0 when pairs match, 1000 when they are exchanged", () => {
    expect(contrastiveLoss([1000, 0, 0, 1000], 2).loss).toBe(0);
    expect(contrastiveLoss([0, 1000, 1000, 0], 2)).toEqual({
      loss: 1000,
      gradient: Float64Array.of(-0.5, 0.5, 0.5, -0.5),
    });
  });

  test("tells rows from columns: only the clip of pair 0 is mistaken", () => {
    // Row 0: both the same, log 2. Row 1: certain. Column 0: certain. Column 1: both the same. A quarter of each.
    const { loss, gradient } = contrastiveLoss([50, 50, 0, 50], 2);
    expect(loss).toBeCloseTo(Math.log(2) / 2, 12);
    for (const [i, part] of [-1 / 8, 1 / 4, 0, -1 / 8].entries()) expect(gradient[i]).toBeCloseTo(part, 12);
  });
});

describe("the weights of pairs", () => {
  test("are all the same when all captions are alike", () => {
    expect([...pairWeights(new Float64Array(9).fill(0.4), 3)]).toEqual([1 / 3, 1 / 3, 1 / 3]);
  });

  test("do not depend on the diagonal", () => {
    const similarity = [1, 0.2, 0.3, 0.2, 1, 0.25, 0.3, 0.25, 1];
    const other = similarity.map((value, i) => (i % 4 === 0 ? -7 : value));
    expect(pairWeights(other, 3)).toEqual(pairWeights(similarity, 3));
  });

  test("are not defined when similarities sum to 0", () => {
    expect(() => pairWeights([1, 0, 0, 1], 2)).toThrow(TrainingBatchError);
    expect(() => pairWeights([1, Number.NaN, 0.5, 1], 2)).toThrow(
      "expected finite similarities with another sum than 0",
    );
  });
});
