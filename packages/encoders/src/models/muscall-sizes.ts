import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { UnsupportedCheckpointError } from "../checkpoint/errors.ts";
import type { Parameter } from "../layers/parameters.ts";
import { muscallFrontEnd } from "../spectral/front-ends.ts";
import { type ModifiedResNetShape, modifiedResNetSize } from "../towers/modified-resnet.ts";
import type { TextTransformerShape } from "../towers/text-transformer.ts";
import type { ModelSettings } from "./model-family.ts";
import { ModelSettingError } from "./setting-error.ts";

/** Sizes of a MusCALL model that its parameters have. */
export interface MuscallSizes {
  readonly resnet: ModifiedResNetShape;
  /** Rows of the attention pool's positional table; undefined with average pooling. */
  readonly poolTokens: number | undefined;
  /** Dimension of the audio tower's output. */
  readonly audioOutputs: number;
  readonly text: TextTransformerShape;
  readonly embedDim: number;
  /** Whether the mel filters are in the checkpoint. */
  readonly hasFilters: boolean;
  /** Bins of the spectrum, fftLength / 2 + 1. */
  readonly bins: number;
  readonly melBins: number;
}

/** Those of the published configuration. */
export const publishedSizes: MuscallSizes = {
  resnet: { stem: 8, width: 16, blocks: [3, 4, 6, 3] },
  poolTokens: 77,
  audioOutputs: 256,
  text: { vocabulary: 49_408, contextLength: 77, channels: 512, layers: 4, hidden: 2048 },
  embedDim: 512,
  hasFilters: true,
  bins: muscallFrontEnd.fftLength / 2 + 1,
  melBins: muscallFrontEnd.melBins,
};

const FILTERS = "audio_backbone.spec.mel_scale.fb";
const POSITIONS = "audio_backbone.attnpool.positional_embedding";

/**
 * Sizes from the shapes of a checkpoint. One that is not to be found is the published one: its tensor is missing, and the
 * comparison with what the model needs says so, of all tensors together.
 */
export function muscallSizes(
  tensors: Checkpoint["tensors"],
  { melBins, fftLength }: Pick<ModelSettings, "melBins" | "fftLength">,
): MuscallSizes {
  const size = (name: string, axis: number) => tensors.get(name)?.shape[axis];
  const count = (name: (i: number) => string, published: number) => {
    let i = 0;
    while (tensors.has(name(i))) i += 1;
    return i === 0 ? published : i;
  };
  const { resnet, text, ...published } = publishedSizes;
  const audio = (part: string, axis: number) => size(`audio_backbone.${part}.weight`, axis);
  const head = (part: string, axis: number) => size(`textual_head.${part}.weight`, axis);
  const hasFilters = tensors.has(FILTERS);
  const averages = tensors.has("audio_backbone.final_linear.weight");
  return {
    resnet: {
      stem: audio("conv1", 0) ?? resnet.stem,
      width: audio("conv3", 0) ?? resnet.width,
      blocks: resnet.blocks.map((blocks, s) => count((b) => `audio_backbone.layer${s + 1}.${b}.conv1.weight`, blocks)),
    },
    poolTokens: averages ? undefined : (size(POSITIONS, 0) ?? published.poolTokens),
    audioOutputs: audio(averages ? "final_linear" : "attnpool.c_proj", 0) ?? published.audioOutputs,
    text: {
      vocabulary: head("token_embedding", 0) ?? text.vocabulary,
      contextLength: head("position_embedding", 0) ?? text.contextLength,
      channels: head("transformer.layers.0.0.fn.to_qkv", 1) ?? text.channels,
      layers: count((i) => `textual_head.transformer.layers.${i}.0.fn.to_qkv.weight`, text.layers),
      hidden: head("transformer.layers.0.1.fn.mlp.0", 0) ?? text.hidden,
    },
    embedDim: size("audio_projection.weight", 0) ?? published.embedDim,
    hasFilters,
    bins: size(FILTERS, 0) ?? (fftLength === undefined ? published.bins : fftLength / 2 + 1),
    melBins: size(FILTERS, 1) ?? melBins ?? published.melBins,
  };
}

