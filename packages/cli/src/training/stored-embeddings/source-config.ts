import { resolve } from "node:path";
import type { JsonField } from "../../json-field.ts";
import type { CommonConfig } from "../training-kind.ts";

/** Where embeddings come from and where the new model goes. */
export interface SourceConfig {
  /** The embedding store that is read. */
  readonly embeddings: string;
  /** The model of the store whose embeddings are taken. */
  readonly model: string;
  /** The new model's name; a folder of the store `out`. */
  readonly name: string;
  /** The embedding store that the new model is written to; it may be the one that is read. */
  readonly out: string;
  /** Which audio array is taken; undefined for the only one. */
  readonly dataset: string | undefined;
  /** A CSV as of `irec evaluate`; undefined for what the manifest says. */
  readonly groundTruth: string | undefined;
  /** The prompt sets whose texts are learned from; undefined for all that are no negations. */
  readonly promptSets: readonly string[] | undefined;
}

/** As a configuration has them; paths and names are examples. */
export const defaultSource = {
  embeddings: "store",
  model: "muscall",
  name: "muscall-tuned",
  dataset: null,
  groundTruth: null,
  promptSets: null,
} as const;

export const SOURCE_KEYS = Object.keys(defaultSource) as readonly (keyof typeof defaultSource)[];

/** @throws {InputError} naming the field that is wrong */
export function readSourceConfig(fields: JsonField, { out, path }: CommonConfig): SourceConfig {
  const optional = <T>(key: keyof typeof defaultSource, read: (field: JsonField) => T): T | undefined => {
    const field = fields.get(key, null);
    return field.isNull() ? undefined : read(field);
  };
  return {
    embeddings: resolve(path(fields.get("embeddings"))),
    model: fields.get("model").text(),
    name: folderName(fields.get("name")),
    out: resolve(out),
    dataset: optional("dataset", (field) => field.text()),
    groundTruth: optional("groundTruth", path),
    promptSets: optional("promptSets", (field) => {
      const names = field.strings();
      if (names.length === 0) throw field.error("is empty; null takes every prompt set");
      return names;
    }),
  };
}

/** A name that stays inside of the store and is seen there: no path, nothing hidden. */
function folderName(field: JsonField): string {
  const name = field.text();
  if (/^[^./\\\p{Cc}][^/\\\p{Cc}]*$/u.test(name)) return name;
  throw field.error("is no name of a folder; expected no slash and no dot in front");
}
