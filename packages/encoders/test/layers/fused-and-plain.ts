import type { Tensor } from "@tensorflow/tfjs-core";
import { describe } from "vitest";
import type { Backend } from "../../src/backend/backend.ts";
import { withPlainOperations } from "../../src/backend/fused-kernels.ts";
import { onEveryBackend } from "../backends.ts";

/** The values of what a function of tensors returns, which are freed. */
export type Compute = (compute: () => Tensor) => Promise<Float32Array>;

/** The same tests on each backend, with our kernels where it has them, and with plain operations of TensorFlow.js. */
export function fusedAndPlain(tests: (compute: Compute) => void): void {
  onEveryBackend((open) => {
    describe("with fused kernels", () => tests(async (compute) => values(await open(), compute)));
    describe("with plain operations", () =>
      tests(async (compute) => {
        const backend = await open();
        return await withPlainOperations(async () => values(backend, compute));
      }));
  });
}

function values(backend: Backend, compute: () => Tensor): Float32Array {
  const result = backend.run(compute);
  const data = result.dataSync<"float32">();
  result.dispose();
  return data;
}
