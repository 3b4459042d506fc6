import type { Tensor } from "@tensorflow/tfjs-core";
import { quantise } from "../audio/quantise.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import {
  flattenParameters,
  linearParameters,
  loadParameters,
  type Parameter,
  parameter,
} from "../layers/parameters.ts";
import { intoJointSpace } from "../projection/mappings.ts";
import { mlpHead } from "../projection/projection-head.ts";
import { type FrontEnd, laionClapFrontEnd } from "../spectral/front-ends.ts";
import { logMel } from "../spectral/log-mel.ts";
import { melBank, melBankFromMatrix } from "../spectral/mel-bank.ts";
import { frameCount } from "../spectral/spectrogram.ts";
import { byteLevelBpe } from "../text/byte-level-bpe.ts";
import { TokenizerFileError } from "../text/errors.ts";
import type { Tokenizer, TokenizerOptions } from "../text/tokenizer.ts";
import type { TokenizerFiles } from "../text/tokenizer-files.ts";
import { type HtsatConfig, htsat, htsatChannels, htsatFrames, htsatParameters } from "../towers/htsat.ts";
import {
  type RobertaConfig,
  type RobertaEncodeOptions,
  roberta,
  robertaContextLength,
  robertaParameters,
} from "../towers/roberta.ts";
import type { Tap } from "../towers/stages.ts";
import {
  type ClapNames,
  type ClapSizes,
  clapSizes,
  MEL_FILTERS,
  requireHtsat,
  requireTextAndJoint,
} from "./clap-sizes.ts";
import { UnknownModelError } from "./errors.ts";
import type { LoadedTowers, ModelPlan, ModelSettings } from "./model-family.ts";
import { ModelSettingError } from "./setting-error.ts";
import { requireVariances } from "./variances.ts";

/** What shapes do not tell, and the kinds of CLAP checkpoints have differently. */
export interface ClapTraits {
  /** The model's name in messages. */
  readonly family: string;
  readonly names: ClapNames;
  /** Of RoBERTa's layer norms. */
  readonly textEpsilon: number;
  /** Of the layer norms in HTS-AT's blocks. */
  readonly audioEpsilon: number;
  /** Side of the image where the checkpoint has no shift masks, and where that is said. */
  readonly imageSize: { readonly value: number; readonly source: string };
  readonly textHeads: number | undefined;
  /** Whether samples go through 16 bits first. */
  readonly quantised: boolean;
}

/** The towers of a CLAP model; `audio` and `text` can be tapped. */
export interface LoadedClap extends LoadedTowers {
  audio(logMel: Tensor, tap?: Tap): Tensor;
  text(ids: Tensor, options?: RobertaEncodeOptions): Tensor;
}

/** The plan of a CLAP model. */
export interface ClapPlan extends ModelPlan {
  build(read: (parameter: Parameter) => Promise<Tensor>): Promise<LoadedClap>;
}

/** The image of all published models. */
export const PUBLISHED_IMAGE = { value: 256, source: "as published" };
/** What the tokenizer of LAION-CLAP cuts and pads texts to. */
const CONTEXT_LENGTH = 77;
/** The size of a head in all sizes of RoBERTa. */
const HEAD_CHANNELS = 64;

/**
 * Which CLAP model a checkpoint holds.
 * @throws {UnknownModelError} when it is a fusion model
 * @throws {ModelSettingError} when a setting does not agree with the shapes
 * @throws {UnsupportedCheckpointError} when the shapes do not agree with one another
 * @throws {AudioOptionError} when the settings' frequencies are in no order, for a checkpoint without mel filters
 */
