import { matMul, memory, tensor2d } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { onEveryBackend } from "../backends.ts";

onEveryBackend((open) => {
  test("computes, and frees what was made on the way", async () => {
    const backend = await open();
    const before = memory().numTensors;
    const product = backend.run(() => matMul(tensor2d([[1, 2]]), tensor2d([[3], [4]])));
    expect(product.dataSync()).toEqual(Float32Array.of(11));
    product.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
