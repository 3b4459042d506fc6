import {
  add,
  concat,
  div,
  gather,
  mean,
  mul,
  onesLike,
  pad,
  reshape,
  slice,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  unsortedSegmentSum,
} from "@tensorflow/tfjs-core";
import type { Signal, Tape } from "../tape.ts";

/**
 * Word and position embeddings of some ids.
 * @param ids - int32, shape [b n]
 * @returns shape [b, n, c]
 */
export function embed(tape: Tape, ids: Tensor1D, n: number, tokens: Tensor, positions: Tensor): Signal {
  const c = tokens.shape[1]!;
  const b = ids.size / n;
  return tape.apply(
    [tape.parameter(tokens), tape.parameter(positions)],
    () => {
      const words = reshape(gather(tokens, ids), [b, n, c]);
      return { value: add(words, slice(positions as Tensor2D, [0, 0], [n, c])), saved: {} };
    },
    (dy) => [
      unsortedSegmentSum(reshape(dy, [b * n, c]), ids, tokens.shape[0]!),
      pad(sum(dy, 0) as Tensor2D, [
        [0, positions.shape[0]! - n],
        [0, 0],
      ]),
    ],
  );
}

/** Some rows of a matrix [n, c], each at most once. */
export function selectRows(tape: Tape, x: Signal, rows: Tensor1D): Signal {
  return tape.apply(
    [x],
    () => ({ value: gather(x.value, rows), saved: {} }),
    (dy) => [unsortedSegmentSum(dy, rows, x.value.shape[0]!)],
  );
}

/** The mean of all places of a map [b, height, width, c], and the places row after row: shape [b, 1 + height width, c]. */
export function meanAndPlaces(tape: Tape, map: Signal, positions: Tensor): Signal {
  const [b, height, width, c] = map.value.shape as [number, number, number, number];
  const n = height * width;
  return tape.apply(
    [map, tape.parameter(positions)],
    () => {
      const places = reshape(map.value, [b, n, c]) as Tensor3D;
      return { value: add(concat([mean(places, 1, true) as Tensor3D, places], 1), positions), saved: {} };
    },
    (dy) => {
      const [ofMean, ofPlaces] = [
        slice(dy as Tensor3D, [0, 0, 0], [b, 1, c]),
        slice(dy as Tensor3D, [0, 1, 0], [b, n, c]),
      ];
      return [reshape(add(ofPlaces, div(ofMean, n)), map.value.shape), sum(dy, 0)];
    },
  );
}

/** The first row of each item of [b, n, c]: shape [b, c]. */
export function firstRows(tape: Tape, x: Signal): Signal {
  const [b, n, c] = x.value.shape as [number, number, number];
  return tape.apply(
    [x],
    () => ({ value: reshape(slice(x.value as Tensor3D, [0, 0, 0], [b, 1, c]), [b, c]), saved: {} }),
    (dy) => [
      pad(reshape(dy, [b, 1, c]) as Tensor3D, [
        [0, 0],
        [0, n - 1],
        [0, 0],
      ]),
    ],
  );
}

/** The mean of all places of a map [b, height, width, c]: shape [b, c]. */
export function meanOfPlaces(tape: Tape, map: Signal): Signal {
  const [b, height, width, c] = map.value.shape as [number, number, number, number];
  return tape.apply(
    [map],
    () => ({ value: mean(map.value, [1, 2]), saved: {} }),
    (dy) => [mul(reshape(div(dy, height * width), [b, 1, 1, c]), onesLike(map.value))],
  );
}

/** x [..., c] as another shape of the same values. */
export function reshaped(tape: Tape, x: Signal, shape: readonly number[]): Signal {
  return tape.apply(
    [x],
    () => ({ value: reshape(x.value, [...shape]), saved: {} }),
    (dy) => [reshape(dy, x.value.shape)],
  );
}

/** Each row of [b, n] divided by its Euclidean length. */
export function unitRows(tape: Tape, x: Signal): Signal {
  const output: Signal = tape.apply(
    [x],
    () => {
      const length = sqrt(sum(square(x.value), -1, true));
      return { value: div(x.value, length), saved: { length } };
    },
    (dy, { length }) => [div(sub(dy, mul(output.value, sum(mul(dy, output.value), -1, true))), length)],
  );
  return output;
}
