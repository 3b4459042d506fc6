import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { OutputError } from "../errors.ts";
import { onInterrupt } from "../interrupt.ts";
import { jsonText } from "../json-text.ts";
import type { Results } from "./results.ts";
import { toCsv, toLatex, toMarkdown } from "./table-formats.ts";
import { detailTables, mainTables } from "./tables.ts";

/** A run folder in the making: it appears under its name when it is complete, or not at all. */
export interface RunFolder {
  readonly path: string;
  /** Writes a file that is too large to be kept until the end. @throws {OutputError} when the disk says no */
  write(name: string, chunks: Iterable<Uint8Array>): void;
  /** Writes everything else and gives the folder its name. @throws {OutputError} when the disk says no */
  complete(results: Results): void;
  /** Gives the folder its name, with what was written into it and nothing else. @throws {OutputError} when the disk says no */
  publish(): void;
  /** Leaves nothing behind; does nothing once the folder is complete. */
  discard(): void;
}

/**
 * Reserves a place for a run folder, so that an unwritable place fails before the work and not after it.
 *
 * All of it is synchronous: no signal comes between making a folder and knowing that it must be removed, and none while a
 * write is under way that would put back what was just removed.
 * @throws {OutputError} when the place is taken or cannot be written to
 */
export function prepareRunFolder(path: string): RunFolder {
  const staged = asOutput(path, () => stage(path));
  const discard = () => {
    forget();
    staged.remove();
  };
  const forget = onInterrupt(staged.remove);
  const finish = (fill: () => void) => {
    try {
      asOutput(path, () => {
        fill();
        staged.publish();
      });
      forget();
    } catch (error) {
      discard();
      throw error;
    }
  };
  return {
    path,
    write: (name, chunks) => asOutput(path, () => writeChunks(join(staged.folder, name), chunks)),
    complete: (results) => finish(() => writeRun(staged.folder, results)),
    publish: () => finish(() => {}),
    discard,
  };
}

/** A folder that is filled under another name. */
interface Staged {
  readonly folder: string;
  /** Gives what is in it its proper place. */
  publish(): void;
  /** Removes the folder, and those above it that were made for it. */
  remove(): void;
}

function stage(path: string): Staged {
  const target = resolve(path);
  return refuseIfTaken(path, target) === "empty" ? stageInside(path, realpathSync(target)) : stageBeside(path, target);
}

/** Beside the name that the folder will have: one rename, and it is there. */
function stageBeside(path: string, target: string): Staged {
  const parent = dirname(target);
  const made = mkdirSync(parent, { recursive: true });
  const removeParents = () => {
    if (made === undefined) return;
    for (let folder = parent; folder.length >= made.length; folder = dirname(folder)) {
      if (!tried(() => rmdirSync(folder))) return; // something else is in it by now
    }
  };
  try {
    const folder = makeHidden(parent, basename(target));
    return {
      folder,
      publish() {
        refuseIfTaken(path, target);
        renameSync(folder, target);
      },
      remove() {
        rmSync(folder, { recursive: true, force: true });
        removeParents();
      },
    };
  } catch (error) {
    removeParents();
    throw error;
  }
}

/**
 * Inside an empty folder that is already there: it may be a mount point, a link, somebody's current folder or the only place
 * where this user may write, so it is not replaced by another. results.json comes last.
 */
function stageInside(path: string, target: string): Staged {
  const folder = makeHidden(target, "run");
  return {
    folder,
    publish() {
      refuseIfTaken(path, target, basename(folder));
      const entries = readdirSync(folder).sort((a, b) => Number(a === "results.json") - Number(b === "results.json"));
      for (const entry of entries) renameSync(join(folder, entry), join(target, entry));
      rmdirSync(folder);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Not by mkdtemp, whose folders are closed to everybody else: the run folder keeps the mode that it is made with. */
function makeHidden(parent: string, name: string): string {
  for (let i = 0; ; i++) {
    const folder = join(parent, `.${name}-partial-${process.pid}${i === 0 ? "" : `-${i}`}`);
    try {
      mkdirSync(folder);
      return folder;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

function tried(run: () => void): boolean {
  try {
    run();
    return true;
  } catch {
    return false;
  }
}

/** The first of irec-run, irec-run-2, irec-run-3 ... that does not exist yet: a run never overwrites another. */
export async function nextRunFolder(parent = "."): Promise<string> {
  const present = new Set(await readdir(parent).catch(() => []));
  for (let i = 1; ; i++) {
    const name = i === 1 ? "irec-run" : `irec-run-${i}`;
    if (!present.has(name)) return name;
  }
}

/** Whether the folder is absent or empty but for `allowed`. */
function refuseIfTaken(path: string, target: string, allowed?: string): "absent" | "empty" {
  let entries: string[];
  try {
    entries = readdirSync(target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const isBrokenLink = tried(() => lstatSync(target));
    if (isBrokenLink) throw new OutputError(`${path}: a link to nowhere is in the way. Nothing was left behind.`);
    return "absent";
  }
  if (entries.every((entry) => entry === allowed)) return "empty";
  throw new OutputError(
    `${path}: already there and not empty; nothing is overwritten. Choose another --out, or remove it.`,
  );
}

function writeChunks(path: string, chunks: Iterable<Uint8Array>): void {
  mkdirSync(dirname(path), { recursive: true });
  const descriptor = openSync(path, "wx");
  try {
    for (const chunk of chunks) writeFileSync(descriptor, chunk);
  } finally {
    closeSync(descriptor);
  }
}

function writeRun(folder: string, results: Results): void {
  writeFileSync(join(folder, "results.json"), resultsText(results));
  const write = (name: string, content: string) => {
    const path = join(folder, "tables", name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  };
  for (const table of mainTables(results)) {
    write(`${table.name}.csv`, toCsv(table));
    write(`${table.name}.md`, toMarkdown(table));
    write(`${table.name}.tex`, toLatex(table));
  }
  for (const table of detailTables(results)) write(`${table.name}.csv`, toCsv(table));
}

/** results.json, so that a person can read it. */
export const resultsText = (results: Results): string => jsonText(results);

/** Runs something that writes; what the system refuses becomes an OutputError, a bug stays what it is. */
function asOutput<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof Error && "syscall" in error ? outputError(path, error as NodeJS.ErrnoException) : error;
  }
}

function outputError(path: string, error: NodeJS.ErrnoException): OutputError {
  const { code } = error;
  const reason =
    code === "EACCES" || code === "EPERM" || code === "EROFS"
      ? "no permission to write here"
      : code === "ENOSPC"
        ? "the disk is full"
        : code === "ENOTDIR" || code === "EEXIST"
          ? "a file is in the way"
          : `cannot be written (${code})`;
  return new OutputError(`${path}: ${reason}. Nothing was left behind.`, { cause: error });
}
