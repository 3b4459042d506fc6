import { avgPool, type Tensor4D, tensor, tidy } from "@tensorflow/tfjs-core";
import { assert, constantFrom, integer, property, record } from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { openWasmBackend } from "../../../src/backend/wasm/open.ts";
import { randomValues } from "./naive.ts";

beforeAll(async () => {
  await openWasmBackend();
});

/** Means over squares of a row of values, as an image of one row. */
const pooledRow = (values: readonly number[]) =>
  tidy(() => [
    ...avgPool(tensor([...values], [1, 1, values.length, 1]) as Tensor4D, [1, 2], [1, 2], "valid").dataSync(),
  ]);

describe("average pooling of what is no finite number", () => {
  test("is NaN where there is a NaN, and only there", () => {
    // Stock: -Infinity.
    expect(pooledRow([Number.NaN, 1, 2, 3, 4, Number.NaN])).toEqual([Number.NaN, 2.5, Number.NaN]);
  });

  test("is infinite where there is an infinity, and NaN where there are both", () => {
    const infinity = Number.POSITIVE_INFINITY;
    expect(pooledRow([infinity, 1, 2, -infinity, infinity, -infinity])).toEqual([infinity, -infinity, Number.NaN]);
  });
});

test("average pooling is the mean of what lies in the image, for every window, stride and padding", () => {
  const pooling = record({
    batch: integer({ min: 1, max: 2 }),
    height: integer({ min: 3, max: 7 }),
    width: integer({ min: 3, max: 7 }),
    channels: integer({ min: 1, max: 5 }),
    filter: integer({ min: 1, max: 3 }),
    stride: integer({ min: 1, max: 3 }),
    pad: constantFrom("valid" as const, "same" as const, 0, 1),
  });
  assert(
    property(pooling, ({ batch, height, width, channels, filter, stride, pad }) => {
      // More padding than half the window would leave windows without a value.
      if (pad === 1 && filter === 1) return;
      const shape = [batch, height, width, channels] as const;
      const { data } = randomValues(shape);
      tidy(() => {
        const rounding = typeof pad === "number" ? "floor" : undefined;
        const pooled = avgPool(tensor(Float32Array.from(data), [...shape]) as Tensor4D, filter, stride, pad, rounding);
        const [, outHeight, outWidth] = pooled.shape;
        const before = (size: number, outSize: number) => {
          if (typeof pad === "number") return pad;
          return pad === "valid" ? 0 : Math.floor(Math.max(0, (outSize - 1) * stride + filter - size) / 2);
        };
        const [top, left] = [before(height, outHeight), before(width, outWidth)];
        const found = pooled.dataSync<"float32">();
        let next = 0;
        for (let item = 0; item < batch; item++) {
          for (let y = 0; y < outHeight; y++) {
            for (let x = 0; x < outWidth; x++) {
              for (let channel = 0; channel < channels; channel++) {
                const inside: number[] = [];
                for (let i = 0; i < filter; i++) {
                  for (let j = 0; j < filter; j++) {
                    const [row, column] = [y * stride - top + i, x * stride - left + j];
                    if (row < 0 || row >= height || column < 0 || column >= width) continue;
                    inside.push(data[((item * height + row) * width + column) * channels + channel]!);
                  }
                }
                const mean = inside.reduce((sum, value) => sum + value, 0) / inside.length;
                // Sums of up to nine values below 1 in float32.
                expect(Math.abs(found[next++]! - mean)).toBeLessThan(1e-6);
              }
            }
          }
        }
        expect(next).toBe(found.length);
      });
    }),
  );
});
