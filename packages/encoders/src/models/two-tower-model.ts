import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import ndarray, { type NdArray } from "ndarray";
import { MAX_SAMPLE_RATE, requireFiniteSamples, requireInteger, requireSamples } from "../audio/checks.ts";
import { AudioOptionError } from "../audio/errors.ts";
import { type ClipPieces, type LengthPolicy, type LengthPolicyName, lengthPolicy } from "../audio/length-policies.ts";
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
    signal?.throwIfAborted();
    requireClips(clips);
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
      const embedded = this.#run((towers) => towers.audio(tensor(stacked, [batch.length, frames, melBins])));
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
      const { pieces, weights } = requirePieces(row, policy(towers.prepare(heard), this.clipSamples));
      for (const [i, piece] of pieces.entries()) {
        const logMel = towers.logMel(piece);
        // Pieces of different lengths do not fit into one tensor.
        if (batch.length > 0 && batch[0]!.logMel.frames !== logMel.frames) await flush(row);
        batch.push({ logMel, row, weight: weights[i]! });
        if (batch.length >= batchSize) await flush(i === pieces.length - 1 ? row + 1 : row);
      }
    }
    await flush(clips.length);
    return this.#projected(Float32Array.from(preJoint), width, "clip", (towers, rows) => towers.projectAudio(rows));
  }

  /**
   * Embeds texts; row i of both outputs belongs to `texts[i]`. A text that is too long loses its end: `lostTokens` says how
   * much. The empty text is a text like others.
   * @throws {MissingTokenizerError} when the model was loaded without a vocabulary
   * @throws {NonFiniteEmbeddingError} when the model makes NaN or infinity of a text
   * @throws {DisposedModelError} after `dispose`
   */
  async encodeText(texts: readonly string[], options: EncodeOptions = {}): Promise<TextOutput> {
    this.#living();
    const { batchSize = TEXT_BATCH, onProgress, signal } = options;
    requireInteger("batchSize", batchSize, 1);
    signal?.throwIfAborted();
    requireTexts(texts);
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
      const [ids, mask] = [new Int32Array(rows.length * length), new Int32Array(rows.length * length)];
      for (const [i, row] of rows.entries()) {
        for (let at = 0; at < length; at++) ids[i * length + at] = encoded.ids.get(row, at);
        mask.fill(1, i * length, i * length + lengths[row]!);
      }
      const shape: [number, number] = [rows.length, length];
      const embedded = this.#run((towers) =>
        towers.text(tensor(ids, shape, "int32"), { attentionMask: tensor(mask, shape, "int32") }),
      );
      for (const [i, row] of rows.entries()) {
        preJoint.set(embedded.subarray(i * width, (i + 1) * width), row * width);
      }
      onProgress?.(start + rows.length, texts.length);
      await nextTurn();
    }
    const output = this.#projected(preJoint, width, "text", (towers, rows) => towers.projectText(rows));
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
  #run(compute: (towers: LoadedTowers) => Tensor): Float32Array {
    // Asked for each time: the model can be disposed of between two batches.
    const towers = this.#living();
    const result = this.#backend.run(() => compute(towers));
    const values = result.dataSync<"float32">();
    result.dispose();
    return values;
  }

  #projected(
    preJoint: Float32Array,
    width: number,
    what: string,
    project: (towers: LoadedTowers, rows: Tensor) => Tensor,
  ): TowerOutput {
    const count = preJoint.length / width;
    requireFiniteRows(this.name, what, "pre-joint", preJoint, width);
    const joint =
      count === 0 ? new Float32Array(0) : this.#run((towers) => project(towers, tensor(preJoint, [count, width])));
    requireFiniteRows(this.name, what, "joint", joint, this.embedDim);
    return { preJoint: ndarray(preJoint, [count, width]), joint: ndarray(joint, [count, this.embedDim]) };
  }
}

/** Throws unless every clip can be embedded at all. */
export function requireClips(clips: readonly Waveform[]): void {
  if (!Array.isArray(clips)) {
    throw new AudioOptionError(
      "clips",
      typeof clips,
      "a list of { samples, sampleRate }; one clip alone is a list of one",
    );
  }
  for (const [i, clip] of clips.entries()) {
    const samples: unknown = clip?.samples;
    if (!(samples instanceof Float32Array)) {
      const found = Array.isArray(samples) ? "a list" : (samples?.constructor?.name ?? String(samples));
      const expected = "a Float32Array of one channel, in [-1, 1]; integers of 16 bits have to be divided by 32768";
      throw new AudioOptionError(`clip ${i}: samples`, found, expected);
    }
    requireSamples(`clip ${i}`, samples);
    requireInteger(`clip ${i}: sampleRate`, clip.sampleRate, 1, MAX_SAMPLE_RATE);
    requireFiniteSamples(`clip ${i}`, samples, clip.sampleRate);
  }
}

/** Throws unless the texts are texts. */
export function requireTexts(texts: readonly string[]): void {
  if (!Array.isArray(texts)) {
    throw new TypeError(`texts is a ${typeof texts}, expected a list of strings; one text alone is a list of one`);
  }
  for (const [i, text] of texts.entries()) {
    if (typeof text !== "string") throw new TypeError(`text ${i} is ${String(text)}, expected a string`);
  }
}

/** What a policy made of a clip, if it is what a policy has to make. */
function requirePieces(row: number, made: ClipPieces): ClipPieces {
  const { pieces, weights } = made ?? {};
  const isSound =
    Array.isArray(pieces) &&
    pieces.length > 0 &&
    pieces.every((piece) => piece instanceof Float32Array) &&
    weights?.length === pieces.length &&
    Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-6;
  if (isSound) return made;
  const found = `${pieces?.length} pieces with the weights ${weights}`;
  throw new AudioOptionError(
    `lengthPolicy of clip ${row}`,
    found,
    "at least one piece, and as many weights, which sum to 1",
  );
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
