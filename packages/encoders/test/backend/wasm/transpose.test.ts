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

test("exchanges the middle ones of four axes", () => {
  const size = integer({ min: 1, max: 9 });
  assert(
    property(size, size, size, size, (b, n, m, c) => {
      const x = naive.randomValues([b, n, m, c], 6);
      const before = memory().numTensors;
      tidy(() => {
        const out = transpose(naive.onBackend(x), [0, 2, 1, 3]);
        expect(out.shape).toEqual([b, m, n, c]);
        const values = out.dataSync();
        for (let i = 0; i < values.length; i++) {
          const [item, second, third, last] = [
            Math.floor(i / (m * n * c)),
            Math.floor(i / (n * c)) % m,
            Math.floor(i / c) % n,
            i % c,
          ];
          expect(values[i]).toBe(x.data[((item * n + third) * m + second) * c + last]);
        }
      });
      expect(memory().numTensors).toBe(before);
    }),
    { seed: 4, numRuns: 60 },
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
