import {
  type AdamWOptions,
  type Augmentation,
  type MuscallConfig,
  muscallAugmentation,
  muscallConfig,
} from "@irec/encoders";
import type { JsonField } from "../../json-field.ts";
import type { CommonConfig } from "../training-kind.ts";
import type { ListSource } from "./caption-list.ts";
import type { ParquetSource } from "./caption-parquet.ts";
import type { MissingAudio } from "./pairs.ts";

/** Where pairs come from. */
export type PairSource = (ListSource | ParquetSource) & {
  /** A .npy file with a sentence embedding for each pair, in the order of the list; for the loss weighted-clip. */
  readonly captionEmbeddings: string | undefined;
};

/** What the best checkpoint is chosen by. */
export const SELECTION_METRICS = [
  "text-to-audio-r1",
  "text-to-audio-r5",
  "text-to-audio-r10",
  "audio-to-text-r1",
  "audio-to-text-r5",
  "audio-to-text-r10",
  "validation-loss",
] as const;
export type SelectionMetric = (typeof SELECTION_METRICS)[number];

/** `muscall`: a cosine whose period is a tenth of the run. */
export type ScheduleConfig =
  | { readonly kind: "muscall" }
  | { readonly kind: "constant" }
  | { readonly kind: "cosine"; readonly period: number }
  | { readonly kind: "linear-warmup-cosine"; readonly warmupSteps: number };

/** A configuration of contrastive training, with every default filled in. */
export interface ContrastiveConfig {
  readonly data: {
    readonly train: PairSource;
    readonly validation: PairSource;
    readonly missingAudio: MissingAudio;
    /** Ends of the paths of sound files that are left out. */
    readonly exclude: readonly string[];
    /** Whether training takes a part at random of a clip that is longer than the model reads, else the middle. */
    readonly randomCrop: boolean;
    /** How much sound is kept in memory, so that later epochs need not decode it again. */
    readonly cacheBytes: number;
  };
  /** The folder of vocab.json and merges.txt, or of tokenizer.json; undefined for CLIP's, where it was pulled to. */
  readonly tokenizer: string | undefined;
  /** A checkpoint to go on from; undefined for weights that are drawn. */
  readonly startFrom: string | undefined;
  /** What differs from MusCALL. */
  readonly model: Partial<MuscallConfig>;
  /** Undefined for none. */
  readonly augmentation: Augmentation | undefined;
  readonly loss: "clip" | "weighted-clip";
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimiser: AdamWOptions;
  readonly schedule: ScheduleConfig;
  readonly validation: {
    readonly metric: SelectionMetric;
    /** Training ends after this many epochs without a better one; undefined for never. */
    readonly patience: number | undefined;
    /** How many clips of the validation set retrieval is measured on, at most. */
    readonly retrievalClips: number;
  };
  readonly checkpoints: {
    /** Besides the one after each epoch; undefined for none. */
    readonly everySteps: number | undefined;
  };
}

/** A configuration as JSON that is read as the same one; paths are absolute where they were made so. */
export function contrastiveConfigJson(config: ContrastiveConfig): Record<string, unknown> {
  const { startFrom = null, augmentation = null, tokenizer = null, validation, checkpoints, ...rest } = config;
  const { patience = null } = validation;
  const { everySteps = null } = checkpoints;
  return {
    ...rest,
    tokenizer,
    startFrom,
    augmentation,
    validation: { ...validation, patience },
    checkpoints: { everySteps },
  };
}

/** The defaults, as a configuration has them; the paths are examples. MusCALL's own wherever it has one. */
export const defaultContrastiveConfig = {
  data: {
    train: { captions: "dataset_train.json", audio: "audio" },
    validation: { captions: "dataset_val.json", audio: "audio" },
    missingAudio: "refuse",
    exclude: [],
    randomCrop: true,
    cacheBytes: 2 ** 31,
  },
  tokenizer: null,
  startFrom: null,
  model: muscallConfig,
  augmentation: muscallAugmentation,
  loss: "clip",
  epochs: 100,
  batchSize: 256,
  optimiser: { learningRate: 5e-5, betas: [0.9, 0.98], epsilon: 1e-6, weightDecay: 0.2, decayAll: true },
  schedule: { kind: "muscall" },
  validation: { metric: "text-to-audio-r10", patience: null, retrievalClips: 1000 },
  checkpoints: { everySteps: null },
} as const;

/**
 * Reads the fields of a contrastive configuration.
 * @throws {InputError} naming the field that is wrong
 */
