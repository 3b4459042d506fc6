import type { Tensor } from "@tensorflow/tfjs-core";
import type { LengthPolicyName } from "../audio/length-policies.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Parameter } from "../layers/parameters.ts";
import type { LogMel } from "../spectral/log-mel.ts";
import type { Tokenizer, TokenizerOptions } from "../text/tokenizer.ts";
import type { TokenizerFiles } from "../text/tokenizer-files.ts";
import type { NameMap } from "./read-parameters.ts";

/** What a checkpoint's names and shapes do not tell. Each has the published models' value as its default. */
export interface ModelSettings {
  /** The parsed config.json beside a Hugging Face checkpoint. */
  readonly config?: unknown;
  /** Attention heads of the text tower. */
  readonly textHeads?: number;
  /** In hertz. */
  readonly sampleRate?: number;
  /** Length of the audio that the tower reads at once, in seconds. */
  readonly clipSeconds?: number;
  /** Edges of the mel filters, in hertz. */
  readonly fMin?: number;
  readonly fMax?: number;
  /** Samples from one frame to the next. */
  readonly hopLength?: number;
  /** Mel filters, for a checkpoint without their matrix. */
  readonly melBins?: number;
  /** Samples in a frame of the spectrum, for a checkpoint without the matrix of mel filters. A power of two. */
  readonly fftLength?: number;
  /** Decibels between the loudest and the least value of a clip's log-mel spectrogram (MusCALL). */
  readonly dynamicRange?: number;
}

/** A kind of model: how to tell its checkpoints from others, and what is in them. */
export interface ModelFamily {
  /** As in messages: LAION-CLAP, MusCALL. */
  readonly name: string;
  /** Whether the names are those of this family; only names are looked at. */
  recognises(names: ReadonlySet<string>): boolean;
  /**
   * Which model it is, from names and shapes; nothing is read.
   * @throws {CheckpointError} when it is one of the family that cannot be used, such as a fusion model
   */
  plan(checkpoint: Pick<Checkpoint, "name" | "format" | "tensors">, settings: ModelSettings): ModelPlan;
}

/** A model before its weights are read. */
export interface ModelPlan {
  /** Family and variant: "LAION-CLAP HTSAT-base". */
  readonly name: string;
  /** Dimension of the joint space. */
  readonly embedDim: number;
  /** Dimensions of the towers' own outputs. */
  readonly preJointDim: { readonly audio: number; readonly text: number };
  readonly sampleRate: number;
  /** Samples that the audio tower reads at once. */
  readonly clipSamples: number;
  /** Tokens that the text tower reads, start and end included. */
  readonly contextLength: number;
  /** Rows of the word embedding. */
  readonly vocabularySize: number;
  /** What the model reads when nothing else is asked for. */
  readonly lengthPolicy: LengthPolicyName;
  /** Everything that is needed of the checkpoint, and how it is called there. */
  readonly parameters: readonly Parameter[];
  readonly names: NameMap;
  /** The tokenizer of the text tower. */
  tokenizer(files: TokenizerFiles, options: TokenizerOptions): Tokenizer;
  /**
   * Builds the towers; `read` yields a parameter as a tensor of the backend in use, which then belongs to the towers.
   * @internal
   */
  build(read: (parameter: Parameter) => Promise<Tensor>): Promise<LoadedTowers>;
}

/**
 * The towers of a model on a backend. The functions on tensors run inside of `Backend.run`.
 * @internal
 */
export interface LoadedTowers {
  /** What the model does to samples before their length is changed: rounding to 16 bits in LAION-CLAP. */
  prepare(samples: Float32Array): Float32Array;
  /** The front-end; `samples` is one piece of what the length policy made. */
  logMel(samples: Float32Array): LogMel;
  /** Log-mel [b, frames, melBins] to pre-joint [b, dAudio]. */
  audio(logMel: Tensor): Tensor;
  /**
   * Token ids, int32 [b, n], to pre-joint [b, dText]. n may be less than the context length when only padding is cut.
   * `attentionMask`, int32 [b, n], is 1 for tokens and 0 for padding; left out, it is found from the ids.
   */
  text(ids: Tensor, options?: { readonly attentionMask?: Tensor }): Tensor;
  /** Pre-joint [b, dAudio] to joint [b, embedDim], of length 1. */
  projectAudio(preJoint: Tensor): Tensor;
  /** Pre-joint [b, dText] to joint [b, embedDim], of length 1. */
  projectText(preJoint: Tensor): Tensor;
  dispose(): void;
}
