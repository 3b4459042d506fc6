import { createHash } from "node:crypto";
import { type FileHandle, mkdir, open, stat } from "node:fs/promises";
import { join } from "node:path";
import { diskError } from "../disk-error.ts";
import { quoted } from "../quoted.ts";
import type { ArchiveEntry, VisitArchive } from "./entry.ts";
import { entryPath } from "./entry-path.ts";
import { ArchiveLimitError, DamagedArchiveError, UnsafeArchiveError } from "./errors.ts";
import { ARCHIVE_LIMITS, type ArchiveLimits } from "./limits.ts";
import { visitTar } from "./tar.ts";
import { visitZip } from "./zip.ts";

/** A file that was unpacked. */
export interface ExtractedFile {
  /** Below the folder, with `/` between its parts. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface ExtractOptions {
  readonly limits?: Partial<ArchiveLimits>;
  /** Is told how many further bytes of the archive have been read. */
  readonly onRead?: (bytes: number) => void;
}

/**
 * Unpacks a tar, tar.gz or zip archive, told apart by their names, into an empty folder. Files get the mode and the time
 * that new files have. When it throws, the folder holds a part of the archive and is to be removed.
 *
 * @param folder - exists, is empty, and nobody else writes into it
 * @returns the files, in the order of their paths
 * @throws {UnsafeArchiveError} for an entry outside the folder, a link, a device, or a name that is there already
 * @throws {ArchiveLimitError} when it holds more than the limits allow
 * @throws {DamagedArchiveError} when it is cut or corrupt, or no archive
 * @throws {OutputError} when the disk says no
 */
export async function extractArchive(
  archive: string,
  folder: string,
  { limits: ownLimits, onRead = () => {} }: ExtractOptions = {},
): Promise<readonly ExtractedFile[]> {
  const limits = { ...ARCHIVE_LIMITS, ...ownLimits };
  const budget = new Budget(archive, (await stat(archive)).size, limits);
  const files: ExtractedFile[] = [];
  const folders = new Set<string>();

  async function extract(entry: ArchiveEntry): Promise<void> {
    budget.countEntry();
    const parts = entryPath(archive, entry.name, limits);
    if (typeof entry.kind === "object") {
      throw new UnsafeArchiveError(
        archive,
        `the entry ${quoted(entry.name)} is ${entry.kind.other}; only files and folders are unpacked. Nothing of it was kept.`,
      );
    }
    if (parts.length === 0) return;
    if (entry.kind === "folder") return await makeFolder(parts);
    await makeFolder(parts.slice(0, -1));
    files.push(await writeEntry(entry, parts));
  }

  async function makeFolder(parts: readonly string[]): Promise<void> {
    const path = join(folder, ...parts);
    if (folders.has(path)) return;
    try {
      await mkdir(path, { recursive: true });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EEXIST" || code === "ENOTDIR") throw twice(parts.join("/"));
      throw error;
    }
    folders.add(path);
  }

  async function writeEntry(entry: ArchiveEntry, parts: readonly string[]): Promise<ExtractedFile> {
    const path = parts.join("/");
    const file = await createNew(join(folder, ...parts), () => twice(path));
    try {
      const hash = createHash("sha256");
      let bytes = 0;
      for await (const chunk of entry.content()) {
        bytes += chunk.length;
        budget.countBytes(entry.name, chunk.length, bytes);
        hash.update(chunk);
        await writeAll(file, chunk);
      }
      return { path, bytes, sha256: hash.digest("hex") };
    } finally {
      await file.close();
    }
  }

  const twice = (name: string) =>
    new UnsafeArchiveError(
      archive,
      `the entry ${quoted(name)} is there twice, or differs from another in letter case only where that does not count. ` +
        "Nothing of it was kept.",
    );

  try {
    await visitorFor(archive)(archive, extract, { limits, onRead });
  } catch (error) {
    throw diskError(folder, error, "Nothing of the archive was kept.");
  }
  if (files.length === 0) throw new DamagedArchiveError(archive, "has no files in it.");
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Whether the name is that of an archive that `extractArchive` reads. */
export const isArchive = (name: string): boolean => /\.(tar|tar\.gz|tgz|zip)$/i.test(name);

const visitorFor = (archive: string): VisitArchive => (/\.zip$/i.test(archive) ? visitZip : visitTar);

/** Fails where something has the name already, be it in other letter case on a file system that does not tell them apart. */
async function createNew(path: string, taken: () => Error): Promise<FileHandle> {
  try {
    return await open(path, "wx");
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === "EEXIST" ? taken() : error;
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length; ) written += (await file.write(bytes, written)).bytesWritten;
}

/** Counts what is unpacked, and stops before it is too much. */
class Budget {
  readonly #archive: string;
  readonly #limits: ArchiveLimits;
  readonly #maxBytes: number;
  #entries = 0;
  #bytes = 0;

  constructor(archive: string, archiveBytes: number, limits: ArchiveLimits) {
    this.#archive = archive;
    this.#limits = limits;
    this.#maxBytes = limits.freeBytes + limits.ratio * archiveBytes;
  }

  countEntry(): void {
    this.#entries += 1;
    if (this.#entries > this.#limits.entries) this.#refuse(`has more than ${this.#limits.entries} entries`);
  }

  countBytes(name: string, chunkBytes: number, fileBytes: number): void {
    this.#bytes += chunkBytes;
    if (fileBytes > this.#limits.fileBytes) {
      this.#refuse(`the entry ${quoted(name)} has more than ${this.#limits.fileBytes} bytes`);
    }
    if (this.#bytes > this.#maxBytes) {
      this.#refuse(`unpacks to more than ${this.#limits.ratio} times its size; made to fill the disk?`);
    }
  }

  #refuse(problem: string): never {
    throw new ArchiveLimitError(this.#archive, `${problem.replace(/([^?])$/, "$1.")} Nothing of it was kept.`);
  }
}
