import { add, mul, type Tensor, tensor1d, tensor2d } from "@tensorflow/tfjs-core";
import { gatherRows } from "../layers/gather-rows.ts";

/** The parameter of Keys' kernel that PyTorch has. */
const A = Math.fround(-0.75);

/** Each row of the output as a weighted sum of four rows of the input. */
export interface BicubicWeights {
  /** For each of the four: which row of the input, shape [to]. Beyond the ends it is the first or the last one. */
  readonly rows: readonly Int32Array[];
  /** Its weight, shape [to]. */
  readonly weights: readonly Float32Array[];
}

/**
 * The weights of a bicubic interpolation that maps the first row to the first and the last to the last. Places are
 * computed in float32, as in PyTorch: with exact ones decibels would differ by up to 1e-3.
 * @param from - how many rows there are, at least 1
 * @param to - how many there shall be, at least 2
 * @see torch.nn.functional.interpolate with mode="bicubic", align_corners=True; Keys 1981, "Cubic convolution interpolation"
 */
export function bicubicWeights(from: number, to: number): BicubicWeights {
  const rows = Array.from({ length: 4 }, () => new Int32Array(to));
  const weights = Array.from({ length: 4 }, () => new Float32Array(to));
  const scale = Math.fround((from - 1) / (to - 1));
  for (let i = 0; i < to; i++) {
    const place = Math.fround(scale * i);
    const first = Math.floor(place);
    const t = Math.fround(place - first);
    const four = [far(Math.fround(t + 1)), near(t), near(Math.fround(1 - t)), far(Math.fround(2 - t))];
    for (const [tap, weight] of four.entries()) {
      rows[tap]![i] = Math.min(Math.max(first - 1 + tap, 0), from - 1);
      weights[tap]![i] = weight;
    }
  }
  return { rows, weights };
}

/**
 * Bicubic interpolation along the second axis, as PyTorch does it, ends aligned.
 * @param x - shape [b, n, c]
 * @returns shape [b, to, c]
 */
export function resizeRows(x: Tensor, to: number): Tensor {
  const { rows, weights } = bicubicWeights(x.shape[1]!, to);
  const terms = rows.map((index, tap) =>
    mul(gatherRows(x, tensor1d(index, "int32")), tensor2d(weights[tap]!, [to, 1])),
  );
  return terms.reduce((sum, term) => add(sum, term));
}

/** The kernel at a distance of at most 1. */
function near(x: number): number {
  return ((A + 2) * x - (A + 3)) * x * x + 1;
}

/** The kernel at a distance from 1 to 2. */
function far(x: number): number {
  return ((A * x - 5 * A) * x + 8 * A) * x - 4 * A;
}