export function readContrastiveConfig(fields: JsonField, { path }: CommonConfig): ContrastiveConfig {
  const usual = defaultContrastiveConfig;
  const data = fields.get("data");
  data.only(Object.keys(usual.data));
  const optimiser = objectOf(fields, "optimiser", usual.optimiser);
  const validation = objectOf(fields, "validation", usual.validation);
  const checkpoints = objectOf(fields, "checkpoints", usual.checkpoints);
  const loss = fields.get("loss", usual.loss).oneOf(["clip", "weighted-clip"]);
  const startFrom = orNone(fields.get("startFrom", null), path);
  return {
    data: {
      train: sourceOf(data.get("train"), path, loss),
      validation: sourceOf(data.get("validation"), path, loss),
      missingAudio: data.get("missingAudio", usual.data.missingAudio).oneOf(["refuse", "skip"]),
      exclude: data.get("exclude", usual.data.exclude).list((item) => item.text()),
      randomCrop: data.get("randomCrop", usual.data.randomCrop).boolean(),
      cacheBytes: data.get("cacheBytes", usual.data.cacheBytes).integer(0),
    },
    tokenizer: orNone(fields.get("tokenizer", null), path),
    startFrom,
    model: modelOf(fields.get("model", {}), startFrom !== undefined),
    augmentation: orNone(fields.get("augmentation", usual.augmentation), augmentationOf),
    loss,
    epochs: fields.get("epochs", usual.epochs).integer(1, 1e6),
    batchSize: fields.get("batchSize", usual.batchSize).integer(2, 2 ** 20),
    optimiser: {
      learningRate: above(optimiser("learningRate"), 0, 1e3),
      betas: betasOf(optimiser("betas")),
      epsilon: above(optimiser("epsilon"), 0, 1),
      weightDecay: optimiser("weightDecay").number(0, 1e3),
      decayAll: optimiser("decayAll").boolean(),
    },
    schedule: scheduleOf(fields.get("schedule", usual.schedule)),
    validation: {
      metric: validation("metric").oneOf(SELECTION_METRICS),
      patience: orNone(validation("patience"), (field) => field.integer(1)),
      retrievalClips: validation("retrievalClips").integer(1),
    },
    checkpoints: { everySteps: orNone(checkpoints("everySteps"), (field) => field.integer(1)) },
  };
}

function sourceOf(field: JsonField, path: CommonConfig["path"], loss: ContrastiveConfig["loss"]): PairSource {
  const isParquet = field.has("parquet");
  if (isParquet === field.has("captions")) {
    throw field.error('expected either "captions" (a JSON list) or "parquet" (a file, or a folder with "split")');
  }
  const optionalPath = (key: string) => (field.has(key) ? path(field.get(key)) : undefined);
  const captionEmbeddings = optionalPath("captionEmbeddings");
  if (loss === "weighted-clip" && captionEmbeddings === undefined) {
    throw field.error(
      'the loss "weighted-clip" weighs pairs by how alike their captions are, and needs "captionEmbeddings": a .npy file ' +
        "with the embedding of each caption by a sentence encoder, one row a pair (MusCALL takes SBERT's all-MiniLM-L6-v2)",
    );
  }
  if (!isParquet) {
    field.only(["captions", "audio", "captionEmbeddings"]);
    return { captions: path(field.get("captions")), audio: optionalPath("audio"), captionEmbeddings };
  }
  field.only(["parquet", "split", "captionColumn", "pathColumn", "idColumn", "audio", "captionEmbeddings"]);
  const captionColumn = field.get("captionColumn", "caption_writing");
  return {
    parquet: path(field.get("parquet")),
    split: field.has("split") ? field.get("split").text() : undefined,
    captionColumn: captionColumn.isList() ? textsOf(captionColumn) : [captionColumn.text()],
    pathColumn: field.get("pathColumn", "path").text(),
    idColumn: field.get("idColumn", "track_id").text(),
    audio: path(field.get("audio")),
    captionEmbeddings,
  };
}

function textsOf(field: JsonField): readonly string[] {
  const texts = field.list((item) => item.text());
  if (texts.length === 0) throw field.error("is empty; expected at least one");
  return texts;
}

/** What the names and shapes of a checkpoint do not tell of its model. */
const NOT_IN_CHECKPOINTS: readonly string[] = [
  ...["sampleRate", "clipSeconds", "fMin", "fMax", "dynamicRange", "textHeads", "dropout", "attentionDropout"],
];

