import { CliError, EXIT_CODES } from "./errors.ts";

/** @irec/encoders, with TensorFlow.js behind it: loaded when a command needs a model, since that takes a quarter second. */
export type Encoders = typeof import("@irec/encoders");

/** A model file, sound file or backend cannot be used; the message is that of @irec/encoders. */
export class ModelInputError extends CliError {
  override name = "ModelInputError";
  override readonly exitCode = EXIT_CODES.input.code;
}

/** No backend computes. */
export class BackendError extends CliError {
  override name = "BackendError";
  override readonly exitCode = EXIT_CODES.backend.code;
}

/** Runs what needs @irec/encoders. Its errors about files and options become those of the command line. */
export async function withEncoders<T>(work: (encoders: Encoders) => Promise<T>): Promise<T> {
  const encoders = await import("@irec/encoders");
  const inputErrors = [
    encoders.AudioError,
    encoders.ByteSourceError,
    encoders.CheckpointError,
    encoders.CompanionFileError,
    encoders.JobsOptionError,
    encoders.MissingTokenizerError,
    encoders.NonFiniteEmbeddingError,
    encoders.TokenizerFileError,
    encoders.TokenizerMismatchError,
    encoders.TrainingBatchError,
    encoders.TrainingDataError,
    encoders.TrainingDivergedError,
    encoders.TrainingStateError,
  ];
  const backendErrors = [encoders.BackendError, encoders.WorkerError];
  const isA = (error: unknown, classes: readonly (abstract new (...args: never[]) => Error)[]): error is Error =>
    classes.some((one) => error instanceof one);
  try {
    return await work(encoders);
  } catch (error) {
    if (isA(error, inputErrors)) throw new ModelInputError(sentence(error.message), { cause: error });
    if (isA(error, backendErrors)) throw new BackendError(sentence(error.message), { cause: error });
    throw error;
  }
}

function sentence(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`;
}
