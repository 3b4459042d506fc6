import type { BackendChoice } from "@irec/encoders";
import type { JsonField } from "../json-field.ts";
import type { Progress } from "../progress.ts";

/** What every configuration has, whatever is trained. */
export interface CommonConfig {
  /** The configuration's file, as the user named it. */
  readonly file: string;
  /** The folder that the run is written to. */
  readonly out: string;
  /** Everything that is drawn follows from it. */
  readonly seed: number;
  /** A path of the configuration, made absolute: relative ones start at the folder of its file. */
  path(field: JsonField): string;
}

/** What a run gets from the command line. */
export interface TrainContext {
  /** Undefined leaves the choice to the environment variable `IREC_BACKEND`. */
  readonly backend: BackendChoice | undefined;
  readonly progress: Progress;
  /** A line for the user about what was done; to stderr. */
  say(line: string): void;
}

/** A run that is configured and checked as far as its configuration alone can be. */
export interface Training {
  /** Trains, and continues a run that was interrupted. @returns the summary for stdout, with the next command to run */
  run(context: TrainContext): Promise<string>;
}

/** Something that `irec train` can train; `kind` in a configuration names it. */
export interface TrainingKind {
  /** A complete configuration with the value of every field that may be left out; its paths are examples. */
  readonly defaultConfig: object;
  /** The keys of its own, besides those that every configuration has. */
  readonly keys: readonly string[];
  /**
   * Reads the fields of its own; those of every configuration are read and checked already.
   * @throws {InputError} naming the field that is wrong
   */
  configure(fields: JsonField, common: CommonConfig): Training;
}
