import { add, div, mean, mul, reshape, sqrt, square, sub, sum } from "@tensorflow/tfjs-core";
import { layerNorm as forward, type NormWeights } from "../../layers/layer-norm.ts";
import type { Signal, Tape } from "../tape.ts";

const EPSILON = 1e-5;

/** Mean 0 and variance 1 (biased) along the last axis, then scale and shift. */
export function layerNorm(tape: Tape, x: Signal, { gamma, beta }: NormWeights): Signal {
  const channels = gamma.size;
  return tape.apply(
    [x, tape.parameter(gamma), tape.parameter(beta)],
    () => ({ value: forward(x.value, { gamma, beta }, { epsilon: EPSILON }), saved: {} }),
    (gradient) => {
      const rows = reshape(x.value, [-1, channels]);
      const dy = reshape(gradient, [-1, channels]);
      const centred = sub(rows, mean(rows, -1, true));
      const deviation = sqrt(add(mean(square(centred), -1, true), EPSILON));
      const normal = div(centred, deviation);
      const dNormal = mul(dy, gamma);
      const along = mul(normal, mean(mul(dNormal, normal), -1, true));
      const dx = div(sub(sub(dNormal, mean(dNormal, -1, true)), along), deviation);
      return [reshape(dx, x.value.shape), sum(mul(dy, normal), 0), sum(dy, 0)];
    },
  );
}
