import {
  add,
  dispose,
  mean,
  mul,
  reshape,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tensor1d,
  tensor4d,
  tidy,
  transpose,
} from "@tensorflow/tfjs-core";
import { BATCH_NORM_EPSILON } from "../layers/batch-norm.ts";
import { gatherRows } from "../layers/gather-rows.ts";
import { layerNorm } from "../layers/layer-norm.ts";
import { linear } from "../layers/linear.ts";
import { type Loaded, layerNormParameters, linearParameters, parameter } from "../layers/parameters.ts";
import { selfAttention } from "../layers/self-attention.ts";
import { resizeRows } from "./bicubic-resize.ts";
import { relativePositionBias } from "./relative-position-bias.ts";
import { runStages, type Stage, type Tap } from "./stages.ts";
import { mergedTokens, moves, rasterOrder, type Windows, windowOrder } from "./swin-windows.ts";

/** Blocks at one resolution. */
export interface HtsatStage {
  /** How many. */
  readonly depth: number;
  readonly heads: number;
  /** Tokens along a side of a window. */
  readonly window: number;
}

/** Sizes of an HTS-AT audio tower. */
export interface HtsatConfig {
  readonly melBins: number;
  /** Side of the square image that the spectrogram is folded into, in pixels. */
  readonly imageSize: number;
  /** Side of the patches that become tokens, in pixels. */
  readonly patchSize: number;
  /** Channels of the first stage; each further stage has twice as many, on half the grid. */
  readonly width: number;
  readonly stages: readonly HtsatStage[];
}

/** An HTS-AT tower on a backend. */
export interface Htsat {
  /**
   * The pre-joint embedding: the mean over all tokens after the last layer norm.
   * @param logMel - decibels, shape [b, frames, melBins]; fewer frames than `htsatFrames` are stretched to that number
   * @param tap - gets the stages `bn0`, `resized`, `patch_embed`, `stage0.block0` ..., `stage0.merge` ..., `norm`, tokens in the
   *   order of an image
   * @returns shape [b, htsatChannels]
   * @throws {RangeError} when there are more frames, or another number of mel bins
   */
  encode(logMel: Tensor, tap?: Tap): Tensor;
  dispose(): void;
}

/** How many frames the image holds. */
export function htsatFrames({ imageSize, melBins }: HtsatConfig): number {
  return (imageSize * imageSize) / melBins;
}

/** Channels of a stage; of the output, without one. */
export function htsatChannels({ width, stages }: HtsatConfig, stage = stages.length - 1): number {
  return width * 2 ** stage;
}

/** Tokens along a side of a stage's grid. */
export function htsatGrid({ imageSize, patchSize }: HtsatConfig, stage: number): number {
  return imageSize / patchSize / 2 ** stage;
}

/**
 * The windows of a block: every second block of a stage has them shifted by half a window, unless the window is all of the grid.
 */
export function htsatWindows(config: HtsatConfig, stage: number, block: number): Windows {
  const grid = htsatGrid(config, stage);
  const { window } = config.stages[stage]!;
  return { grid, window, shift: block % 2 === 1 && grid > window ? Math.floor(window / 2) : 0 };
}

/** What the tower needs of a checkpoint, by the names of the LAION-CLAP release. */
export function htsatParameters(config: HtsatConfig) {
  const { melBins, patchSize, width, stages } = config;
  const top = "audio_branch.";
  const channels = htsatChannels(config);
  return {
    normalisation: {
      weight: parameter(`${top}bn0.weight`, [melBins]),
      bias: parameter(`${top}bn0.bias`, [melBins]),
      mean: parameter(`${top}bn0.running_mean`, [melBins]),
      variance: parameter(`${top}bn0.running_var`, [melBins]),
    },
    patches: {
      weight: parameter(`${top}patch_embed.proj.weight`, [width, 1, patchSize, patchSize]),
      bias: parameter(`${top}patch_embed.proj.bias`, [width]),
      norm: layerNormParameters(`${top}patch_embed.norm`, width),
    },
    stages: stages.map(({ depth, heads, window }, stage) =>
      Array.from({ length: depth }, (_, block) =>
        blockParameters(`${top}layers.${stage}.blocks.${block}.`, htsatChannels(config, stage), heads, window),
      ),
    ),
    merges: stages.slice(1).map((_, stage) => {
      const before = htsatChannels(config, stage);
      const name = `${top}layers.${stage}.downsample.`;
      return {
        norm: layerNormParameters(`${name}norm`, 4 * before),
        reduction: { weight: parameter(`${name}reduction.weight`, [2 * before, 4 * before], "linear") },
      };
    }),
    norm: layerNormParameters(`${top}norm`, channels),
  };
}

