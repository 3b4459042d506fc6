/** Where long work says how far it is. Libraries of this package never print; the command decides what becomes of it. */
export interface Progress {
  /** Starts a stretch of work of `total` steps; call the result with steps as they are done, and `end` once. */
  start(what: string, total: number): { advance(steps: number): void; end(): void };
}

/** Says nothing. */
export const silentProgress: Progress = { start: () => ({ advance() {}, end() {} }) };
