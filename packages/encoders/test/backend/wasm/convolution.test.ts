import { conv2d, engine, fused, type Tensor, type Tensor1D, type Tensor4D, tidy } from "@tensorflow/tfjs-core";
import { assert, constantFrom, integer, property, record } from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { openWasmBackend } from "../../../src/backend/wasm/open.ts";
import * as naive from "./naive.ts";

beforeAll(async () => {
  await openWasmBackend();
});

interface Case {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outChannels: number;
  readonly filterRows: number;
  readonly filterColumns: number;
  readonly stride: number;
  readonly dilation: number;
  readonly pad: "valid" | "same";
}

const anyCase = record<Case>({
  batch: integer({ min: 1, max: 2 }),
  height: integer({ min: 5, max: 9 }),
  width: integer({ min: 5, max: 9 }),
  channels: integer({ min: 1, max: 6 }),
  outChannels: integer({ min: 1, max: 10 }),
  filterRows: integer({ min: 1, max: 3 }),
  filterColumns: integer({ min: 1, max: 3 }),
  stride: integer({ min: 1, max: 3 }),
  dilation: constantFrom(1, 2),
  pad: constantFrom("valid", "same"),
});

/** Calls `visit` for every product that a convolution adds up, with the indices of its input, filter and output value. */
function forEachProduct(c: Case, outShape: readonly number[], visit: (x: number, w: number, y: number) => void): void {
  const [, outHeight, outWidth] = outShape as [number, number, number];
  const before = (out: number, size: number, filter: number) => {
    const padding = Math.max(0, (out - 1) * c.stride + (filter - 1) * c.dilation + 1 - size);
    return c.pad === "same" ? Math.floor(padding / 2) : 0;
  };
  const top = before(outHeight, c.height, c.filterRows);
  const left = before(outWidth, c.width, c.filterColumns);
  for (let b = 0; b < c.batch; b++) {
    for (let y = 0; y < outHeight; y++) {
      for (let x = 0; x < outWidth; x++) {
        for (let i = 0; i < c.filterRows; i++) {
          for (let j = 0; j < c.filterColumns; j++) {
            const row = y * c.stride - top + i * c.dilation;
            const column = x * c.stride - left + j * c.dilation;
            if (row < 0 || row >= c.height || column < 0 || column >= c.width) continue;
            for (let ic = 0; ic < c.channels; ic++) {
              for (let oc = 0; oc < c.outChannels; oc++) {
                visit(
                  ((b * c.height + row) * c.width + column) * c.channels + ic,
                  ((i * c.filterColumns + j) * c.channels + ic) * c.outChannels + oc,
                  ((b * outHeight + y) * outWidth + x) * c.outChannels + oc,
                );
              }
            }
          }
        }
      }
    }
  }
}

const xShape = (c: Case) => [c.batch, c.height, c.width, c.channels];
const filterShape = (c: Case) => [c.filterRows, c.filterColumns, c.channels, c.outChannels];

function checkForward(c: Case): void {
  tidy(() => {
    const [x, filter] = [naive.randomValues(xShape(c), 1), naive.randomValues(filterShape(c), 2)];
    const out = conv2d(
      naive.onBackend(x) as Tensor4D,
      naive.onBackend(filter) as Tensor4D,
      c.stride,
      c.pad,
      "NHWC",
      c.dilation,
    );
    const expected = new Float64Array(out.size);
    forEachProduct(c, out.shape, (i, j, k) => {
      expected[k]! += x.data[i]! * filter.data[j]!;
    });
    // Measured 7e-6: sums of up to 594 products.
    expect(naive.largestError(out, expected)).toBeLessThan(2e-5);
  });
}

