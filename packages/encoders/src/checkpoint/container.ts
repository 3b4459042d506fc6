import type { ReadOptions } from "../bytes/byte-source.ts";
import type { LazyTensor } from "./lazy-tensor.ts";
import type { CheckpointLimits } from "./limits.ts";
import type { MetadataValue } from "./state-dict.ts";

/** What kind of file a checkpoint is. */
export type CheckpointFormat = "torch-zip" | "torch-legacy" | "safetensors" | "sharded-torch" | "sharded-safetensors";

/** What every format's reader gives: tensors with their places, nothing read. */
export interface Container {
  readonly format: CheckpointFormat;
  readonly metadata: ReadonlyMap<string, MetadataValue>;
  readonly tensors: ReadonlyMap<string, LazyTensor>;
}

/** How every format's reader is asked. */
export interface ContainerOptions extends ReadOptions {
  readonly limits: CheckpointLimits;
  readonly allowOpaque: boolean;
  readonly verify: boolean;
  readonly stateDictKey: string;
}
