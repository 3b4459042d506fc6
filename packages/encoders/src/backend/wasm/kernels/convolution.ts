import { backend_util, Conv2D, type NamedAttrMap, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Heap } from "../heap.ts";
import { type MatMulActivation, matMulActivations, type TensorKernels } from "../tensor-kernels.ts";
import { finished, tailOf } from "./mat-mul.ts";
import type { Finish } from "./product.ts";
import { type Kernel, runKernel } from "./stock.ts";

/** Bytes of patches that are multiplied at once, and the fewest of them: enough to pay for packing the filter. */
const PATCH_BYTES = 2 ** 20;
const LEAST_PATCHES = 128;

type Convolution = backend_util.Conv2DInfo;

/** `Conv2D` as a product of patches and filter: a fifth faster than stock, which also keeps a packed copy of every filter. */
export function conv2d(heap: Heap, simd: TensorKernels): Kernel {
  return (inputs, attrs) =>
    convolve(heap, simd, inputs.x!, inputs.filter!, convolutionOf(inputs.x!, inputs.filter!.shape, attrs));
}

/** `FusedConv2D`: the same with bias and activation. */
export function fusedConv2d(heap: Heap, simd: TensorKernels): Kernel {
  return (inputs, attrs) => {
    const { x, filter } = inputs as Record<"x" | "filter", TensorInfo>;
    const convolution = convolutionOf(x, filter.shape, attrs);
    const multiply = (bias?: TensorInfo, activation?: MatMulActivation) =>
      convolve(heap, simd, x, filter, convolution, { bias, activation });
    return finished(heap, tailOf(inputs, attrs), convolution.outChannels, multiply, () =>
      runKernel(heap, Conv2D, { x, filter }, attrs),
    );
  };
}

function convolve(
  heap: Heap,
  simd: TensorKernels,
  x: TensorInfo,
  filter: TensorInfo,
  convolution: Convolution,
  finish: Finish = {},
): TensorInfo {
  const { batchSize, outHeight, outWidth, outChannels, outShape } = convolution;
  const positions = outHeight * outWidth;
  const depth = patchSize(convolution);
  const activation = matMulActivations[finish.activation ?? "none"];
  const packBytes = simd.matMulScratch();
  const multiply = (patches: number, out: number, rows: number, scratch: number) =>
    simd.matMul(
      patches,
      depth * 4,
      heap.pointer(filter),
      outChannels * 4,
      false,
      finish.bias === undefined ? 0 : heap.pointer(finish.bias),
      out,
      outChannels * 4,
      rows,
      depth,
      outChannels,
      activation,
      false,
      scratch,
    );
  if (isPointwise(convolution)) {
    return heap.withScratch(packBytes, (scratch) => {
      const out = heap.output(outShape);
      multiply(heap.pointer(x), heap.pointer(out), batchSize * positions, scratch);
      return out;
    });
  }
  const rows = patchesAtOnce(positions, depth);
  return heap.withScratch(packBytes + rows * depth * 4, (scratch) => {
    const out = heap.output(outShape);
    forEachRun(convolution, rows, (image, first, count) => {
      copyPatches(simd, heap.pointer(x), convolution, image, first, count, scratch + packBytes);
      const target = heap.pointer(out) + (image * positions + first) * outChannels * 4;
      multiply(scratch + packBytes, target, count, scratch);
    });
    return out;
  });
}

/** `Conv2DBackpropFilter`, which stock does not have: the sum over all positions of patch^T dy. */
export function conv2dBackpropFilter(heap: Heap, simd: TensorKernels): Kernel {
  return (inputs, attrs) => {
    const { x, dy } = inputs as Record<"x" | "dy", TensorInfo>;
    const filterShape = attrs.filterShape as number[];
    const convolution = convolutionOf(x, filterShape, attrs);
    const { outChannels, outHeight, outWidth, outShape } = convolution;
    util.assertShapesMatch(dy.shape, outShape, "Conv2DBackpropFilter, shape of dy: ");
    const positions = outHeight * outWidth;
    const depth = patchSize(convolution);
    const rows = patchesAtOnce(positions, depth);
    const packBytes = simd.matMulScratch();
    return heap.withScratch(packBytes + 2 * rows * depth * 4, (scratch) => {
      const out = heap.output(filterShape);
      heap.floats(out).fill(0);
      const patches = scratch + packBytes;
      const transposed = patches + rows * depth * 4;
      forEachRun(convolution, rows, (image, first, count) => {
        copyPatches(simd, heap.pointer(x), convolution, image, first, count, patches);
        simd.transpose(patches, count, depth, transposed);
        const target = heap.pointer(out);
        const right = heap.pointer(dy) + (image * positions + first) * outChannels * 4;
        const stride = outChannels * 4;
        simd.matMul(
          transposed,
          count * 4,
          right,
          stride,
          false,
          0,
          target,
          stride,
          depth,
          count,
          outChannels,
          0,
          true,
          scratch,
        );
      });
      return out;
    });
  };
}

function convolutionOf(x: TensorInfo, filterShape: number[], attrs: NamedAttrMap): Convolution {
  const dataFormat = (attrs.dataFormat as string | undefined) ?? "NHWC";
  util.assert(dataFormat === "NHWC", () => `convolution: data format is ${dataFormat}, expected NHWC`);
  type Arguments = Parameters<typeof backend_util.computeConv2DInfo>;
  return backend_util.computeConv2DInfo(
    x.shape as Arguments[0],
    filterShape as Arguments[1],
    attrs.strides as Arguments[2],
    (attrs.dilations as Arguments[3] | undefined) ?? 1,
    attrs.pad as Arguments[4],
    attrs.dimRoundingMode as Arguments[5],
  );
}

/** Whether the patches are the pixels themselves. */
function isPointwise({ filterHeight, filterWidth, strideHeight, strideWidth, padInfo }: Convolution): boolean {
  const { top, bottom, left, right } = padInfo;
  return filterHeight * filterWidth * strideHeight * strideWidth === 1 && top + bottom + left + right === 0;
}

function patchSize({ filterHeight, filterWidth, inChannels }: Convolution): number {
  return filterHeight * filterWidth * inChannels;
}

function patchesAtOnce(positions: number, depth: number): number {
  return Math.min(positions, Math.max(LEAST_PATCHES, Math.floor(PATCH_BYTES / (depth * 4))));
}

/** Calls `visit` for all output positions of each image, at most `rows` at once. */
function forEachRun(
  { batchSize, outHeight, outWidth }: Convolution,
  rows: number,
  visit: (image: number, first: number, count: number) => void,
): void {
  const positions = outHeight * outWidth;
  for (let image = 0; image < batchSize; image++) {
    for (let first = 0; first < positions; first += rows) visit(image, first, Math.min(rows, positions - first));
  }
}

function copyPatches(
  simd: TensorKernels,
  x: number,
  convolution: Convolution,
  image: number,
  first: number,
  count: number,
  out: number,
): void {
  const { inHeight, inWidth, inChannels, padInfo } = convolution;
  simd.patches(
    x + image * inHeight * inWidth * inChannels * 4,
    inHeight,
    inWidth,
    inChannels,
    convolution.filterHeight,
    convolution.filterWidth,
    convolution.strideHeight,
    convolution.strideWidth,
    convolution.dilationHeight,
    convolution.dilationWidth,
    padInfo.top,
    padInfo.left,
    convolution.outWidth,
    first,
    count,
    out,
  );
}
