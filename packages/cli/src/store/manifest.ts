import { existsSync } from "node:fs";
import { InputError } from "../errors.ts";
import { readJsonFile } from "../json-field.ts";
import { quoted } from "../quoted.ts";

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
  const field = await readJsonFile(path, "manifest", MAX_MANIFEST_BYTES);
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
