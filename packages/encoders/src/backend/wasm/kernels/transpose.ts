import { util } from "@tensorflow/tfjs-core";
import type { Heap } from "../heap.ts";
import type { TensorKernels } from "../tensor-kernels.ts";
import type { Kernel } from "./stock.ts";

/**
 * `Transpose` of float32 matrices, sixteen values at a time; stock, which walks through the result value by value and misses
 * the cache with each of a large matrix, takes some six times as long. Everything else is left to it.
 */
export function transpose(heap: Heap, simd: TensorKernels, stock: Kernel): Kernel {
  return (inputs, attrs) => {
    const x = inputs.x!;
    if (x.dtype !== "float32" || !util.arraysEqual(attrs.perm as number[], [1, 0])) return stock(inputs, attrs);
    const [rows, columns] = x.shape as [number, number];
    const out = heap.output([columns, rows]);
    simd.transpose(heap.pointer(x), rows, columns, heap.pointer(out));
    return out;
  };
}
