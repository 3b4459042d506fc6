import { EXIT_CODES } from "./errors.ts";

const cleanUps = new Set<() => void>();

/** Registers what must be undone if the process is interrupted; call the result when it no longer must. */
export function onInterrupt(cleanUp: () => void): () => void {
  cleanUps.add(cleanUp);
  return () => cleanUps.delete(cleanUp);
}

/** Makes Ctrl-C and a polite kill undo what is half done before the process ends. */
export function handleInterrupts(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => undoAndExit(EXIT_CODES.interrupted.code));
  }
}

/** Undoes what is half done and ends the process; with the exit code that was set, when none is given. */
export function undoAndExit(exitCode?: number): never {
  for (const cleanUp of cleanUps) {
    try {
      cleanUp();
    } catch {
      // What cannot be undone must not keep the rest from it.
    }
  }
  process.exit(exitCode);
}
