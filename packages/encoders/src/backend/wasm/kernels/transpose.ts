import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Heap } from "../heap.ts";
import type { TensorKernels } from "../tensor-kernels.ts";
import type { Kernel } from "./stock.ts";

/**
 * `Transpose` of float32 matrices, sixteen values at a time; stock, which walks through the result value by value and misses
 * the cache with each of a large matrix, takes some six times as long. Of four axes, the exchange of the middle ones, which an
 * attention makes, is a copy of rows. Everything else is left to stock.
 */
export function transpose(heap: Heap, simd: TensorKernels, stock: Kernel): Kernel {
  return (inputs, attrs) => {
    const x = inputs.x!;
    const order = attrs.perm as number[];
    if (x.dtype === "float32" && util.arraysEqual(order, [0, 2, 1, 3])) return exchanged(heap, simd, x);
    if (x.dtype !== "float32" || !util.arraysEqual(order, [1, 0])) return stock(inputs, attrs);
    const [rows, columns] = x.shape as [number, number];
    const out = heap.output([columns, rows]);
    simd.transpose(heap.pointer(x), rows, columns, heap.pointer(out));
    return out;
  };
}

/** x [b, n, m, c] as [b, m, n, c]. */
function exchanged(heap: Heap, simd: TensorKernels, x: TensorInfo): TensorInfo {
  const [b, n, m, c] = x.shape as [number, number, number, number];
  return heap.withScratch(4 * n * m, (scratch) => {
    const out = heap.output([b, m, n, c]);
    const indices = new Int32Array(heap.backend.wasm.HEAPU8.buffer, scratch, n * m);
    for (let i = 0, at = 0; i < m; i++) {
      for (let j = 0; j < n; j++) indices[at++] = j * m + i;
    }
    simd.gatherRows(heap.pointer(x), scratch, heap.pointer(out), b, n * m, n * m, c);
    return out;
  });
}
