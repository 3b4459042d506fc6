import type { ByteSource, ReadOptions } from "../bytes/byte-source.ts";
import type { Container, ContainerOptions } from "./container.ts";
import { CheckpointLimitError, DamagedCheckpointError } from "./errors.ts";
import type { Storage } from "./lazy-tensor.ts";
import { List } from "./pickle.ts";
import { quoted } from "./quoted.ts";
import { findStateDict, locateTensor } from "./state-dict.ts";
import { bytesOfStorage, type StorageReference, type Storages, unpickleTorch } from "./torch-pickle.ts";

/** The pickled number 0x1950a86a20f9469cfc6c, with which every such file begins. */
export const LEGACY_MAGIC: readonly number[] = [
  0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
];
const LEGACY_PROTOCOL = 1001;
/** Each storage is preceded by its length in elements. */
const COUNT_BYTES = 8;
/** The first read; it is doubled until the pickles are complete. */
const FIRST_READ_BYTES = 64 * 2 ** 10;

/**
 * Opens a checkpoint from before torch 1.6, or one saved with `_use_new_zipfile_serialization=False`: five pickles (magic
 * number, protocol, machine, object, storage keys), then the storages in the order of the keys.
 *
 * Where each storage lies follows from the lengths in the pickle, so nothing but the pickles is read here.
 */
export async function openTorchLegacy(source: ByteSource, options: ContainerOptions): Promise<Container> {
  const { limits, stateDictKey } = options;
  const file = source.name;
  const { object, keys, storages, end } = await readPickles(source, options);
  const positions = placeStorages(keys, storages, end, source);

  const made = new Map<string, Storage>();
  const storageOf = (reference: StorageReference, place: { file: string; tensor: string }): Storage => {
    const first = storages.get(reference.key)!;
    const position = positions.get(reference.key);
    if (position === undefined) {
      throw new DamagedCheckpointError(
        place,
        `lies in the storage ${quoted(reference.key)}, which the file does not list`,
      );
    }
    if (reference.dtype !== first.dtype || reference.elements !== first.elements) {
      throw new DamagedCheckpointError(
        place,
        `has another idea of its storage ${quoted(reference.key)} than other tensors`,
      );
    }
    const known = made.get(reference.key);
    if (known !== undefined) return known;
    const storage = legacyStorage(source, reference, position);
    made.set(reference.key, storage);
    return storage;
  };
  const { tensors, metadata } = findStateDict(object, file, stateDictKey);
  return {
    format: "torch-legacy",
    metadata,
    tensors: new Map([...tensors].map(([name, layout]) => [name, locateTensor(name, layout, file, limits, storageOf)])),
  };
}

interface LegacyPickles {
  readonly object: unknown;
  readonly keys: readonly string[];
  readonly storages: Storages;
  /** Where the storages begin. */
  readonly end: number;
}

/** Reads more of the file until the five pickles are complete: nothing says beforehand how long they are. */
async function readPickles(source: ByteSource, options: ContainerOptions): Promise<LegacyPickles> {
  const { limits } = options;
  for (let length = FIRST_READ_BYTES; ; length *= 2) {
    const most = Math.min(length, limits.pickleBytes, source.byteLength);
    const bytes = await source.slice(0, most, options);
    try {
      return interpret(bytes, source.name, options);
    } catch (error) {
      const isCutOff = error instanceof DamagedCheckpointError && error.position === most;
      if (!isCutOff || most === source.byteLength) throw error;
      if (most === limits.pickleBytes) {
        throw new CheckpointLimitError({ file: source.name }, "pickleBytes", limits.pickleBytes, "its pickles go on");
      }
    }
  }
}

function interpret(bytes: Uint8Array, file: string, { limits, allowOpaque }: ContainerOptions): LegacyPickles {
  let end = LEGACY_MAGIC.length;
  const next = () => {
    const position = end;
    const read = unpickleTorch(bytes.subarray(end), limits, { file, position }, allowOpaque);
    end += read.end;
    return read;
  };
  const protocol = next().value;
  if (protocol !== LEGACY_PROTOCOL) {
    throw new DamagedCheckpointError(
      { file, position: LEGACY_MAGIC.length },
      `has the torch protocol ${protocol}, not 1001`,
    );
  }
  // The machine that wrote it. Its byte order is that of its memory: in the file the storages are little-endian always.
  next();
  const { value: object, storages } = next();
  const position = end;
  const { value: list } = next();
  const keys = list instanceof List ? list.items : undefined;
  if (
    keys === undefined ||
    !keys.every((key): key is string => typeof key === "string") ||
    new Set(keys).size < keys.length
  ) {
    throw new DamagedCheckpointError({ file, position }, "has no list of different storage keys behind its pickle");
  }
  return { object, keys, storages, end };
}

/** Where the bytes of each storage begin. */
function placeStorages(
  keys: readonly string[],
  storages: Storages,
  start: number,
  source: ByteSource,
): Map<string, number> {
  const positions = new Map<string, number>();
  let at = start;
  for (const key of keys) {
    const reference = storages.get(key);
    if (reference === undefined) {
      throw new DamagedCheckpointError(
        { file: source.name, position: at },
        `lists the storage ${quoted(key)}, which nothing uses`,
      );
    }
    positions.set(key, at + COUNT_BYTES);
    at += COUNT_BYTES + bytesOfStorage(reference);
  }
  if (!(at <= source.byteLength)) {
    throw new DamagedCheckpointError(
      { file: source.name, position: source.byteLength },
      `should have ${at} bytes, and has ${source.byteLength}; truncated while copying or downloading?`,
    );
  }
  return positions;
}

function legacyStorage(source: ByteSource, reference: StorageReference, position: number): Storage {
  const byteLength = bytesOfStorage(reference);
  /** The count before the bytes is the only sign that they are the right ones. */
  const checkCount = async (options?: ReadOptions) => {
    const at = position - COUNT_BYTES;
    const bytes = await source.slice(at, position, options);
    const count = new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true);
    if (count !== BigInt(reference.elements)) {
      throw new DamagedCheckpointError(
        { file: source.name, position: at },
        `has ${count} elements where the ${reference.elements} of the storage ${quoted(reference.key)} should be`,
      );
    }
  };
  let checked = false;
  return {
    id: reference.key,
    file: source.name,
    byteLength,
    littleEndian: true,
    async slice(start, end, options) {
      if (!checked) await checkCount({ signal: options?.signal });
      checked = true;
      return await source.slice(position + start, position + end, options);
    },
  };
}
