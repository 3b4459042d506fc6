import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import { unreadable } from "../npy/byte-source.ts";
import { checkManifest, type Manifest, readManifest } from "./manifest.ts";

export const TOWERS = ["audio", "text"] as const;
export type Tower = (typeof TOWERS)[number];

/** Where a tower's vectors are taken: before its projection head, or in the joint space. */
export const SPACES = ["pre_joint", "joint_space"] as const;
export type Space = (typeof SPACES)[number];

/** The .npy files of one model, found by the store's layout. */
export interface StoredModel {
  readonly name: string;
  /** The manifest beside the arrays; absent in stores of other tools, such as the study's own. */
  readonly manifest?: Manifest;
  /** The names of the arrays of a tower in a space: data sets for audio, prompt sets for text; sorted. */
  arrays(tower: Tower, space: Space): readonly string[];
  /** The path of an array, or undefined when the store does not have it. */
  path(tower: Tower, space: Space, name: string): string | undefined;
}

export interface EmbeddingStore {
  readonly folder: string;
  readonly models: readonly StoredModel[];
}

/**
 * Finds out what an embedding store holds: `<store>/<model>/<audio|text>/<joint_space|pre_joint>/<name>.npy`.
 * No array is opened.
 * @throws {InputError} when there is no such folder or no model in it
 */
export async function openStore(folder: string): Promise<EmbeddingStore> {
  const models: StoredModel[] = [];
  const entries = await list(folder);
  for (const name of foldersAmong(entries)) {
    const model = await openModel(join(folder, name), name);
    if (model !== undefined) models.push(model);
  }
  if (models.length === 0) {
    const isModelItself = TOWERS.some((tower) => foldersAmong(entries).includes(tower));
    throw new InputError(
      folder,
      isModelItself
        ? "this is the folder of one model; give the store that contains it, its parent folder."
        : "no model found; expected <model>/<audio|text>/<joint_space|pre_joint>/<name>.npy below this folder.",
    );
  }
  return { folder, models };
}

async function openModel(folder: string, name: string): Promise<StoredModel | undefined> {
  const found = new Map<string, readonly string[]>();
  for (const tower of TOWERS) {
    for (const space of SPACES) {
      const entries = await list(join(folder, tower, space), "may be absent");
      const names = entries
        .filter((entry) => !entry.isDirectory() && isArray(entry.name))
        .map((e) => e.name.slice(0, -4));
      if (names.length > 0) found.set(`${tower}/${space}`, names.sort());
    }
  }
  if (found.size === 0) return undefined;
  const arrays = (tower: Tower, space: Space) => found.get(`${tower}/${space}`) ?? [];
  const manifest = await readManifest(join(folder, "manifest.json"));
  if (manifest !== undefined) {
    checkManifest(
      manifest,
      [...found].flatMap(([place, names]) => names.map((array) => `${place}/${array}`)),
    );
  }
  return {
    name,
    arrays,
    path: (tower, space, array) =>
      arrays(tower, space).includes(array) ? join(folder, tower, space, `${array}.npy`) : undefined,
    ...(manifest === undefined ? {} : { manifest }),
  };
}

/** macOS leaves `._name.npy` files on foreign disks; they are not arrays. */
const isArray = (name: string) => name.endsWith(".npy") && !name.startsWith(".");

const foldersAmong = (entries: readonly Dirent[]) =>
  entries
    .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith("."))
    .map((entry) => entry.name)
    .sort();

async function list(folder: string, ifMissing?: "may be absent"): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (ifMissing === "may be absent" && (code === "ENOENT" || code === "ENOTDIR")) return [];
    if (code === "ENOTDIR") throw new InputError(folder, "expected the folder of an embedding store, found a file.");
    throw unreadable(folder, error);
  }
}
