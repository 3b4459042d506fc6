import type { ByteSource } from "../bytes/byte-source.ts";
import type { Container, ContainerOptions } from "./container.ts";
import { CheckpointFormatError, DamagedCheckpointError, ShardMismatchError } from "./errors.ts";
import type { LazyTensor } from "./lazy-tensor.ts";
import { enforce } from "./limits.ts";
import { quoted, someOf } from "./quoted.ts";

/** Which shard has which tensor. */
export interface ShardIndex {
  readonly weightMap: ReadonlyMap<string, string>;
  /** The files, each once, in the order in which they are first named. */
  readonly files: readonly string[];
}

/**
 * Reads a `model.safetensors.index.json` or `pytorch_model.bin.index.json`.
 * @throws {CheckpointFormatError} for JSON that is no such index
 * @throws {DamagedCheckpointError} for a file name that could lead out of the index's folder
 */
export async function readShardIndex(source: ByteSource, options: ContainerOptions): Promise<ShardIndex> {
  const file = source.name;
  enforce(options.limits, "indexBytes", source.byteLength, "is a JSON file of bytes", { file });
  const bytes = await source.slice(0, source.byteLength, options);
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new CheckpointFormatError({ file }, "expected a checkpoint or its index, found text that is no JSON", {
      cause,
    });
  }
  const map = typeof parsed === "object" && parsed !== null && "weight_map" in parsed ? parsed.weight_map : undefined;
  if (typeof map !== "object" || map === null || Array.isArray(map)) {
    throw new CheckpointFormatError({ file }, "is JSON without the weight_map of a sharded checkpoint's index");
  }
  const weightMap = new Map<string, string>();
  for (const [tensor, name] of Object.entries(map)) {
    if (typeof name !== "string") throw new DamagedCheckpointError({ file, tensor }, "has no file name in the index");
    if (!isPlainFileName(name)) {
      throw new DamagedCheckpointError(
        { file, tensor },
        `should be in ${quoted(name)}; a shard is a file beside the index, never in another folder`,
      );
    }
    weightMap.set(tensor, name);
  }
  const files = [...new Set(weightMap.values())];
  if (files.length === 0) throw new CheckpointFormatError({ file }, "is an index that names no tensors");
  enforce(options.limits, "shards", files.length, "is an index of files, this many", { file });
  return { weightMap, files };
}

function isPlainFileName(name: string): boolean {
  // On Windows a backslash separates, and a colon names a drive or a stream.
  return name !== "" && name !== "." && !name.includes("..") && !/[/\\:\0]/.test(name);
}

/**
 * Puts the tensors of all shards together.
 * @throws {ShardMismatchError} when a tensor is not in the shard that the index names, or in one it does not name
 */
export function joinShards({ weightMap }: ShardIndex, shards: ReadonlyMap<string, Container>, file: string): Container {
  const missing = [...weightMap]
    .filter(([tensor, name]) => !shards.get(name)!.tensors.has(tensor))
    .map(([name]) => name);
  const unexpected = [...shards].flatMap(([name, shard]) =>
    [...shard.tensors.keys()].filter((tensor) => weightMap.get(tensor) !== name),
  );
  if (missing.length > 0 || unexpected.length > 0) {
    const parts = [
      ...(missing.length > 0 ? [`tensors not in their shard (${missing.length}): ${someOf(missing)}`] : []),
      ...(unexpected.length > 0
        ? [
            `tensors in a shard that the index has elsewhere or not at all (${unexpected.length}): ${someOf(unexpected)}`,
          ]
        : []),
    ];
    throw new ShardMismatchError({ file }, `its shards are others: ${parts.join("; ")}`, missing, unexpected);
  }
  const formats = new Set([...shards.values()].map(({ format }) => format === "safetensors"));
  if (formats.size > 1) throw new DamagedCheckpointError({ file }, "mixes shards of torch and of safetensors");

  const tensors = new Map<string, LazyTensor>();
  for (const [tensor, name] of weightMap) {
    const lazy = shards.get(name)!.tensors.get(tensor)!;
    // Storages of different files have the same ids.
    tensors.set(tensor, { ...lazy, storage: { ...lazy.storage, id: `${name}:${lazy.storage.id}` } });
  }
  return {
    format: formats.has(true) ? "sharded-safetensors" : "sharded-torch",
    metadata: new Map([...shards.values()].flatMap(({ metadata }) => [...metadata])),
    tensors,
  };
}
