import { add, memory } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { onEveryBackend } from "../backends.ts";

onEveryBackend((open) => {
  test("keeps what was uploaded until it is disposed, in its own type", async () => {
    const backend = await open();
    const before = memory().numTensors;
    const weights = backend.upload(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
    const index = backend.upload(Int32Array.of(7, 8), [2]);
    backend.run(() => add(weights, 1)).dispose();
    expect([weights.shape, weights.dtype]).toEqual([[2, 3], "float32"]);
    expect(weights.dataSync()).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    expect([index.shape, index.dtype]).toEqual([[2], "int32"]);
    expect(index.dataSync()).toEqual(Int32Array.of(7, 8));
    weights.dispose();
    index.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
