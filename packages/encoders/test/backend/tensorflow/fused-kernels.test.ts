import { backend as engineBackend, memory, type Tensor, tensor, unregisterKernel } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import type { Backend } from "../../../src/backend/backend.ts";
import { type FusedKernel, fusedKernels, runFused } from "../../../src/backend/fused-kernels.ts";
import { registerFusedKernels } from "../../../src/backend/tensorflow/kernels.ts";
import { hasOneDnn } from "../../../src/backend/tensorflow/one-dnn.ts";
import type { TfjsNodeBackend } from "../../../src/backend/tensorflow/tfjs-node-backend.ts";
import { onTensorflow } from "../../backends.ts";
import * as naive from "./naive-kernels.ts";

/** Normal deviates from a seed. */
function normal(count: number, seed: number): Float32Array {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** Random values with their shape. */
interface Values {
  readonly values: Float32Array;
  readonly shape: number[];
}
const random = (shape: number[], seed: number): Values => ({ values: normal(size(shape), seed), shape });

/** Runs a kernel and reads its output; nothing else may be left. */
function run(
  backend: Backend,
  kernel: FusedKernel,
  inputs: Readonly<Record<string, Values | undefined>>,
  attributes: Record<string, string | number> = {},
): { values: Float32Array; shape: number[] } {
  const before = memory().numTensors;
  const given = Object.entries(inputs).filter((entry): entry is [string, Values] => entry[1] !== undefined);
  const output = backend.run(() =>
    runFused(
      kernel,
      Object.fromEntries(given.map(([name, { values, shape }]): [string, Tensor] => [name, tensor(values, shape)])),
      attributes,
    ),
  );
  const result = { values: output.dataSync() as Float32Array, shape: output.shape };
  output.dispose();
  expect(memory().numTensors).toBe(before);
  return result;
}

/** The largest difference from what is expected, as a part of the largest value. */
function relativeError(found: Float32Array, expected: Float64Array): number {
  expect(found.length).toBe(expected.length);
  let [worst, largest] = [0, 0];
  for (const [i, value] of expected.entries()) {
    worst = Math.max(worst, Math.abs(found[i]! - value));
    largest = Math.max(largest, Math.abs(value));
  }
  return worst / largest;
}

/** Float32 has 6e-8. Seen: 4e-7 with sums of 512 products, 1.1e-6 with tanh of them, 2e-7 in the rest. */
const TOLERANCE = 2e-6;

onTensorflow((open) => {
  const kinds = [
    ["with oneDNN where there is one", undefined],
    ["with plain operations", false],
  ] as const;
  describe.each(kinds)("%s", (_, oneDnn) => {
    const prepared = async () => {
      const backend = await open();
      for (const kernelName of Object.values(fusedKernels)) unregisterKernel(kernelName, "tensorflow");
      const started = engineBackend() as unknown as TfjsNodeBackend;
      registerFusedKernels(started, oneDnn ?? hasOneDnn(started.binding));
      return backend;
    };

    test.each([
      ["none", [5, 7], 3, true],
      ["none", [2, 3, 129], 257, false],
      ["relu", [3, 64], 1, true],
      ["tanh", [2, 2, 2, 33], 31, true],
      ["gelu", [77, 96], 384, true],
      ["gelu", [1, 1], 1, false],
    ] as const)("linear with %s of %j into %i", async (activation, shape, outputs, biased) => {
      const backend = await prepared();
      const inputs = shape.at(-1)!;
      const x = random([...shape], 1);
      const weight = random([inputs, outputs], 2);
      const bias = biased ? random([outputs], 3) : undefined;
      const y = run(backend, fusedKernels.linear, { x, weight, bias }, { activation });
      expect(y.shape).toEqual([...shape.slice(0, -1), outputs]);
      const sizes = [size(shape) / inputs, inputs, outputs] as const;
      const expected = naive.linear(x.values, weight.values, bias?.values, sizes, activation);
      expect(relativeError(y.values, expected)).toBeLessThan(TOLERANCE);
    });

    test.each(["none", "relu", "tanh", "gelu"] as const)(
      "linear with %s of nothing is that of its bias",
      async (activation) => {
        const backend = await prepared();
        const bias: Values = { values: Float32Array.of(-1, 0.5), shape: [2] };
        for (const shape of [
          [3, 0],
          [1, 3, 0],
        ]) {
          const y = run(
            backend,
            fusedKernels.linear,
            { x: random(shape, 1), weight: random([0, 2], 2), bias },
            { activation },
          );
          expect(y.shape).toEqual([...shape.slice(0, -1), 2]);
          const expected = naive.linear(new Float32Array(), new Float32Array(), bias.values, [3, 0, 2], activation);
          expect(relativeError(y.values, expected)).toBeLessThan(TOLERANCE);
        }
      },
    );

    test("linear into nothing is empty", async () => {
      const backend = await prepared();
      const inputs = { x: random([3, 4], 1), weight: random([4, 0], 2), bias: random([0], 3) };
      expect(run(backend, fusedKernels.linear, inputs, { activation: "relu" }).shape).toEqual([3, 0]);
    });

    test("linear uses the weights that it is given, not those of the layer before with the same shape", async () => {
      const backend = await prepared();
      const x = random([9, 512], 1);
      const bias = random([130], 2);
      for (const seed of [3, 4, 5]) {
        const weight = random([512, 130], seed);
        const y = run(backend, fusedKernels.linear, { x, weight, bias }, { activation: "none" });
        const expected = naive.linear(x.values, weight.values, bias.values, [9, 512, 130], "none");
        expect(relativeError(y.values, expected)).toBeLessThan(TOLERANCE);
      }
    });

    test("gelu has the error function, not its approximation by tanh", async () => {
      const backend = await prepared();
      const values = Float32Array.from({ length: 2401 }, (_, i) => (i - 1200) / 100);
      const y = run(backend, fusedKernels.gelu, { x: { values, shape: [7, 343] } });
      expect(y.shape).toEqual([7, 343]);
      // Within 1e-7 when measured; the approximation by tanh is off by 5e-4.
      for (const [i, x] of values.entries()) {
        expect(Math.abs(y.values[i]! - naive.activations.gelu!(x))).toBeLessThan(2e-7 * Math.max(1, Math.abs(x)));
      }
    });

    test.each([
      [[4, 5], false, 1e-5],
      [[2, 3, 767], true, 1e-5],
      [[1, 1, 1, 64], true, 1e-12],
      [[3, 1], false, 1e-5],
    ] as const)("layer norm of %j, residual: %s, epsilon %f", async (shape, added, epsilon) => {
      const backend = await prepared();
      const c = shape.at(-1)!;
      const [x, gamma, beta] = [random([...shape], 1), random([c], 2), random([c], 3)];
      const residual = added ? random([...shape], 4) : undefined;
      const y = run(backend, fusedKernels.layerNorm, { x, residual, gamma, beta }, { epsilon });
      expect(y.shape).toEqual(shape);
      const expected = naive.layerNorm(x.values, residual?.values, gamma.values, beta.values, epsilon);
      expect(relativeError(y.values, expected)).toBeLessThan(TOLERANCE);
    });

    test("layer norm of values far from zero keeps their differences", async () => {
      const backend = await prepared();
      const values = normal(300, 1).map((value) => Math.fround(1000 + value));
      const ones = { values: new Float32Array(100).fill(1), shape: [100] };
      const zeros = { values: new Float32Array(100), shape: [100] };
      const y = run(
        backend,
        fusedKernels.layerNorm,
        { x: { values, shape: [3, 100] }, gamma: ones, beta: zeros },
        { epsilon: 1e-5 },
      );
      // The mean of 1000 is known to 6e-5; the mean of squares less its square would be off by 0.1.
      expect(relativeError(y.values, naive.layerNorm(values, undefined, ones.values, zeros.values, 1e-5))).toBeLessThan(
        1e-4,
      );
    });

    test.each([
      [[2, 5, 6], 3, undefined],
      [[1, 1, 4], 1, undefined],
      [[3, 7, 10], 2, [1, 1, 7, 7]],
      [[3, 7, 10], 2, [3, 1, 1, 7]],
      [[6, 9, 12], 4, [3, 4, 9, 9]],
      [[6, 9, 12], 4, [2, 1, 1, 9]],
      [[4, 16, 64], 2, [1, 2, 16, 16]],
    ] as const)("attention of %j with %i heads and %j added", async (shape, heads, additiveShape) => {
      const backend = await prepared();
      const [b, n, c] = shape;
      const qkv = random([b, n, 3 * c], 1);
      const additive = additiveShape && random([...additiveShape], 2);
      const scale = 1 / Math.sqrt(c / heads);
      const y = run(backend, fusedKernels.attention, { qkv, additive }, { heads, scale });
      expect(y.shape).toEqual(shape);
      const added = additive && { values: additive.values, shape: additiveShape };
      expect(relativeError(y.values, naive.attention(qkv.values, shape, heads, scale, added))).toBeLessThan(TOLERANCE);
    });

    test("attention gives what is hidden by the smallest float32 no weight, and is finite where all is hidden", async () => {
      const backend = await prepared();
      const qkv = random([2, 4, 12], 1);
      const hidden = -3.4028234663852886e38;
      const values = Float32Array.of(0, 0, hidden, hidden, hidden, hidden, hidden, hidden);
      const y = run(
        backend,
        fusedKernels.attention,
        { qkv, additive: { values, shape: [2, 1, 1, 4] } },
        { heads: 2, scale: 1e-30 },
      );
      const v = (item: number, row: number, i: number) => qkv.values[(item * 4 + row) * 12 + 8 + i]!;
      expect(y.values[0]).toBeCloseTo((v(0, 0, 0) + v(0, 1, 0)) / 2, 6);
      expect(y.values[16]).toBeCloseTo((v(1, 0, 0) + v(1, 1, 0) + v(1, 2, 0) + v(1, 3, 0)) / 4, 6);
    });
  });
});
