/// <reference types="node" />
import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BackendChoice } from "../backend/backend.ts";
import { type BackendOptions, openBackend } from "../backend/node.ts";
import { openFile } from "../bytes/node.ts";
import { openCheckpointFile } from "../checkpoint/node.ts";
import type { TokenizerFiles } from "../text/tokenizer-files.ts";
import { COMPANION_FILES, type Companions, readCompanion, tokenizerFilesOf } from "./companions.ts";
import { CompanionFileError } from "./errors.ts";
import { inspectOpenModel, type ModelInspection } from "./inspect.ts";
import {
  type CheckpointInput,
  type LoadedTwoTower,
  type LoadOptions,
  loadFromCheckpoint,
  type OpenModel,
  openInput,
} from "./load.ts";

/** Options of loading in Node. */
export interface NodeLoadOptions extends LoadOptions, BackendOptions {
  /** What computes. Default: the environment variable `IREC_BACKEND`, else libtensorflow if it loads, else WebAssembly. */
  readonly backend?: BackendChoice;
}

/** Loads a model for this thread, from a path, a URL, a Blob or sources. */
export async function loadModel(from: CheckpointInput, options: NodeLoadOptions = {}): Promise<LoadedTwoTower> {
  const backend = await openBackend(options.backend, options);
  return await loadFromCheckpoint(await openModel(from, options), backend, options);
}

/** Opens a checkpoint and reads the files beside it: of a path in its folder, else as in a browser. */
export async function openModel(from: CheckpointInput, options: LoadOptions = {}): Promise<OpenModel> {
  const path = pathOf(from);
  if (path === undefined) return await openInput(from, options);
  const checkpoint = await openCheckpointFile(path, options);
  try {
    return { checkpoint, companions: await companionsOf(path, options) };
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
}

/** The companion files in the folder of a checkpoint, or in the folder that is one. */
async function companionsOf(path: string, options: LoadOptions): Promise<Companions> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const folder = isFolder ? path : dirname(path);
  const present = new Set(await readdir(folder));
  const companions: Companions = {};
  for (const name of COMPANION_FILES) {
    // Another model's vocabulary may lie in the same folder; it is not needed when the caller brings one.
    if (!present.has(name) || (name !== "config.json" && options.tokenizer !== undefined)) continue;
    companions[name] = await readCompanion(await openFile(join(folder, name)), options);
  }
  return companions;
}

/** The path that an input is; undefined when it is none. */
export function pathOf(from: CheckpointInput): string | undefined {
  if (from instanceof URL) return from.protocol === "file:" ? fileURLToPath(from) : undefined;
  return typeof from === "string" && !/^https?:\/\//i.test(from) ? from : undefined;
}

/**
 * Finds out what a model file is, from its headers alone: format, tensors, which model it matches, and what is missing.
 * @throws {CheckpointError} when the file cannot be read as a checkpoint at all
 * @throws {ByteSourceError} when the bytes cannot be had
 */
export async function inspectModel(from: CheckpointInput, options: LoadOptions = {}): Promise<ModelInspection> {
  return await inspectOpenModel(await openModel(from, options), options);
}

/**
 * The vocabulary in a folder (vocab.json and merges.txt, or tokenizer.json), or in one tokenizer.json.
 * @throws {CompanionFileError} when there is none
 * @throws {UnavailableError} when the path is missing or unreadable
 */
export async function readTokenizerFiles(path: string): Promise<TokenizerFiles> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (isFile) return { tokenizer: await readCompanion(await openFile(path)) };
  const files = tokenizerFilesOf(await companionsOf(path, {}));
  if (files !== undefined) return files;
  throw new CompanionFileError(path, "has neither vocab.json and merges.txt nor tokenizer.json");
}
