import {
  Conv2DBackpropFilter,
  engine,
  matMul,
  type NamedTensorMap,
  pad,
  reshape,
  reverse,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  transpose,
} from "@tensorflow/tfjs-core";
import { convolution as forward } from "../../layers/convolution.ts";
import type { Signal, Tape } from "../tape.ts";

/**
 * A convolution without bias, as `convolution` of the layers. The gradient of its input is that of a stride of 1: the first
 * layer of a network, which alone has another one here, asks for none.
 */
export function convolution(tape: Tape, x: Signal, weight: Tensor, stride = 1): Signal {
  const [size, , inputs, outputs] = weight.shape as [number, number, number, number];
  if (stride !== 1 && x.needsGradient) throw new Error(`a stride of ${stride} has no gradient of its input`);
  return tape.apply(
    [x, tape.parameter(weight)],
    () => ({ value: forward(x.value, { weight }, { stride }), saved: {} }),
    (dy) => {
      if (size === 1 && stride === 1) {
        const rows = reshape(dy, [-1, outputs]) as Tensor2D;
        const matrix = reshape(weight, [inputs, outputs]) as Tensor2D;
        return [
          x.needsGradient ? reshape(matMul(rows, matrix, false, true), x.value.shape) : undefined,
          reshape(matMul(reshape(x.value, [-1, inputs]) as Tensor2D, rows, true, false), weight.shape),
        ];
      }
      return [
        x.needsGradient ? forward(dy, { weight: turned(weight) }) : undefined,
        filterGradient(x.value, dy, weight.shape, stride),
      ];
    },
  );
}

/** The filter of the gradient: turned by half a circle, inputs and outputs exchanged. */
function turned(weight: Tensor): Tensor {
  return transpose(reverse(weight as Tensor4D, [0, 1]), [0, 1, 3, 2]);
}

function filterGradient(x: Tensor, dy: Tensor, filterShape: readonly number[], stride: number): Tensor {
  const margin = (filterShape[0]! - 1) / 2;
  const sides: [number, number] = [margin, margin];
  // As in the forward pass: with a stride, TensorFlow's "same" has other zeros.
  const image = stride > 1 ? pad(x, [[0, 0], sides, sides, [0, 0]]) : x;
  return engine().runKernel(Conv2DBackpropFilter, { x: image, dy } as NamedTensorMap, {
    strides: stride,
    pad: stride > 1 ? "valid" : "same",
    dataFormat: "NHWC",
    filterShape: [...filterShape],
  });
}
