import { memory, tensor, tidy, transpose } from "@tensorflow/tfjs-core";
import { assert, integer, property } from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { openWasmBackend } from "../../../src/backend/wasm/open.ts";
import * as naive from "./naive.ts";

beforeAll(async () => {
  await openWasmBackend();
});

test("transposes matrices of any size", () => {
  const size = integer({ min: 1, max: 40 });
  assert(
    property(size, size, (rows, columns) => {
      const x = naive.randomValues([rows, columns], 5);
      const before = memory().numTensors;
      tidy(() => {
        const out = transpose(naive.onBackend(x));
        expect(out.shape).toEqual([columns, rows]);
        expect([...out.dataSync()]).toEqual(
          Array.from({ length: rows * columns }, (_, i) => x.data[(i % rows) * columns + Math.floor(i / rows)]),
        );
      });
      expect(memory().numTensors).toBe(before);
    }),
    { seed: 3, numRuns: 100 },
  );
});

test("leaves other permutations and types to TensorFlow.js", () => {
  tidy(() => {
    const integers = tensor([1, 2, 3, 4, 5, 6], [2, 3], "int32");
    expect(transpose(integers).arraySync()).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    const matrix = tensor([1, 2, 3, 4], [2, 2]);
    expect(transpose(matrix, [0, 1]).arraySync()).toEqual(matrix.arraySync());
    const cube = tensor([1, 2, 3, 4, 5, 6], [1, 2, 3]);
    expect(transpose(cube, [2, 0, 1]).arraySync()).toEqual([[[1, 4]], [[2, 5]], [[3, 6]]]);
  });
});
