import { tensor, tensor1d } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { gatherRows } from "../../src/layers/gather-rows.ts";
import { fusedAndPlain } from "./fused-and-plain.ts";

fusedAndPlain((compute) => {
  test("rows of each item in a new order, some twice and some not at all", async () => {
    const x = [
      [0, 1],
      [2, 3],
      [4, 5],
      [10, 11],
      [12, 13],
      [14, 15],
    ].flat();
    const result = await compute(() => gatherRows(tensor(x, [2, 3, 2]), tensor1d([2, 0, 2, 2], "int32")));
    expect([...result]).toEqual([4, 5, 0, 1, 4, 5, 4, 5, 14, 15, 10, 11, 14, 15, 14, 15]);
  });
});
