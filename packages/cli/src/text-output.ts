import { once } from "node:events";
import { closeSync, existsSync, openSync, rmSync, write } from "node:fs";
import { link, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { OutputError } from "./errors.ts";
import { onInterrupt } from "./interrupt.ts";

/**
 * Writes text piece by piece to a new file, or to stdout when there is none. The file appears when it is complete, or not
 * at all.
 * @throws {OutputError} when the file is already there or the disk says no
 */
export async function writeText(chunks: Iterable<string>, file: string | undefined): Promise<void> {
  if (file === undefined) await writeToStdout(chunks);
  else await writeToFile(chunks, file);
}

async function writeToStdout(chunks: Iterable<string>): Promise<void> {
  for (const chunk of chunks) {
    if (!process.stdout.write(chunk)) await once(process.stdout, "drain");
  }
}

async function writeToFile(chunks: Iterable<string>, file: string): Promise<void> {
  const partial = join(dirname(file), `.${basename(file)}.partial-${process.pid}`);
  const forget = onInterrupt(() => rmSync(partial, { force: true }));
  try {
    // Before the work; the last word has the link, which no other process can come before.
    if (existsSync(file)) throw Object.assign(new Error(`${file} is there`), { code: "EEXIST" });
    // Not asynchronously: an interrupt while it is being opened would leave it behind.
    const descriptor = openSync(partial, "wx");
    try {
      for (const chunk of chunks) await writeAll(descriptor, chunk);
    } finally {
      closeSync(descriptor);
    }
    await giveName(partial, file);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {}); // where nothing could be made, nothing can be removed
    throw describe(file, error);
  } finally {
    forget();
  }
}

const writeSome = promisify(write);

async function writeAll(descriptor: number, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    written += (await writeSome(descriptor, bytes, written)).bytesWritten;
  }
}

/** A hard link is refused when the name is taken, where a rename would silently replace the file. */
async function giveName(partial: string, file: string): Promise<void> {
  try {
    await link(partial, file);
    await rm(partial);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    await rename(partial, file); // a file system without hard links
  }
}

/** What the system refused; a bug in what makes the text stays what it is. */
function describe(file: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (!(error instanceof Error) || !/^E[A-Z]+$/.test(code ?? "")) return error;
  const reason =
    code === "EEXIST"
      ? "already there; nothing is overwritten. Choose another name, or remove it"
      : code === "ENOENT"
        ? "its folder does not exist"
        : code === "ENOTDIR"
          ? "a file is in the way of its folder"
          : code === "EACCES" || code === "EPERM" || code === "EROFS"
            ? "no permission to write here"
            : code === "ENOSPC"
              ? "the disk is full; nothing was left behind"
              : `cannot be written (${code})`;
  return new OutputError(`${file}: ${reason}.`, { cause: error });
}
