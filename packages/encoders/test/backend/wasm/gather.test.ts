import { gather, memory, type Tensor, tensor, tidy, unsortedSegmentSum } from "@tensorflow/tfjs-core";
import { array, assert, integer, property, record } from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { GatherIndexError } from "../../../src/backend/wasm/errors.ts";
import { openWasmBackend } from "../../../src/backend/wasm/open.ts";
import * as naive from "./naive.ts";

beforeAll(async () => {
  await openWasmBackend();
});

describe("gather", () => {
  const table = record({
    before: integer({ min: 1, max: 4 }),
    rows: integer({ min: 1, max: 9 }),
    size: integer({ min: 1, max: 11 }),
    indices: array(integer({ min: 0, max: 8 }), { maxLength: 12 }),
  });

  test("copies rows along every axis", () => {
    assert(
      property(table, ({ before, rows, size, indices: anyIndices }) => {
        const indices = anyIndices.map((index) => index % rows);
        const x = naive.randomValues([before, rows, size], 13);
        tidy(() => {
          const out = gather(naive.onBackend(x), tensor(indices, [indices.length], "int32"), 1);
          expect(out.shape).toEqual([before, indices.length, size]);
          const expected = Array.from({ length: before }, (_, b) =>
            indices.map((row) => [...x.data.slice((b * rows + row) * size, (b * rows + row + 1) * size)]),
          );
          expect([...out.dataSync()]).toEqual(expected.flat(2));
        });
      }),
      { seed: 25, numRuns: 100 },
    );
    tidy(() => {
      const x = tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]);
      expect(gather(x, tensor([1, 0, 1], [3], "int32")).arraySync()).toEqual([
        [4, 5, 6],
        [1, 2, 3],
        [4, 5, 6],
      ]);
      expect(gather(x, tensor([[2, 0]], [1, 2], "int32"), -1).arraySync()).toEqual([[[3, 1]], [[6, 4]]]);
    });
  });

  test("keeps integers exactly", () => {
    tidy(() => {
      const x = tensor([16777217, -2147483648, 2147483647], [3], "int32");
      const out = gather(x, tensor([2, 0], [2], "int32"));
      expect(out.dtype).toBe("int32");
      expect([...out.dataSync()]).toEqual([2147483647, 16777217]);
    });
  });

  test("refuses an index that is no row, and leaves nothing behind", () => {
    const x = tensor([[1], [2]]);
    const cases = [
      [[0, 2], "gather: index 2 at position 1 is not in 0 to 1"],
      [[-1], "gather: index -1 at position 0 is not in 0 to 1"],
    ] as const;
    for (const [values, message] of cases) {
      const indices = tensor([...values], [values.length], "int32");
      const before = memory();
      expect(() => gather(x, indices)).toThrow(GatherIndexError);
      expect(() => gather(x, indices)).toThrow(message);
      expect(memory()).toEqual(before);
      indices.dispose();
    }
    x.dispose();
  });

  test("leaves batched gathers and booleans as they were", () => {
    tidy(() => {
      const x = tensor([
        [1, 2],
        [3, 4],
      ]);
      const indices = tensor(
        [
          [1, 1],
          [0, 1],
        ],
        [2, 2],
        "int32",
      );
      expect(gather(x, indices, 1, 1).arraySync()).toEqual([
        [2, 2],
        [3, 4],
      ]);
      expect([...gather(tensor([true, false]), tensor([1, 0], [2], "int32")).dataSync()]).toEqual([0, 1]);
    });
  });
});

describe("unsortedSegmentSum, the gradient of gather", () => {
  test("adds up the rows of each segment, wherever they are", () => {
    tidy(() => {
      const x = tensor([
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
      ]);
      const ids = tensor([2, 0, 2, 0], [4], "int32");
      expect(unsortedSegmentSum(x, ids as never, 4).arraySync()).toEqual([
        [10, 12],
        [0, 0],
        [6, 8],
        [0, 0],
      ]);
    });
  });

  test("is the gradient: gathered rows get back what was multiplied with them", () => {
    // sum(dy * gather(x, i)) is linear in x, so its gradient g fulfils sum(g * x) = sum(dy * gather(x, i)).
    tidy(() => {
      const [x, dy] = [naive.randomValues([5, 3], 14), naive.randomValues([8, 3], 15)];
      const rows = [4, 4, 0, 1, 3, 4, 1, 0];
      const gradient = unsortedSegmentSum(naive.onBackend(dy), tensor(rows, [8], "int32") as never, 5) as Tensor;
      const left = [...gradient.dataSync()].reduce((sum, value, i) => sum + value * x.data[i]!, 0);
      const right = dy.data.reduce((sum, value, i) => sum + value * x.data[rows[Math.floor(i / 3)]! * 3 + (i % 3)]!, 0);
      expect(left).toBeCloseTo(right, 5);
    });
  });

  test("rows of no segment count nowhere, and integers stay integers", () => {
    tidy(() => {
      const out = unsortedSegmentSum(tensor([1, 2, 4], [3], "int32"), tensor([-1, 1, 7], [3], "int32") as never, 2);
      expect(out.dtype).toBe("int32");
      expect([...out.dataSync()]).toEqual([0, 2]);
    });
  });
});
