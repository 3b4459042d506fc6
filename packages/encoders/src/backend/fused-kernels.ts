import {
  engine,
  getBackend,
  getKernel,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
} from "@tensorflow/tfjs-core";

/**
 * Kernels of our own: each does in one pass what would take several TensorFlow.js operations. A backend registers those
 * that are worth it under these names; the functions in `layers/` call them, and compose plain operations where a backend
 * has none. All values are float32.
 *
 * | kernel | inputs | attributes | output |
 * |---|---|---|---|
 * | `IrecLinear` | `x` [..., in], `weight` [in, out], `bias` [out] (optional) | `activation`: "none", "relu", "gelu" or "tanh" | [..., out], activation(x weight + bias) |
 * | `IrecGelu` | `x` | | as `x`, x (1 + erf(x / sqrt 2)) / 2 |
 * | `IrecLayerNorm` | `x` [..., c], `residual` as `x` (optional, added first), `gamma` [c], `beta` [c] | `epsilon` | as `x`; biased variance |
 * | `IrecAttention` | `qkv` [b, n, 3 c], the columns of q, k and v one after the other and head-major in each; `additive` [p, h, m, n] (optional) | `heads`, `scale` | [b, n, c] |
 *
 * `IrecAttention` is, for item i and head j, softmax(scale q k^T + additive[i mod p, j mod h, row mod m]) v: `p` is 1, the
 * number of windows of one image, or b; `h` is 1 or the number of heads; `m` is 1 or n. So one tensor carries relative position
 * biases, shift masks (per window), causal masks and padding masks (per item). Its values are finite.
 */
export const fusedKernels = {
  linear: "IrecLinear",
  gelu: "IrecGelu",
  layerNorm: "IrecLayerNorm",
  attention: "IrecAttention",
} as const;

export type FusedKernel = (typeof fusedKernels)[keyof typeof fusedKernels];

let plain = false;

/** Whether the backend in use has a kernel of ours, which is to be used. */
export function hasFused(kernel: FusedKernel): boolean {
  return !plain && getKernel(kernel, getBackend()) !== undefined;
}

/**
 * Runs all that `compute` does with plain operations of TensorFlow.js instead of our kernels, to compare the two: slower, and
 * equal up to rounding. It holds for the whole process until the promise settles.
 */
export async function withPlainOperations<T>(compute: () => Promise<T>): Promise<T> {
  plain = true;
  try {
    return await compute();
  } finally {
    plain = false;
  }
}

/** Runs a kernel of ours on the backend in use, which must have it. */
export function runFused(kernel: FusedKernel, inputs: Record<string, Tensor>, attrs: NamedAttrMap = {}): Tensor {
  return engine().runKernel(kernel, inputs as NamedTensorMap, attrs);
}
