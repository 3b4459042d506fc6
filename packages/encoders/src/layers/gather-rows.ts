import { gather, type Tensor, type Tensor1D } from "@tensorflow/tfjs-core";

/**
 * Rows of each item in a new order: row i of the output is row `index[i]` of the input.
 * @param x - shape [b, n, c]
 * @param index - int32, shape [m], values in [0, n)
 * @returns shape [b, m, c]
 */
export function gatherRows(x: Tensor, index: Tensor1D): Tensor {
  return gather(x, index, 1);
}
