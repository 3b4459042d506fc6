import { type Command, CommanderError } from "commander";
import { CliError, EXIT_CODES } from "./errors.ts";
import { handleInterrupts, undoAndExit } from "./interrupt.ts";
import { printable } from "./printable.ts";
import { createProgram } from "./program.ts";

/** Runs `irec` with the arguments after its name; sets the exit code and never throws. */
export async function main(args: readonly string[]): Promise<void> {
  handleInterrupts();
  watchStreams();
  const program = createProgram(args);
  overrideExit(program);
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    process.exitCode = report(error, program.opts().debug === true || process.env.IREC_DEBUG === "1");
  }
}

/** Errors of the command line are thrown, whichever command they concern. */
function overrideExit(command: Command): void {
  command.exitOverride();
  command.commands.forEach(overrideExit);
}

function watchStreams(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // `irec triplets | head` closes the pipe early; that is no failure.
    if (error.code === "EPIPE") undoAndExit();
    const reason = error.code === "ENOSPC" ? "the disk is full" : `cannot be written (${error.code})`;
    process.stderr.write(`error: standard output: ${reason}.\n`);
    undoAndExit(EXIT_CODES.output.code);
  });
  // Progress and errors that nobody reads are no reason to fail.
  process.stderr.on("error", () => {});
}

/** Prints one paragraph and returns the exit code. */
function report(error: unknown, debug: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.done.code : EXIT_CODES.usage.code;
  const expected = error instanceof CliError;
  const message = error instanceof Error ? error.message : String(error);
  const advice = expected
    ? ""
    : "\nThis is a bug in irec. Please report it, with the output of the same command and --debug.";
  process.stderr.write(printable(`error: ${message}${advice}\n`));
  if (debug && error instanceof Error) process.stderr.write(`${error.stack}\n${causes(error)}`);
  return expected ? error.exitCode : EXIT_CODES.internal.code;
}

function causes(error: Error): string {
  return error.cause instanceof Error ? `caused by ${error.cause.stack}\n${causes(error.cause)}` : "";
}
