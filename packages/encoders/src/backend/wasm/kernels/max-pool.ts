import { backend_util, type NamedAttrMap, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Heap } from "../heap.ts";
import type { Kernel } from "./stock.ts";

/*
 * Stock begins its search for the largest value of a window at the smallest positive number in all that is here: a window
 * without a positive value gets 1.2e-38 as its largest value, index 0 as its place, and its gradient goes to element 0. Its
 * `MaxPool` itself is right.
 */

/** `MaxPoolGrad`: the gradient of each window goes to the first of its largest values, as in PyTorch. */
export function maxPoolGrad(heap: Heap): Kernel {
  return (inputs, attrs) => scatter(heap, inputs.input!, inputs.dy!, planes(inputs.input!, attrs));
}

/** `MaxPool3DGrad`: the same in three dimensions. */
export function maxPool3dGrad(heap: Heap): Kernel {
  return (inputs, attrs) => scatter(heap, inputs.input!, inputs.dy!, volumes(inputs.input!, attrs));
}

/** `MaxPool3D`. */
export function maxPool3d(heap: Heap): Kernel {
  return (inputs, attrs) => {
    const windows = volumes(inputs.x!, attrs);
    const out = heap.output(windows.outShape);
    copyPlaces(heap, inputs.x!, placesOfLargest(heap, inputs.x!, windows), out);
    return out;
  };
}

/** `MaxPoolWithArgmax`: the largest values and where each stands in its image, or in the batch. */
export function maxPoolWithArgmax(heap: Heap): (...parameters: Parameters<Kernel>) => TensorInfo[] {
  return (inputs, attrs) => {
    const x = inputs.x!;
    const windows = planes(x, attrs);
    const [pooled, indexes] = [heap.output(windows.outShape), heap.output(windows.outShape, "int32")];
    const places = placesOfLargest(heap, x, windows);
    copyPlaces(heap, x, places, pooled);
    const imageSize = attrs.includeBatchInIndex ? Number.POSITIVE_INFINITY : util.sizeFromShape(x.shape.slice(1));
    heap.integers(indexes).set(places.map((place) => place % imageSize));
    return [pooled, indexes];
  };
}

/** Sizes of a pooling: windows over x [batch, ...size, channels], one for each place of `outSize`. */
interface Windows {
  readonly outShape: readonly number[];
  readonly size: readonly [depth: number, height: number, width: number];
  readonly outSize: readonly [depth: number, height: number, width: number];
  readonly filter: readonly [depth: number, height: number, width: number];
  readonly stride: readonly [depth: number, height: number, width: number];
  /** Of the padding before the first element. */
  readonly pad: readonly [front: number, top: number, left: number];
}

function planes(x: TensorInfo, attrs: NamedAttrMap): Windows {
  type Arguments = Parameters<typeof backend_util.computePool2DInfo>;
  const pool = backend_util.computePool2DInfo(
    x.shape as Arguments[0],
    attrs.filterSize as Arguments[1],
    attrs.strides as Arguments[2],
    1,
    attrs.pad as Arguments[4],
    attrs.dimRoundingMode as Arguments[5],
  );
  return {
    outShape: pool.outShape,
    size: [1, pool.inHeight, pool.inWidth],
    outSize: [1, pool.outHeight, pool.outWidth],
    filter: [1, pool.filterHeight, pool.filterWidth],
    stride: [1, pool.strideHeight, pool.strideWidth],
    pad: [0, pool.padInfo.top, pool.padInfo.left],
  };
}

function volumes(x: TensorInfo, attrs: NamedAttrMap): Windows {
  type Arguments = Parameters<typeof backend_util.computePool3DInfo>;
  const pool = backend_util.computePool3DInfo(
    x.shape as Arguments[0],
    attrs.filterSize as Arguments[1],
    attrs.strides as Arguments[2],
    1,
    attrs.pad as Arguments[4],
    attrs.dimRoundingMode as Arguments[5],
  );
  return {
    outShape: pool.outShape,
    size: [pool.inDepth, pool.inHeight, pool.inWidth],
    outSize: [pool.outDepth, pool.outHeight, pool.outWidth],
    filter: [pool.filterDepth, pool.filterHeight, pool.filterWidth],
    stride: [pool.strideDepth, pool.strideHeight, pool.strideWidth],
    pad: [pool.padInfo.front, pool.padInfo.top, pool.padInfo.left],
  };
}

/** For each window and channel, the index in x of the first of its largest values; -1 for a window in the padding. */
function placesOfLargest(heap: Heap, input: TensorInfo, { size, outSize, filter, stride, pad }: Windows): Int32Array {
  util.assert(input.dtype === "float32", () => `max pooling of ${input.dtype}, expected float32`);
  const x = heap.floats(input);
  const batch = input.shape[0]!;
  const channels = input.shape.at(-1)!;
  const [inDepth, inHeight, inWidth] = size;
  const places = new Int32Array(batch * util.sizeFromShape([...outSize]) * channels);
  const range = (axis: 0 | 1 | 2, at: number) => {
    const start = at * stride[axis] - pad[axis];
    return [Math.max(0, start), Math.min(size[axis], start + filter[axis])] as const;
  };
  let next = 0;
  for (let item = 0; item < batch; item++) {
    for (let outDepth = 0; outDepth < outSize[0]; outDepth++) {
      const [firstDepth, endDepth] = range(0, outDepth);
      for (let outRow = 0; outRow < outSize[1]; outRow++) {
        const [firstRow, endRow] = range(1, outRow);
        for (let outColumn = 0; outColumn < outSize[2]; outColumn++) {
          const [firstColumn, endColumn] = range(2, outColumn);
          for (let channel = 0; channel < channels; channel++) {
            let place = -1;
            for (let depth = firstDepth; depth < endDepth; depth++) {
              for (let row = firstRow; row < endRow; row++) {
                const line = ((item * inDepth + depth) * inHeight + row) * inWidth;
                for (let column = firstColumn; column < endColumn; column++) {
                  const index = (line + column) * channels + channel;
                  if (place < 0 || x[index]! > x[place]!) place = index;
                }
              }
            }
            places[next++] = place;
          }
        }
      }
    }
  }
  return places;
}

function copyPlaces(heap: Heap, x: TensorInfo, places: Int32Array, out: TensorInfo): void {
  const [source, target] = [heap.floats(x), heap.floats(out)];
  places.forEach((place, i) => {
    target[i] = place < 0 ? Number.NEGATIVE_INFINITY : source[place]!;
  });
}

function scatter(heap: Heap, x: TensorInfo, dy: TensorInfo, windows: Windows): TensorInfo {
  const places = placesOfLargest(heap, x, windows);
  const out = heap.output(x.shape);
  const [dx, gradient] = [heap.floats(out), heap.floats(dy)];
  dx.fill(0);
  places.forEach((place, i) => {
    if (place >= 0) dx[place]! += gradient[i]!;
  });
  return out;
}
