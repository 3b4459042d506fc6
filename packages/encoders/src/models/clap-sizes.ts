import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { UnsupportedCheckpointError } from "../checkpoint/errors.ts";
import { type HtsatConfig, htsatGrid } from "../towers/htsat.ts";
import { type RobertaConfig, robertaContextLength } from "../towers/roberta.ts";
import type { NameMap } from "./read-parameters.ts";

/** How one kind of CLAP checkpoint calls its tensors; the names of the parameters are those of the LAION release. */
export interface ClapNames extends NameMap {
  /** What the names of the towers begin with. */
  readonly audioPrefix: string;
  readonly textPrefix: string;
}

/** Sizes of a CLAP model that its parameters have. */
export interface ClapSizes {
  /** The image's size where the checkpoint's masks tell it. */
  readonly audio: Omit<HtsatConfig, "imageSize"> & { readonly imageSize: number | undefined };
  readonly text: Omit<RobertaConfig, "heads" | "epsilon">;
  /** Width between the two linear layers of a projection. */
  readonly projectionHidden: { readonly audio: number; readonly text: number };
  readonly embedDim: number;
  /** Bins of the spectrum, fftLength / 2 + 1, where the checkpoint has the matrix of mel filters. */
  readonly bins: number | undefined;
}

/** Those of the published HTSAT-base with RoBERTa-base. */
const published = {
  melBins: 64,
  patchSize: 4,
  width: 128,
  depths: [2, 2, 12, 2],
  window: 8,
  vocabularySize: 50_265,
  positions: 514,
  textWidth: 768,
  layers: 12,
  hidden: 3072,
  embedDim: 512,
};

/** The name of the matrix of mel filters, which Hugging Face's checkpoints do not have. */
export const MEL_FILTERS = "audio_branch.logmel_extractor.melW";

/**
 * Sizes from the shapes of a checkpoint. One that is not to be found is the published one: its tensor is missing, and the
 * comparison with what the model needs says so, of all tensors together.
 */
export function clapSizes(tensors: Checkpoint["tensors"], names: ClapNames): ClapSizes {
  const size = (name: string, axis: number) => tensors.get(names.stored(name)[0]!)?.shape[axis];
  const audio = (part: string, axis: number) => size(`audio_branch.${part}`, axis);
  const text = (part: string, axis: number) => size(`text_branch.${part}`, axis);
  const layer = (part: string, axis: number) => text(`encoder.layer.0.${part}.weight`, axis);

  const patchSize = audio("patch_embed.proj.weight", 2) ?? published.patchSize;
  const stages = blocksOf(tensors, names).map((depth, stage) => {
    const blocks = Array.from({ length: depth }, (_, block) => `layers.${stage}.blocks.${block}.attn.`);
    const first = (axis: number) =>
      blocks.map((block) => audio(`${block}relative_position_bias_table`, axis)).find((found) => found !== undefined);
    const rows = first(0);
    return {
      depth,
      heads: first(1) ?? 4 * 2 ** stage,
      window: rows === undefined ? published.window : (Math.sqrt(rows) + 1) / 2,
    };
  });
  return {
    audio: {
      melBins: audio("bn0.weight", 0) ?? published.melBins,
      imageSize: imageSizeOf(tensors, names, stages, patchSize),
      patchSize,
      width: audio("patch_embed.proj.weight", 0) ?? audio("patch_embed.norm.weight", 0) ?? published.width,
      stages,
    },
    text: {
      vocabularySize: text("embeddings.word_embeddings.weight", 0) ?? published.vocabularySize,
      positions: text("embeddings.position_embeddings.weight", 0) ?? published.positions,
      width: text("embeddings.word_embeddings.weight", 1) ?? text("pooler.dense.weight", 0) ?? published.textWidth,
      layers: indices(tensors, `${names.textPrefix}encoder.layer.`).length || published.layers,
      hidden: layer("intermediate.dense", 0) ?? layer("output.dense", 1) ?? published.hidden,
    },
    projectionHidden: {
      audio: size("audio_projection.0.weight", 0) ?? published.embedDim,
      text: size("text_projection.0.weight", 0) ?? published.embedDim,
    },
    embedDim: size("text_projection.2.weight", 0) ?? size("audio_projection.2.weight", 0) ?? published.embedDim,
    bins: size(MEL_FILTERS, 0),
  };
}

/**
 * Throws when a text tower and projections of these sizes cannot be: they come from a checkpoint, which can hold anything.
 * @throws {UnsupportedCheckpointError}
 */
