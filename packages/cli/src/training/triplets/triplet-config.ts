import type { JsonField } from "../../json-field.ts";
import { HIGHEST_LEARNING_RATE, positive } from "../projection/projection-config.ts";
import { defaultSource, readSourceConfig, SOURCE_KEYS, type SourceConfig } from "../stored-embeddings/source-config.ts";
import type { CommonConfig } from "../training-kind.ts";
import { type LabelHoldOut, readLabelHoldOut } from "./label-parts.ts";

/** A configuration of text tuning, with every default filled in. */
export interface TripletConfig extends SourceConfig {
  /** As `irec evaluate --ontology` takes it. */
  readonly ontology: string;
  /** The same, where it is a file. */
  readonly ontologyFile: string | undefined;
  readonly rule: (typeof RULES)[number];
  /** How much more similar a positive has to be, in units of the rule. */
  readonly minGap: number;
  readonly heldOut: LabelHoldOut;
  readonly tune: {
    readonly loss: (typeof LOSSES)[number];
    /** Of the loss "softplus". */
    readonly temperature: number | undefined;
    /** Of the loss "margin". */
    readonly margin: number | undefined;
    readonly pull: number;
    readonly epochs: number;
    readonly batchSize: number;
    readonly learningRate: number;
    readonly weightDecay: number;
    readonly seed: number;
  };
}

const RULES = ["lca", "path", "wu-palmer"] as const;
// As `TRIPLET_LOSSES` of @irec/encoders, which is loaded when something is tuned.
const LOSSES = ["softplus", "margin"] as const;

/** As a configuration has them; those of `tuneText` of @irec/encoders wherever it has one. */
export const defaultTripletConfig = {
  ...defaultSource,
  ontology: "doktorski",
  rule: "lca",
  minGap: 0,
  heldOut: { parts: 7 },
  loss: "softplus",
  temperature: 0.1,
  margin: null,
  pull: 1,
  epochs: 50,
  batchSize: 1024,
  learningRate: 0.0003,
  weightDecay: 0.01,
} as const;

/** Where the loss is "margin". */
const USUAL_MARGIN = 0.2;

export const TRIPLET_KEYS: readonly string[] = [
  ...SOURCE_KEYS,
  ...Object.keys(defaultTripletConfig).filter((key) => !(key in defaultSource)),
];

/** @throws {InputError} naming the field that is wrong */
export function readTripletConfig(fields: JsonField, common: CommonConfig): TripletConfig {
  const usual = defaultTripletConfig;
  const loss = fields.get("loss", usual.loss).oneOf(LOSSES);
  const ofLoss = (key: "temperature" | "margin", owner: string, otherwise: number) => {
    const field = fields.get(key, loss === owner ? otherwise : null);
    if (loss === owner) return field;
    if (!field.isNull()) throw field.error(`expected null: the loss "${loss}" has none`);
    return undefined;
  };
  const temperature = ofLoss("temperature", "softplus", usual.temperature);
  const margin = ofLoss("margin", "margin", USUAL_MARGIN);
  const ontology = fields.get("ontology", usual.ontology);
  const ontologyFile = /\.(json|csv)$/i.test(ontology.text()) ? common.path(ontology) : undefined;
  return {
    ...readSourceConfig(fields, common),
    ontology: ontologyFile ?? ontology.text(),
    ontologyFile,
    rule: fields.get("rule", usual.rule).oneOf(RULES),
    minGap: fields.get("minGap", usual.minGap).number(0, Number.MAX_VALUE),
    heldOut: readLabelHoldOut(fields.get("heldOut", usual.heldOut)),
    tune: {
      loss,
      temperature: temperature && positive(temperature),
      margin: margin?.number(0, Number.MAX_VALUE),
      pull: fields.get("pull", usual.pull).number(0, Number.MAX_VALUE),
      epochs: fields.get("epochs", usual.epochs).integer(1, 1e6),
      batchSize: fields.get("batchSize", usual.batchSize).integer(1, 2 ** 16),
      learningRate: positive(fields.get("learningRate", usual.learningRate), HIGHEST_LEARNING_RATE),
      weightDecay: fields.get("weightDecay", usual.weightDecay).number(0, Number.MAX_VALUE),
      seed: common.seed,
    },
  };
}
