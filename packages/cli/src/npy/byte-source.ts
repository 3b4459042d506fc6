import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { InputError } from "../errors.ts";

/** Random access to bytes: a file, a Blob or a buffer are the same to a reader. */
export interface ByteSource {
  /** What to call it in an error message. */
  readonly name: string;
  readonly byteLength: number;
  /** A fresh copy of bytes [start, end); throws when they are not all there. */
  slice(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** Without waiting for somebody to write into a pipe; Windows knows neither the flag nor such pipes. */
const READ_AT_ONCE = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * The most bytes of one read call: Node keeps the count in 32 bits with a sign, so that from 2 GiB on it is refused as
 * negative.
 */
const MAX_READ_BYTES = 2 ** 30;

/**
 * Opens a file for random access.
 * @throws {InputError} when it is missing, unreadable or not a regular file
 */
export async function openFile(path: string): Promise<ByteSource> {
  let handle: FileHandle;
  try {
    handle = await open(path, READ_AT_ONCE);
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    const { size, isRegular } = await handle.stat().then((s) => ({ size: s.size, isRegular: s.isFile() }));
    if (!isRegular) throw new InputError(path, "expected a file, found a folder or a device.");
    return {
      name: path,
      byteLength: size,
      slice: (start, end) => readExactly(handle, path, start, end),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** One paragraph for the ways in which a file cannot be opened. */
export function unreadable(path: string, error: unknown): InputError {
  const code = (error as NodeJS.ErrnoException).code;
  const reason =
    code === "ENOENT"
      ? "no such file or folder. Check the path; relative paths start at the current folder."
      : code === "EACCES" || code === "EPERM"
        ? "no permission to read this file."
        : code === "EISDIR"
          ? "expected a file, found a folder."
          : `cannot be read (${code ?? String(error)}).`;
  return new InputError(path, reason, { cause: error });
}

async function readExactly(handle: FileHandle, path: string, start: number, end: number) {
  const bytes = new Uint8Array(end - start);
  let filled = 0;
  // On network file systems a call often returns less than asked for.
  while (filled < bytes.length) {
    const wanted = Math.min(bytes.length - filled, MAX_READ_BYTES);
    const { bytesRead } = await handle.read(bytes, filled, wanted, start + filled);
    if (bytesRead === 0) {
      throw new InputError(path, `ends at byte ${start + filled}, while bytes up to ${end} were expected; truncated?`);
    }
    filled += bytesRead;
  }
  return bytes;
}
