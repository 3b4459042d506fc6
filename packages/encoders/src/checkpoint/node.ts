/// <reference types="node" />
import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { openFile } from "../bytes/node.ts";
import { type Checkpoint, type OpenCheckpointOptions, openCheckpoint } from "./checkpoint.ts";
import { CheckpointFormatError } from "./errors.ts";
import { someOf } from "./quoted.ts";

/** How Hugging Face names a model's weights in its folder; the first that is there is taken. */
const FOLDER_NAMES = [
  "model.safetensors",
  "model.safetensors.index.json",
  "pytorch_model.bin",
  "pytorch_model.bin.index.json",
];

/**
 * Opens a checkpoint by its path: as `openCheckpoint`, with the shards of an index found beside it.
 * @param path - a file, or a folder as Hugging Face makes them (`model.safetensors`, `pytorch_model.bin`, or an index)
 * @throws {UnavailableError} when it is missing or unreadable
 */
export async function openCheckpointFile(path: string, options: OpenCheckpointOptions = {}): Promise<Checkpoint> {
  const file = await fileIn(path);
  return await openCheckpoint(await openFile(file), {
    sibling: (name) => openFile(join(dirname(file), name)),
    ...options,
  });
}

async function fileIn(path: string): Promise<string> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return path;
  const names = await readdir(path);
  const chosen = FOLDER_NAMES.find((name) => names.includes(name));
  if (chosen !== undefined) return join(path, chosen);
  throw new CheckpointFormatError({ file: path }, `is a folder without any of ${someOf(FOLDER_NAMES)}`);
}
