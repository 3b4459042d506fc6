import { add, relu, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { averagePool } from "../layers/average-pool.ts";
import { batchNormParameters, foldBatchNorm } from "../layers/batch-norm.ts";
import { convolutionParameter } from "../layers/convolution.ts";
import { type NormalisedConvolution, normalisedConvolution } from "../layers/normalised-convolution.ts";
import type { Tap } from "./stages.ts";

/** Sizes of a modified ResNet. */
export interface ModifiedResNetShape {
  /** Channels of the first two convolutions. */
  readonly stem: number;
  /** Channels of the third; the blocks of stage s have 4 width 2^s channels, s from 0. */
  readonly width: number;
  /** Blocks in each stage. */
  readonly blocks: readonly number[];
}

/** The middle convolution has size 3, the others 1. */
export interface BottleneckWeights<Convolution = NormalisedConvolution> {
  readonly reduce: Convolution;
  readonly middle: Convolution;
  readonly expand: Convolution;
  /** In the first block of a stage, where the input has not the channels of the output. */
  readonly shortcut?: Convolution;
}

export interface ModifiedResNetWeights<Convolution = NormalisedConvolution> {
  readonly stem: readonly Convolution[];
  readonly stages: readonly (readonly BottleneckWeights<Convolution>[])[];
}

/** Channels of a block's output for each of its middle convolution. */
const EXPANSION = 4;

/**
 * The residual network of CLIP, for images of one channel: a stem of three convolutions, and average pooling instead of
 * strides inside the blocks.
 * @param image - shape [b, height, width, 1]
 * @param tap - gets "stem", "layer1", "layer2" ...
 * @returns shape [b, floor(ceil(height / 2) / 2^s), floor(ceil(width / 2) / 2^s), 4 width 2^(s - 1)] with s stages
 * @see Radford et al. 2021, "Learning transferable visual models from natural language supervision", 2.4; He et al. 2016,
 *   "Deep residual learning for image recognition"
 */
export function modifiedResNet(image: Tensor, { stem, stages }: ModifiedResNetWeights, tap: Tap = () => {}): Tensor {
  let x = tidy(() => {
    const convolved = stem.reduce(
      (y, weights, i) => normalisedConvolution(y, weights, { stride: i === 0 ? 2 : 1, activation: "relu" }),
      image,
    );
    return averagePool(convolved, 2);
  });
  tap("stem", x);
  for (const [s, blocks] of stages.entries()) {
    for (const [b, weights] of blocks.entries()) {
      const pooling = s > 0 && b === 0 ? 2 : 1;
      // What a block computes on its way is freed at its end: all of it together is 30 MB for a clip of MusCALL.
      x = tidy(() => bottleneck(x, weights, pooling));
    }
    tap(`layer${s + 1}`, x);
  }
  return x;
}

/** How large the output is along an axis of the image. */
export function modifiedResNetSize(size: number, stages: number): number {
  return Math.floor(Math.ceil(size / 2) / 2 ** stages);
}

/** The same network with the batch normalisations in the convolutions, of new tensors: for inference, and faster. */
export function foldBatchNorms(weights: ModifiedResNetWeights<Required<Omit<NormalisedConvolution, "bias">>>) {
  const folded = ({ weight, norm }: (typeof weights.stem)[number]) => foldBatchNorm(weight, norm);
  return {
    stem: weights.stem.map(folded),
    stages: weights.stages.map((blocks) =>
      blocks.map(({ reduce, middle, expand, shortcut }) => ({
        reduce: folded(reduce),
        middle: folded(middle),
        expand: folded(expand),
        ...(shortcut && { shortcut: folded(shortcut) }),
      })),
    ),
  };
}

function bottleneck(x: Tensor, { reduce, middle, expand, shortcut }: BottleneckWeights, pooling: number): Tensor {
  const pooled = (y: Tensor) => (pooling > 1 ? averagePool(y, pooling) : y);
  const reduced = normalisedConvolution(x, reduce, { activation: "relu" });
  const filtered = normalisedConvolution(reduced, middle, { activation: "relu" });
  const expanded = normalisedConvolution(pooled(filtered), expand);
  const identity = shortcut === undefined ? x : normalisedConvolution(pooled(x), shortcut);
  return relu(add(expanded, identity));
}

/** The parameters by PyTorch's names, `prefix` before each. */
export function modifiedResNetParameters(prefix: string, { stem, width, blocks }: ModifiedResNetShape) {
  const unit = (convolution: string, norm: string, inputs: number, outputs: number, size: number) => ({
    weight: convolutionParameter(`${prefix}${convolution}`, inputs, outputs, size),
    norm: batchNormParameters(`${prefix}${norm}`, outputs),
  });
  const stages = blocks.map((count, s) => {
    const planes = width * 2 ** s;
    const outputs = EXPANSION * planes;
    const stageInputs = s === 0 ? width : outputs / 2;
    return Array.from({ length: count }, (_, b) => {
      const name = `layer${s + 1}.${b}.`;
      const inputs = b === 0 ? stageInputs : outputs;
      return {
        reduce: unit(`${name}conv1`, `${name}bn1`, inputs, planes, 1),
        middle: unit(`${name}conv2`, `${name}bn2`, planes, planes, 3),
        expand: unit(`${name}conv3`, `${name}bn3`, planes, outputs, 1),
        ...(b === 0 && { shortcut: unit(`${name}downsample.0`, `${name}downsample.1`, inputs, outputs, 1) }),
      };
    });
  });
  return {
    stem: [unit("conv1", "bn1", 1, stem, 3), unit("conv2", "bn2", stem, stem, 3), unit("conv3", "bn3", stem, width, 3)],
    stages,
  };
}
