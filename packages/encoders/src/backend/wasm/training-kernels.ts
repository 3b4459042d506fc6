import { wasmBase64 } from "./training-kernels.wasm.ts";

/** What assembly/training-kernels.ts exports; pointers in bytes. See there for the meaning of each. */
export interface TrainingKernels {
  batchNormScratch(channels: number): number;
  batchNorm(
    x: number,
    gamma: number,
    beta: number,
    y: number,
    mean: number,
    variance: number,
    rows: number,
    channels: number,
    epsilon: number,
    relu: boolean,
    scratch: number,
  ): void;
  batchNormGrad(
    x: number,
    y: number,
    dy: number,
    gamma: number,
    mean: number,
    variance: number,
    dx: number,
    dGamma: number,
    dBeta: number,
    rows: number,
    channels: number,
    epsilon: number,
    relu: boolean,
    scratch: number,
  ): void;
  reluGrad(y: number, dy: number, out: number, n: number): void;
  adamW(
    weight: number,
    first: number,
    second: number,
    gradient: number,
    n: number,
    share1: number,
    beta2: number,
    share2: number,
    keep: number,
    rate: number,
    correction: number,
    epsilon: number,
  ): void;
}

/** Our SIMD kernels of training on a memory that is not shared, of an engine that has SIMD. */
export async function trainingKernelsOn(memory: WebAssembly.Memory): Promise<TrainingKernels> {
  const binary = Uint8Array.from(atob(wasmBase64), (character) => character.charCodeAt(0));
  const { instance } = await WebAssembly.instantiate(binary, { env: { memory } });
  return instance.exports as unknown as TrainingKernels;
}
