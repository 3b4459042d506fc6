import type { NdArray } from "ndarray";

/** A mono audio signal: samples nominally in [-1, 1], shape [nSamples]. */
export interface Waveform {
  readonly samples: Float32Array;
  /** Samples per second, in hertz. */
  readonly sampleRate: number;
}

/** What one forward pass of a tower yields for n inputs, row i for input i. */
export interface TowerOutput {
  /** The tower's own output before its projection head, shape [n, dTower]. */
  readonly preJoint: NdArray<Float32Array>;
  /** The projected and normalised output in the shared space, shape [n, embedDim]. */
  readonly joint: NdArray<Float32Array>;
}

/** Options of one encoding call. */
export interface EncodeOptions {
  /** Inputs per forward pass. */
  readonly batchSize?: number;
  /** Called after each batch with how many inputs are done and how many there are. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops the work between two batches. */
  readonly signal?: AbortSignal;
}

/**
 * A model that embeds audio and text into one joint space and compares them there.
 *
 * Every model of this package implements it, and so can a model of your own: whatever fulfils this interface can be
 * evaluated. Outputs are third-party `ndarray`s; tensors of the engine behind them never leave the implementation.
 *
 * @see Wu et al. 2023, "Large-scale contrastive language-audio pretraining" (LAION-CLAP);
 *   Manco et al. 2022, "Contrastive audio-language learning for music" (MusCALL)
 */
export interface TwoTower {
  /** A name for tables and manifests, such as `music-clap`. */
  readonly name: string;
  /** Dimension of the joint space. */
  readonly embedDim: number;
  /** The sample rate that `encodeAudio` expects, in hertz. */
  readonly sampleRate: number;
  /** How many tokens the text tower reads, including the start and end tokens. */
  readonly contextLength: number;
  /** Embeds clips; row i of both outputs belongs to `clips[i]`. */
  encodeAudio(clips: readonly Waveform[], options?: EncodeOptions): Promise<TowerOutput>;
  /** Embeds texts; row i of both outputs belongs to `texts[i]`. */
  encodeText(texts: readonly string[], options?: EncodeOptions): Promise<TowerOutput>;
  /** Frees the weights. The model must not be used afterwards. */
  dispose(): void;
}
