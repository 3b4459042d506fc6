import { quoted } from "./quoted.ts";

/** Where in a checkpoint something is wrong. */
export interface CheckpointPlace {
  /** The file, as the caller named it. */
  readonly file: string;
  /** The tensor, when it is one that is wrong. */
  readonly tensor?: string | undefined;
  /** The byte in the file, when it is known. */
  readonly position?: number | undefined;
}

/** A checkpoint cannot be used. Its subclasses say what can be done about it. */
export class CheckpointError extends Error {
  override name = "CheckpointError";
  readonly file: string;
  readonly tensor: string | undefined;
  readonly position: number | undefined;
  /** The message without the place. */
  readonly detail: string;

  constructor({ file, tensor, position }: CheckpointPlace, message: string, options?: ErrorOptions) {
    const subject = tensor === undefined ? "" : `tensor ${quoted(tensor)} `;
    super(`${file}: ${subject}${message}${position === undefined ? "" : ` (at byte ${position})`}`, options);
    this.file = file;
    this.tensor = tensor;
    this.position = position;
    this.detail = message;
  }
}

/** Not a checkpoint at all, or of a format that is not read: choose another file, or convert this one. */
export class CheckpointFormatError extends CheckpointError {
  override name = "CheckpointFormatError";
}

/** Truncated or altered: copy or download it again. */
export class DamagedCheckpointError extends CheckpointError {
  override name = "DamagedCheckpointError";
}

/**
 * Its pickle asks for a Python object outside the allow-list. Nothing was executed. If the object is only in a part
 * that is not needed (a training config), `allowOpaque` reads around it.
 */
export class UnsafeCheckpointError extends CheckpointError {
  override name = "UnsafeCheckpointError";
  /** The object's name, such as `os.system`. */
  readonly global: string;

  constructor(place: CheckpointPlace, global: string, message: string) {
    super(place, message);
    this.global = global;
  }
}

/** Sound, as far as it was read, but with something that no model here needs: complex numbers, compressed entries. */
export class UnsupportedCheckpointError extends CheckpointError {
  override name = "UnsupportedCheckpointError";
}

/** Larger than a named limit: a hostile file, or a use that was not foreseen. The option `limits` raises it. */
export class CheckpointLimitError extends CheckpointError {
  override name = "CheckpointLimitError";
  /** Which one, a key of `CheckpointLimits`. */
  readonly limit: string;
  readonly allowed: number;

  constructor(place: CheckpointPlace, limit: string, allowed: number, what: string) {
    super(
      place,
      `${what}; the limit ${limit} is ${allowed}. Raise it with the option \`limits\` if you trust the file.`,
    );
    this.limit = limit;
    this.allowed = allowed;
  }
}

/** There is no state dict where one is expected, or there is something other than tensors in it. */
export class StateDictError extends CheckpointError {
  override name = "StateDictError";
}

/** The index and its shards do not belong together. */
export class ShardMismatchError extends CheckpointError {
  override name = "ShardMismatchError";
  /** Named by the index, but in no shard. */
  readonly missing: readonly string[];
  /** In a shard, but not named by the index. */
  readonly unexpected: readonly string[];

  constructor(place: CheckpointPlace, message: string, missing: readonly string[], unexpected: readonly string[]) {
    super(place, message);
    this.missing = missing;
    this.unexpected = unexpected;
  }
}

/** The caller asked for a tensor that the checkpoint does not have. */
export class TensorNotFoundError extends CheckpointError {
  override name = "TensorNotFoundError";
}
