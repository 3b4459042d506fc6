/// <reference types="node" />
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type ByteSource, requireRange, type SliceOptions } from "./byte-source.ts";
import { SourceChangedError, UnavailableError } from "./errors.ts";

/** Without waiting for somebody to write into a pipe; Windows knows neither the flag nor such pipes. */
const READ_AT_ONCE = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * The most bytes of one read call. Node counts them in 32 bits with a sign, so 2 GiB is too many; and between two calls a
 * signal can stop the reading.
 */
const MAX_READ_BYTES = 64 * 2 ** 20;

/**
 * Opens a file for random access; offsets may exceed 2^32.
 * @throws {UnavailableError} when it is missing, unreadable or not a regular file
 */
export async function openFile(path: string): Promise<ByteSource> {
  let handle: FileHandle;
  try {
    handle = await open(path, READ_AT_ONCE);
  } catch (cause) {
    throw new UnavailableError(path, reasonOf(cause as NodeJS.ErrnoException), { cause });
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new UnavailableError(path, "expected a file, found a folder or a device");
    const source: ByteSource = {
      name: path,
      byteLength: stat.size,
      slice: async (start, end, options) => {
        requireRange(source, start, end);
        return await readExactly(handle, path, start, end, options);
      },
      close: () => handle.close(),
    };
    return source;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === "ENOENT") return "no such file. Relative paths start at the current folder.";
  if (code === "EACCES" || code === "EPERM") return "no permission to read this file";
  return `cannot be opened (${code ?? message})`;
}

async function readExactly(handle: FileHandle, path: string, start: number, end: number, options: SliceOptions = {}) {
  options.signal?.throwIfAborted();
  const bytes = options.into ?? new Uint8Array(end - start);
  let filled = 0;
  // On network file systems a call often returns less than asked for.
  while (filled < bytes.length) {
    const wanted = Math.min(bytes.length - filled, MAX_READ_BYTES);
    let bytesRead: number;
    try {
      ({ bytesRead } = await handle.read(bytes, filled, wanted, start + filled));
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      throw new UnavailableError(path, `cannot be read at byte ${start + filled} (${code ?? message})`, { cause });
    }
    options.signal?.throwIfAborted();
    if (bytesRead === 0) {
      throw new SourceChangedError(path, `ends at byte ${start + filled}, but had ${end} when it was opened`);
    }
    filled += bytesRead;
  }
  return bytes;
}
