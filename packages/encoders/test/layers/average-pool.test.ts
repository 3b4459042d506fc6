import { range, reshape } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { averagePool } from "../../src/layers/average-pool.ts";
import { onEveryBackend } from "../backends.ts";

onEveryBackend((open) => {
  test("means of squares; an odd row and an odd column are dropped", async () => {
    const backend = await open();
    //  0  1  2  3 | 4
    //  5  6  7  8 | 9
    // ------------
    // 10 11 12 13  14
    const result = backend.run(() => averagePool(reshape(range(0, 15), [1, 3, 5, 1]), 2));
    expect(result.shape).toEqual([1, 1, 2, 1]);
    expect([...result.dataSync()]).toEqual([3, 5]);
  });
});
