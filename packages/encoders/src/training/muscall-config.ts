import { elementsOf } from "../checkpoint/dtype.ts";
import type { MuscallSizes } from "../models/muscall-sizes.ts";
import type { FrontEnd } from "../spectral/front-ends.ts";
import { requireFields, requireType } from "./config-fields.ts";
import { TrainingConfigError } from "./errors.ts";

/** The sizes of a MusCALL model and what of its training belongs to the model. */
export interface MuscallConfig {
  /** In hertz. */
  readonly sampleRate: number;
  /** Length of the audio that the tower reads, in seconds. */
  readonly clipSeconds: number;
  readonly melBins: number;
  /** Samples in a frame of the spectrum, a power of two; the hop is half of it. */
  readonly fftLength: number;
  /** Edges of the mel filters, in hertz. */
  readonly fMin: number;
  readonly fMax: number;
  /** Decibels between the loudest and the least value of a clip's log-mel spectrogram. */
  readonly dynamicRange: number;
  /** Channels behind the stem of the audio tower, an even number. */
  readonly convolutionWidth: number;
  /** Blocks in each of the audio tower's four stages. */
  readonly blocks: readonly number[];
  /** How the last map becomes one vector. */
  readonly pooling: "attention" | "average";
  /** Dimension of the audio tower's output. */
  readonly audioDim: number;
  /** Dimension of the text tower's output and of its layers. */
  readonly textDim: number;
  readonly textLayers: number;
  readonly textHeads: number;
  /** Tokens that the text tower reads, start and end included. */
  readonly contextLength: number;
  /** Rows of the token embedding. */
  readonly vocabularySize: number;
  /** Dimension of the joint space. */
  readonly embedDim: number;
  /** Which part is dropped inside of the text tower's feed-forward parts, in [0, 1). */
  readonly dropout: number;
  /** Which part of the text tower's attention weights is dropped, in [0, 1). */
  readonly attentionDropout: number;
  /** What similarities are divided by; null: learned, from 0.07 on and never below 0.01. */
  readonly temperature: number | null;
}

/** The published configuration. */
export const muscallConfig: MuscallConfig = {
  sampleRate: 16_000,
  clipSeconds: 20,
  melBins: 128,
  fftLength: 1024,
  fMin: 0,
  fMax: 11_025,
  dynamicRange: 100,
  convolutionWidth: 16,
  blocks: [3, 4, 6, 3],
  pooling: "attention",
  audioDim: 256,
  textDim: 512,
  textLayers: 4,
  textHeads: 8,
  contextLength: 77,
  vocabularySize: 49_408,
  embedDim: 512,
  dropout: 0.2,
  attentionDropout: 0.2,
  temperature: null,
};

/**
 * The sizes of a model of this configuration.
 * @throws {TrainingConfigError} when no model can be made so
 * @internal
 */
export function sizesOfConfig(config: MuscallConfig): MuscallSizes {
  requireMuscallConfig(config);
  const { convolutionWidth: width, blocks, melBins, fftLength, textDim } = config;
  return {
    resnet: { stem: width / 2, width, blocks },
    poolTokens: config.pooling === "average" ? undefined : poolTokensOf(config),
    audioOutputs: config.audioDim,
    text: {
      vocabulary: config.vocabularySize,
      contextLength: config.contextLength,
      channels: textDim,
      layers: config.textLayers,
      hidden: 4 * textDim,
    },
    embedDim: config.embedDim,
    hasFilters: true,
    bins: fftLength / 2 + 1,
    melBins,
  };
}

/** What a configuration says of the audio that its model reads. */
export function frontEndOfConfig(config: MuscallConfig): FrontEnd {
  const { sampleRate, clipSeconds, fftLength, melBins, fMin, fMax, dynamicRange } = config;
  return {
    sampleRate,
    clipLength: Math.floor(clipSeconds * sampleRate),
    fftLength,
    hopLength: fftLength / 2,
    normalised: true,
    melBins,
    melScale: "htk",
    minFrequency: fMin,
    maxFrequency: fMax,
    dynamicRange,
  };
}

/** Of the text tower's layers, and of the blocks in a stage: no model has a tenth of it. */
const MAX_DEPTH = 1024;
/** Two hours at 16 kHz. */
const MAX_CLIP_SAMPLES = 2 ** 27;
/**
 * Numbers in a new model; the published one has 41 million. A checkpoint with both moments of each is 3.2 GB then, and has to be
 * within the 4 GiB that a buffer of Node 20 can have.
 */
const MAX_PARAMETERS = 2 ** 28;

/**
 * @param parameters - all of a model that is to be made
 * @throws {TrainingConfigError} when they are more than can be trained
 * @internal
 */
export function requireTrainableSize(
  parameters: readonly { readonly name: string; readonly shape: readonly number[] }[],
): void {
  const sized = parameters.map(({ name, shape }) => ({ name, shape, size: elementsOf(shape) }));
  const total = sized.reduce((sum, { size }) => sum + size, 0);
  if (total <= MAX_PARAMETERS) return;
  const { name, shape } = sized.reduce((most, one) => (one.size > most.size ? one : most));
  const largest = `the largest tensor is ${name} of [${shape.join(", ")}]`;
  throw new TrainingConfigError("model", `has ${total} parameters, expected at most ${MAX_PARAMETERS}; ${largest}`);
}

