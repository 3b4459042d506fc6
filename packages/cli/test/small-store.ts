import { join } from "node:path";
import { type RandomSource, xoshiro128 } from "@irec/ontology";
import ndarray from "ndarray";
import { npyBytes } from "../src/npy/write-npy.ts";
import { put } from "./temp-folder.ts";

export type Rows = readonly (readonly number[])[];

/** What a model's folder holds: matrices by `<tower>/<space>/<name>`, and perhaps a manifest. */
export interface ModelFolder {
  readonly arrays: Readonly<Record<string, Rows>>;
  readonly manifest?: unknown;
}

/** Writes an embedding store of float64 arrays; returns its path. */
export function writeStore(folder: string, models: Readonly<Record<string, ModelFolder>>): string {
  const store = join(folder, "store");
  for (const [model, { arrays, manifest }] of Object.entries(models)) {
    for (const [name, rows] of Object.entries(arrays)) put(join(store, model, `${name}.npy`), npyOf(rows));
    if (manifest !== undefined) put(join(store, model, "manifest.json"), JSON.stringify(manifest));
  }
  return store;
}

/** The bytes of a float64 .npy matrix. */
export const npyOf = (rows: Rows): Uint8Array =>
  npyBytes(ndarray(Float64Array.from(rows.flat()), [rows.length, rows[0]!.length]));

/** Writes the study's one-hot CSV for clips `clip-0`, `clip-1`, ... of the given classes; returns its path. */
export function writeOneHot(folder: string, labels: readonly string[], classes: readonly number[]): string {
  const rows = classes.map((own, i) => `clip-${i},${labels.map((_, c) => Number(c === own))}`);
  return put(join(folder, "truth.csv"), `${[`song,${labels}`, ...rows].join("\n")}\n`);
}

/** Writes TinySOL-style metadata for clips `clip-0`, `clip-1`, ...; returns its path. */
export function writeMetadata(folder: string, labels: readonly string[], clips: readonly Clip[]): string {
  const rows = clips.map(({ own, fold }, i) => `Family/${labels[own]}/clip-${i}.wav,${fold},${labels[own]}`);
  return put(join(folder, "metadata.csv"), `${["Path,Fold,Instrument (in full)", ...rows].join("\n")}\n`);
}

export interface Clip {
  readonly own: number;
  readonly fold: number;
}

/** Rows of numbers in (-1, 1) from a seed. */
export function randomRows(seed: number, count: number, columns: number): number[][] {
  const random: RandomSource = xoshiro128(seed);
  return Array.from({ length: count }, () => Array.from({ length: columns }, () => 2 * random.nextDouble() - 1));
}
