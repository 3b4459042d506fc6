import { once } from "node:events";
import { rmSync } from "node:fs";
import { link, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
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
    const handle = await open(partial, "wx");
    try {
      for (const chunk of chunks) await handle.writeFile(chunk);
    } finally {
      await handle.close();
    }
    await giveName(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw describe(file, error);
  } finally {
    forget();
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

function describe(file: string, error: unknown): Error {
  const code = (error as NodeJS.ErrnoException).code;
  const reason =
    code === "EEXIST"
      ? "already there; nothing is overwritten. Choose another name, or remove it"
      : code === "ENOENT"
        ? "its folder does not exist"
        : code === "EACCES" || code === "EPERM" || code === "EROFS"
          ? "no permission to write here"
          : code === "ENOSPC"
            ? "the disk is full; nothing was left behind"
            : `cannot be written (${code ?? String(error)})`;
  return new OutputError(`${file}: ${reason}.`, { cause: error });
}
