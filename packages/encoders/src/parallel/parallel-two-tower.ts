import ndarray from "ndarray";
import { requireInteger } from "../audio/checks.ts";
import { lengthPolicy as policyNamed } from "../audio/length-policies.ts";
import { DescribedModel } from "../models/described-model.ts";
import { DisposedModelError, MissingTokenizerError, NonFiniteEmbeddingError } from "../models/errors.ts";
import type { ModelHealth } from "../models/health.ts";
import type { LoadedTwoTower } from "../models/load.ts";
import type { ModelPlan } from "../models/model-family.ts";
import {
  AUDIO_BATCH,
  type EncodeAudioOptions,
  requireClips,
  requireTexts,
  TEXT_BATCH,
  type TextOutput,
} from "../models/two-tower-model.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { EncodeOptions, TowerOutput, Waveform } from "../two-tower.ts";
import { JobsOptionError } from "./errors.ts";
import type { Inputs, Rows } from "./messages.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** A two-tower model of which several worker threads have a copy; batches go to whichever is idle. */
export class ParallelTwoTower extends DescribedModel implements LoadedTwoTower {
  readonly health: ModelHealth;
  #pool: WorkerPool | undefined;

  constructor(name: string, plan: ModelPlan, tokenizer: Tokenizer | undefined, health: ModelHealth, pool: WorkerPool) {
    super(name, plan, "wasm", tokenizer);
    this.health = health;
    this.#pool = pool;
  }

  /** As `TwoTowerModel.encodeAudio`; the length policy must be a name, since functions cannot be sent to a thread. */
  async encodeAudio(clips: readonly Waveform[], options: EncodeAudioOptions = {}): Promise<TowerOutput> {
    const { batchSize = AUDIO_BATCH, lengthPolicy } = options;
    if (lengthPolicy !== undefined && typeof lengthPolicy !== "function") policyNamed(lengthPolicy);
    if (typeof lengthPolicy === "function") {
      throw new JobsOptionError(
        "lengthPolicy is a function, expected a name: with several jobs, functions cannot be sent",
      );
    }
    requireClips(clips);
    const inputs = (start: number, end: number): Inputs => ({
      kind: "audio",
      clips: clips.slice(start, end).map(({ samples, sampleRate }) => ({ samples, sampleRate })),
      ...(lengthPolicy !== undefined && { lengthPolicy }),
    });
    const rows = await this.#embed(clips.length, { ...options, batchSize }, inputs);
    return this.#output(rows, clips.length, this.preJointDim.audio);
  }

  /** As `TwoTowerModel.encodeText`. */
  async encodeText(texts: readonly string[], options: EncodeOptions = {}): Promise<TextOutput> {
    const { batchSize = TEXT_BATCH } = options;
    requireTexts(texts);
    if (this.tokenizer === undefined) throw new MissingTokenizerError(this.name);
    const inputs = (start: number, end: number): Inputs => ({ kind: "text", texts: texts.slice(start, end) });
    const rows = await this.#embed(texts.length, { ...options, batchSize }, inputs);
    const lostTokens = new Int32Array(texts.length);
    for (const [part, { lostTokens: lost }] of rows.entries()) lostTokens.set(lost!, part * batchSize);
    return { ...this.#output(rows, texts.length, this.preJointDim.text), lostTokens };
  }

  /** Stops the workers; once is enough, twice does no harm. */
  dispose(): void {
    this.#pool?.stop(new DisposedModelError(this.name));
    this.#pool = undefined;
  }

  /** The rows of every batch, in the order of the inputs. */
  async #embed(
    count: number,
    { batchSize, onProgress, signal }: EncodeOptions & { readonly batchSize: number },
    inputs: (start: number, end: number) => Inputs,
  ): Promise<readonly Rows[]> {
    const pool = this.#pool;
    if (pool === undefined) throw new DisposedModelError(this.name);
    requireInteger("batchSize", batchSize, 1);
    signal?.throwIfAborted();
    let done = 0;
    const parts: Promise<Rows>[] = [];
    for (let start = 0; start < count; start += batchSize) {
      const end = Math.min(start + batchSize, count);
      const part = pool
        .run(() => inputs(start, end), batchSize, signal)
        .catch((error) => {
          throw atRow(error, this.name, start);
        });
      parts.push(
        part.then((rows) => {
          done += end - start;
          onProgress?.(done, count);
          return rows;
        }),
      );
    }
    // All of them are waited for: one that fails must not leave the others to be reported as unhandled.
    const settled = await Promise.allSettled(parts);
    for (const result of settled) if (result.status === "rejected") throw result.reason;
    return settled.map((result) => (result as PromiseFulfilledResult<Rows>).value);
  }

  #output(parts: readonly Rows[], count: number, width: number): TowerOutput {
    const joined = (field: "preJoint" | "joint", columns: number) => {
      const whole = new Float32Array(count * columns);
      let offset = 0;
      for (const part of parts) {
        whole.set(part[field], offset);
        offset += part[field].length;
      }
      return ndarray(whole, [count, columns]);
    };
    return { preJoint: joined("preJoint", width), joint: joined("joint", this.embedDim) };
  }
}

/** An error that names a row of a batch, naming the row of all inputs instead. */
function atRow(error: unknown, model: string, start: number): unknown {
  const { name, what, row, space, value } = error as NonFiniteEmbeddingError;
  if (name !== "NonFiniteEmbeddingError") return error;
  return new NonFiniteEmbeddingError(model, what, row + start, space, value);
}
