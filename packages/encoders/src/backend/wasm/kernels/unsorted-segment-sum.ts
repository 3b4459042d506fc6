import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Heap } from "../heap.ts";
import type { Kernel } from "./stock.ts";

/**
 * `UnsortedSegmentSum`, the gradient of a gather, which stock does not have: row s of the result is the sum of the rows of
 * `x` whose `segmentIds` are s. Rows with other ids than 0 to numSegments - 1 count nowhere, as in TensorFlow.js' own kernel.
 */
export function unsortedSegmentSum(heap: Heap): Kernel {
  return (inputs, attrs) => {
    const { x, segmentIds } = inputs as Record<"x" | "segmentIds", TensorInfo>;
    const numSegments = attrs.numSegments as number;
    const rows = segmentIds.shape[0] ?? 1;
    const inner = x.shape.slice(1);
    const size = util.sizeFromShape(inner);
    const out = heap.output([numSegments, ...inner], x.dtype);
    const valuesOf = (tensor: TensorInfo) => (x.dtype === "int32" ? heap.integers(tensor) : heap.floats(tensor));
    const [sums, values, ids] = [valuesOf(out), valuesOf(x), heap.integers(segmentIds)];
    sums.fill(0);
    for (let row = 0; row < rows; row++) {
      const id = ids[row]!;
      if (id < 0 || id >= numSegments) continue;
      for (let i = 0; i < size; i++) sums[id * size + i]! += values[row * size + i]!;
    }
    return out;
  };
}
