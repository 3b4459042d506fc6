import { readFile } from "node:fs/promises";
import { InputError } from "../errors.ts";
import { unreadable } from "../npy/byte-source.ts";

/**
 * What made the arrays of one model, in `<store>/<model>/manifest.json`. With it, rows are joined to labels and clips by
 * name; without it, they are taken to be in the order of the ground truth.
 */
export interface Manifest {
  readonly path: string;
  readonly schemaVersion: 1;
  readonly model: string;
  /** True for vectors that were drawn from a generator rather than computed by a model. */
  readonly synthetic?: boolean;
  /** Per audio data set: the clip id of each row. */
  readonly datasets: Readonly<Record<string, { readonly clipIds: readonly string[] }>>;
  /** Per prompt set: label and prompt of each row; `negates` names the prompt set that it contradicts. */
  readonly promptSets: Readonly<Record<string, PromptSetEntry>>;
  /** Per array, such as `audio/joint_space/tinysol`: the sha256 of its file. */
  readonly sha256: Readonly<Record<string, string>>;
}

export interface PromptSetEntry {
  readonly labels: readonly string[];
  readonly prompts?: readonly string[];
  readonly negates?: string;
}

/** Reads a manifest; undefined when there is none. @throws {InputError} when it is not one, naming the field */
export async function readManifest(path: string): Promise<Manifest | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unreadable(path, error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    const reason = (error as Error).message.replace(/\s+/g, " ");
    throw new InputError(path, `not valid JSON: ${reason}.`, { cause: error });
  }
  const field = new Field(path, "manifest", value);
  field.get("schemaVersion").exactly(1);
  return {
    path,
    schemaVersion: 1,
    model: field.get("model").string(),
    ...(field.has("synthetic") ? { synthetic: field.get("synthetic").boolean() } : {}),
    datasets: field.get("datasets").record((entry) => ({ clipIds: entry.get("clipIds").strings() })),
    promptSets: field.get("promptSets").record((entry) => ({
      labels: entry.get("labels").strings(),
      ...(entry.has("prompts") ? { prompts: entry.get("prompts").strings() } : {}),
      ...(entry.has("negates") ? { negates: entry.get("negates").string() } : {}),
    })),
    sha256: field.has("sha256") ? field.get("sha256").record((entry) => entry.string()) : {},
  };
}

/** A value somewhere in a JSON file, with its place for the error message. */
class Field {
  readonly #file: string;
  readonly #place: string;
  readonly #value: unknown;

  constructor(file: string, place: string, value: unknown) {
    this.#file = file;
    this.#place = place;
    this.#value = value;
  }

  #expected(what: string): InputError {
    const found = this.#value === undefined ? "nothing" : JSON.stringify(this.#value).slice(0, 60);
    return new InputError(this.#file, `${this.#place}: expected ${what}, found ${found}.`);
  }

  #object(): Record<string, unknown> {
    const value = this.#value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw this.#expected("an object");
    return value as Record<string, unknown>;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#object(), key);
  }

  get(key: string): Field {
    const value = this.has(key) ? this.#object()[key] : undefined;
    return new Field(this.#file, `${this.#place}.${key}`, value);
  }

  exactly(value: number): void {
    if (this.#value !== value) throw this.#expected(`${value} (written by a newer irec?)`);
  }

  string(): string {
    if (typeof this.#value !== "string") throw this.#expected("a string");
    return this.#value;
  }

  boolean(): boolean {
    if (typeof this.#value !== "boolean") throw this.#expected("true or false");
    return this.#value;
  }

  strings(): readonly string[] {
    const value = this.#value;
    if (!Array.isArray(value) || !value.every((item) => typeof item === "string"))
      throw this.#expected("a list of strings");
    return value;
  }

  record<T>(read: (entry: Field) => T): Record<string, T> {
    return Object.fromEntries(Object.keys(this.#object()).map((key) => [key, read(this.get(key))]));
  }
}