export function clapPlan(
  { name: file, tensors }: Pick<Checkpoint, "name" | "tensors">,
  traits: ClapTraits,
  settings: ModelSettings,
): ClapPlan {
  const { names } = traits;
  refuseFusion(file, tensors, names);
  const sizes = clapSizes(tensors, names);
  const audio: HtsatConfig = { ...sizes.audio, imageSize: sizes.audio.imageSize ?? traits.imageSize.value };
  requireHtsat(file, audio, sizes.audio.imageSize === undefined ? traits.imageSize.source : "from its shift masks");
  requireTextAndJoint(file, sizes);
  const text: RobertaConfig = {
    ...sizes.text,
    heads: textHeads(file, sizes.text.width, settings.textHeads ?? traits.textHeads),
    epsilon: traits.textEpsilon,
  };
  const frontEnd = frontEndOf(file, sizes, audio, settings);
  const filtersOfFormula = sizes.bins === undefined ? melBank(frontEnd) : undefined;
  const tree = {
    ...(sizes.bins !== undefined && { filters: parameter(MEL_FILTERS, [sizes.bins, audio.melBins]) }),
    audio: htsatParameters(audio),
    text: robertaParameters(text),
    projectAudio: headParameters(
      "audio_projection",
      htsatChannels(audio),
      sizes.projectionHidden.audio,
      sizes.embedDim,
    ),
    projectText: headParameters("text_projection", text.width, sizes.projectionHidden.text, sizes.embedDim),
  };
  return {
    name: `${traits.family} ${variantOf(audio)}`,
    embedDim: sizes.embedDim,
    preJointDim: { audio: htsatChannels(audio), text: text.width },
    sampleRate: frontEnd.sampleRate,
    clipSamples: frontEnd.clipLength,
    contextLength: Math.min(CONTEXT_LENGTH, robertaContextLength(text)),
    vocabularySize: text.vocabularySize,
    lengthPolicy: "same-input",
    parameters: flattenParameters(tree),
    names,
    tokenizer: robertaTokenizer,
    async build(read) {
      const { filters, ...weights } = await loadParameters(tree, requireVariances(file, names, read));
      const bank = filtersOfFormula ?? melBankFromMatrix(filters!.dataSync<"float32">(), sizes.bins!, audio.melBins);
      filters?.dispose();
      const audioTower = htsat(audio, weights.audio, { blockEpsilon: traits.audioEpsilon });
      const textTower = roberta(text, weights.text);
      const mapping = intoJointSpace(mlpHead(weights.projectAudio), mlpHead(weights.projectText));
      return {
        prepare: (samples) => (traits.quantised ? quantise(samples) : samples),
        logMel: (samples) => logMel(samples, frontEnd, bank),
        audio: audioTower.encode,
        text: textTower.encode,
        projectAudio: mapping.audio.project,
        projectText: mapping.text.project,
        dispose() {
          for (const part of [audioTower, textTower, mapping.audio, mapping.text]) part.dispose();
        },
      };
    },
  };
}

/**
 * The tokenizer of the text tower, which masks the padding and counts positions by the id of `<pad>`.
 * @throws {TokenizerFileError} when the special tokens have other ids than in all of RoBERTa
 */
function robertaTokenizer(files: TokenizerFiles, options: TokenizerOptions): Tokenizer {
  const tokenizer = byteLevelBpe(files, options);
  const { startId, padId, endId } = tokenizer;
  const found = { "<s>": [startId, 0], "<pad>": [padId, 1], "</s>": [endId, 2] } as const;
  for (const [token, [id, expected]] of Object.entries(found)) {
    if (id === expected) continue;
    const fault = `token "${token}" has the id ${id}, expected RoBERTa's ${expected}; take the file of the checkpoint`;
    throw new TokenizerFileError("tokenizer" in files ? "tokenizer.json" : "vocab.json", fault);
  }
  return tokenizer;
}

function headParameters(name: string, inputs: number, hidden: number, outputs: number) {
  return {
    hidden: linearParameters(`${name}.0`, inputs, hidden),
    output: linearParameters(`${name}.2`, hidden, outputs),
  };
}

