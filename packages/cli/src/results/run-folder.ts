import { rmSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { OutputError } from "../errors.ts";
import { onInterrupt } from "../interrupt.ts";
import type { Results } from "./results.ts";
import { toCsv, toLatex, toMarkdown } from "./table-formats.ts";
import { detailTables, mainTables } from "./tables.ts";

/** A run folder in the making: it appears under its name when it is complete, or not at all. */
export interface RunFolder {
  readonly path: string;
  /** Writes everything and gives the folder its name. @throws {OutputError} when the disk says no */
  complete(results: Results): Promise<void>;
  /** Leaves nothing behind; does nothing once the folder is complete. */
  discard(): Promise<void>;
}

/**
 * Reserves a place for a run folder, so that an unwritable place fails before the work and not after it.
 * @throws {OutputError} when the place is taken or cannot be written to
 */
export async function prepareRunFolder(path: string): Promise<RunFolder> {
  const target = resolve(path);
  let partial: string;
  try {
    await refuseIfTaken(path, target);
    await mkdir(dirname(target), { recursive: true });
    partial = await mkdtemp(join(dirname(target), `.${basename(target)}-partial-`));
  } catch (error) {
    throw asOutputError(path, error);
  }
  const forget = onInterrupt(() => rmSync(partial, { recursive: true, force: true }));
  return {
    path,
    async complete(results) {
      try {
        await writeRun(partial, results);
        await refuseIfTaken(path, target);
        await rmdir(target).catch(() => {}); // an empty folder of that name gives way
        await rename(partial, target);
      } catch (error) {
        await rm(partial, { recursive: true, force: true });
        throw asOutputError(path, error);
      } finally {
        forget();
      }
    },
    async discard() {
      forget();
      await rm(partial, { recursive: true, force: true });
    },
  };
}

/** The first of irec-run, irec-run-2, irec-run-3 ... that does not exist yet: a run never overwrites another. */
export async function nextRunFolder(parent = "."): Promise<string> {
  const present = new Set(await readdir(parent).catch(() => []));
  for (let i = 1; ; i++) {
    const name = i === 1 ? "irec-run" : `irec-run-${i}`;
    if (!present.has(name)) return name;
  }
}

async function refuseIfTaken(path: string, target: string): Promise<void> {
  let entries: string[];
  try {
    entries = await readdir(target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (entries.length > 0) {
    throw new OutputError(
      `${path}: already there and not empty; nothing is overwritten. Choose another --out, or remove it.`,
    );
  }
}

async function writeRun(folder: string, results: Results): Promise<void> {
  await writeFile(join(folder, "results.json"), resultsText(results));
  const write = async (name: string, content: string) => {
    const path = join(folder, "tables", name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  };
  for (const table of mainTables(results)) {
    await write(`${table.name}.csv`, toCsv(table));
    await write(`${table.name}.md`, toMarkdown(table));
    await write(`${table.name}.tex`, toLatex(table));
  }
  for (const table of detailTables(results)) await write(`${table.name}.csv`, toCsv(table));
}

/** results.json: indented, with lists of numbers on one line so that a person can read it. */
export function resultsText(results: Results): string {
  const text = JSON.stringify(results, null, 2);
  return `${text.replace(/\[\s+((?:[-\d.e]+,\s+)*[-\d.e]+)\s+\]/g, (_, list: string) => `[${list.replace(/\s+/g, " ")}]`)}\n`;
}

function asOutputError(path: string, error: unknown): Error {
  if (error instanceof OutputError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  const reason =
    code === "EACCES" || code === "EPERM" || code === "EROFS"
      ? "no permission to write here"
      : code === "ENOSPC"
        ? "the disk is full"
        : code === "ENOTDIR" || code === "EEXIST"
          ? "a file is in the way"
          : `cannot be written (${code ?? String(error)})`;
  return new OutputError(`${path}: ${reason}. Nothing was left behind.`, { cause: error });
}
