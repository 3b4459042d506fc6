import type { NdArray } from "ndarray";
import type { BackendName } from "../backend/backend.ts";
import type { NamedArray } from "../checkpoint/named-array.ts";
import type { LogMel } from "../spectral/log-mel.ts";
import type { TowerOutput } from "../two-tower.ts";
import type { AdamWOptions } from "./adam-w.ts";
import type { ContrastiveLossName } from "./contrastive-loss.ts";
import type { MuscallConfig } from "./muscall-config.ts";
import type { Schedule } from "./schedule.ts";

/** Options of a trainer, wherever it runs. */
export interface TrainerOptions {
  /**
   * What differs from MusCALL's own configuration. With a checkpoint: only `dropout`, `attentionDropout`
   * and `temperature` may, and what its names and shapes do not tell has to be given where it is not the published value.
   */
  readonly config?: Partial<MuscallConfig>;
  /** From which weights, drop-outs and nothing else are drawn; a whole number of at least 0. */
  readonly seed: number;
  /** Default "clip". */
  readonly loss?: ContrastiveLossName;
  /** What differs from MusCALL's AdamW. */
  readonly optimiser?: Partial<AdamWOptions>;
  /** The learning rate over the steps; `muscallSchedule(totalSteps)` is MusCALL's. */
  readonly schedule: Schedule;
}

/** Pairs of audio and caption: item i of each part belongs together. */
export interface TrainingBatch {
  /** One of `waveforms` and `logMels` is needed. Samples at the model's rate, `clipSamples` of them each. */
  readonly waveforms?: readonly Float32Array[];
  /** What `ContrastiveTrainer.logMel` makes of the waveforms, when it is kept. */
  readonly logMels?: readonly LogMel[];
  /** As `Tokenizer.encodeBatch` yields them; shape [b, contextLength]. */
  readonly tokenIds: NdArray<Int32Array>;
  /** For the loss "weighted-clip": how alike the captions are, as cosines of sentence embeddings; shape [b, b]. */
  readonly captionSimilarity?: NdArray<Float32Array> | NdArray<Float64Array>;
}

/** What one step of training was. */
export interface TrainingStep {
  /** Of the batch, before the step. */
  readonly loss: number;
  /** With which the step was made. */
  readonly learningRate: number;
  /** What similarities are divided by, after the step. */
  readonly temperature: number;
  /** How many steps have been made, with this one. */
  readonly step: number;
}

/** All that a trainer knows beside its options. */
export interface TrainerState {
  /** As `ContrastiveTrainer.modelState` yields it. */
  readonly model: readonly NamedArray[];
  /** As `ContrastiveTrainer.optimiserState` yields it. */
  readonly optimiser: readonly NamedArray[];
}

/**
 * Trains the two towers of a MusCALL model so that the audio and the caption of a pair are more alike than those of different
 * pairs.
 * @see Manco et al. 2022, "Contrastive audio-language learning for music"
 */
export interface ContrastiveTrainer {
  readonly config: MuscallConfig;
  readonly backendName: BackendName;
  /** How many samples a clip has. */
  readonly clipSamples: number;
  /** Steps made so far. */
  readonly stepsDone: number;
  /** The front-end of the model, for `TrainingBatch.logMels`. */
  logMel(samples: Float32Array): LogMel;
  /**
   * One step on a batch: forward, backward, AdamW, schedule.
   * @throws {TrainingBatchError} when the batch is not what the model reads
   * @throws {TrainingDivergedError} when loss or gradients are not finite; weights and statistics are as they were
   */
  step(batch: TrainingBatch): Promise<TrainingStep>;
  /** The loss of a batch with running statistics and without drop-out; changes nothing. */
  loss(batch: TrainingBatch): Promise<number>;
  /** Embeds clips of `clipSamples` samples each, or their log-mel spectrograms, as the loaded model would. */
  encodeAudio(
    clips: readonly Float32Array[] | readonly LogMel[],
    options?: { readonly batchSize?: number },
  ): Promise<TowerOutput>;
  /** Embeds token ids [n, contextLength] as the loaded model would. */
  encodeText(tokenIds: NdArray<Int32Array>, options?: { readonly batchSize?: number }): Promise<TowerOutput>;
  /** Everything that the reference saves under `state_dict`, by its names, for `writeSafetensors`. */
  modelState(): NamedArray[];
  /** What a file of the model has to record so that `loadTwoTower` needs no options: metadata for `writeSafetensors`. */
  modelMetadata(): Readonly<Record<string, string>>;
  /** Moments of AdamW (`exp_avg.NAME`, `exp_avg_sq.NAME`) and `step`. */
  optimiserState(): NamedArray[];
  /** Continues where the state was taken: with the same options every following step is the same, to the bit. */
  restore(state: TrainerState): void;
  /** Frees everything. */
  dispose(): void;
}
