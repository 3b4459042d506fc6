/** Random access to bytes: a file, a Blob, a buffer and a URL are the same to a reader. */
export interface ByteSource {
  /** What to call it in an error message; the part after the last `/` is its file name. */
  readonly name: string;
  readonly byteLength: number;
  /**
   * A copy of bytes [start, end): a fresh one, or `options.into` when the source can write there.
   * @throws {ByteSourceError} when they are not all there, or cannot be read
   */
  slice(start: number, end: number, options?: SliceOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** Frees what the source holds; it must not be read afterwards. */
  close(): Promise<void>;
}

/** Options of one reading call. */
export interface ReadOptions {
  /** Stops the reading; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of reading bytes. */
export interface SliceOptions extends ReadOptions {
  /** An array of the right length for the bytes, which saves a copy; a source need not use it. */
  readonly into?: Uint8Array<ArrayBuffer> | undefined;
}

/** Throws unless [start, end) lies inside the source: a mistake of the reader, never of the file. */
export function requireRange({ name, byteLength }: ByteSource, start: number, end: number): void {
  if (!(Number.isSafeInteger(start) && Number.isSafeInteger(end) && 0 <= start && start <= end && end <= byteLength)) {
    throw new RangeError(`${name}: cannot read bytes [${start}, ${end}) of ${byteLength}`);
  }
}
