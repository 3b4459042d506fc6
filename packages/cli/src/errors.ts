/** What `irec` exits with; the table in the README and in `irec --help` is made from this one. */
export const EXIT_CODES = {
  done: { code: 0, meaning: "everything that was asked for was done" },
  internal: { code: 1, meaning: "irec itself failed: a bug, please report it" },
  usage: { code: 2, meaning: "the command line is wrong: unknown command, option or value" },
  input: { code: 3, meaning: "an input is missing, damaged or does not fit the others" },
  unavailable: {
    code: 4,
    meaning: "results were written, but an experiment asked for by name, or every one, could not be run",
  },
  output: { code: 5, meaning: "the output could not be written" },
  backend: { code: 6, meaning: "the native backend could not be built, or no backend works" },
  interrupted: { code: 130, meaning: "interrupted; nothing half-written is left behind" },
} as const;

/** A failure that the user can mend: printed as one paragraph, without a stack trace. */
export class CliError extends Error {
  override name = "CliError";
  readonly exitCode: number = EXIT_CODES.internal.code;
}

/** The command line does not make sense. */
export class UsageError extends CliError {
  override name = "UsageError";
  override readonly exitCode = EXIT_CODES.usage.code;
}

/** A file (or two files together) is not what it should be. */
export class InputError extends CliError {
  override name = "InputError";
  override readonly exitCode = EXIT_CODES.input.code;
  /** The file at fault, as the user named it. */
  readonly file: string;

  constructor(file: string, message: string, options?: ErrorOptions) {
    super(`${file}: ${message}`, options);
    this.file = file;
  }
}

/** The output folder or file cannot be written. */
export class OutputError extends CliError {
  override name = "OutputError";
  override readonly exitCode = EXIT_CODES.output.code;
}
