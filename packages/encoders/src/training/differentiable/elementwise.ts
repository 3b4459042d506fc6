import { add as addTensors, erf, exp, mul, relu as reluOf, sign, square, type Tensor } from "@tensorflow/tfjs-core";
import { hasTrainingKernel, runTrainingKernel, trainingKernels } from "../../backend/training-kernels.ts";
import { gelu as geluOf } from "../../layers/gelu.ts";
import type { Signal, Tape } from "../tape.ts";

/** a + b, of one shape. */
export function add(tape: Tape, a: Signal, b: Signal): Signal {
  return tape.apply(
    [a, b],
    () => ({ value: addTensors(a.value, b.value), saved: {} }),
    (dy) => [dy.clone(), dy.clone()],
  );
}

/** max(0, a + b), of one shape. */
export function addRelu(tape: Tape, a: Signal, b: Signal): Signal {
  const output: Signal = tape.apply(
    [a, b],
    () => ({ value: reluOf(addTensors(a.value, b.value)), saved: {} }),
    (dy) => {
      const part = reluGradient(dy, output.value);
      return [part, part.clone()];
    },
  );
  return output;
}

/** The exact GELU, x (1 + erf(x / sqrt 2)) / 2. */
export function gelu(tape: Tape, x: Signal): Signal {
  return tape.apply(
    [x],
    () => ({ value: geluOf(x.value), saved: {} }),
    (dy) => {
      const area = mul(0.5, addTensors(1, erf(mul(x.value, Math.SQRT1_2))));
      const density = mul(exp(mul(square(x.value), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return [mul(dy, addTensors(area, mul(x.value, density)))];
    },
  );
}

/** x times what is kept of it: 0 where it is dropped. */
export function dropout(tape: Tape, x: Signal, kept: Tensor): Signal {
  return tape.apply(
    [x],
    () => ({ value: mul(x.value, kept), saved: {} }),
    (dy) => [mul(dy, kept)],
  );
}

/** dy where y is more than 0, else 0; y is what a ReLU made. */
export function reluGradient(dy: Tensor, y: Tensor): Tensor {
  if (hasTrainingKernel(trainingKernels.reluGrad))
    return runTrainingKernel(trainingKernels.reluGrad, { y, dy }, {})[0]!;
  return mul(dy, sign(y));
}
