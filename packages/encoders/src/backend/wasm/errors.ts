import { BackendError } from "../errors.ts";

/** The WebAssembly backend does not start: the message says what is missing. */
export class WasmStartError extends BackendError {
  override name = "WasmStartError";
}

/**
 * An array does not fit into the memory of the WebAssembly backend, 4 GiB at most: take smaller batches, dispose a model that
 * is no longer needed, or use the native backend.
 */
export class WasmMemoryError extends BackendError {
  override name = "WasmMemoryError";
  /** Bytes that were asked for. */
  readonly requested: number;
  /** Bytes that all live arrays take. */
  readonly inUse: number;
  /** Bytes that they may take. */
  readonly limit: number;

  constructor(requested: number, inUse: number, limit: number) {
    const reason =
      inUse + requested > limit
        ? `the limit is ${mebibytes(limit)}`
        : `the limit is ${mebibytes(limit)}, but the system gives no more, or no free piece is that large`;
    super(
      `the WebAssembly backend needs ${mebibytes(requested)} for one array and has ${mebibytes(inUse)} in use; ${reason}. ` +
        "Take smaller batches, dispose models that are no longer needed, or use the native backend",
    );
    this.requested = requested;
    this.inUse = inUse;
    this.limit = limit;
  }
}

/** An index of a gather is no row of what it gathers from. */
export class GatherIndexError extends RangeError {
  override name = "GatherIndexError";
  readonly index: number;
  /** Where it stands among the indices. */
  readonly position: number;
  /** How many rows there are. */
  readonly rows: number;

  constructor(index: number, position: number, rows: number) {
    super(`gather: index ${index} at position ${position} is not in 0 to ${rows - 1}`);
    this.index = index;
    this.position = position;
    this.rows = rows;
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
