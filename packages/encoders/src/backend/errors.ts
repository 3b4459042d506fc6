import type { PassedOver } from "./report.ts";

/** Something is wrong with the choice or the start of a backend. The subclasses say what can be done about it. */
export class BackendError extends Error {
  override name = "BackendError";
}

/** There is no backend of that name, or no such number of threads: mend the option or the environment variable. */
export class BackendOptionError extends BackendError {
  override name = "BackendOptionError";
  /** Where the value came from: an option's or an environment variable's name. */
  readonly option: string;
  /** The value as it came. */
  readonly value: unknown;

  constructor(option: string, value: unknown, expected: string) {
    super(`${option} is ${typeof value === "string" ? JSON.stringify(value) : String(value)}, expected ${expected}`);
    this.option = option;
    this.value = value;
  }
}

/** A backend that was asked for by name does not start: build or install it, or ask for another one. */
export class BackendUnavailableError extends BackendError {
  override name = "BackendUnavailableError";
  /** Where it was looked for, and what the loader said. */
  readonly passedOver: readonly PassedOver[];

  constructor(message: string, passedOver: readonly PassedOver[]) {
    super(message);
    this.passedOver = passedOver;
  }
}
