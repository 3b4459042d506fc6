import type { ByteSource, ReadOptions } from "../bytes/byte-source.ts";
import type { CheckpointFormat, Container, ContainerOptions } from "./container.ts";
import { BYTES_PER_ELEMENT, type Dtype, elementsOf } from "./dtype.ts";
import type { TensorValues } from "./elements.ts";
import { CheckpointFormatError, DamagedCheckpointError, TensorNotFoundError } from "./errors.ts";
import { detectFormat } from "./format.ts";
import { float32Blocks, type LazyTensor, readFloat32, readFloat32Into, readValues } from "./lazy-tensor.ts";
import { type CheckpointLimits, withLimits } from "./limits.ts";
import { quoted, someOf } from "./quoted.ts";
import { openSafetensors } from "./safetensors.ts";
import { joinShards, readShardIndex } from "./sharded.ts";
import { type MetadataValue, withoutParallelPrefix } from "./state-dict.ts";
import { openTorchLegacy } from "./torch-legacy.ts";
import { openTorchZip } from "./torch-zip.ts";

/** What is known of a tensor before it is read. */
export interface TensorInfo {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Of its values as they are in the file. */
  readonly byteLength: number;
  /** The same for two tensors exactly when they share their bytes, as tied weights do. */
  readonly storage: string;
}

/** An open checkpoint: the tensors of a state dict, by name, each read when it is asked for. */
export interface Checkpoint {
  /** The file, as the caller named it. */
  readonly name: string;
  readonly format: CheckpointFormat;
  /** What stands beside the tensors: epoch, name; for safetensors the strings of its `__metadata__`. */
  readonly metadata: ReadonlyMap<string, MetadataValue>;
  /** In the order of the file; names as load_state_dict sees them, without the prefix of DistributedDataParallel. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /**
   * The values of a tensor in row-major order as float32, each rounded once, as `tensor.float()` gives them.
   * @throws {TensorNotFoundError} when there is none of that name
   * @throws {CheckpointError} when its bytes are not what the file says
   */
  read(name: string, options?: ReadOptions): Promise<Float32Array<ArrayBuffer>>;
  /** As `read`, into an array of the right length. */
  readInto(name: string, target: Float32Array<ArrayBuffer>, options?: ReadOptions): Promise<void>;
  /**
   * As `read`, part by part, for tensors of which one would not have all in memory: each part fills the beginning of `buffer`,
   * or all of it, and is what is yielded.
   * @throws {CheckpointError} as `read`, at the latest behind the last part
   */
  readParts(
    name: string,
    buffer: Float32Array<ArrayBuffer>,
    options?: ReadOptions,
  ): AsyncIterable<Float32Array<ArrayBuffer>>;
  /** The values without loss, in the typed array of their type: int64 as BigInt64Array; halves as float32. */
  readValues(name: string, options?: ReadOptions): Promise<TensorValues>;
  /** Closes the files. Nothing can be read afterwards. */
  close(): Promise<void>;
}

/** Options of `openCheckpoint`. */
export interface OpenCheckpointOptions extends ReadOptions {
  /** Opens a shard beside an index, by its file name. Not needed when all files are given. */
  readonly sibling?: (fileName: string) => Promise<ByteSource>;
  /** Where a training checkpoint keeps its tensors. Default `state_dict`; without that key, the whole file is taken. */
  readonly stateDictKey?: string;
  /** Unknown Python objects outside the state dict become placeholders instead of an error. Nothing is executed. */
  readonly allowOpaque?: boolean;
  /** Compare the checksums of a zip file's storages as they are read whole; costs about a second per gigabyte. */
  readonly verify?: boolean;
  /** Instead of `CHECKPOINT_LIMITS`. */
  readonly limits?: Partial<CheckpointLimits>;
}

/**
 * Opens a checkpoint of PyTorch (.pt, .pth, .bin, both containers), of safetensors, or the index of a sharded one, by
 * random access: names, types and shapes now, each tensor when it is read, the optimiser never. The format is found from
 * the first bytes. Nothing in the file is executed.
 *
 * @param from - one source; or for a sharded checkpoint the index and its shards, in any order. They are closed with the
 *   checkpoint, and when it is refused.
 * @throws {CheckpointError} one of its subclasses, by what can be done about it
 * @throws {ByteSourceError} when the bytes cannot be had
 * @example
 * const checkpoint = await openCheckpoint(blobSource(file));
 * checkpoint.tensors.get("logit_scale_a"); // { dtype: "float32", shape: [], byteLength: 4, storage: "0" }
 * await checkpoint.read("logit_scale_a"); // Float32Array [ 2.6592 ]
 */
