import { existsSync } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { diskError } from "../disk-error.ts";
import { withFileLock } from "../download/file-lock.ts";
import { InputError } from "../errors.ts";
import { jsonText } from "../json-text.ts";
import { firstDifference } from "./differences.ts";
import type { Space, Tower } from "./embedding-store.ts";
import { type DatasetEntry, type MadeBy, type Manifest, type PromptSetEntry, readManifest } from "./manifest.ts";

/** Arrays that are to become part of a store, with what its manifest says of them. */
export interface Addition {
  readonly madeBy: MadeBy;
  readonly datasets?: Readonly<Record<string, DatasetEntry>>;
  readonly promptSets?: Readonly<Record<string, PromptSetEntry>>;
  readonly arrays: readonly NewArray[];
}

export interface NewArray {
  readonly tower: Tower;
  readonly space: Space;
  /** Of the data set or prompt set. */
  readonly name: string;
  /** The complete .npy file, on the disk of the store; it is moved. */
  readonly file: string;
  readonly sha256: string;
}

/**
 * Adds arrays to a model of a store, which is made when it is not there. The manifest comes first: whenever this is
 * interrupted, every array that is in the store is described, and a second call completes it.
 *
 * @param store - its folder, which exists
 * @throws {InputError} when the model's arrays were made by something else, or by nobody knows what
 * @throws {OutputError} when the disk says no
 */
export async function addToStore(store: string, model: string, addition: Addition): Promise<void> {
  const folder = join(store, model);
  await withFileLock(join(store, `.${model}.manifest.lock`), async () => {
    const manifest = merged(await manifestFor(store, model, addition.madeBy), model, addition);
    try {
      await mkdir(folder, { recursive: true });
      await writeDurably(join(folder, "manifest.json"), jsonText(manifest));
      for (const { tower, space, name, file } of addition.arrays) {
        const path = join(folder, tower, space, `${name}.npy`);
        await mkdir(dirname(path), { recursive: true });
        await rename(file, path);
        await syncFolder(dirname(path));
      }
    } catch (error) {
      throw diskError(folder, error, "What was computed is kept; the same command continues.");
    }
  });
}

/**
 * The manifest of a model in a store, if arrays made by this may join it; undefined when the model is not there yet.
 * @throws {InputError} when they may not, naming the field that differs
 */
export async function manifestFor(store: string, model: string, madeBy: MadeBy): Promise<Manifest | undefined> {
  const folder = join(store, model);
  const manifest = await readManifest(join(folder, "manifest.json"));
  if (manifest?.madeBy !== undefined) {
    const found = firstDifference(manifest.madeBy, madeBy);
    if (found === undefined) return manifest;
    throw new InputError(
      manifest.path,
      `the arrays of this model were made with another ${found.place}: ${found.first}, now ${found.second}. ` +
        "Give another --store, or remove this model from it; they are not mixed.",
    );
  }
  if (manifest === undefined && !(await hasArrays(folder))) return undefined;
  throw new InputError(
    folder,
    "there are arrays of this model, and nothing says what made them. Give another --store; they are not mixed.",
  );
}

async function hasArrays(folder: string): Promise<boolean> {
  if (!existsSync(folder)) return false;
  return (await readdir(folder, { recursive: true })).some((path) => path.endsWith(".npy"));
}

/** Sorted by name, so that the order of the additions leaves no trace. */
function merged(before: Manifest | undefined, model: string, { madeBy, datasets, promptSets, arrays }: Addition) {
  const sha256 = arrays.map(({ tower, space, name, sha256 }) => [`${tower}/${space}/${name}`, sha256] as const);
  return {
    schemaVersion: 1,
    model,
    madeBy,
    datasets: sorted({ ...before?.datasets, ...datasets }),
    promptSets: sorted({ ...before?.promptSets, ...promptSets }),
    sha256: sorted({ ...before?.sha256, ...Object.fromEntries(sha256) }),
  };
}

const sorted = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Replaces a file by another; after a crash, one of them is there and whole. */
async function writeDurably(path: string, text: string): Promise<void> {
  const made = `${path}.new`;
  try {
    const handle = await open(made, "w");
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(made, path);
  } catch (error) {
    await rm(made, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes names of files survive a crash; systems that cannot do this for a folder do without. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, "r").catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
