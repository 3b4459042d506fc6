import { tensor } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { convolution } from "../../src/layers/convolution.ts";
import { greatestGap } from "../audio/golden.ts";
import { onEveryBackend } from "../backends.ts";
import { counted, countedImage, type Image, pixel } from "./naive.ts";

/** By the definition: the first output is centred on the first input, and there are zeros around. */
function naive(image: Image, weight: Float64Array, bias: Float64Array | undefined, size: number, stride: number) {
  const outputs = weight.length / (size * size * image.channels);
  const result: number[] = [];
  for (let y = 0; y < image.height; y += stride) {
    for (let x = 0; x < image.width; x += stride) {
      for (let to = 0; to < outputs; to++) {
        let sum = bias?.[to] ?? 0;
        for (let dy = 0; dy < size; dy++) {
          for (let dx = 0; dx < size; dx++) {
            for (let from = 0; from < image.channels; from++) {
              const value = pixel(image, y + dy - (size - 1) / 2, x + dx - (size - 1) / 2, from);
              sum += value * weight[((dy * size + dx) * image.channels + from) * outputs + to]!;
            }
          }
        }
        result.push(sum);
      }
    }
  }
  return result;
}

onEveryBackend((open) => {
  test.each([
    { size: 3, stride: 2, height: 8, width: 8 },
    { size: 3, stride: 2, height: 7, width: 8 },
    { size: 3, stride: 2, height: 8, width: 7 },
    { size: 3, stride: 1, height: 5, width: 6 },
    { size: 3, stride: 1, height: 1, width: 2 },
    { size: 1, stride: 1, height: 4, width: 3 },
    { size: 5, stride: 3, height: 10, width: 11 },
  ])(
    "a convolution of size $size and stride $stride centres its first output on the first of $height x $width inputs",
    async ({ size, stride, height, width }) => {
      const backend = await open();
      const image = countedImage(height, width, 2, 1);
      const weight = counted(size * size * 2 * 3, 2);
      const bias = counted(3, 3);
      const result = backend.run(() =>
        convolution(
          tensor(Float32Array.from(image.data), [1, height, width, 2]),
          { weight: tensor(Float32Array.from(weight), [size, size, 2, 3]), bias: tensor(Float32Array.from(bias), [3]) },
          { stride },
        ),
      );
      expect(result.shape).toEqual([1, Math.ceil(height / stride), Math.ceil(width / stride), 3]);
      // Up to 50 products of numbers below 1, added in float32.
      expect(greatestGap(result.dataSync(), naive(image, weight, bias, size, stride))).toBeLessThan(1e-5);
    },
  );

  test("the activation comes after the bias", async () => {
    const backend = await open();
    const result = backend.run(() =>
      convolution(
        tensor([1, -1, 2, -2], [1, 2, 2, 1]),
        { weight: tensor([1], [1, 1, 1, 1]), bias: tensor([1.5], [1]) },
        { activation: "relu" },
      ),
    );
    expect([...result.dataSync()]).toEqual([2.5, 0.5, 3.5, 0]);
  });
});
