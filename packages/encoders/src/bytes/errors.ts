/** Bytes of a file, a Blob or a URL could not be had. Its subclasses say what can be done about it. */
export class ByteSourceError extends Error {
  override name = "ByteSourceError";
  /** The source at fault, as the caller named it. */
  readonly file: string;

  constructor(file: string, message: string, options?: ErrorOptions) {
    super(`${file}: ${message}`, options);
    this.file = file;
  }
}

/** Missing, forbidden, or not answering. `retry` says whether the same call may succeed later. */
export class UnavailableError extends ByteSourceError {
  override name = "UnavailableError";
  readonly retry: boolean;
  /** The HTTP status, for a URL that answered. */
  readonly status: number | undefined;

  constructor(
    file: string,
    message: string,
    options: ErrorOptions & { readonly retry?: boolean; readonly status?: number } = {},
  ) {
    super(file, message, "cause" in options ? { cause: options.cause } : undefined);
    this.retry = options.retry ?? false;
    this.status = options.status;
  }
}

/** The server cannot send a part of the file: download all of it, and open the copy. */
export class RangeNotSupportedError extends ByteSourceError {
  override name = "RangeNotSupportedError";
}

/** The file is no longer the one that was opened: open it again. */
export class SourceChangedError extends ByteSourceError {
  override name = "SourceChangedError";
}
