import { CheckpointLimitError, type CheckpointPlace } from "./errors.ts";

/** What a checkpoint may ask of the machine before a single weight is read. */
export interface CheckpointLimits {
  /** Length of one pickle, in bytes. */
  readonly pickleBytes: number;
  /** Values that a pickle builds or puts into containers. */
  readonly pickleItems: number;
  /** Values that a pickle remembers for later. */
  readonly pickleMemo: number;
  /** Values on the stack of the unpickler. */
  readonly pickleStack: number;
  /** Containers inside containers, and open marks. */
  readonly pickleNesting: number;
  /** Length of one string, in bytes. */
  readonly stringBytes: number;
  /** Dimensions of a tensor. */
  readonly tensorRank: number;
  /** Numbers in a tensor. */
  readonly tensorElements: number;
  /** Numbers in a tensor that repeats the same bytes (a stride of zero). */
  readonly expandedElements: number;
  /** Files inside a zip archive. */
  readonly zipEntries: number;
  /** Length of a zip archive's list of entries, in bytes. */
  readonly zipDirectoryBytes: number;
  /** Length of a safetensors header, in bytes. */
  readonly headerBytes: number;
  /** Names in a safetensors header, and keys of its metadata. */
  readonly headerKeys: number;
  /** Length of the index of a sharded checkpoint, in bytes. */
  readonly indexBytes: number;
  /** Files that an index names. */
  readonly shards: number;
}

/** Generous for every model of the field, and small enough that no file takes the machine down. */
export const CHECKPOINT_LIMITS: CheckpointLimits = {
  // The pickle of LAION-CLAP with its optimiser has about one megabyte: it holds names and shapes, no numbers.
  pickleBytes: 64 * 2 ** 20,
  // LAION-CLAP with its optimiser builds about 40,000. An empty dict takes one byte in the file and 200 in memory.
  pickleItems: 1_000_000,
  // Python's pickler remembers nearly every value that it builds.
  pickleMemo: 1_000_000,
  // Python's pickler adds to a container after every 1,000 items, so the stack stays near that.
  pickleStack: 100_000,
  // A training checkpoint nests about six deep.
  pickleNesting: 200,
  // Names have about 100; the whole configuration of a run, as a string, some thousands.
  stringBytes: 2 ** 20,
  // The weight of a 3-D convolution has 5.
  tensorRank: 8,
  // The largest tensor of RoBERTa has 39 million, that of a language model of 70 billion parameters 1 billion.
  tensorElements: 2 ** 31,
  // Index buffers such as `position_ids` may be expanded. A file of a kilobyte must not make an array of a gigabyte.
  expandedElements: 2 ** 24,
  // One for each storage: about 2,000 in LAION-CLAP with its optimiser.
  zipEntries: 100_000,
  // About 100 bytes for each entry.
  zipDirectoryBytes: 32 * 2 ** 20,
  // The reference implementation allows 100 MB.
  headerBytes: 100_000_000,
  // A language model of 400 billion parameters, with every expert on its own, has some tens of thousands.
  headerKeys: 200_000,
  // One line of about 100 bytes for each tensor.
  indexBytes: 16 * 2 ** 20,
  // Each is an open file; a language model of 400 billion parameters has 191.
  shards: 1_000,
};

/** The limits with some of them replaced. */
export function withLimits(changed: Partial<CheckpointLimits> = {}): CheckpointLimits {
  return { ...CHECKPOINT_LIMITS, ...changed };
}

/** @throws {CheckpointLimitError} when the value exceeds the limit; `what` says what has the value. */
export function enforce(
  limits: CheckpointLimits,
  limit: keyof CheckpointLimits,
  value: number,
  what: string,
  place: CheckpointPlace,
): void {
  if (value > limits[limit]) throw new CheckpointLimitError(place, limit, limits[limit], `${what}: ${value}`);
}
