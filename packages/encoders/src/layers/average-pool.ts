import { avgPool, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";

/**
 * Means of squares of `size` x `size` that do not overlap. What is left over at the right and at the bottom is dropped, as
 * PyTorch's `AvgPool2d` does.
 * @param x - shape [b, height, width, c]
 * @returns shape [b, floor(height / size), floor(width / size), c]
 */
export function averagePool(x: Tensor, size: number): Tensor {
  return avgPool(x as Tensor4D, size, size, "valid");
}