/** The hidden layer of a block has this many times the channels of the stage. */
const MLP_RATIO = 4;

function blockParameters(name: string, channels: number, heads: number, window: number) {
  return {
    norm1: layerNormParameters(`${name}norm1`, channels),
    biasTable: parameter(`${name}attn.relative_position_bias_table`, [(2 * window - 1) ** 2, heads]),
    qkv: linearParameters(`${name}attn.qkv`, channels, 3 * channels),
    projection: linearParameters(`${name}attn.proj`, channels, channels),
    norm2: layerNormParameters(`${name}norm2`, channels),
    hidden: linearParameters(`${name}mlp.fc1`, channels, MLP_RATIO * channels),
    output: linearParameters(`${name}mlp.fc2`, MLP_RATIO * channels, channels),
  };
}

/** The weights of an HTS-AT tower. */
export type HtsatWeights = Loaded<ReturnType<typeof htsatParameters>>;

/** Options of `htsat`. */
export interface HtsatOptions {
  /** Of the two layer norms of each block, default 1e-5. */
  readonly blockEpsilon?: number;
}

/**
 * The audio tower of LAION-CLAP without fusion: a Swin transformer on a log-mel spectrogram that is folded into a square
 * image, parts of equal length one below the other: four of 256 frames with 64 mel bins.
 * @param weights - belong to the tower from now on
 * @see Chen et al. 2022, "HTS-AT: a hierarchical token-semantic audio transformer for sound classification and detection"
 */
export function htsat(config: HtsatConfig, weights: HtsatWeights, options: HtsatOptions = {}): Htsat {
  const { melBins } = config;
  const frames = htsatFrames(config);
  const front = foldedNormalisation(weights.normalisation);
  const { stages, constants } = swinStages(config, weights, options);

  const prepare: Stage[] = [
    { name: "bn0", run: (logMel) => add(mul(logMel, front.scale), front.shift) },
    { name: "resized", run: (x) => (x.shape[1] === frames ? x.clone() : resizeRows(x, frames)) },
  ];
  const finish: Stage[] = [
    { name: "norm", run: (x) => layerNorm(x, weights.norm), ...tappedFrom(lastOrder(config)) },
    { run: (x) => mean(x, 1) },
  ];
  return {
    encode(logMel, tap) {
      const [, given, bins] = logMel.shape as [number, number, number];
      if (bins !== melBins) throw new RangeError(`log-mel has ${bins} bins, HTS-AT reads ${melBins}`);
      if (given > frames) {
        throw new RangeError(`log-mel has ${given} frames, HTS-AT reads at most ${frames} at once; cut the clip first`);
      }
      return runStages(logMel, [...prepare, ...stages, ...finish], tap);
    },
    dispose: () => dispose([weights, front, constants] as unknown as Tensor[]),
  };
}

