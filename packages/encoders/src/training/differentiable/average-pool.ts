import { mul, ones, pad, reshape, type Tensor4D } from "@tensorflow/tfjs-core";
import { averagePool as forward } from "../../layers/average-pool.ts";
import type { Signal, Tape } from "../tape.ts";

/** Means of squares of `size` x `size`; what is left over at the right and at the bottom is dropped. */
export function averagePool(tape: Tape, x: Signal, size: number): Signal {
  const [b, height, width, c] = x.value.shape as [number, number, number, number];
  const [rows, columns] = [Math.floor(height / size), Math.floor(width / size)];
  return tape.apply(
    [x],
    () => ({ value: forward(x.value, size), saved: {} }),
    (dy) => {
      const share = mul(reshape(dy, [b * rows, 1, columns, 1, c]), 1 / (size * size));
      const spread = reshape(mul(share, ones([1, size, 1, size, 1])), [b, rows * size, columns * size, c]);
      return [
        pad(spread as Tensor4D, [
          [0, 0],
          [0, height - rows * size],
          [0, width - columns * size],
          [0, 0],
        ]),
      ];
    },
  );
}
