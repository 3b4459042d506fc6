import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { diskError } from "../disk-error.ts";

/** What Node writes in one call. */
const MAX_WRITE_BYTES = 2 ** 30;

/**
 * Writes a file so that its name stands for the old bytes or for the new ones, whatever happens meanwhile. At once, without
 * a turn of the event loop: what is written belongs together.
 * @param kept - what became of the work so far when the disk says no, as a sentence
 * @throws {OutputError} when the disk says no
 */
export function writeWhole(path: string, bytes: Uint8Array | string, kept: string): void {
  const data = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
  const partial = join(dirname(path), `.${basename(path)}.partial-${process.pid}`);
  try {
    const descriptor = openSync(partial, "w");
    try {
      for (let done = 0; done < data.length; ) {
        done += writeSync(descriptor, data, done, Math.min(MAX_WRITE_BYTES, data.length - done));
      }
      fsyncSync(descriptor); // or a crash could leave the name without the bytes
    } finally {
      closeSync(descriptor);
    }
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw diskError(path, error, kept);
  }
}

/** Removes what processes that were killed have left half written in a folder. */
export function removePartial(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (/^\..*\.partial-\d+$/.test(name)) rmSync(join(folder, name), { force: true });
  }
}
