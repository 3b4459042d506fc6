import { existsSync } from "node:fs";
import { InputError } from "../errors.ts";
import type { GroundTruth } from "../ground-truth/ground-truth.ts";
import { type JsonField, readJsonFile } from "../json-field.ts";
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
  /** What all arrays were made by: the checkpoint, its vocabulary, backend and versions; absent where nobody said so. */
  readonly madeBy?: MadeBy;
  /** Per audio data set: the clip id of each row, and what is known of the clips. */
  readonly datasets: Readonly<Record<string, DatasetEntry>>;
  /** Per prompt set: label and prompt of each row; `negates` names the prompt set that it contradicts. */
  readonly promptSets: Readonly<Record<string, PromptSetEntry>>;
  /** Per array, such as `audio/joint_space/tinysol`: the sha256 of its file. */
  readonly sha256: Readonly<Record<string, string>>;
}

/** The ids of ten million clips; a real manifest has some hundred kilobytes. */
const MAX_MANIFEST_BYTES = 2 ** 28;

/** JSON by field; two stores with the same values were made alike. */
export type MadeBy = Readonly<Record<string, unknown>>;

export interface DatasetEntry {
  /** The clip of each row. */
  readonly clipIds: readonly string[];
  /** How clips became rows. */
  readonly embedding?: EmbeddingSettings;
  /** Which row has which label. */
  readonly groundTruth?: RowLabels;
  /** Clips of the data set that have no row, and why. */
  readonly skipped?: readonly SkippedClip[];
}

export interface EmbeddingSettings {
  /** What was done to clips that are shorter or longer than what the tower reads. */
  readonly lengthPolicy: string;
  /** Of a policy that takes a part of a clip at random. */
  readonly seed?: number;
  /** Clips that were computed together; another number can change the last digit. */
  readonly batchSize: number;
  /** The sha256 of each row's sound file; absent where nobody noted it. */
  readonly sha256?: readonly string[];
}

/** Labels of the rows of an audio array. */
export interface RowLabels extends Pick<GroundTruth, "labelOrder" | "labels"> {
  /** The label of each row, an index into `labels`. */
  readonly classes: readonly number[];
  readonly folds?: readonly number[];
}

export interface SkippedClip {
  readonly clipId: string;
  readonly reason: string;
  /** Of its sound file; absent when that cannot be read. */
  readonly sha256?: string;
}

export interface PromptSetEntry {
  readonly labels: readonly string[];
  /** The prompt of each label; several are an ensemble, whose normalised embeddings were averaged. */
  readonly prompts?: readonly (string | readonly string[])[];
  readonly negates?: string;
  /** How many tokens each label's prompts lost because the text tower reads only so many; absent when none did. */
  readonly lostTokens?: readonly number[];
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
    ...(field.has("madeBy") ? { madeBy: field.get("madeBy").object() } : {}),
    datasets: field.get("datasets").record(datasetEntry),
    promptSets: field.get("promptSets").record((entry) => ({
      labels: entry.get("labels").strings(),
      ...(entry.has("prompts")
        ? { prompts: entry.get("prompts").list((prompt) => (prompt.isList() ? prompt.strings() : prompt.string())) }
        : {}),
      ...(entry.has("negates") ? { negates: entry.get("negates").string() } : {}),
      ...(entry.has("lostTokens") ? { lostTokens: entry.get("lostTokens").counts() } : {}),
    })),
    sha256: field.has("sha256") ? field.get("sha256").record((entry) => entry.sha256()) : {},
  };
}

function datasetEntry(entry: JsonField): DatasetEntry {
  const clipIds = entry.get("clipIds").strings();
  return {
    clipIds,
    ...(entry.has("embedding") ? { embedding: embeddingSettings(entry.get("embedding"), clipIds.length) } : {}),
    ...(entry.has("groundTruth") ? { groundTruth: rowLabels(entry.get("groundTruth"), clipIds.length) } : {}),
    ...(entry.has("skipped")
      ? {
          skipped: entry.get("skipped").list((clip) => ({
            clipId: clip.get("clipId").string(),
            reason: clip.get("reason").string(),
            ...(clip.has("sha256") ? { sha256: clip.get("sha256").sha256() } : {}),
          })),
        }
      : {}),
  };
}

function embeddingSettings(field: JsonField, rows: number): EmbeddingSettings {
  const sha256 = field.has("sha256") ? field.get("sha256").list((digest) => digest.sha256()) : undefined;
  if (sha256 !== undefined && sha256.length !== rows) {
    throw field.get("sha256").error(`has ${sha256.length} entries for ${rows} clips`);
  }
  return {
    lengthPolicy: field.get("lengthPolicy").string(),
    ...(field.has("seed") ? { seed: field.get("seed").count() } : {}),
    batchSize: field.get("batchSize").count(),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}

function rowLabels(field: JsonField, rows: number): RowLabels {
  const labels = field.get("labels").strings();
  const oneEach = (name: "classes" | "folds") => {
    const values = field.get(name).counts();
    if (values.length !== rows) throw field.get(name).error(`has ${values.length} entries for ${rows} clips`);
    return values;
  };
  const classes = oneEach("classes");
  if (classes.some((label) => label >= labels.length)) {
    throw field.get("classes").error(`has a class that is none of the ${labels.length} labels`);
  }
  return {
    labelOrder: field.get("labelOrder").oneOf(["file", "published", "appearance"]),
    labels,
    classes,
    ...(field.has("folds") ? { folds: oneEach("folds") } : {}),
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
