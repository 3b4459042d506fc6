import { existsSync } from "node:fs";
import { InputError } from "../errors.ts";
import { quoted } from "../quoted.ts";
import { readTextFile } from "../text-file.ts";

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

/** The ids of ten million clips; a real manifest has some hundred kilobytes. */
const MAX_MANIFEST_BYTES = 2 ** 28;

export interface PromptSetEntry {
  readonly labels: readonly string[];
  readonly prompts?: readonly string[];
  readonly negates?: string;
}

/** Reads a manifest; undefined when there is none. @throws {InputError} when it is not one, naming the field */
export async function readManifest(path: string): Promise<Manifest | undefined> {
  if (!existsSync(path)) return undefined;
  const text = await readTextFile(path, MAX_MANIFEST_BYTES);
  let value: unknown;
  try {
    value = JSON.parse(text);
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
    sha256: field.has("sha256") ? field.get("sha256").record((entry) => entry.sha256()) : {},
  };
}

/**
 * Refuses a manifest with a slip of the pen in a name, which would silently switch off the check or the join that it was
 * written for: it names an array that the store lacks and leaves one out that the store has. A manifest of some of the
 * arrays is fine, and so is a store that some arrays were removed from.
 * @param arrays - every stored array, such as `audio/joint_space/tinysol`
 * @throws {InputError} naming the entry
 */
export function checkManifest(manifest: Manifest, arrays: readonly string[]): void {
  const refuse = (place: string, problem: string): never => {
    throw new InputError(manifest.path, `manifest.${place}: ${problem}.`);
  };
  const compare = (place: string, named: readonly string[], stored: readonly string[]) => {
    const absent = named.find((name) => !stored.includes(name));
    const unnamed = stored.find((name) => !named.includes(name));
    if (named.length === 0 || absent === undefined || unnamed === undefined) return;
    refuse(place, `names ${quoted(absent)}, which the store lacks, and not ${quoted(unnamed)}, which it has`);
  };
  const storedNames = (tower: string) => [
    ...new Set(arrays.filter((array) => array.startsWith(`${tower}/`)).map((array) => array.split("/")[2]!)),
  ];
  compare("datasets", Object.keys(manifest.datasets), storedNames("audio"));
  compare("promptSets", Object.keys(manifest.promptSets), storedNames("text"));
  compare("sha256", Object.keys(manifest.sha256), arrays);

  const promptSets = [...Object.keys(manifest.promptSets), ...storedNames("text")];
  for (const [name, { negates }] of Object.entries(manifest.promptSets)) {
    if (negates === name) refuse(`promptSets.${name}.negates`, "a prompt set cannot negate itself");
    if (negates !== undefined && !promptSets.includes(negates)) {
      refuse(`promptSets.${name}.negates`, `there is no prompt set ${quoted(negates)}`);
    }
  }
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

  sha256(): string {
    const text = this.string().toLowerCase();
    if (!/^[0-9a-f]{64}$/.test(text)) throw this.#expected("a sha256, 64 hexadecimal digits");
    return text;
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