describe("conv2d", () => {
  test("is right for every filter, stride, dilation and padding", () => {
    const valid = anyCase.map((c) => (c.dilation > 1 ? { ...c, stride: 1 } : c));
    assert(property(valid, checkForward), { seed: 26, numRuns: 60 });
  });

  test("is right in the shapes of the towers, also where patches come in several runs", () => {
    const base = { batch: 1, height: 20, width: 20, stride: 1, dilation: 1, pad: "same" } as const;
    const square = (n: number) => ({ filterRows: n, filterColumns: n });
    checkForward({ ...base, channels: 1, outChannels: 24, ...square(4), stride: 4, pad: "valid" });
    checkForward({ ...base, channels: 3, outChannels: 8, ...square(3), stride: 2 });
    checkForward({ ...base, batch: 3, channels: 17, outChannels: 9, ...square(1) });
    checkForward({ ...base, channels: 17, outChannels: 9, ...square(1), stride: 2, pad: "valid" });
    // 640 positions of 9 * 66 values are 1.45 MiB, more than is multiplied at once.
    checkForward({ ...base, height: 32, channels: 66, outChannels: 5, ...square(3) });
  });
});

test("fused.conv2d adds the bias and applies the activation", () => {
  const c = { batch: 1, height: 5, width: 6, channels: 3, outChannels: 7, filterRows: 3, filterColumns: 3 };
  const whole: Case = { ...c, stride: 1, dilation: 1, pad: "same" };
  tidy(() => {
    const [x, filter] = [naive.randomValues(xShape(whole), 1), naive.randomValues(filterShape(whole), 2)];
    const bias = naive.randomValues([7], 3);
    const inputs = { x: naive.onBackend(x) as Tensor4D, filter: naive.onBackend(filter) as Tensor4D };
    const common = { ...inputs, strides: 1, pad: "same", bias: naive.onBackend(bias) as Tensor1D } as const;
    const sums = new Float64Array(5 * 6 * 7);
    forEachProduct(whole, [1, 5, 6, 7], (i, j, k) => {
      sums[k]! += x.data[i]! * filter.data[j]!;
    });
    const biased = sums.map((value, i) => value + bias.data[i % 7]!);
    expect(naive.largestError(fused.conv2d({ ...common, activation: "linear" }), biased)).toBeLessThan(1e-5);
    const clipped = biased.map((value) => Math.max(0, value));
    expect(naive.largestError(fused.conv2d({ ...common, activation: "relu" }), clipped)).toBeLessThan(1e-5);
    const limited = biased.map((value) => Math.min(6, Math.max(0, value)));
    expect(naive.largestError(fused.conv2d({ ...common, activation: "relu6" }), limited)).toBeLessThan(2e-5);
  });
});

describe("the gradients of conv2d", () => {
  function runGradient(
    kernel: string,
    inputs: Record<string, Tensor>,
    c: Case,
    shape: Record<string, number[]>,
  ): Tensor {
    const attributes = { strides: c.stride, pad: c.pad, dataFormat: "NHWC", ...shape };
    return engine().runKernel(kernel, inputs, attributes) as Tensor;
  }

  test("by its filter and by its input are right for every filter, stride and padding", () => {
    assert(
      property(anyCase, (any) => {
        const c = { ...any, dilation: 1 };
        tidy(() => {
          const [x, filter] = [naive.randomValues(xShape(c), 1), naive.randomValues(filterShape(c), 2)];
          const [xTensor, filterTensor] = [naive.onBackend(x) as Tensor4D, naive.onBackend(filter) as Tensor4D];
          const outShape = conv2d(xTensor, filterTensor, c.stride, c.pad).shape;
          const dy = naive.randomValues(outShape, 3);
          const byFilter = new Float64Array(filter.data.length);
          const byInput = new Float64Array(x.data.length);
          forEachProduct(c, outShape, (i, j, k) => {
            byFilter[j]! += dy.data[k]! * x.data[i]!;
            byInput[i]! += dy.data[k]! * filter.data[j]!;
          });
          const dyTensor = naive.onBackend(dy);
          const dFilter = runGradient("Conv2DBackpropFilter", { x: xTensor, dy: dyTensor }, c, {
            filterShape: filterShape(c),
          });
          // Measured 2e-6: sums over up to 162 positions.
          expect(naive.largestError(dFilter, byFilter)).toBeLessThan(1e-5);
          const dx = runGradient("Conv2DBackpropInput", { dy: dyTensor, filter: filterTensor }, c, {
            inputShape: xShape(c),
          });
          expect(naive.largestError(dx, byInput)).toBeLessThan(1e-5);
        });
      }),
      { seed: 27, numRuns: 60 },
    );
  });
});
