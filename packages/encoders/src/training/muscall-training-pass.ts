import { expandDims, type Tensor, type Tensor1D, transpose } from "@tensorflow/tfjs-core";
import type { BatchNormWeights } from "../layers/batch-norm.ts";
import type { NormalisedConvolution } from "../layers/normalised-convolution.ts";
import type { Loaded } from "../layers/parameters.ts";
import type { muscallParameters } from "../models/muscall.ts";
import { attendOnce, selfAttention } from "./differentiable/attention.ts";
import { averagePool } from "./differentiable/average-pool.ts";
import { type BatchStatistics, batchNorm } from "./differentiable/batch-norm.ts";
import { convolution } from "./differentiable/convolution.ts";
import { add, addRelu, dropout, gelu } from "./differentiable/elementwise.ts";
import { layerNorm } from "./differentiable/layer-norm.ts";
import { linear } from "./differentiable/linear.ts";
import {
  embed,
  firstRows,
  meanAndPlaces,
  meanOfPlaces,
  reshaped,
  selectRows,
  unitRows,
} from "./differentiable/rows.ts";
import type { Signal, Tape } from "./tape.ts";

/** The weights of a MusCALL model. */
export type MuscallWeights = Loaded<ReturnType<typeof muscallParameters>>;

/** Heads of the attention pool; fixed in MusCALL, whatever the channels. */
const POOL_HEADS = 8;

/** What the audio tower and its projection make of log-mel spectrograms, with the statistics of the batch. */
export function audioPass(
  tape: Tape,
  /** Shape [b, frames, melBins]. */
  logMel: Tensor,
  weights: MuscallWeights,
  onStatistics: (norm: BatchNormWeights, statistics: BatchStatistics) => void,
): Signal {
  const { resnet, projectAudio } = weights;
  type Unit = Required<Omit<NormalisedConvolution, "bias">>;
  const unit = (x: Signal, { weight, norm }: Unit, activation: "none" | "relu", stride = 1) =>
    batchNorm(tape, convolution(tape, x, weight, stride), norm, activation, (made) => onStatistics(norm, made));

  let x = tape.constant(expandDims(transpose(logMel, [0, 2, 1]), 3));
  for (const [i, weights] of resnet.stem.entries()) x = unit(x, weights, "relu", i === 0 ? 2 : 1);
  x = averagePool(tape, x, 2);
  for (const [s, blocks] of resnet.stages.entries()) {
    for (const [b, { reduce, middle, expand, shortcut }] of blocks.entries()) {
      const input = x;
      const pooled = (y: Signal) => (s > 0 && b === 0 ? averagePool(tape, y, 2) : y);
      const filtered = unit(unit(input, reduce, "relu"), middle, "relu");
      const expanded = unit(pooled(filtered), expand, "none");
      x = addRelu(tape, expanded, shortcut ? unit(pooled(input), shortcut, "none") : input);
    }
  }
  return unitRows(tape, linear(tape, pool(tape, x, weights), projectAudio));
}

function pool(tape: Tape, map: Signal, { attention, average }: MuscallWeights): Signal {
  if (attention === undefined) return linear(tape, meanOfPlaces(tape, map), average!);
  const { positions, query, key, value, output } = attention;
  const tokens = meanAndPlaces(tape, map, positions);
  const queries = linear(tape, firstRows(tape, tokens), query);
  const attended = attendOnce(tape, queries, linear(tape, tokens, key), linear(tape, tokens, value), POOL_HEADS);
  return linear(tape, attended, output);
}

/** Captions as the text pass reads them. */
export interface CaptionTensors {
  /** int32, shape [b n]. */
  readonly ids: Tensor1D;
  /** Tokens up to the last end token of the batch. */
  readonly n: number;
  /** int32, shape [b]: where each end token is among the ids. */
  readonly ends: Tensor1D;
  /** Shape [1, 1, n, n]. */
  readonly mask: Tensor;
}

/** What is dropped: the factors for a shape and a place in the network; undefined for nothing. */
export interface DropOut {
  attention(layer: number, shape: readonly number[]): Tensor | undefined;
  feedForward(layer: number, shape: readonly number[]): Tensor | undefined;
}

/** What the text tower and its projection make of captions. */
export function textPass(
  tape: Tape,
  { ids, n, ends, mask }: CaptionTensors,
  { text, projectText }: MuscallWeights,
  heads: number,
  drop: DropOut,
): Signal {
  const c = text.tokens.shape[1]!;
  const b = ids.size / n;
  let x = embed(tape, ids, n, text.tokens, text.positions);
  for (const [i, layer] of text.layers.entries()) {
    const qkv = linear(tape, layerNorm(tape, x, layer.attentionNorm), layer.qkv);
    const attended = selfAttention(tape, qkv, { heads, additive: mask, kept: drop.attention(i, [b, heads, n, n]) });
    x = add(tape, x, linear(tape, attended, layer.attentionOutput));
    let hidden = gelu(tape, linear(tape, layerNorm(tape, x, layer.feedForwardNorm), layer.up));
    const kept = drop.feedForward(i, hidden.value.shape);
    if (kept !== undefined) hidden = dropout(tape, hidden, kept);
    x = add(tape, x, linear(tape, hidden, layer.down));
  }
  const last = selectRows(tape, reshaped(tape, x, [b * n, c]), ends);
  return unitRows(tape, linear(tape, layerNorm(tape, last, text.outputNorm), projectText));
}
