import type { BackendChoice } from "@irec/encoders";
import type { ClipTable } from "../datasets/dataset.ts";
import type { LoadSettings } from "../models/check-model.ts";
import type { Progress } from "../progress.ts";
import type { PromptSet } from "../prompts/prompt-set.ts";
import type { SkippedClip } from "../store/manifest.ts";
import type { Shard } from "./shard.ts";

/** What to embed, with what, and where to. */
export interface EmbedRequest {
  readonly model: ModelFiles;
  /** The folder of the store; made when it is not there. */
  readonly store: string;
  /** The clips; without them only texts are embedded. */
  readonly clips?: ClipTable | undefined;
  readonly promptSets?: readonly PromptSet[] | undefined;
  /** The fastest that starts, when left out. */
  readonly backend?: BackendChoice | undefined;
  /** A name of @irec/encoders, or `study`; the model's own when left out. */
  readonly lengthPolicy?: string | undefined;
  /** Of policies that take a part of a clip at random; 0 when left out. */
  readonly seed?: number | undefined;
  /** Clips that are computed together, 8 when left out. It is part of what makes the bytes. */
  readonly batchSize?: number | undefined;
  /** Batches that are computed at the same time, 1 when left out. It is no part of what makes the bytes. */
  readonly jobs?: number | undefined;
  /** Leaves out clips that cannot be embedded, and lists them. */
  readonly skipBad?: boolean | undefined;
  /** Only a part of the work, to be joined with the others by `mergeShards`. */
  readonly shard?: Shard | undefined;
}

/** A model's files. */
export interface ModelFiles {
  /** What the store calls it. */
  readonly name: string;
  /** Path of a file or a folder. */
  readonly checkpoint: string;
  /** Path of the vocabulary; absent where it is beside the checkpoint, if anywhere. */
  readonly tokenizer?: string | undefined;
  readonly loadOptions?: LoadSettings | undefined;
}

export interface EmbedOptions {
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told what is not worth an error: somebody else is at work, the model is not in good health. */
  readonly say?: ((line: string) => void) | undefined;
}

/** What became of a request. */
export interface EmbedReport {
  readonly store: string;
  readonly model: string;
  /** Family and variant. */
  readonly architecture: string;
  readonly backend: string;
  readonly lengthPolicy: string;
  readonly shard: Shard;
  readonly arrays: readonly ArrayReport[];
}

/** What became of a data set or a prompt set. */
export interface ArrayReport {
  /** Such as `audio/tinysol`. */
  readonly array: string;
  /** Clips or prompts of the whole array. */
  readonly items: number;
  /** Rows of the whole array; of a shard, as far as is known. */
  readonly rows: number;
  readonly preJointDim: number;
  readonly jointDim: number;
  /** Whether the store had it before. */
  readonly found: boolean;
  /** Items that an earlier run had computed. */
  readonly kept: number;
  /** Items that this run computed, or would compute. */
  readonly computed: number;
  readonly skipped: readonly SkippedClip[];
  /** Labels whose prompts are longer than what the text tower reads. */
  readonly cut: readonly { readonly label: string; readonly lostTokens: number }[];
}
