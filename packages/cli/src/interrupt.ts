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
    process.once(signal, () => {
      for (const cleanUp of cleanUps) cleanUp();
      process.exit(EXIT_CODES.interrupted.code);
    });
  }
}
