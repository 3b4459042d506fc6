import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Heap } from "../heap.ts";
import type { MatMulActivation, TensorKernels } from "../tensor-kernels.ts";
import { product } from "./product.ts";
import type { Kernel } from "./stock.ts";

/** `IrecLinear`: see fused-kernels.ts. */
export function linear(heap: Heap, simd: TensorKernels): Kernel {
  return (inputs, attrs) => {
    const { x, weight, bias } = inputs as Record<"x" | "weight", TensorInfo> & { bias?: TensorInfo };
    const [inner, outer] = weight.shape as [number, number];
    util.assert(
      x.shape.at(-1) === inner && (bias === undefined || util.arraysEqual(bias.shape, [outer])),
      () => `IrecLinear: x [${x.shape}] and bias [${bias?.shape}] do not fit weight [${weight.shape}]`,
    );
    const rows = { ...x, shape: [util.sizeFromShape(x.shape.slice(0, -1)), inner] };
    const activation = attrs.activation as MatMulActivation;
    const factors = { a: rows, b: weight, transposeA: false, transposeB: false };
    return { ...product(heap, simd, factors, { bias, activation }), shape: [...x.shape.slice(0, -1), outer] };
  };
}

/** `IrecGelu`. */
export function gelu(heap: Heap, simd: TensorKernels): Kernel {
  return (inputs) => {
    const x = inputs.x!;
    const out = heap.output(x.shape);
    simd.gelu(heap.pointer(x), heap.pointer(out), util.sizeFromShape(x.shape));
    return out;
  };
}

/** `IrecLayerNorm`. */
export function layerNorm(heap: Heap, simd: TensorKernels): Kernel {
  return (inputs, attrs) => {
    const { x, residual, gamma, beta } = inputs as Record<"x" | "gamma" | "beta", TensorInfo> & {
      residual?: TensorInfo;
    };
    const channels = x.shape.at(-1)!;
    const fits = (tensor: TensorInfo, shape: number[]) => util.arraysEqual(tensor.shape, shape);
    util.assert(
      fits(gamma, [channels]) && fits(beta, [channels]) && (residual === undefined || fits(residual, x.shape)),
      () =>
        `IrecLayerNorm: gamma [${gamma.shape}], beta [${beta.shape}] or residual [${residual?.shape}] ` +
        `do not fit x [${x.shape}]`,
    );
    const out = heap.output(x.shape);
    simd.layerNorm(
      heap.pointer(x),
      residual === undefined ? 0 : heap.pointer(residual),
      heap.pointer(gamma),
      heap.pointer(beta),
      heap.pointer(out),
      util.sizeFromShape(x.shape.slice(0, -1)),
      channels,
      attrs.epsilon as number,
    );
    return out;
  };
}

/** `IrecAttention`. */
export function attention(heap: Heap, simd: TensorKernels): Kernel {
  return (inputs, attrs) => {
    const { qkv, additive } = inputs as { qkv: TensorInfo; additive?: TensorInfo };
    const heads = attrs.heads as number;
    const [b, n, packed] = qkv.shape as [number, number, number];
    const channels = packed / 3;
    const [p, h, m, columns] = (additive?.shape ?? [1, 1, 1, n]) as [number, number, number, number];
    util.assert(
      channels % heads === 0 && b % p === 0 && heads % h === 0 && (m === 1 || m === n) && columns === n,
      () => `IrecAttention: qkv [${qkv.shape}], additive [${additive?.shape}] and ${heads} heads do not fit`,
    );
    return heap.withScratch(simd.attentionScratch(n, channels / heads), (scratch) => {
      const out = heap.output([b, n, channels]);
      simd.attention(
        heap.pointer(qkv),
        additive === undefined ? 0 : heap.pointer(additive),
        heap.pointer(out),
        b,
        n,
        channels,
        heads,
        attrs.scale as number,
        p,
        h,
        m,
        scratch,
      );
      return out;
    });
  };
}
