import type { ContrastiveTrainer, LogMel, TrainingBatch } from "@irec/encoders";
import ndarray from "ndarray";
import type { Encoders } from "../../encoders.ts";
import type { Embeddings } from "../../npy/npy-file.ts";
import { BoundedCache } from "./bounded-cache.ts";
import { ClipSound } from "./clip-sound.ts";
import type { ContrastiveConfig } from "./contrastive-config.ts";
import { drawsFor, shuffled } from "./draws.ts";
import type { PairSet, TokenizedPair } from "./training-data.ts";

/** Makes batches of pairs: sound cut or padded to what the model reads, in training at random and changed. */
export class Batches {
  readonly #encoders: Encoders;
  readonly #trainer: Pick<ContrastiveTrainer, "clipSamples" | "config" | "logMel">;
  readonly #config: ContrastiveConfig;
  readonly #seed: number;
  readonly #sound: ClipSound;
  /** Of clips that are the same in each epoch. */
  readonly #logMels: BoundedCache<LogMel>;
  /** Paths of clips that are no longer than the model reads: there is nothing to choose of them. */
  readonly #wholeClips = new Set<string>();

  constructor(encoders: Encoders, trainer: ContrastiveTrainer, config: ContrastiveConfig, seed: number) {
    const { cacheBytes } = config.data;
    this.#encoders = encoders;
    this.#trainer = trainer;
    this.#config = config;
    this.#seed = seed;
    this.#sound = new ClipSound(encoders, trainer.config.sampleRate, cacheBytes / 2);
    this.#logMels = new BoundedCache(cacheBytes / 2);
  }

  /** The order of the pairs in an epoch, counted from 0. */
  order(count: number, epoch: number): Int32Array {
    return shuffled(count, drawsFor(this.#seed, "order", epoch));
  }

  /** A batch for training. What is drawn for a pair depends on the seed, the epoch and the pair alone. */
  async training(set: PairSet, rows: Int32Array, epoch: number): Promise<TrainingBatch> {
    const logMels: LogMel[] = [];
    const tokenIds: Int32Array[] = [];
    for (const row of rows) {
      const pair = set.pairs[row]!;
      const random = drawsFor(this.#seed, "pair", epoch, row);
      tokenIds.push(pair.tokenIds[random.nextBelow(pair.tokenIds.length)]!);
      logMels.push(await this.#trainingLogMel(pair, random));
    }
    return { logMels, tokenIds: stacked(tokenIds), ...similarityOf(set, rows) };
  }

  /** A batch for validation: the middle of each clip, and its first caption. */
  async validation(set: PairSet, rows: Int32Array): Promise<TrainingBatch & { readonly logMels: readonly LogMel[] }> {
    const logMels: LogMel[] = [];
    for (const row of rows) logMels.push(await this.#steadyLogMel(set.pairs[row]!.path));
    const tokenIds = stacked(Array.from(rows, (row) => set.pairs[row]!.tokenIds[0]!));
    return { logMels, tokenIds, ...similarityOf(set, rows) };
  }

  async #trainingLogMel({ path }: TokenizedPair, random: ReturnType<typeof drawsFor>): Promise<LogMel> {
    const { augmentation, data } = this.#config;
    const isSteady = augmentation === undefined && (!data.randomCrop || this.#wholeClips.has(path));
    if (isSteady) return await this.#steadyLogMel(path);
    const n = this.#trainer.clipSamples;
    const samples = await this.#sound.read(path, (length) => {
      if (length <= n) this.#wholeClips.add(path);
      // As in the reference, which never takes the last place.
      if (length > n) return { start: data.randomCrop ? random.nextBelow(length - n) : middle(length, n), count: n };
      return { start: 0, count: length };
    });
    const clip = this.#encoders.pad(samples, n);
    const { sampleRate } = this.#trainer.config;
    if (augmentation === undefined) return this.#trainer.logMel(clip);
    return this.#trainer.logMel(this.#encoders.augment(clip, sampleRate, augmentation, () => random.nextDouble()));
  }

  /** Of the middle of a clip that is longer than the model reads. */
  async #steadyLogMel(path: string): Promise<LogMel> {
    const known = this.#logMels.get(path);
    if (known !== undefined) return known;
    const n = this.#trainer.clipSamples;
    const part = (length: number) =>
      length > n ? { start: middle(length, n), count: n } : { start: 0, count: length };
    const samples = await this.#sound.read(path, part, { keep: false });
    const logMel = this.#trainer.logMel(this.#encoders.pad(samples, n));
    this.#logMels.set(path, logMel, logMel.data.byteLength);
    return logMel;
  }
}

const middle = (length: number, n: number): number => Math.floor((length - n) / 2);

function stacked(rows: readonly Int32Array[]) {
  const width = rows[0]!.length;
  const all = new Int32Array(rows.length * width);
  for (const [i, row] of rows.entries()) all.set(row, i * width);
  return ndarray(all, [rows.length, width]);
}

/** Cosines of the captions' embeddings, shape [b, b]; nothing without them. */
function similarityOf(
  { pairs, captionEmbeddings }: PairSet,
  rows: Int32Array,
): Pick<TrainingBatch, "captionSimilarity"> {
  if (captionEmbeddings === undefined) return {};
  const vectors = Array.from(rows, (row) => unitRow(captionEmbeddings, pairs[row]!.index));
  const b = vectors.length;
  const cosines = new Float64Array(b * b);
  for (let i = 0; i < b; i++) {
    for (let j = 0; j < b; j++) {
      cosines[i * b + j] = vectors[i]!.reduce((sum, value, k) => sum + value * vectors[j]![k]!, 0);
    }
  }
  return { captionSimilarity: ndarray(cosines, [b, b]) };
}

function unitRow(embeddings: Embeddings, row: number): Float64Array {
  const vector = Float64Array.from({ length: embeddings.shape[1]! }, (_, k) => embeddings.get(row, k));
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => (length === 0 ? 0 : value / length));
}
