import { tensor } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { linear } from "../../src/layers/linear.ts";
import { greatestGap } from "../audio/golden.ts";
import { fusedAndPlain } from "./fused-and-plain.ts";
import { counted } from "./naive.ts";

fusedAndPlain((compute) => {
  test("x weight + bias along the last axis", async () => {
    const result = await compute(() =>
      linear(tensor([1, 2, 3, 4], [2, 1, 2]), {
        weight: tensor([1, 0, 2, 0, 1, 3], [2, 3]),
        bias: tensor([10, 20, 30]),
      }),
    );
    expect([...result]).toEqual([11, 22, 38, 13, 24, 48]);
  });

  test("has no bias unless there is one, and keeps the other axes", async () => {
    const shapes: number[][] = [];
    const result = await compute(() => {
      const output = linear(tensor([1, 2, 3, 4, 5, 6], [3, 1, 2]), { weight: tensor([1, 1], [2, 1]) });
      shapes.push(output.shape);
      return output;
    });
    expect(shapes).toEqual([[3, 1, 1]]);
    expect([...result]).toEqual([3, 7, 11]);
  });

  test("applies an activation to the sum", async () => {
    const layer = { weight: tensor([1], [1, 1]), bias: tensor([-1]) };
    const x = () => tensor([-1, 0.5, 1, 4], [4, 1]);
    expect([...(await compute(() => linear(x(), layer, "relu")))]).toEqual([0, 0, 0, 3]);
    // torch.tanh and torch.nn.functional.gelu of -2, -0.5, 0 and 3
    const tanh = [-0.9640275801, -0.4621171573, 0, 0.9950547537];
    expect(greatestGap(await compute(() => linear(x(), layer, "tanh")), tanh)).toBeLessThan(2e-7);
    const gelu = [-0.0455002639, -0.1542687694, 0, 2.9959503061];
    // Four steps of float32 at 3.
    expect(greatestGap(await compute(() => linear(x(), layer, "gelu")), gelu)).toBeLessThan(1e-6);
    for (const weight of Object.values(layer)) weight.dispose();
  });

  test("equals the sums of products for sizes that are no multiples of a vector", async () => {
    const [rows, inputs, outputs] = [13, 77, 51];
    const x = counted(rows * inputs, 1);
    const weight = counted(inputs * outputs, 2);
    const bias = counted(outputs, 3);
    const expected = Float64Array.from({ length: rows * outputs }, (_, at) => {
      const [row, column] = [Math.floor(at / outputs), at % outputs];
      let sum = bias[column]!;
      for (let k = 0; k < inputs; k++) sum += x[row * inputs + k]! * weight[k * outputs + column]!;
      return sum;
    });
    const result = await compute(() =>
      linear(tensor(Float32Array.from(x), [1, rows, inputs]), {
        weight: tensor(Float32Array.from(weight), [inputs, outputs]),
        bias: tensor(Float32Array.from(bias)),
      }),
    );
    // Sums of 77 products of up to 1, in float32.
    expect(greatestGap(result, expected)).toBeLessThan(5e-6);
  });
});
