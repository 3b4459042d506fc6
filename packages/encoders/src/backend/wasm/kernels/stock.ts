import { getKernel, type NamedAttrMap, type NamedTensorInfoMap, type TensorInfo } from "@tensorflow/tfjs-core";
import type { Heap } from "../heap.ts";

/** A kernel function of one output, with what it needs to run. */
export type Kernel = (inputs: NamedTensorInfoMap, attrs: NamedAttrMap) => TensorInfo;

/** Runs the kernel that is registered for the backend under a name. */
export function runKernel(heap: Heap, name: string, inputs: NamedTensorInfoMap, attrs: NamedAttrMap = {}): TensorInfo {
  const { kernelFunc } = getKernel(name, "wasm");
  return kernelFunc({ inputs, attrs, backend: heap.backend }) as TensorInfo;
}
