import { DownloadError } from "../download/errors.ts";
import { CliError, EXIT_CODES } from "../errors.ts";

/** The network is forbidden, and the cache does not have what is needed. */
export class OfflineError extends CliError {
  override name = "OfflineError";
  override readonly exitCode = EXIT_CODES.input.code;
}

/** The hub does not give a file to this user: get the right to it, and a token. */
export class HubAccessError extends DownloadError {
  override name = "HubAccessError";
}

/** The hub has no such repository, revision or file. */
export class HubNotFoundError extends DownloadError {
  override name = "HubNotFoundError";
}
