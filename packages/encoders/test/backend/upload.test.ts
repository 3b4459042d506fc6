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

  test("copies what lies in a buffer, of any length", async () => {
    const backend = await open();
    for (const elements of [1, 3, 64, 1000, 2 ** 18]) {
      const buffer = backend.buffer(elements + 5);
      const values = buffer.subarray(0, elements).fill(1);
      const uploaded = backend.upload(values, [elements]);
      buffer.fill(2);
      expect(uploaded.dataSync().every((value) => value === 1)).toBe(true);
      uploaded.dispose();
    }
  });
});