/** The sizes of the model; of one that is in a checkpoint, only what is not in there may be said. */
function modelOf(field: JsonField, isLoaded: boolean): Partial<MuscallConfig> {
  const told = isLoaded ? field.keys().find((key) => !NOT_IN_CHECKPOINTS.includes(key)) : undefined;
  if (told !== undefined) throw field.get(told).error('the checkpoint of "startFrom" says this; leave it out');
  const size = (some: JsonField) => some.integer(1, 2 ** 24);
  const frequency = (some: JsonField) => some.number(0, 1e6);
  const part = (some: JsonField) => below(some, 0, 1);
  const read: { [Key in keyof MuscallConfig]: (some: JsonField) => MuscallConfig[Key] } = {
    sampleRate: (some) => some.integer(1000, 768_000),
    clipSeconds: (some) => above(some, 0, 3600),
    melBins: size,
    fftLength: size,
    fMin: frequency,
    fMax: frequency,
    dynamicRange: (some) => above(some, 0, 1000),
    convolutionWidth: size,
    blocks: (some) => some.list(size),
    pooling: (some) => some.oneOf(["attention", "average"]),
    audioDim: size,
    textDim: size,
    textLayers: size,
    textHeads: size,
    contextLength: (some) => some.integer(2, 2 ** 20),
    vocabularySize: size,
    embedDim: size,
    dropout: part,
    attentionDropout: part,
    temperature: (some) => orNone(some, (value) => above(value, 0, 1000)) ?? null,
  };
  field.only(Object.keys(read));
  return Object.fromEntries(field.keys().map((key) => [key, read[key as keyof MuscallConfig](field.get(key))]));
}

function augmentationOf(field: JsonField): Augmentation {
  field.only(Object.keys(muscallAugmentation));
  const get = (key: keyof Augmentation) => field.get(key, muscallAugmentation[key]);
  return {
    polarity: get("polarity").number(0, 1),
    noise: get("noise").number(0, 1),
    noiseSnr: rangeOf(get("noiseSnr"), 200),
    noiseDecay: rangeOf(get("noiseDecay"), 10),
    gain: get("gain").number(0, 1),
    gainDecibels: rangeOf(get("gainDecibels"), 200),
    pitch: get("pitch").number(0, 1),
    pitchSemitones: rangeOf(get("pitchSemitones"), 24),
  };
}

/** Two numbers, the lower one first, neither farther from 0 than the limit. */
function rangeOf(field: JsonField, limit: number): readonly [number, number] {
  const ends = field.list((item) => item.number(-limit, limit));
  const [low, high] = ends;
  if (ends.length !== 2 || low === undefined || high === undefined || low > high) {
    throw field.error("expected two numbers, the lower one first");
  }
  return [low, high];
}

function betasOf(field: JsonField): readonly [number, number] {
  const betas = field.list((item) => below(item, 0, 1));
  const [first, second] = betas;
  if (betas.length !== 2 || first === undefined || second === undefined) throw field.error("expected two numbers");
  return [first, second];
}

function scheduleOf(field: JsonField): ScheduleConfig {
  const kind = field.get("kind").oneOf(["muscall", "constant", "cosine", "linear-warmup-cosine"]);
  if (kind === "cosine") {
    field.only(["kind", "period"]);
    return { kind, period: above(field.get("period"), 0, Number.MAX_SAFE_INTEGER) };
  }
  if (kind === "linear-warmup-cosine") {
    field.only(["kind", "warmupSteps"]);
    return { kind, warmupSteps: field.get("warmupSteps").integer(0) };
  }
  field.only(["kind"]);
  return { kind };
}

/** Undefined for null. */
const orNone = <T>(field: JsonField, read: (field: JsonField) => T): T | undefined =>
  field.isNull() ? undefined : read(field);

/** Reads the fields of an object that may be left out, wholly or in part. */
function objectOf<Usual extends object>(
  fields: JsonField,
  name: string,
  usual: Usual,
): (key: keyof Usual & string) => JsonField {
  const object = fields.get(name, {});
  object.only(Object.keys(usual));
  return (key) => object.get(key, usual[key]);
}

function above(field: JsonField, low: number, high: number): number {
  const value = field.number(low, high);
  if (value === low) throw field.error(`expected a number above ${low}, found ${low}`);
  return value;
}

function below(field: JsonField, low: number, high: number): number {
  const value = field.number(low, high);
  if (value === high) throw field.error(`expected a number below ${high}, found ${high}`);
  return value;
}
