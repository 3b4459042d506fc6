import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core";
import type { Heap } from "../heap.ts";
import type { Kernel } from "./stock.ts";

/**
 * `MaxPoolGrad`: the gradient of each window goes to the first of its largest values, as in PyTorch. Stock starts its search
 * at the smallest positive number, so that a window without a positive value gets no gradient at all.
 */
export function maxPoolGrad(heap: Heap): Kernel {
  return (inputs, attrs) => {
    const { dy, input } = inputs as Record<"dy" | "input", TensorInfo>;
    type Arguments = Parameters<typeof backend_util.computePool2DInfo>;
    const pool = backend_util.computePool2DInfo(
      input.shape as Arguments[0],
      attrs.filterSize as Arguments[1],
      attrs.strides as Arguments[2],
      1,
      attrs.pad as Arguments[4],
      attrs.dimRoundingMode as Arguments[5],
    );
    const { inHeight, inWidth, outHeight, outWidth, inChannels: channels, padInfo } = pool;
    const out = heap.output(input.shape);
    const [dx, x, gradient] = [heap.floats(out), heap.floats(input), heap.floats(dy)];
    dx.fill(0);
    let at = 0;
    for (let image = 0; image < pool.batchSize; image++) {
      for (let outRow = 0; outRow < outHeight; outRow++) {
        const top = outRow * pool.strideHeight - padInfo.top;
        const firstRow = Math.max(0, top);
        const endRow = Math.min(inHeight, top + pool.filterHeight);
        for (let outColumn = 0; outColumn < outWidth; outColumn++) {
          const left = outColumn * pool.strideWidth - padInfo.left;
          const firstColumn = Math.max(0, left);
          const endColumn = Math.min(inWidth, left + pool.filterWidth);
          for (let channel = 0; channel < channels; channel++, at++) {
            let largest = Number.NEGATIVE_INFINITY;
            let place = -1;
            for (let row = firstRow; row < endRow; row++) {
              for (let column = firstColumn; column < endColumn; column++) {
                const index = ((image * inHeight + row) * inWidth + column) * channels + channel;
                const value = x[index]!;
                if (value > largest || place < 0) {
                  largest = value;
                  place = index;
                }
              }
            }
            if (place >= 0) dx[place]! += gradient[at]!;
          }
        }
      }
    }
    return out;
  };
}
