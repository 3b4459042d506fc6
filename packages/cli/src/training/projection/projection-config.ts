import type { JsonField } from "../../json-field.ts";
import { defaultSource, readSourceConfig, SOURCE_KEYS, type SourceConfig } from "../stored-embeddings/source-config.ts";
import type { CommonConfig } from "../training-kind.ts";
import { type HoldOut, readHoldOut } from "./hold-out.ts";

/** A configuration of projection heads, with every default filled in. */
export interface ProjectionConfig extends SourceConfig {
  readonly heldOut: HoldOut;
  readonly fit: {
    readonly mapping: (typeof MAPPINGS)[number];
    readonly head: (typeof HEADS)[number];
    /** Undefined for the mappings that have the dimension of a tower. */
    readonly embedDim: number | undefined;
    /** Of an MLP; undefined for the dimension of the space. */
    readonly hidden: number | undefined;
    readonly epochs: number;
    readonly batchSize: number;
    readonly learningRate: number;
    readonly weightDecay: number;
    readonly temperature: number;
    readonly seed: number;
  };
}

// As `MAPPING_NAMES` and `HEAD_KINDS` of @irec/encoders, which is loaded when something is fitted.
const MAPPINGS = ["into-joint-space", "audio-into-text-space", "text-into-audio-space"] as const;
const HEADS = ["linear", "mlp"] as const;

/** As a configuration has them; those of `fitHeads` of @irec/encoders wherever it has one. */
export const defaultProjectionConfig = {
  ...defaultSource,
  name: "muscall-heads",
  heldOut: { share: 0.2 },
  mapping: "into-joint-space",
  head: "linear",
  embedDim: 512,
  hidden: null,
  epochs: 20,
  batchSize: 256,
  learningRate: 0.001,
  weightDecay: 0.01,
  temperature: 0.07,
} as const;

export const PROJECTION_KEYS: readonly string[] = [
  ...SOURCE_KEYS,
  ...Object.keys(defaultProjectionConfig).filter((key) => !(key in defaultSource)),
];

/** @throws {InputError} naming the field that is wrong */
export function readProjectionConfig(fields: JsonField, common: CommonConfig): ProjectionConfig {
  const usual = defaultProjectionConfig;
  const mapping = fields.get("mapping", usual.mapping).oneOf(MAPPINGS);
  const head = fields.get("head", usual.head).oneOf(HEADS);
  const hidden = fields.get("hidden", null);
  if (head === "linear" && !hidden.isNull()) throw hidden.error("a linear head has no hidden layer");
  const hasOwnSpace = mapping === "into-joint-space";
  const embedDim = fields.get("embedDim", hasOwnSpace ? usual.embedDim : null);
  if (!hasOwnSpace && !embedDim.isNull()) {
    throw embedDim.error(`expected null: ${mapping} has the dimension of the tower that is mapped into`);
  }
  return {
    ...readSourceConfig(fields, common),
    heldOut: readHoldOut(fields.get("heldOut", usual.heldOut)),
    fit: {
      mapping,
      head,
      embedDim: hasOwnSpace ? embedDim.integer(1, 2 ** 16) : undefined,
      hidden: hidden.isNull() ? undefined : hidden.integer(1, 2 ** 16),
      epochs: fields.get("epochs", usual.epochs).integer(1, 1e6),
      batchSize: fields.get("batchSize", usual.batchSize).integer(2, 2 ** 13),
      learningRate: positive(fields.get("learningRate", usual.learningRate), HIGHEST_LEARNING_RATE),
      weightDecay: fields.get("weightDecay", usual.weightDecay).number(0, Number.MAX_VALUE),
      temperature: fields.get("temperature", usual.temperature).number(0.01, Number.MAX_VALUE),
      seed: common.seed,
    },
  };
}

/** More is a slip of the pen. */
export const HIGHEST_LEARNING_RATE = 1000;

/** A number above 0. */
export function positive(field: JsonField, most = Number.MAX_VALUE): number {
  const value = field.number(0, most);
  if (value > 0) return value;
  throw field.error("is 0, expected a number above 0");
}
