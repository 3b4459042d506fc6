import { matMul, reshape, sum, type Tensor, type Tensor2D } from "@tensorflow/tfjs-core";
import { linear as forward, type LinearWeights } from "../../layers/linear.ts";
import type { Signal, Tape } from "../tape.ts";

/** x weight + bias along the last axis; shape [..., in] to [..., out]. */
export function linear(tape: Tape, x: Signal, weights: LinearWeights): Signal {
  const { weight, bias } = weights;
  const [inputs, outputs] = weight.shape as [number, number];
  const parameters = [weight, ...(bias === undefined ? [] : [bias])].map((tensor) => tape.parameter(tensor));
  return tape.apply(
    [x, ...parameters],
    () => ({ value: forward(x.value, weights), saved: {} }),
    (gradient) => {
      const dy = rowsOf(gradient, outputs);
      return [
        x.needsGradient ? reshape(matMul(dy, weight as Tensor2D, false, true), x.value.shape) : undefined,
        matMul(rowsOf(x.value, inputs), dy, true, false),
        ...(bias === undefined ? [] : [sum(dy, 0)]),
      ];
    },
  );
}

function rowsOf(x: Tensor, columns: number): Tensor2D {
  return reshape(x, [-1, columns]) as Tensor2D;
}