export function requireTextAndJoint(file: string, { text, projectionHidden, embedDim }: ClapSizes): void {
  const { vocabularySize, width, hidden, positions } = text;
  const sizes = { vocabularySize, width, hidden, embedDim, hiddenOfAudio: projectionHidden.audio };
  for (const [part, value] of Object.entries({ ...sizes, hiddenOfText: projectionHidden.text })) {
    if (value > 0) continue;
    throw new UnsupportedCheckpointError(
      { file },
      `is no CLAP model: ${part} is ${value}, expected a positive integer`,
    );
  }
  const longest = robertaContextLength(text);
  if (longest >= LEAST_TOKENS) return;
  const fault = `is no RoBERTa: with ${positions} positions it reads texts of ${longest} tokens`;
  throw new UnsupportedCheckpointError({ file }, `${fault}, expected ${LEAST_TOKENS} or more`);
}

/** The start and the end of a text. */
const LEAST_TOKENS = 2;

/**
 * Throws when an audio tower of these sizes cannot be: they come from a checkpoint, which can hold anything.
 * @param source - where the image's size is from
 * @throws {UnsupportedCheckpointError}
 */
export function requireHtsat(file: string, config: HtsatConfig, source: string): void {
  const refuse = (part: string, found: string, expected: string) => {
    throw new UnsupportedCheckpointError({ file }, `is no HTS-AT: ${part} is ${found}, expected ${expected}`);
  };
  const { melBins, imageSize, patchSize, width, stages } = config;
  for (const [part, value] of Object.entries({ melBins, patchSize, width })) {
    if (!(Number.isInteger(value) && value > 0)) refuse(part, String(value), "a positive integer");
  }
  for (const [stage, { heads, window }] of stages.entries()) {
    const channels = width * 2 ** stage;
    if (!(heads > 0 && channels % heads === 0)) {
      refuse(`the number of heads in stage ${stage}`, `${heads}`, `a divisor of its ${channels} channels`);
    }
    if (!(Number.isInteger(window) && window > 0 && window <= MOST_TOKENS)) {
      const rows = `a table of relative positions for windows of ${window} tokens a side`;
      refuse(`stage ${stage}`, rows, `(2 w - 1)^2 rows for a whole w up to ${MOST_TOKENS}`);
    }
  }
  const image = `the image of ${imageSize} x ${imageSize} pixels (${source})`;
  if (!(Number.isInteger(imageSize) && imageSize > 0 && imageSize <= MOST_PIXELS)) {
    refuse("the image's side", `${imageSize} (${source})`, `an integer up to ${MOST_PIXELS}`);
  }
  if (imageSize % melBins !== 0) refuse(image, `no multiple of ${melBins} mel bins high`, "one");
  if (melBins % patchSize !== 0) {
    refuse("the number of mel bins", `${melBins}`, `a multiple of the patches' ${patchSize}`);
  }
  for (const [stage, { window }] of stages.entries()) {
    const grid = htsatGrid(config, stage);
    if (grid % window !== 0)
      refuse(image, `a grid of ${grid} in stage ${stage}`, `a multiple of its window's ${window}`);
  }
}

/** Four times the published side. The masks of shifted windows are made of it, before any weight is read. */
const MOST_PIXELS = 1024;
/** Twice the published side of a window; the biases grow with its fourth power. */
const MOST_TOKENS = 16;

/** How many blocks each stage has. */
function blocksOf(tensors: Checkpoint["tensors"], { audioPrefix }: ClapNames): readonly number[] {
  const stages = indices(tensors, `${audioPrefix}layers.`);
  if (stages.length === 0) return published.depths;
  return stages.map((stage) => Math.max(1, indices(tensors, `${audioPrefix}layers.${stage}.blocks.`).length));
}

/** The side of the image, from the shift masks of the LAION release: one for each window of a grid. */
function imageSizeOf(
  tensors: Checkpoint["tensors"],
  { audioPrefix }: ClapNames,
  stages: readonly { readonly depth: number; readonly window: number }[],
  patchSize: number,
): number | undefined {
  for (const [stage, { depth, window }] of stages.entries()) {
    for (let block = 0; block < depth; block++) {
      const windows = tensors.get(`${audioPrefix}layers.${stage}.blocks.${block}.attn_mask`)?.shape[0];
      if (windows !== undefined) return Math.sqrt(windows) * window * patchSize * 2 ** stage;
    }
  }
  return undefined;
}

/** 0, 1, 2 ... as many as there are different numbers behind a prefix: where one is left out, the last one is too many. */
function indices(tensors: Checkpoint["tensors"], prefix: string): number[] {
  const found = new Set<string>();
  for (const name of tensors.keys()) {
    const index = name.startsWith(prefix) ? /^\d+(?=\.)/.exec(name.slice(prefix.length))?.[0] : undefined;
    if (index !== undefined) found.add(index);
  }
  return [...found.keys()].map((_, i) => i);
}
