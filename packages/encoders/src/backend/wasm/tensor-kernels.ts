import { wasmBase64 } from "./tensor-kernels.wasm.ts";

/** What assembly/tensor-kernels.ts exports; pointers and strides in bytes. See there for the meaning of each. */
export interface TensorKernels {
  matMulScratch(): number;
  matMul(
    a: number,
    aStride: number,
    b: number,
    bStride: number,
    transposed: boolean,
    bias: number,
    c: number,
    cStride: number,
    m: number,
    k: number,
    n: number,
    activation: number,
    accumulate: boolean,
    scratch: number,
  ): void;
  transpose(x: number, rows: number, columns: number, y: number): void;
  gelu(x: number, y: number, n: number): void;
  layerNorm(
    x: number,
    residual: number,
    gamma: number,
    beta: number,
    y: number,
    rows: number,
    n: number,
    epsilon: number,
  ): void;
  attentionScratch(n: number, size: number): number;
  attention(
    qkv: number,
    additive: number,
    y: number,
    b: number,
    n: number,
    c: number,
    heads: number,
    scale: number,
    p: number,
    h: number,
    m: number,
    scratch: number,
  ): void;
  gatherRows(
    x: number,
    indices: number,
    out: number,
    batches: number,
    rows: number,
    count: number,
    size: number,
  ): number;
  patches(
    x: number,
    height: number,
    width: number,
    channels: number,
    filterRows: number,
    filterColumns: number,
    strideRows: number,
    strideColumns: number,
    dilationRows: number,
    dilationColumns: number,
    top: number,
    left: number,
    outColumns: number,
    first: number,
    count: number,
    out: number,
  ): void;
}

/** Activations that `matMul` applies, by their numbers there. */
export const matMulActivations = { none: 0, relu: 1, gelu: 2, tanh: 3 } as const;

export type MatMulActivation = keyof typeof matMulActivations;

/** Our SIMD kernels on a memory; undefined where the engine has no SIMD. The memory must not be a shared one. */
export async function tensorKernelsOn(memory: WebAssembly.Memory): Promise<TensorKernels | undefined> {
  const binary = Uint8Array.from(atob(wasmBase64), (character) => character.charCodeAt(0));
  if (!WebAssembly.validate(binary)) return undefined;
  const { instance } = await WebAssembly.instantiate(binary, { env: { memory } });
  return instance.exports as unknown as TensorKernels;
}