/** The front-end of the checkpoint's mel filters, and of the settings or the published values where it has none. */
function frontEndOf(file: string, { bins }: ClapSizes, audio: HtsatConfig, settings: ModelSettings): FrontEnd {
  const { sampleRate, hopLength, minFrequency, maxFrequency, clipLength, fftLength } = laionClapFrontEnd;
  const found = { melBins: audio.melBins, fftLength: bins === undefined ? undefined : 2 * (bins - 1) };
  for (const [setting, value] of Object.entries(found)) {
    const given = settings[setting as keyof typeof found];
    if (given === undefined || value === undefined || given === value) continue;
    throw new ModelSettingError(file, setting, `the setting ${setting} is ${given}, but its tensors are for ${value}`);
  }
  for (const setting of ["sampleRate", "hopLength", "fftLength", "clipSeconds"] as const) {
    const given = settings[setting];
    if (given === undefined || (given > 0 && (setting === "clipSeconds" || Number.isInteger(given)))) continue;
    const expected = setting === "clipSeconds" ? "a positive number" : "a positive integer";
    throw new ModelSettingError(file, setting, `the setting ${setting} is ${given}, expected ${expected}`);
  }
  const rate = settings.sampleRate ?? sampleRate;
  const frontEnd: FrontEnd = {
    ...laionClapFrontEnd,
    sampleRate: rate,
    hopLength: settings.hopLength ?? hopLength,
    melBins: audio.melBins,
    minFrequency: settings.fMin ?? minFrequency,
    maxFrequency: settings.fMax ?? maxFrequency,
    fftLength: found.fftLength ?? settings.fftLength ?? fftLength,
    clipLength: Math.round((settings.clipSeconds ?? clipLength / sampleRate) * rate),
  };
  if (!Number.isInteger(Math.log2(frontEnd.fftLength))) {
    const source = found.fftLength === undefined ? "the setting fftLength" : "for its mel filters, a frame";
    const fault = `${source} is ${frontEnd.fftLength} samples, expected a power of two`;
    throw new ModelSettingError(file, "fftLength", fault);
  }
  const [frames, most] = [frameCount(frontEnd.clipLength, frontEnd), htsatFrames(audio)];
  if (!(frontEnd.clipLength > frontEnd.fftLength / 2 && frames <= most)) {
    const clip = `a clip of ${frontEnd.clipLength} samples at a hop of ${frontEnd.hopLength}`;
    const expected = `more than ${frontEnd.fftLength / 2} samples and at most ${most} frames`;
    throw new ModelSettingError(file, "clipSeconds", `${clip} has ${frames} frames, expected ${expected}`);
  }
  return frontEnd;
}

function textHeads(file: string, width: number, given: number | undefined): number {
  if (given === undefined) {
    if (width % HEAD_CHANNELS === 0) return width / HEAD_CHANNELS;
    const fault = `the setting textHeads is needed: its text tower is ${width} wide, no multiple of RoBERTa's ${HEAD_CHANNELS}`;
    throw new ModelSettingError(file, "textHeads", fault);
  }
  if (Number.isInteger(given) && given > 0 && width % given === 0) return given;
  throw new ModelSettingError(
    file,
    "textHeads",
    `textHeads is ${given}, expected a divisor of its text tower's ${width}`,
  );
}

function refuseFusion(file: string, tensors: Checkpoint["tensors"], { audioPrefix }: ClapNames): void {
  for (const part of ["mel_conv2d", "fusion_model"]) {
    const prefix = `${audioPrefix}patch_embed.${part}.`;
    for (const name of tensors.keys()) if (name.startsWith(prefix)) throw fusionError(file, `it has "${name}"`);
  }
}

/** A fusion model reads four spectrograms of a clip, with other filters, through a patch embedding of its own. */
export function fusionError(file: string, evidence: string): UnknownModelError {
  return new UnknownModelError(
    { file },
    `is a LAION-CLAP model with feature fusion (${evidence}), which has another front-end; take one without, such as ` +
      "music_audioset_epoch_15_esc_90.14.pt, 630k-audioset-best.pt or laion/clap-htsat-unfused",
  );
}

const variants = [
  { name: "HTSAT-tiny", width: 96, depths: [2, 2, 6, 2] },
  { name: "HTSAT-base", width: 128, depths: [2, 2, 12, 2] },
  { name: "HTSAT-large", width: 256, depths: [2, 2, 12, 2] },
];

function variantOf({ width, stages }: HtsatConfig): string {
  const depths = stages.map(({ depth }) => depth);
  const known = variants.find((variant) => variant.width === width && String(variant.depths) === String(depths));
  return known?.name ?? `HTSAT (width ${width}, depths ${depths.join(" ")})`;
}
