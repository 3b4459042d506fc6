import { once } from "node:events";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { Parser, type ReadEntry } from "tar";
import { unreadable } from "../npy/byte-source.ts";
import type { ArchiveEntry, VisitArchive } from "./entry.ts";
import { DamagedArchiveError } from "./errors.ts";

/** Shows the entries of a tar file, plain or compressed with gzip. */
export const visitTar: VisitArchive = async (archive, visit, { limits, onRead }) => {
  // Unzipped by zlib itself, which notices a cut file; how much comes out is counted by whoever visits.
  const parser = new Parser({
    strict: true,
    gzip: false,
    brotli: false,
    zstd: false,
    maxMetaEntrySize: limits.headerBytes,
  });
  const stop = new AbortController();
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown) => {
    failure ??= { error };
    stop.abort();
  };
  const damaged = (error: unknown) => {
    const reason = (error as Error).message.replace(/^TAR_\w+: /, "");
    return new DamagedArchiveError(archive, `damaged or no tar archive: ${reason}.`, { cause: error });
  };

  let visited: Promise<void> = Promise.resolve();
  let last: ReadEntry | undefined;
  parser.on("error", (error) => fail(damaged(error)));
  parser.on("entry", (entry) => {
    last = entry;
    entry.on("error", () => {}); // whoever reads it is told
    // The next entry comes when the bytes of this one are read, which may be before they are written.
    visited = visited.then(() => visit(asEntry(entry))).then(() => void entry.resume());
    visited.catch(fail);
  });

  async function feed(chunks: AsyncIterable<Buffer>): Promise<void> {
    for await (const chunk of chunks) {
      if (!parser.write(chunk)) await once(parser, "drain", { signal: stop.signal });
      stop.signal.throwIfAborted();
    }
    const ended = once(parser, "end", { signal: stop.signal });
    parser.end();
    await ended;
    await visited;
  }

  async function* counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      onRead(chunk.length);
      yield chunk;
    }
  }

  try {
    const isZipped = await isGzip(archive);
    const file = createReadStream(archive);
    if (isZipped) await pipeline(file, counted, createGunzip(), feed, { signal: stop.signal });
    else await pipeline(file, counted, feed, { signal: stop.signal });
  } catch (error) {
    const cause = failure === undefined ? inWords(error) : failure.error;
    // Or whoever reads the rest of it would wait for ever, with a file open.
    last?.destroy(new Error("the archive cannot be read further"));
    await visited.catch(() => {});
    throw cause;
  }

  function inWords(error: unknown): unknown {
    const { syscall, code } = error as NodeJS.ErrnoException;
    if (syscall !== undefined) return unreadable(archive, error);
    return code?.startsWith("Z_") ? damaged(error) : error;
  }
};

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path).catch((error) => {
    throw unreadable(path, error);
  });
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

function asEntry(entry: ReadEntry): ArchiveEntry {
  return {
    name: entry.path,
    kind: KINDS.get(entry.type) ?? { other: OTHERS[entry.type] ?? `an entry of the type ${entry.type}` },
    content: () => entry,
  };
}

const KINDS = new Map<string, "file" | "folder">([
  ["File", "file"],
  ["OldFile", "file"],
  ["ContiguousFile", "file"],
  ["Directory", "folder"],
]);

const OTHERS: Readonly<Record<string, string>> = {
  Link: "a hard link",
  SymbolicLink: "a symbolic link",
  CharacterDevice: "a device",
  BlockDevice: "a device",
  FIFO: "a pipe",
};
