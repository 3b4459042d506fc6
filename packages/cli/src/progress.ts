/** Where long work says how far it is. Libraries of this package never print; the command decides what becomes of it. */
export interface Progress {
  /** Starts a stretch of work of `total` steps; call the result with steps as they are done, and `end` once. */
  start(what: string, total: number, options?: StretchOptions): { advance(steps: number): void; end(): void };
}

export interface StretchOptions {
  /** What a step is, in the plural; with it, the rate is worth showing. */
  readonly unit?: string;
  /** Steps that an earlier call has done; they do not count for the rate. */
  readonly done?: number;
}

/** Says nothing. */
export const silentProgress: Progress = { start: () => ({ advance() {}, end() {} }) };
