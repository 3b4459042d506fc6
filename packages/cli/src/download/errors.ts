import { CliError, EXIT_CODES } from "../errors.ts";

/** A remote file could not be had. */
export class DownloadError extends CliError {
  override name = "DownloadError";
  override readonly exitCode: number = EXIT_CODES.input.code;
  /** Which file, without user name, password and query. */
  readonly url: string;

  constructor(url: string, message: string, options?: ErrorOptions) {
    const shown = shownUrl(url);
    super(`${shown}: ${message}`, options);
    this.url = shown;
  }
}

/** The server was not reached, or broke off again and again: try later; what has arrived is kept. */
export class ConnectionError extends DownloadError {
  override name = "ConnectionError";
}

/** The server is there and does not give the file: it is missing, or needs rights. */
export class RefusedError extends DownloadError {
  override name = "RefusedError";
  /** The status of HTTP. */
  readonly status: number;

  constructor(url: string, status: number, message: string) {
    super(url, message);
    this.status = status;
  }
}

/** The file is another one than was published: changed at its source, or damaged on its way. */
export class ChecksumError extends DownloadError {
  override name = "ChecksumError";
}

/** Secrets are in user names, passwords and queries; they stay out of messages and logs. */
function shownUrl(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
