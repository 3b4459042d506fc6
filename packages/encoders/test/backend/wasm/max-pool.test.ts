import {
  engine,
  maxPool,
  maxPool3d,
  maxPoolWithArgmax,
  ones,
  type Tensor,
  type Tensor4D,
  type Tensor5D,
  tensor,
  tidy,
} from "@tensorflow/tfjs-core";
import { assert, constantFrom, integer, property, record } from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { openWasmBackend } from "../../../src/backend/wasm/open.ts";
import * as naive from "./naive.ts";

beforeAll(async () => {
  await openWasmBackend();
});

/** 16 negative values, largest first: -1 to -16. */
const negative = () =>
  tensor(
    Float32Array.from({ length: 16 }, (_, i) => -1 - i),
    [1, 4, 4, 1],
  ) as Tensor4D;

describe("max pooling of negative values", () => {
  test("has its gradient where each window's largest value is", () => {
    // Stock: the gradients of all four windows are lost, and element 0 gets the last one.
    tidy(() => {
      const [input, dy] = [negative(), tensor([1, 2, 3, 4], [1, 2, 2, 1])];
      const attributes = { filterSize: 2, strides: 2, pad: "valid" };
      const dx = engine().runKernel("MaxPoolGrad", { dy, input, output: maxPool(input, 2, 2, "valid") }, attributes);
      expect([...(dx as Tensor).dataSync()]).toEqual([1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0]);
    });
  });

  test("finds the largest values and their places", () => {
    // Stock: 1.2e-38 and place 0 four times.
    tidy(() => {
      const { result, indexes } = maxPoolWithArgmax(negative(), 2, 2, "valid");
      expect([...result!.dataSync()]).toEqual([-1, -3, -9, -11]);
      expect([...indexes!.dataSync()]).toEqual([0, 2, 8, 10]);
    });
  });

  test("counts places from the start of the image, or of the batch", () => {
    tidy(() => {
      const x = tensor([-2, -1, -1, -2], [2, 1, 2, 1]) as Tensor4D;
      expect([...maxPoolWithArgmax(x, [1, 2], 1, "valid").indexes!.dataSync()]).toEqual([1, 0]);
      expect([...maxPoolWithArgmax(x, [1, 2], 1, "valid", true).indexes!.dataSync()]).toEqual([1, 2]);
    });
  });

  test("is right in three dimensions, with its gradient", () => {
    // Stock: 1.2e-38.
    tidy(() => {
      const input = tensor([-8, -7, -6, -5, -4, -3, -1, -2], [1, 2, 2, 2, 1]);
      expect([...maxPool3d(input as Tensor5D, 2, 1, "valid").dataSync()]).toEqual([-1]);
      const attributes = { filterSize: 2, strides: 1, pad: "valid" };
      const dx = engine().runKernel("MaxPool3DGrad", { dy: ones([1, 1, 1, 1, 1]), input, output: input }, attributes);
      expect([...(dx as Tensor).dataSync()]).toEqual([0, 0, 0, 0, 0, 0, 1, 0]);
    });
  });
});

test("the gradient of max pooling is that of the largest value, for every window, stride and padding", () => {
  const pooling = record({
    batch: integer({ min: 1, max: 2 }),
    height: integer({ min: 3, max: 7 }),
    width: integer({ min: 3, max: 7 }),
    channels: integer({ min: 1, max: 5 }),
    filter: integer({ min: 1, max: 3 }),
    stride: integer({ min: 1, max: 3 }),
    pad: constantFrom("valid" as const, "same" as const),
  });
  assert(
    property(pooling, ({ batch, height, width, channels, filter, stride, pad }) => {
      tidy(() => {
        const values = naive.randomValues([batch, height, width, channels], 11);
        const input = naive.onBackend(values) as Tensor4D;
        const output = maxPool(input, filter, stride, pad);
        const dyValues = naive.randomValues(output.shape, 12);
        const attributes = { filterSize: filter, strides: stride, pad };
        const dx = engine().runKernel("MaxPoolGrad", { dy: naive.onBackend(dyValues), input, output }, attributes);
        // All values differ, so that the place of a largest value follows from the value.
        const place = new Map([...values.data].map((value, i) => [value, i]));
        const expected = new Float64Array(values.data.length);
        output.dataSync().forEach((value, i) => {
          expected[place.get(value)!]! += dyValues.data[i]!;
        });
        expect(naive.largestError(dx as Tensor, expected)).toBeLessThan(1e-6);
      });
    }),
    { seed: 24, numRuns: 60 },
  );
});
