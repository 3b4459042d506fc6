import {
  _FusedMatMul,
  AvgPool,
  BatchMatMul,
  Conv2D,
  Conv2DBackpropFilter,
  FusedConv2D,
  GatherV2,
  getKernel,
  MaxPool3D,
  MaxPool3DGrad,
  MaxPoolGrad,
  MaxPoolWithArgmax,
  registerKernel,
  Transpose,
  UnsortedSegmentSum,
  unregisterKernel,
} from "@tensorflow/tfjs-core";
import { fusedKernels } from "../fused-kernels.ts";
import { trainingKernels } from "../training-kernels.ts";
import type { Heap } from "./heap.ts";
import { averagePool } from "./kernels/average-pool.ts";
import { conv2d, conv2dBackpropFilter, fusedConv2d } from "./kernels/convolution.ts";
import { attention, gelu, layerNorm, linear } from "./kernels/fused.ts";
import { gatherV2 } from "./kernels/gather.ts";
import { batchMatMul, checkedBatchMatMul, fusedMatMul } from "./kernels/mat-mul.ts";
import { maxPool3d, maxPool3dGrad, maxPoolGrad, maxPoolWithArgmax } from "./kernels/max-pool.ts";
import type { Kernel } from "./kernels/stock.ts";
import { adamW, batchNorm, batchNormGrad, reluGrad } from "./kernels/training.ts";
import { transpose } from "./kernels/transpose.ts";
import { unsortedSegmentSum } from "./kernels/unsorted-segment-sum.ts";
import type { TensorKernels } from "./tensor-kernels.ts";
import type { TrainingKernels } from "./training-kernels.ts";

/** Our kernels for engines that have SIMD. */
export interface SimdKernels {
  readonly tensors: TensorKernels;
  readonly training: TrainingKernels;
}

/**
 * Puts kernels of ours in the place of those of the started WebAssembly backend that are wrong, slow or missing; other
 * backends keep theirs.
 */
export function registerKernels(heap: Heap, kernels: SimdKernels | undefined): void {
  const simd = kernels?.tensors;
  replace(_FusedMatMul, fusedMatMul(heap, simd));
  replace(AvgPool, averagePool(heap));
  replace(MaxPoolGrad, maxPoolGrad(heap));
  replace(MaxPoolWithArgmax, maxPoolWithArgmax(heap));
  replace(MaxPool3D, maxPool3d(heap));
  replace(MaxPool3DGrad, maxPool3dGrad(heap));
  replace(UnsortedSegmentSum, unsortedSegmentSum(heap));
  if (kernels === undefined || simd === undefined) {
    replace(BatchMatMul, checkedBatchMatMul(stockKernel(heap, BatchMatMul)));
    return;
  }
  const { training } = kernels;
  replace(BatchMatMul, batchMatMul(heap, simd));
  replace(Conv2D, conv2d(heap, simd));
  replace(FusedConv2D, fusedConv2d(heap, simd));
  replace(Conv2DBackpropFilter, conv2dBackpropFilter(heap, simd));
  replace(GatherV2, gatherV2(heap, simd, stockKernel(heap, GatherV2)));
  replace(Transpose, transpose(heap, simd, stockKernel(heap, Transpose)));
  replace(fusedKernels.linear, linear(heap, simd));
  replace(fusedKernels.gelu, gelu(heap, simd));
  replace(fusedKernels.layerNorm, layerNorm(heap, simd));
  replace(fusedKernels.attention, attention(heap, simd));
  replace(trainingKernels.batchNorm, batchNorm(heap, training));
  replace(trainingKernels.batchNormGrad, batchNormGrad(heap, training));
  replace(trainingKernels.reluGrad, reluGrad(heap, training));
  replace(trainingKernels.adamW, adamW(heap, training));
}

/** The kernel that is registered now, to be called when another one has its name. */
function stockKernel(heap: Heap, name: string): Kernel {
  const { kernelFunc } = getKernel(name, "wasm");
  return (inputs, attrs) => kernelFunc({ inputs, attrs, backend: heap.backend }) as ReturnType<Kernel>;
}

function replace(name: string, kernel: Kernel | ReturnType<typeof maxPoolWithArgmax>): void {
  const setupFunc = getKernel(name, "wasm")?.setupFunc;
  if (getKernel(name, "wasm") !== undefined) unregisterKernel(name, "wasm");
  registerKernel({
    kernelName: name,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs }) => kernel(inputs, attrs ?? {}),
    // Stock kernels that ours call are prepared by it whenever the backend is set.
    ...(setupFunc && { setupFunc }),
  });
}
