import { env, fused, matMul, tensor, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { fusedKernels, hasFused } from "../../../src/backend/fused-kernels.ts";
import { openWasmBackend, wasmReport } from "../../../src/backend/wasm/open.ts";
import { gelu } from "../../../src/layers/gelu.ts";
import { linear } from "../../../src/layers/linear.ts";

// A process of its own: what the engine can do is asked once.
beforeAll(async () => {
  env().set("WASM_HAS_SIMD_SUPPORT", false);
  await openWasmBackend();
});

test("an engine without SIMD has none of our fused kernels", () => {
  expect(wasmReport()).toMatchObject({ simd: false });
  for (const kernel of Object.values(fusedKernels)) expect(hasFused(kernel)).toBe(false);
});

test("what layers compose of plain operations is right there", () => {
  tidy(() => {
    const out = linear(
      tensor([[1, 2]]),
      {
        weight: tensor([
          [1, -1],
          [1, -1],
        ]),
        bias: tensor([1, 1]),
      },
      "relu",
    );
    expect([...out.dataSync()]).toEqual([4, 0]);
    expect(gelu(tensor([1])).dataSync()[0]).toBeCloseTo(0.8413447, 6);
  });
});

test("a bias is added once to a batched product", () => {
  tidy(() => {
    const [a, b, bias] = [
      tensor(new Float32Array(192).fill(1), [2, 1, 96]),
      tensor(new Float32Array(96).fill(1), [1, 96, 1]),
      tensor([1]),
    ];
    expect([...fused.matMul({ a: a as never, b: b as never, bias }).dataSync()]).toEqual([97, 97]);
  });
});

test("a product that would pair the wrong matrices is refused", () => {
  tidy(() => {
    const [a, b] = [tensor([1, 2], [2, 1, 1, 1]), tensor([1, 10], [1, 2, 1, 1])];
    expect(() => matMul(a, b)).toThrow(
      "matMul: shapes [2,1,1,1] and [1,2,1,1] broadcast each other, which needs SIMD here",
    );
    expect([...matMul(a, tensor([3], [1, 1])).dataSync()]).toEqual([3, 6]);
  });
});
