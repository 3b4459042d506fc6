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

/**
 * Opens a file for random access.
 * @throws {InputError} when it is missing, unreadable or not a regular file
 */
export async function openFile(path: string): Promise<ByteSource> {
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
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
      ? "no such file. Check the path; relative paths start at the current folder."
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
  // One read call returns at most 2 GiB, and on network file systems often less than asked for.
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
    if (bytesRead === 0) {
      throw new InputError(path, `ends at byte ${start + filled}, while bytes up to ${end} were expected; truncated?`);
    }
    filled += bytesRead;
  }
  return bytes;
}
