import { tensor } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { batchNorm, foldBatchNorm } from "../../src/layers/batch-norm.ts";
import { convolution } from "../../src/layers/convolution.ts";
import { normalisedConvolution } from "../../src/layers/normalised-convolution.ts";
import { greatestGap } from "../audio/golden.ts";
import { onEveryBackend } from "../backends.ts";
import { counted, countedImage } from "./naive.ts";

const norm = () => ({
  gamma: tensor([2, 0.5]),
  beta: tensor([1, -1]),
  mean: tensor([10, -20]),
  variance: tensor([4, 0]),
});

onEveryBackend((open) => {
  test("each channel is shifted and scaled by its statistics, 1e-5 being added to the variance", async () => {
    const backend = await open();
    const result = backend.run(() => batchNorm(tensor([12, -20, 8, -19], [1, 1, 2, 2]), norm()));
    // 2 (12 - 10) / sqrt(4.00001) + 1, and -1 + 0.5 / sqrt(1e-5) for the channel without variance.
    const expected = [1 + 4 / Math.sqrt(4.00001), -1, 1 - 4 / Math.sqrt(4.00001), -1 + 0.5 / Math.sqrt(1e-5)];
    expect(result.shape).toEqual([1, 1, 2, 2]);
    expect(greatestGap(result.dataSync(), expected)).toBeLessThan(1e-4 * 0.5);
  });

  test("folded into the convolution it does the same", async () => {
    const backend = await open();
    const image = countedImage(4, 5, 3, 1);
    const kernel = counted(3 * 3 * 3 * 2, 2);
    const both = backend.run(() => {
      const x = tensor(Float32Array.from(image.data), [1, 4, 5, 3]);
      const weight = tensor(Float32Array.from(kernel), [3, 3, 3, 2]);
      const statistics = { ...norm(), variance: tensor([4, 0.3]) };
      return {
        separate: normalisedConvolution(x, { weight, norm: statistics }, { activation: "relu" }),
        folded: convolution(x, foldBatchNorm(weight, statistics), { activation: "relu" }),
      };
    });
    const separate = both.separate.dataSync();
    expect(Math.max(...separate)).toBeGreaterThan(1);
    expect(greatestGap(both.folded.dataSync(), separate)).toBeLessThan(1e-5);
  });
});
