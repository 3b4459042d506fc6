import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import ndarray, { type NdArray } from "ndarray";
import { MAX_SAMPLE_RATE, requireFiniteSamples, requireInteger, requireSamples } from "../audio/checks.ts";
import { type LengthPolicy, type LengthPolicyName, lengthPolicy } from "../audio/length-policies.ts";
import { resample } from "../audio/resample.ts";
import type { Backend } from "../backend/backend.ts";
import type { LogMel } from "../spectral/log-mel.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { EncodeOptions, TowerOutput, TwoTower, Waveform } from "../two-tower.ts";
import { DescribedModel } from "./described-model.ts";
import { DisposedModelError, MissingTokenizerError, NonFiniteEmbeddingError } from "./errors.ts";
import type { LoadedTowers, ModelPlan } from "./model-family.ts";

/** Pieces of clips, and texts, in one forward pass when the caller does not say. Larger batches are no faster. */
export const AUDIO_BATCH = 8;
export const TEXT_BATCH = 32;

/** Options of `encodeAudio` of a loaded model. */
export interface EncodeAudioOptions extends EncodeOptions {
  /** What is done to clips that are shorter or longer than what the tower reads. Default: the model's own, `lengthPolicy`. */
  readonly lengthPolicy?: LengthPolicyName | LengthPolicy;
}

/** What `encodeText` of a loaded model yields. */
export interface TextOutput extends TowerOutput {
  /** How many tokens of each text were cut off because the tower reads only so many; shape [n]. */
  readonly lostTokens: Int32Array;
}

/** Audio and text towers of a checkpoint, on a backend. */
export class TwoTowerModel extends DescribedModel implements TwoTower {
  readonly #backend: Backend;
  #towers: LoadedTowers | undefined;

  /** @internal */
  constructor(name: string, plan: ModelPlan, towers: LoadedTowers, backend: Backend, tokenizer: Tokenizer | undefined) {
    super(name, plan, backend.name, tokenizer);
    this.#backend = backend;
    this.#towers = towers;
  }

  /**
   * Embeds clips; row i of both outputs belongs to `clips[i]`. A clip that the length policy cuts into pieces gets the
   * weighted mean of their pre-joint embeddings, and the projection of that mean.
   * @throws {AudioError} when a clip is empty, has a sample that is not finite, or is too short for one frame
   * @throws {NonFiniteEmbeddingError} when the model makes NaN or infinity of a clip
   * @throws {DisposedModelError} after `dispose`
   */
  async encodeAudio(clips: readonly Waveform[], options: EncodeAudioOptions = {}): Promise<TowerOutput> {
    const towers = this.#living();
    const { batchSize = AUDIO_BATCH, onProgress, signal } = options;
    requireInteger("batchSize", batchSize, 1);
    for (const [i, clip] of clips.entries()) requireClip(`clip ${i}`, clip);
    const policy = policyOf(options.lengthPolicy ?? this.lengthPolicy);
    const width = this.preJointDim.audio;
    const preJoint = new Float64Array(clips.length * width);
    const batch: { logMel: LogMel; row: number; weight: number }[] = [];
    const flush = async (done: number) => {
      if (batch.length === 0) return;
      signal?.throwIfAborted();
      const { frames, melBins } = batch[0]!.logMel;
      const stacked = new Float32Array(batch.length * frames * melBins);
      for (const [i, { logMel }] of batch.entries()) stacked.set(logMel.data, i * frames * melBins);
      const embedded = this.#run(() => towers.audio(tensor(stacked, [batch.length, frames, melBins])));
      for (const [i, { row, weight }] of batch.entries()) {
        for (let k = 0; k < width; k++) preJoint[row * width + k]! += weight * embedded[i * width + k]!;
      }
      batch.length = 0;
      onProgress?.(done, clips.length);
      await nextTurn();
    };
    for (const [row, { samples, sampleRate }] of clips.entries()) {
      signal?.throwIfAborted();
      const heard = sampleRate === this.sampleRate ? samples : resample(samples, sampleRate, this.sampleRate);
      const { pieces, weights } = policy(towers.prepare(heard), this.clipSamples);
      for (const [i, piece] of pieces.entries()) {
        const logMel = towers.logMel(piece);
        // Pieces of different lengths do not fit into one tensor.
        if (batch.length > 0 && batch[0]!.logMel.frames !== logMel.frames) await flush(row);
        batch.push({ logMel, row, weight: weights[i]! });
        if (batch.length >= batchSize) await flush(i === pieces.length - 1 ? row + 1 : row);
      }
    }
    await flush(clips.length);
    return this.#projected(Float32Array.from(preJoint), width, "clip", (rows) => towers.projectAudio(rows));
  }