/**
 * Throws when a model of these sizes cannot be: they come from a checkpoint, which can hold anything.
 * @param parameters - all of a model with these sizes
 * @throws {UnsupportedCheckpointError} when one has a side of 0, or the text tower reads less than a start and an end
 */
export function requireMuscall(
  file: string,
  { text }: MuscallSizes,
  tensors: Checkpoint["tensors"],
  parameters: readonly Parameter[],
): void {
  const empty = (shape: readonly number[] | undefined) => shape?.includes(0) === true;
  // Where one size is 0, others that follow from it are too; the one that is empty in the checkpoint is the one to name.
  const impossible = parameters.filter(({ shape }) => empty(shape));
  const named = impossible.find(({ name }) => empty(tensors.get(name)?.shape)) ?? impossible[0];
  if (named !== undefined) {
    const shape = tensors.get(named.name)?.shape ?? named.shape;
    const fault = `has the shape [${shape}], expected sizes of 1 and more`;
    throw new UnsupportedCheckpointError({ file, tensor: named.name }, fault);
  }
  if (text.contextLength >= LEAST_TOKENS) return;
  const fault = `has the shape [${text.contextLength}, ${text.channels}], expected ${LEAST_TOKENS} rows or more`;
  throw new UnsupportedCheckpointError({ file, tensor: "textual_head.position_embedding.weight" }, fault);
}

/** The start and the end of a text. */
const LEAST_TOKENS = 2;

/**
 * How many samples the audio tower reads at once. The attention pool's table has a row for each place of the last map, so
 * it tells the length to about a second: the setting and the published 20 s must agree with it, and where the published
 * length does not, the one whole number of seconds that does is taken.
 * @param hopLength - samples from one frame to the next
 * @throws {ModelSettingError} when the setting does not agree, or no whole number of seconds does or several do
 * @throws {UnsupportedCheckpointError} when the table is of no length
 */
export function muscallClipSamples(
  file: string,
  { poolTokens, melBins, resnet }: MuscallSizes,
  { clipSeconds, sampleRate = muscallFrontEnd.sampleRate }: ModelSettings,
  hopLength: number,
): number {
  const samplesOf = (seconds: number) => Math.floor(seconds * sampleRate);
  const stages = resnet.blocks.length;
  const columnsOf = (samples: number) => modifiedResNetSize(Math.floor(samples / hopLength) + 1, stages);
  const published = muscallFrontEnd.clipLength / muscallFrontEnd.sampleRate;
  const wanted = clipSeconds ?? published;
  if (poolTokens === undefined) {
    if (columnsOf(samplesOf(wanted)) > 0) return samplesOf(wanted);
    const least = ((2 ** (stages + 1) - 2) * hopLength) / sampleRate;
    const fault = `the setting clipSeconds is ${wanted}, expected ${least} or more: of less, nothing is left to average`;
    throw new ModelSettingError(file, "clipSeconds", fault);
  }

  const rows = modifiedResNetSize(melBins, stages);
  const places = poolTokens - 1;
  if (!(rows > 0 && places > 0 && places % rows === 0)) {
    const fault = `has ${poolTokens} rows, expected 1 and a multiple of ${rows}, which ${melBins} mel bins become`;
    throw new UnsupportedCheckpointError({ file, tensor: POSITIONS }, fault);
  }
  if (columnsOf(samplesOf(wanted)) * rows === places) return samplesOf(wanted);

  // From the first number of frames with so many columns to the last.
  const step = 2 ** (stages + 1);
  const firstFrame = (places / rows) * step - 1;
  const least = ((firstFrame - 1) * hopLength) / sampleRate;
  const most = ((firstFrame + step - 1) * hopLength - 1) / sampleRate;
  const range = `${least.toFixed(3)} to ${most.toFixed(3)} s`;
  const reason = `its positional table has ${poolTokens} rows, which is for clips of ${range} at ${sampleRate} Hz`;
  if (clipSeconds !== undefined) {
    throw new ModelSettingError(file, "clipSeconds", `the setting clipSeconds is ${clipSeconds}, but ${reason}`);
  }
  const whole = Math.ceil(least);
  if (Math.floor(most) !== whole) {
    throw new ModelSettingError(file, "clipSeconds", `the setting clipSeconds is needed: ${reason}`);
  }
  return samplesOf(whole);
}