/** The batch normalisation over mel bins as one factor and one summand. */
function foldedNormalisation(weights: HtsatWeights["normalisation"]) {
  const [weight, bias, average, variance] = [weights.weight, weights.bias, weights.mean, weights.variance].map((one) =>
    one.dataSync<"float32">(),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const scale = Float64Array.from(weight, (value, i) => value / Math.sqrt(variance[i]! + BATCH_NORM_EPSILON));
  const shift = scale.map((value, i) => bias[i]! - average[i]! * value);
  return { scale: tensor1d(Float32Array.from(scale)), shift: tensor1d(Float32Array.from(shift)) };
}

/** The order of the tokens after the last block. */
function lastOrder(config: HtsatConfig): Int32Array {
  const stage = config.stages.length - 1;
  return windowOrder(htsatWindows(config, stage, config.stages[stage]!.depth - 1));
}

/** From image to tokens to the last block, with the tensors that do not change from clip to clip. */
function swinStages(config: HtsatConfig, weights: HtsatWeights, { blockEpsilon = 1e-5 }: HtsatOptions) {
  const constants: Tensor[] = [];
  const constant = <T extends Tensor>(tensor: T): T => {
    constants.push(tensor);
    return tensor;
  };
  const index = (values: Int32Array): Tensor1D => constant(tensor1d(values, "int32"));

  let order = windowOrder(htsatWindows(config, 0, 0));
  const stages: Stage[] = [patchEmbedding(config, weights.patches, index(patchPlaces(config, order)), constant, order)];
  for (const [stage, blocks] of weights.stages.entries()) {
    const { heads } = config.stages[stage]!;
    for (const [block, blockWeights] of blocks.entries()) {
      const windows = htsatWindows(config, stage, block);
      const wanted = windowOrder(windows);
      const moved = moves(order, wanted);
      const inPlace = moved.every((from, to) => from === to);
      const bias = relativePositionBias(blockWeights.biasTable.dataSync<"float32">(), heads, windows);
      const setting: BlockSetting = {
        heads,
        tokens: windows.window ** 2,
        epsilon: blockEpsilon,
        additive: constant(tensor4d(bias.data, [...bias.shape])),
        ...(!inPlace && { index: index(moved) }),
      };
      stages.push({
        name: `stage${stage}.block${block}`,
        run: (x) => swinBlock(x, blockWeights, setting),
        ...tappedFrom(wanted),
      });
      order = wanted;
    }
    const merge = weights.merges[stage];
    if (merge === undefined) continue;
    const next = windowOrder(htsatWindows(config, stage + 1, 0));
    const four = index(moves(order, mergedTokens(next, htsatGrid(config, stage))));
    stages.push({ name: `stage${stage}.merge`, run: (x) => mergePatches(x, merge, four), ...tappedFrom(next) });
    order = next;
  }
  return { stages, constants };
}

/** The token of each patch, when patches are taken from the spectrogram frame by frame, low mel bins first. */
function patchPlaces(config: HtsatConfig, order: Int32Array): Int32Array {
  const { melBins, patchSize } = config;
  const grid = htsatGrid(config, 0);
  const rowsOfBins = melBins / patchSize;
  const tokens = new Int32Array(grid * grid);
  let at = 0;
  for (let time = 0; time < (grid * grid) / rowsOfBins; time++) {
    const [part, column] = [Math.floor(time / grid), time % grid];
    for (let row = 0; row < rowsOfBins; row++) tokens[at++] = (part * rowsOfBins + row) * grid + column;
  }
  return moves(tokens, order);
}

/**
 * Folding, and the convolution whose steps are as long as its kernel: a linear layer on patches, which are cut from the
 * spectrogram itself and put into the place that they have in the image.
 */
function patchEmbedding(
  { patchSize, width }: HtsatConfig,
  { weight, bias, norm }: HtsatWeights["patches"],
  places: Tensor1D,
  constant: (tensor: Tensor) => Tensor,
  order: Int32Array,
): Stage {
  const pixels = patchSize * patchSize;
  // Rows of the image are mel bins; the patch has the frame first.
  const byFrame = tidy(() =>
    reshape(transpose(reshape(weight, [width, patchSize, patchSize]), [2, 1, 0]), [pixels, -1]),
  );
  const kernel = { weight: constant(byFrame), bias };
  return {
    name: "patch_embed",
    run: (x) => {
      const [b, frames, bins] = x.shape as [number, number, number];
      const strips = reshape(x, [(b * frames) / patchSize, patchSize, bins / patchSize, patchSize]);
      const patches = reshape(transpose(strips, [0, 2, 1, 3]), [b, (frames * bins) / pixels, pixels]);
      return layerNorm(linear(gatherRows(patches, places), kernel), norm);
    },
    ...tappedFrom(order),
  };
}

interface BlockSetting {
  readonly heads: number;
  /** Tokens of a window. */
  readonly tokens: number;
  readonly epsilon: number;
  readonly additive: Tensor4D;
  /** Brings the tokens into the order of the block's windows; absent when they are in it. */
  readonly index?: Tensor1D;
}

/** Attention inside of windows, then a layer of GELUs, each on the normalised input and added to it. */
function swinBlock(x: Tensor, weights: HtsatWeights["stages"][number][number], setting: BlockSetting): Tensor {
  const { heads, tokens, epsilon, additive, index } = setting;
  const input = index === undefined ? x : gatherRows(x, index);
  const channels = input.shape[2]!;
  const windows = reshape(layerNorm(input, weights.norm1, { epsilon }), [-1, tokens, channels]);
  const scale = (channels / heads) ** -0.5;
  const attended = selfAttention(linear(windows, weights.qkv), { heads, scale, additive });
  const middle = add(input, reshape(linear(attended, weights.projection), input.shape));
  const hidden = linear(layerNorm(middle, weights.norm2, { epsilon }), weights.hidden, "gelu");
  return add(middle, linear(hidden, weights.output));
}

/** Four neighbouring tokens become one of twice the channels. */
function mergePatches(x: Tensor, { norm, reduction }: HtsatWeights["merges"][number], four: Tensor1D): Tensor {
  const [b, n, channels] = x.shape as [number, number, number];
  const joined = reshape(gatherRows(x, four), [b, n / 4, 4 * channels]);
  return linear(layerNorm(joined, norm), reduction);
}

/** Taps get tokens row by row. */
function tappedFrom(order: Int32Array): Pick<Stage, "tapped"> {
  return {
    tapped: (output) => {
      const index = moves(order, rasterOrder(Math.sqrt(order.length)));
      return gatherRows(output, tensor1d(index, "int32"));
    },
  };
}