export async function openCheckpoint(
  from: ByteSource | readonly ByteSource[],
  options: OpenCheckpointOptions = {},
): Promise<Checkpoint> {
  const given: readonly ByteSource[] = isList(from) ? from : [from];
  const opened = new Set(given);
  const closeAll = async () => {
    for (const source of opened) await source.close();
  };
  const { signal, allowOpaque = false, verify = false, stateDictKey = "state_dict" } = options;
  const settings: ContainerOptions = { signal, allowOpaque, verify, stateDictKey, limits: withLimits(options.limits) };
  try {
    const main = chooseMain(given);
    const format = await detectFormat(main, settings);
    if (format !== "index") {
      const container = await openContainer(main, format, settings);
      return checkpointOf(main.name, withoutPrefix(container, main.name), closeAll);
    }
    const index = await readShardIndex(main, settings);
    const shards = new Map<string, Container>();
    for (const fileName of index.files) {
      const shard = given.find((source) => fileNameOf(source) === fileName) ?? (await options.sibling?.(fileName));
      if (shard === undefined) {
        throw new CheckpointFormatError(
          { file: main.name },
          `is an index, and its shard ${quoted(fileName)} is not given. Give all of its files, or the option \`sibling\`.`,
        );
      }
      opened.add(shard);
      const shardFormat = await detectFormat(shard, settings);
      if (shardFormat === "index")
        throw new CheckpointFormatError({ file: shard.name }, "is an index inside of an index");
      shards.set(fileName, await openContainer(shard, shardFormat, settings));
    }
    return checkpointOf(main.name, withoutPrefix(joinShards(index, shards, main.name), main.name), closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function isList(from: ByteSource | readonly ByteSource[]): from is readonly ByteSource[] {
  return Array.isArray(from);
}

function fileNameOf({ name }: ByteSource): string {
  return name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);
}

/** The index among several files; the only one of one. */
function chooseMain(sources: readonly ByteSource[]): ByteSource {
  const candidates = sources.length === 1 ? sources : sources.filter(({ name }) => name.endsWith(".index.json"));
  if (candidates.length === 1) return candidates[0]!;
  const names = someOf(sources.map(({ name }) => name));
  throw new CheckpointFormatError(
    { file: sources[0]?.name ?? "no file" },
    `expected one checkpoint, or several files with one .index.json; got ${names === "" ? "nothing" : names}`,
  );
}

const openers = { "torch-zip": openTorchZip, "torch-legacy": openTorchLegacy, safetensors: openSafetensors };

function openContainer(
  source: ByteSource,
  format: keyof typeof openers,
  options: ContainerOptions,
): Promise<Container> {
  return openers[format](source, options);
}

/** Only files of torch have it: safetensors are written from a model as it is. */
function withoutPrefix(container: Container, file: string): Container {
  if (container.format.endsWith("safetensors")) return container;
  return { ...container, tensors: withoutParallelPrefix(container.tensors, file) };
}

function checkpointOf(
  file: string,
  { format, metadata, tensors }: Container,
  closeAll: () => Promise<void>,
): Checkpoint {
  let closed = false;
  const find = (name: string): LazyTensor => {
    if (closed) throw new TensorNotFoundError({ file, tensor: name }, "cannot be read: the checkpoint is closed");
    const tensor = tensors.get(name);
    if (tensor !== undefined) return { ...tensor, name };
    throw new TensorNotFoundError(
      { file, tensor: name },
      `is not among the ${tensors.size} tensors of this checkpoint`,
    );
  };
  /** Says for whom the numbers were read around which the container has a fault. */
  const forTensor = (name: string, error: unknown): unknown => {
    if (!(error instanceof DamagedCheckpointError) || error.tensor !== undefined) return error;
    const place = { file: error.file, tensor: name, position: error.position };
    return new DamagedCheckpointError(place, `cannot be read: the file ${error.detail}`, { cause: error });
  };
  const reading = async <T>(name: string, read: (tensor: LazyTensor) => Promise<T>): Promise<T> => {
    const tensor = find(name);
    try {
      return await read(tensor);
    } catch (error) {
      throw forTensor(name, error);
    }
  };
  return {
    name: file,
    format,
    metadata,
    tensors: new Map([...tensors].map(([name, tensor]) => [name, infoOf(tensor)])),
    read: (name, options) => reading(name, (tensor) => readFloat32(tensor, options)),
    readInto: (name, target, options) =>
      reading(name, async (tensor) => {
        const elements = elementsOf(tensor.shape);
        if (target.length !== elements) {
          throw new RangeError(`${file}: tensor ${quoted(name)} has ${elements} elements, the target ${target.length}`);
        }
        await readFloat32Into(tensor, target, options);
      }),
    async *readParts(name, buffer, options) {
      if (buffer.length === 0) throw new RangeError(`${file}: expected a buffer of some elements, got none`);
      const tensor = find(name);
      try {
        yield* float32Blocks(tensor, buffer.length, (start, end) => buffer.subarray(0, end - start), options);
      } catch (error) {
        throw forTensor(name, error);
      }
    },
    readValues: (name, options) => reading(name, (tensor) => readValues(tensor, options)),
    close: async () => {
      closed = true;
      await closeAll();
    },
  };
}

function infoOf({ dtype, shape, storage }: LazyTensor): TensorInfo {
  return { dtype, shape, byteLength: elementsOf(shape) * BYTES_PER_ELEMENT[dtype], storage: storage.id };
}
