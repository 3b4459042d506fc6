import { dispose, expandDims, mean, type Tensor, type TensorContainer, transpose } from "@tensorflow/tfjs-core";
import { requireInteger } from "../audio/checks.ts";
import { AudioOptionError } from "../audio/errors.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { UnsupportedCheckpointError } from "../checkpoint/errors.ts";
import { linear } from "../layers/linear.ts";
import {
  flattenParameters,
  linearParameters,
  loadParameters,
  type Parameter,
  parameter,
} from "../layers/parameters.ts";
import { linearHead } from "../projection/projection-head.ts";
import { type FrontEnd, muscallFrontEnd } from "../spectral/front-ends.ts";
import { logMel } from "../spectral/log-mel.ts";
import { melBank, melBankFromMatrix } from "../spectral/mel-bank.ts";
import { requireStftConfig } from "../spectral/stft.ts";
import { clipBpe } from "../text/clip-bpe.ts";
import { attentionPool, attentionPoolParameters } from "../towers/attention-pool.ts";
import { foldBatchNorms, modifiedResNet, modifiedResNetParameters } from "../towers/modified-resnet.ts";
import { textTransformer, textTransformerParameters } from "../towers/text-transformer.ts";
import { UnknownModelError } from "./errors.ts";
import type { LoadedTowers, ModelFamily, ModelPlan, ModelSettings } from "./model-family.ts";
import {
  type MuscallSizes,
  muscallClipSamples,
  muscallSizes,
  publishedSizes,
  requireMuscall,
} from "./muscall-sizes.ts";
import { compareParameters, type NameMap } from "./read-parameters.ts";
import { ModelSettingError } from "./setting-error.ts";
import { requireVariances } from "./variances.ts";

/** Attention heads of the published text tower. */
const TEXT_HEADS = 8;

/**
 * MusCALL, from the checkpoints of its trainer (`.pth.tar`), or safetensors with the same names: a modified ResNet over
 * log-mel, a text transformer, and a linear projection of each.
 * @see Manco et al. 2022, "Contrastive audio-language learning for music"
 */
export const muscall: ModelFamily = {
  name: "MusCALL",
  recognises: (names) => [...names].some((name) => /^(audio_backbone|textual_head)\./.test(name)),
  plan: (checkpoint, settings) => {
    refusePretrainedText(checkpoint);
    const { name: file, tensors } = checkpoint;
    const sizes = muscallSizes(tensors, settings);
    const tree = muscallParameters(sizes);
    const parameters = flattenParameters(tree);
    requireMuscall(file, sizes, tensors, parameters);
    const { missing, misshapen } = compareParameters(checkpoint, parameters, names);
    // Of a part of a model, the comparison is the better message.
    const isWhole = missing.length === 0 && misshapen.length === 0;
    const { textHeads = TEXT_HEADS } = settings;
    const { channels, contextLength, vocabulary } = sizes.text;
    if (isWhole && !(Number.isInteger(textHeads) && textHeads > 0 && channels % textHeads === 0)) {
      const fault = `the setting textHeads is ${textHeads}, expected a divisor of the text tower's ${channels} channels`;
      throw new ModelSettingError(file, "textHeads", fault);
    }
    const frontEnd = isWhole ? frontEndOf(file, sizes, settings) : muscallFrontEnd;
    return {
      name: nameOf(sizes),
      embedDim: sizes.embedDim,
      preJointDim: { audio: sizes.audioOutputs, text: channels },
      sampleRate: frontEnd.sampleRate,
      clipSamples: frontEnd.clipLength,
      contextLength,
      vocabularySize: vocabulary,
      lengthPolicy: "muscall-centre",
      parameters,
      names,
      tokenizer: clipBpe,
      build: (read) => build(tree, frontEnd, textHeads, requireVariances(file, names, read)),
    } satisfies ModelPlan;
  },
};

/**
 * What is not needed for embedding: the buffer of the window, counters, a normalisation that MusCALL makes and saves and does
 * not use, the temperature, the self-supervised part, which holds the audio tower a second time, and the optimiser's moments in
 * the checkpoints of a run that goes on.
 */
const notNeeded =
  /^(audio_backbone\.spec\.spectrogram\.window|textual_head\.ln_final\.(weight|bias)|logit_scale|audio_ssl\..*|optimiser\..*|.*\.num_batches_tracked)$/;

const names: NameMap = { stored: (name) => [name], ignored: (name) => notNeeded.test(name) };

/** The parameters of a model by their names in a checkpoint. */
export function muscallParameters(sizes: MuscallSizes) {
  const { resnet, poolTokens, audioOutputs, text, embedDim, hasFilters, bins, melBins } = sizes;
  const channels = 4 * resnet.width * 2 ** (resnet.blocks.length - 1);
  const projection = (name: string, inputs: number) => ({
    weight: parameter(`${name}.weight`, [embedDim, inputs], "linear"),
  });
  return {
    ...(hasFilters && { filters: parameter("audio_backbone.spec.mel_scale.fb", [bins, melBins]) }),
    resnet: modifiedResNetParameters("audio_backbone.", resnet),
    ...(poolTokens === undefined && {
      average: linearParameters("audio_backbone.final_linear", channels, audioOutputs),
    }),
    ...(poolTokens !== undefined && {
      attention: attentionPoolParameters("audio_backbone.attnpool.", poolTokens, channels, audioOutputs),
    }),
    text: textTransformerParameters("textual_head.", text),
    projectAudio: projection("audio_projection", audioOutputs),
    projectText: projection("text_projection", text.channels),
  };
}

