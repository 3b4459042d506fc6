import { CliError, EXIT_CODES } from "../errors.ts";

/** The native backend cannot be built here: something is missing, or one of the steps failed. */
export class BackendBuildError extends CliError {
  override name = "BackendBuildError";
  override readonly exitCode = EXIT_CODES.backend.code;
}