  /**
   * Embeds texts; row i of both outputs belongs to `texts[i]`. A text that is too long loses its end: `lostTokens` says how
   * much. The empty text is a text like others.
   * @throws {MissingTokenizerError} when the model was loaded without a vocabulary
   * @throws {NonFiniteEmbeddingError} when the model makes NaN or infinity of a text
   * @throws {DisposedModelError} after `dispose`
   */
  async encodeText(texts: readonly string[], options: EncodeOptions = {}): Promise<TextOutput> {
    const towers = this.#living();
    const { batchSize = TEXT_BATCH, onProgress, signal } = options;
    requireInteger("batchSize", batchSize, 1);
    if (this.tokenizer === undefined) throw new MissingTokenizerError(this.name);
    const encoded = this.tokenizer.encodeBatch(texts, { contextLength: this.contextLength });
    const lengths = texts.map((_, row) => tokenCount(encoded.attentionMask, row));
    // Texts of like length together: each batch is cut to its longest text, since padding changes nothing.
    const order = texts.map((_, row) => row).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
    const width = this.preJointDim.text;
    const preJoint = new Float32Array(texts.length * width);
    for (let start = 0; start < order.length; start += batchSize) {
      signal?.throwIfAborted();
      const rows = order.slice(start, start + batchSize);
      const length = Math.max(...rows.map((row) => lengths[row]!));
      const ids = new Int32Array(rows.length * length);
      for (const [i, row] of rows.entries()) {
        for (let at = 0; at < length; at++) ids[i * length + at] = encoded.ids.get(row, at);
      }
      const embedded = this.#run(() => towers.text(tensor(ids, [rows.length, length], "int32")));
      for (const [i, row] of rows.entries()) {
        preJoint.set(embedded.subarray(i * width, (i + 1) * width), row * width);
      }
      onProgress?.(start + rows.length, texts.length);
      await nextTurn();
    }
    const output = this.#projected(preJoint, width, "text", (rows) => towers.projectText(rows));
    return { ...output, lostTokens: encoded.lostTokens };
  }

  /** Frees the weights; once is enough, twice does no harm. */
  dispose(): void {
    this.#towers?.dispose();
    this.#towers = undefined;
  }

  #living(): LoadedTowers {
    if (this.#towers === undefined) throw new DisposedModelError(this.name);
    return this.#towers;
  }

  /** The values of what `compute` returns, all of whose tensors are freed. */
  #run(compute: () => Tensor): Float32Array {
    const result = this.#backend.run(compute);
    const values = result.dataSync<"float32">();
    result.dispose();
    return values;
  }

  #projected(preJoint: Float32Array, width: number, what: string, project: (rows: Tensor) => Tensor): TowerOutput {
    const count = preJoint.length / width;
    requireFiniteRows(this.name, what, "pre-joint", preJoint, width);
    const joint = count === 0 ? new Float32Array(0) : this.#run(() => project(tensor(preJoint, [count, width])));
    requireFiniteRows(this.name, what, "joint", joint, this.embedDim);
    return { preJoint: ndarray(preJoint, [count, width]), joint: ndarray(joint, [count, this.embedDim]) };
  }
}

/** Throws unless a clip can be embedded at all. */
export function requireClip(what: string, { samples, sampleRate }: Waveform): void {
  requireSamples(what, samples);
  requireInteger(`${what}: sampleRate`, sampleRate, 1, MAX_SAMPLE_RATE);
  requireFiniteSamples(what, samples, sampleRate);
}

function policyOf(policy: LengthPolicyName | LengthPolicy): LengthPolicy {
  return typeof policy === "function" ? policy : lengthPolicy(policy);
}

function requireFiniteRows(model: string, what: string, space: string, values: Float32Array, width: number): void {
  // x - x is 0 for a finite x, and else NaN.
  const bad = values.findIndex((value) => value - value !== 0);
  if (bad >= 0) throw new NonFiniteEmbeddingError(model, what, Math.floor(bad / width), space, values[bad]!);
}

function tokenCount(mask: NdArray<Uint8Array>, row: number): number {
  let count = 0;
  while (count < mask.shape[1]! && mask.get(row, count) === 1) count++;
  return count;
}

/** Lets timers, signals and other work of the program have their turn between two batches. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