/** The audio tower halves an image so often: in its stem twice, and before each stage but the first. */
const HALVINGS = 5;
const STAGES = 4;

/** Rows of the attention pool's table as MusCALL counts them, which are those of the map where `requirePlaces` holds. */
function poolTokensOf(config: MuscallConfig): number {
  return 1 + Math.floor(config.melBins / 2 ** HALVINGS) * Math.floor(framesOf(config) / 2 ** HALVINGS);
}

function framesOf({ clipSeconds, sampleRate, fftLength }: MuscallConfig): number {
  return Math.floor(Math.floor(clipSeconds * sampleRate) / (fftLength / 2)) + 1;
}

/** Throws for fields that a configuration does not have, and for values of another type. */
export function requireMuscallFields(given: Partial<MuscallConfig>): void {
  requireFields(given, muscallConfig, "configuration");
  const { temperature = null } = given;
  if (temperature !== null) requireType("temperature", temperature, "number");
}

/** Throws for what a configuration can have wrong beside its sizes. */
export function requireTrainable(config: MuscallConfig): void {
  const { temperature } = config;
  for (const field of ["dropout", "attentionDropout"] as const) {
    check(config, field, config[field] >= 0 && config[field] < 1, "0 or more and below 1");
  }
  const isTemperature = temperature === null || (temperature >= 0.01 && temperature < Number.POSITIVE_INFINITY);
  check(config, "temperature", isTemperature, "null, or 0.01 or more");
}

function check(config: MuscallConfig, field: keyof MuscallConfig, holds: boolean, expected: string): void {
  if (holds) return;
  const value = config[field];
  throw new TrainingConfigError(field, `is ${Array.isArray(value) ? `[${value}]` : value}, expected ${expected}`);
}

function requireMuscallConfig(config: MuscallConfig): void {
  requireTrainable(config);
  const isWhole = (value: number) => Number.isInteger(value) && value > 0;
  const counts = [
    ...(["sampleRate", "melBins", "convolutionWidth", "audioDim", "textDim", "textLayers", "textHeads"] as const),
    ...(["contextLength", "vocabularySize", "embedDim"] as const),
  ];
  for (const field of counts) check(config, field, isWhole(config[field]), "a positive whole number");
  check(
    config,
    "fftLength",
    isWhole(config.fftLength) && Number.isInteger(Math.log2(config.fftLength)),
    "a power of two",
  );
  check(config, "fftLength", config.fftLength >= 4, "4 or more");
  check(
    config,
    "clipSeconds",
    config.clipSeconds > 0 && config.clipSeconds < Number.POSITIVE_INFINITY,
    "a positive number",
  );
  check(config, "fMin", config.fMin >= 0 && config.fMin < config.fMax, "0 or more, and less than fMax");
  check(config, "fMax", config.fMax < Number.POSITIVE_INFINITY, "a finite number of hertz");
  check(config, "dynamicRange", config.dynamicRange >= 0, "0 or more");
  check(
    config,
    "convolutionWidth",
    config.convolutionWidth % 2 === 0,
    "an even number: the stem begins with half of it",
  );
  const { blocks } = config;
  check(
    config,
    "blocks",
    Array.isArray(blocks) && blocks.length === STAGES && blocks.every(isWhole),
    `${STAGES} positive whole numbers`,
  );
  check(config, "pooling", ["attention", "average"].includes(config.pooling), '"attention" or "average"');
  check(
    config,
    "textHeads",
    config.textDim % config.textHeads === 0,
    `a divisor of textDim, which is ${config.textDim}`,
  );
  check(config, "contextLength", config.contextLength >= 2, "2 or more: a text has a start and an end");
  const depth = `at most ${MAX_DEPTH}`;
  check(config, "textLayers", config.textLayers <= MAX_DEPTH, depth);
  check(config, "blocks", Math.max(...blocks) <= MAX_DEPTH, `${depth} each`);
  const samples = `at most ${MAX_CLIP_SAMPLES} samples, which is ${MAX_CLIP_SAMPLES / config.sampleRate} s`;
  check(config, "clipSeconds", config.clipSeconds * config.sampleRate <= MAX_CLIP_SAMPLES, samples);
  requirePlaces(config);
}

/**
 * MusCALL's table has floor(size / 32) rows and columns; its convolutions make floor(ceil(size / 2) / 16). Where these differ,
 * which is for sizes of 31 mod 32, no clip can be read.
 */
function requirePlaces(config: MuscallConfig): void {
  const step = 2 ** HALVINGS;
  for (const [field, size, what] of [
    ["melBins", config.melBins, `${config.melBins} mel bins`],
    ["clipSeconds", framesOf(config), `${config.clipSeconds} s are ${framesOf(config)} frames, which`],
  ] as const) {
    const places = Math.floor(Math.ceil(size / 2) / (step / 2));
    if (places === 0) {
      throw new TrainingConfigError(field, `is too small: ${what} become nothing, expected ${step} or more`);
    }
    if (config.pooling === "attention" && size % step === step - 1) {
      const table = Math.floor(size / step);
      const fault = `cannot be trained: ${what} become ${places} in the last map, and MusCALL's positional table counts ${table}`;
      throw new TrainingConfigError(
        field,
        `${fault}; expected another remainder than ${step - 1} of a division by ${step}`,
      );
    }
  }
}
