import { ones, tensor1d, tensor2d, zeros } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { layerNorm } from "../../src/layers/layer-norm.ts";
import { greatestGap } from "../audio/golden.ts";
import { fusedAndPlain } from "./fused-and-plain.ts";

const rows = [
  [1, 2, 4, -3],
  [0.5, 0.5, 0.5, 0.5],
];
const weights = () => ({ gamma: tensor1d([1, 2, 0.5, -1]), beta: tensor1d([0, 1, 0, 0.25]) });

fusedAndPlain((compute) => {
  test("as torch.nn.functional.layer_norm", async () => {
    const result = await compute(() => layerNorm(tensor2d(rows), weights()));
    const expected = [0, 1.784464, 0.588348, 1.818928, 0, 1, 0, 0.25];
    expect(greatestGap(result, expected)).toBeLessThan(1e-6);
  });

  test("adds what it is told to the variance", async () => {
    const result = await compute(() => layerNorm(tensor2d(rows), weights(), { epsilon: 0.5 }));
    const expected = [0, 1.755929, 0.566947, 1.761858, 0, 1, 0, 0.25];
    expect(greatestGap(result, expected)).toBeLessThan(1e-6);
  });

  test("adds a residual first", async () => {
    const residual = [
      [1, 0, 0, 0],
      [-1, 0, 0, 1],
    ];
    const result = await compute(() => layerNorm(tensor2d(rows), weights(), { residual: tensor2d(residual) }));
    const expected = [0.290021, 1.580041, 0.531705, 1.893451, -1.414199, 1, 0, -1.164199];
    expect(greatestGap(result, expected)).toBeLessThan(1e-6);
  });

  test("is exact where the mean is large and the differences are small", async () => {
    const result = await compute(() =>
      layerNorm(tensor2d([[1000, 1001, 1002, 1003]]), { gamma: ones([4]), beta: zeros([4]) }),
    );
    // (x - 1001.5) / sqrt(1.25 + 1e-5)
    expect(greatestGap(result, [-1.3416354, -0.4472118, 0.4472118, 1.3416354])).toBeLessThan(1e-6);
  });
});
