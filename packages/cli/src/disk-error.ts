import { OutputError } from "./errors.ts";

/**
 * What the system refused while something was written, in words; a bug stays what it is.
 * @param path - what was to be written
 * @param kept - what became of the work so far, as a sentence
 */
export function diskError(path: string, error: unknown, kept: string): unknown {
  if (!(error instanceof Error) || !("syscall" in error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  const reason =
    code === "ENOSPC" || code === "EDQUOT"
      ? "the disk is full"
      : code === "EROFS"
        ? "this file system is read-only"
        : code === "EACCES" || code === "EPERM"
          ? "no permission to write here"
          : code === "ENOTDIR" || code === "EEXIST"
            ? "a file is in the way"
            : `cannot be written (${code})`;
  return new OutputError(`${path}: ${reason}. ${kept}`, { cause: error });
}
