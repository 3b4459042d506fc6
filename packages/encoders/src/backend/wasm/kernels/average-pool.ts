import { backend_util, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Heap } from "../heap.ts";
import type { Kernel } from "./stock.ts";

/**
 * `AvgPool`: means over windows of what lies inside of the image. Stock makes -Infinity of NaN, of which the next ReLU makes 0:
 * nothing of a damaged activation is then seen in the output.
 */
export function averagePool(heap: Heap): Kernel {
  return (inputs, attrs) => {
    const x = inputs.x!;
    util.assert(x.dtype === "float32", () => `average pooling of ${x.dtype}, expected float32`);
    type Arguments = Parameters<typeof backend_util.computePool2DInfo>;
    const pool = backend_util.computePool2DInfo(
      x.shape as Arguments[0],
      attrs.filterSize as Arguments[1],
      attrs.strides as Arguments[2],
      1,
      attrs.pad as Arguments[4],
      attrs.dimRoundingMode as Arguments[5],
    );
    const out = heap.output(pool.outShape);
    averageWindows(heap, x, out, pool);
    return out;
  };
}

function averageWindows(heap: Heap, x: TensorInfo, out: TensorInfo, pool: backend_util.Conv2DInfo): void {
  const { batchSize, inHeight, inWidth, inChannels: channels, outHeight, outWidth, padInfo } = pool;
  const { filterHeight, filterWidth, strideHeight, strideWidth } = pool;
  const [source, target] = [heap.floats(x), heap.floats(out)];
  target.fill(0);
  let to = 0;
  for (let item = 0; item < batchSize; item++) {
    for (let outRow = 0; outRow < outHeight; outRow++) {
      const top = outRow * strideHeight - padInfo.top;
      const [firstRow, endRow] = [Math.max(0, top), Math.min(inHeight, top + filterHeight)];
      for (let outColumn = 0; outColumn < outWidth; outColumn++) {
        const left = outColumn * strideWidth - padInfo.left;
        const [firstColumn, endColumn] = [Math.max(0, left), Math.min(inWidth, left + filterWidth)];
        for (let row = firstRow; row < endRow; row++) {
          let from = ((item * inHeight + row) * inWidth + firstColumn) * channels;
          for (let column = firstColumn; column < endColumn; column++) {
            for (let channel = 0; channel < channels; channel++) target[to + channel]! += source[from++]!;
          }
        }
        const count = (endRow - firstRow) * (endColumn - firstColumn);
        for (let channel = 0; channel < channels; channel++) target[to++]! /= count;
      }
    }
  }
}