/** The front-end of a model, with the published values where neither a shape nor a setting says otherwise. */
function frontEndOf(file: string, sizes: MuscallSizes, settings: ModelSettings): FrontEnd {
  const { melBins, bins, hasFilters } = sizes;
  const fftLength = 2 * (bins - 1);
  if (hasFilters && !Number.isInteger(Math.log2(fftLength))) {
    const fault = `has ${bins} bins, of frames of ${fftLength} samples; only powers of two are supported`;
    throw new UnsupportedCheckpointError({ file, tensor: "audio_backbone.spec.mel_scale.fb" }, fault);
  }
  const { sampleRate = muscallFrontEnd.sampleRate, hopLength = fftLength / 2 } = settings;
  requireInteger("sampleRate", sampleRate, 1);
  requireStftConfig({ fftLength, hopLength, normalised: true });
  return {
    sampleRate,
    clipLength: muscallClipSamples(file, sizes, settings, hopLength),
    fftLength,
    hopLength,
    normalised: true,
    melBins,
    melScale: "htk",
    minFrequency: settings.fMin ?? muscallFrontEnd.minFrequency,
    maxFrequency: settings.fMax ?? muscallFrontEnd.maxFrequency,
    dynamicRange: settings.dynamicRange ?? muscallFrontEnd.dynamicRange,
  };
}

async function build(
  tree: ReturnType<typeof muscallParameters>,
  frontEnd: FrontEnd,
  textHeads: number,
  read: (wanted: Parameter) => Promise<Tensor>,
): Promise<LoadedTowers> {
  const { filters, resnet: stored, ...loaded } = await loadParameters(tree, read);
  const bank =
    filters === undefined
      ? melBank(frontEnd)
      : melBankFromMatrix(filters.dataSync<"float32">(), frontEnd.fftLength / 2 + 1, frontEnd.melBins);
  const { attention, average, text } = loaded;
  const resnet = foldBatchNorms(stored);
  dispose([filters ?? [], stored] as unknown as TensorContainer);
  const projectAudio = linearHead(loaded.projectAudio);
  const projectText = linearHead(loaded.projectText);
  const pool = (map: Tensor) =>
    attention === undefined ? linear(mean(map, [1, 2]), average!) : attentionPool(map, attention);
  return {
    prepare: (samples) => samples,
    logMel: (samples) => {
      // Another length has another number of places, and the positional table has one row for each.
      if (attention !== undefined && samples.length !== frontEnd.clipLength) {
        const expected = `${frontEnd.clipLength}, MusCALL's only length; take a length policy that pads, as muscall-centre`;
        throw new AudioOptionError("samples in a piece", samples.length, expected);
      }
      return logMel(samples, frontEnd, bank);
    },
    audio: (spectrogram) => pool(modifiedResNet(imageOf(spectrogram), resnet)),
    text: (ids) => textTransformer(ids, text, textHeads),
    projectAudio: (preJoint) => projectAudio.project(preJoint),
    projectText: (preJoint) => projectText.project(preJoint),
    dispose: () => dispose([resnet, loaded] as unknown as TensorContainer),
  };
}

/** Log-mel [b, frames, melBins] as an image of one channel, low frequencies on top: [b, melBins, frames, 1]. */
function imageOf(spectrogram: Tensor): Tensor {
  return expandDims(transpose(spectrogram, [0, 2, 1]), 3);
}

function nameOf(sizes: MuscallSizes): string {
  const described = ({ resnet, text }: MuscallSizes) =>
    `audio ${resnet.width} x [${resnet.blocks}], text ${text.channels} x ${text.layers}`;
  const pooling = sizes.poolTokens === undefined ? " with average pooling" : "";
  const isPublished = described(sizes) === described(publishedSizes);
  return `MusCALL${pooling}${isPublished ? "" : ` (${described(sizes)})`}`;
}

/** MusCALL's option `text.model: CLIPTextModel`: another tower, with another way to find the end of a text. */
function refusePretrainedText({ name: file, tensors }: Pick<Checkpoint, "name" | "tensors">): void {
  const found = [...tensors.keys()].find((name) => /^textual_head\.(text_model|embeddings|encoder)\./.test(name));
  if (found === undefined) return;
  throw new UnknownModelError(
    { file },
    `is a MusCALL with the text tower of Hugging Face's CLIPTextModel (it has ${found}), which is not supported; ` +
      "expected MusCALL's own, textual_head.transformer, the default of its trainer",
  );
}
