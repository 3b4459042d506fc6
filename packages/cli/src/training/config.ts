import { dirname, resolve } from "node:path";
import { type JsonField, readJsonFile } from "../json-field.ts";
import type { CommonConfig, Training, TrainingKind } from "./training-kind.ts";

/** A configuration is written by hand. */
const MAX_CONFIG_BYTES = 2 ** 24;

/** The keys of every configuration. */
const COMMON_KEYS = ["$schema", "schemaVersion", "kind", "out", "seed"] as const;

/** Loaded when it is asked for: each brings its own part of the package. */
const kinds = {
  contrastive: async () => (await import("./contrastive/contrastive-kind.ts")).contrastiveKind,
  projection: async () => (await import("./projection/projection-kind.ts")).projectionKind,
  triplets: async () => (await import("./triplets/triplet-kind.ts")).tripletKind,
} as const satisfies Record<string, () => Promise<TrainingKind>>;

/** What can be trained, by the names that a configuration has for it. */
export type TrainingKindName = keyof typeof kinds;
export const TRAINING_KINDS = Object.keys(kinds) as readonly TrainingKindName[];

/** What the command line says in the place of the configuration. */
export interface TrainOverrides {
  readonly out?: string | undefined;
}

/**
 * Reads a training configuration: a JSON file with `schemaVersion` 1, the `kind` of training, the folder `out`, a `seed`
 * (0 when left out), and the fields of its kind. packages/cli/schema/train.schema.json says the same to an editor. Unknown
 * keys are refused.
 * @throws {InputError} naming the field that is wrong
 */
export async function readTrainConfig(file: string, overrides: TrainOverrides = {}): Promise<Training> {
  const fields = await readJsonFile(file, "config", MAX_CONFIG_BYTES);
  fields.get("schemaVersion").exactly(1);
  const kind = await kinds[fields.get("kind").oneOf(TRAINING_KINDS)]();
  fields.only([...COMMON_KEYS, ...kind.keys]);
  const path = (field: JsonField) => resolve(dirname(file), field.text());
  const common: CommonConfig = {
    file,
    out: overrides.out === undefined ? path(fields.get("out")) : resolve(overrides.out),
    seed: fields.has("seed") ? fields.get("seed").integer(0, 2 ** 32 - 1) : 0,
    path,
  };
  return kind.configure(fields, common);
}

/** A configuration of a kind with every field that may be left out, as text for a file. */
export async function defaultConfigText(kind: TrainingKindName): Promise<string> {
  const { defaultConfig } = await kinds[kind]();
  return `${JSON.stringify({ schemaVersion: 1, kind, out: `runs/${kind}`, seed: 0, ...defaultConfig }, null, 2)}\n`;
}
