import { type NamedAttrMap, type NamedTensorInfoMap, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Heap } from "../heap.ts";
import type { TrainingKernels } from "../training-kernels.ts";

/** A kernel function of several outputs. */
type Kernel = (inputs: NamedTensorInfoMap, attrs: NamedAttrMap) => TensorInfo[];

/** `IrecBatchNorm`: see training-kernels.ts of the backends, as for all of these. */
export function batchNorm(heap: Heap, simd: TrainingKernels): Kernel {
  return (inputs, attrs) => {
    const { x, gamma, beta } = inputs as Record<"x" | "gamma" | "beta", TensorInfo>;
    const channels = channelsOf(x, [gamma, beta]);
    return heap.withScratch(simd.batchNormScratch(channels), (scratch) => {
      const outputs = [heap.output(x.shape), heap.output([channels]), heap.output([channels])] as const;
      const [y, mean, variance] = outputs;
      simd.batchNorm(
        heap.pointer(x),
        heap.pointer(gamma),
        heap.pointer(beta),
        heap.pointer(y),
        heap.pointer(mean),
        heap.pointer(variance),
        util.sizeFromShape(x.shape) / channels,
        channels,
        attrs.epsilon as number,
        attrs.relu as boolean,
        scratch,
      );
      return [...outputs];
    });
  };
}

/** `IrecBatchNormGrad`. */
export function batchNormGrad(heap: Heap, simd: TrainingKernels): Kernel {
  return (inputs, attrs) => {
    type Name = "x" | "y" | "dy" | "gamma" | "mean" | "variance";
    const { x, y, dy, gamma, mean, variance } = inputs as Record<Name, TensorInfo>;
    const channels = channelsOf(x, [gamma, mean, variance]);
    for (const { shape } of [y, dy]) util.assertShapesMatch(shape, x.shape, "IrecBatchNormGrad: ");
    return heap.withScratch(simd.batchNormScratch(channels), (scratch) => {
      const outputs = [heap.output(x.shape), heap.output([channels]), heap.output([channels])] as const;
      const [dx, dGamma, dBeta] = outputs;
      simd.batchNormGrad(
        heap.pointer(x),
        heap.pointer(y),
        heap.pointer(dy),
        heap.pointer(gamma),
        heap.pointer(mean),
        heap.pointer(variance),
        heap.pointer(dx),
        heap.pointer(dGamma),
        heap.pointer(dBeta),
        util.sizeFromShape(x.shape) / channels,
        channels,
        attrs.epsilon as number,
        attrs.relu as boolean,
        scratch,
      );
      return [...outputs];
    });
  };
}

/** `IrecReluGrad`. */
export function reluGrad(heap: Heap, simd: TrainingKernels): Kernel {
  return (inputs) => {
    const { y, dy } = inputs as Record<"y" | "dy", TensorInfo>;
    util.assertShapesMatch(y.shape, dy.shape, "IrecReluGrad: ");
    const out = heap.output(dy.shape);
    simd.reluGrad(heap.pointer(y), heap.pointer(dy), heap.pointer(out), util.sizeFromShape(dy.shape));
    return [out];
  };
}

/** `IrecAdamW`. */
export function adamW(heap: Heap, simd: TrainingKernels): Kernel {
  return (inputs, attrs) => {
    const tensors = ["weight", "first", "second", "gradient"].map((name) => inputs[name]!);
    const [weight, first, second, gradient] = tensors as [TensorInfo, TensorInfo, TensorInfo, TensorInfo];
    for (const { shape } of tensors) util.assertShapesMatch(shape, weight.shape, "IrecAdamW: ");
    const { beta1, beta2, decay, rate, correction, epsilon } = attrs as Record<string, number>;
    simd.adamW(
      heap.pointer(weight),
      heap.pointer(first),
      heap.pointer(second),
      heap.pointer(gradient),
      util.sizeFromShape(weight.shape),
      1 - beta1!,
      beta2!,
      1 - beta2!,
      1 - decay!,
      rate!,
      correction!,
      epsilon!,
    );
    return [];
  };
}

/** The last size of x, which those of the vectors have to be. */
function channelsOf(x: TensorInfo, vectors: readonly TensorInfo[]): number {
  const channels = x.shape.at(-1)!;
  for (const { shape } of vectors) util.assertShapesMatch(shape, [channels], "batch normalisation: ");
  return channels;
}
