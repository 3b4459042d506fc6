import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
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

/** After reading this much, other work gets its turn: signals, progress. */
const TURN_BYTES = 2 ** 20;

/**
 * Opens a file for random access. It is read without the thread pool, whose round trips would cost more than reading the
 * small arrays that most stores consist of; nothing else waits meanwhile, and an interrupt does not wait long.
 * @throws {InputError} when it is missing, unreadable or not a regular file
 */
export async function openFile(path: string): Promise<ByteSource> {
  const descriptor = attempt(path, () => openSync(path, READ_AT_ONCE));
  try {
    const found = attempt(path, () => fstatSync(descriptor));
    if (!found.isFile()) throw new InputError(path, "expected a file, found a folder or a device.");
    return {
      name: path,
      byteLength: found.size,
      async slice(start, end) {
        const bytes = readExactly(descriptor, path, start, end);
        if (bytes.length >= TURN_BYTES) await turn();
        return bytes;
      },
      close: async () => closeSync(descriptor),
    };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Lets the event loop do what has come up: an interrupt, a progress bar. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function attempt<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw unreadable(path, error);
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

function readExactly(descriptor: number, path: string, start: number, end: number): Uint8Array<ArrayBuffer> {
  // Not cleared first: every byte of it is read or the read fails.
  const bytes: Uint8Array<ArrayBuffer> = Buffer.allocUnsafeSlow(end - start);
  let filled = 0;
  // On network file systems a call often returns less than asked for.
  while (filled < bytes.length) {
    const wanted = Math.min(bytes.length - filled, MAX_READ_BYTES);
    const bytesRead = attempt(path, () => readSync(descriptor, bytes, filled, wanted, start + filled));
    if (bytesRead === 0) {
      throw new InputError(path, `ends at byte ${start + filled}, while bytes up to ${end} were expected; truncated?`);
    }
    filled += bytesRead;
  }
  return bytes;
}
