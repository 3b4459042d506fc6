import { tensor1d } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { gelu } from "../../src/layers/gelu.ts";
import { greatestGap } from "../audio/golden.ts";
import { fusedAndPlain } from "./fused-and-plain.ts";

fusedAndPlain((compute) => {
  test("the exact one, as torch.nn.functional.gelu has it, and not the one with tanh", async () => {
    const x = [-6, -3, -1, -0.5, -0.001, 0, 0.5, 1, 3, 20];
    const exact = [
      -5.919525e-9, -0.004049694095, -0.1586552539, -0.1542687694, -0.0004996010577, 0, 0.3457312306, 0.8413447461,
      2.995950306, 20,
    ];
    const result = await compute(() => gelu(tensor1d(x)));
    // The polynomial of TensorFlow.js for erf is within 1.5e-7; the GELU with tanh is 4e-4 off at 3.
    expect(greatestGap(result, exact)).toBeLessThan(5e-7);
  });
});
