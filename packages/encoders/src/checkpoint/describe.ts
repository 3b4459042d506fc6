import type { Checkpoint } from "./checkpoint.ts";
import type { CheckpointFormat } from "./container.ts";
import { type Dtype, elementsOf } from "./dtype.ts";
import type { MetadataValue } from "./state-dict.ts";

/** What a checkpoint holds, counted. */
export interface CheckpointSummary {
  readonly name: string;
  readonly format: CheckpointFormat;
  readonly tensors: number;
  /** Numbers in all tensors: weights, statistics and buffers; those that share a storage count each time. */
  readonly parameters: number;
  /** Of all tensors, as they are in the file. */
  readonly bytes: number;
  /** Tensors that share their bytes with an earlier one. */
  readonly shared: number;
  /** The element types, the most bytes first. */
  readonly dtypes: readonly DtypeSummary[];
  readonly metadata: ReadonlyMap<string, MetadataValue>;
}

/** The tensors of one element type, counted. */
export interface DtypeSummary {
  readonly dtype: Dtype;
  readonly tensors: number;
  readonly parameters: number;
  readonly bytes: number;
}

/** Counts what an open checkpoint holds, from its headers alone. */
export function describeCheckpoint({ name, format, metadata, tensors }: Checkpoint): CheckpointSummary {
  const byDtype = new Map<Dtype, DtypeSummary>();
  for (const { dtype, shape, byteLength } of tensors.values()) {
    const sum = byDtype.get(dtype) ?? { dtype, tensors: 0, parameters: 0, bytes: 0 };
    byDtype.set(dtype, {
      dtype,
      tensors: sum.tensors + 1,
      parameters: sum.parameters + elementsOf(shape),
      bytes: sum.bytes + byteLength,
    });
  }
  const dtypes = [...byDtype.values()].sort((a, b) => b.bytes - a.bytes);
  const total = (field: "parameters" | "bytes") => dtypes.reduce((sum, entry) => sum + entry[field], 0);
  return {
    name,
    format,
    tensors: tensors.size,
    parameters: total("parameters"),
    bytes: total("bytes"),
    shared: tensors.size - new Set([...tensors.values()].map(({ storage }) => storage)).size,
    dtypes,
    metadata,
  };
}
