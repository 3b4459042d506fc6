import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { LengthPolicyName, LoadedTwoTower, Waveform } from "@irec/encoders";
import type { Clip } from "../datasets/dataset.ts";
import type { Encoders } from "../encoders.ts";
import type { AudioPlan } from "./array-plan.ts";
import { BadClipError } from "./bad-clip-error.ts";
import type { BatchRows } from "./row-log.ts";
import { soundDigests } from "./sound-digest.ts";

/** Clips as they are on the disk. */
export interface LoadedBatch {
  readonly clips: readonly Clip[];
  /** Their sounds, or why there is none. */
  readonly sounds: readonly (Waveform | Error)[];
  /** The digest of each clip's file. */
  readonly inputs: readonly string[];
}

/** What became of a batch. */
export interface EmbeddedBatch extends BatchRows {
  readonly rows: number;
  /** Clips without a row, by their index in the batch, and why. */
  readonly skipped: readonly (readonly [clip: number, reason: string])[];
}

/** Reads and decodes clips; what is wrong with one of them becomes its entry. */
export async function loadBatch(encoders: Encoders, clips: readonly Clip[]): Promise<LoadedBatch> {
  const inputs = await soundDigests(clips);
  const sounds: (Waveform | Error)[] = [];
  for (const { path } of clips) {
    sounds.push(
      await encoders.decodeAudioFile(path).catch((error) => {
        if (error instanceof encoders.AudioError || error instanceof encoders.ByteSourceError) return error;
        throw error;
      }),
    );
  }
  return { clips, sounds, inputs };
}

/** Embeds clips together, by the plan's length policy. */
export class AudioEncoder {
  readonly #encoders: Encoders;
  readonly #model: LoadedTwoTower;
  readonly #plan: AudioPlan;
  readonly #skipBad: boolean;
  readonly #signal: AbortSignal | undefined;

  constructor(
    encoders: Encoders,
    model: LoadedTwoTower,
    plan: AudioPlan,
    skipBad: boolean,
    signal: AbortSignal | undefined,
  ) {
    this.#encoders = encoders;
    this.#model = model;
    this.#plan = plan;
    this.#skipBad = skipBad;
    this.#signal = signal;
  }

  /** @throws {BadClipError} for the first clip that cannot be embedded, unless such clips are to be skipped */
  async encode({ clips, sounds }: LoadedBatch): Promise<EmbeddedBatch> {
    const faults = new Map<number, Error>();
    for (const [i, sound] of sounds.entries()) if (sound instanceof Error) this.#note(faults, clips, i, sound);
    try {
      return await this.#encodeSound(clips, sounds, faults);
    } catch (error) {
      if (!this.#isOfAClip(error)) throw error;
      // Which clip it is, is found by embedding each alone.
      for (const [i, sound] of sounds.entries()) {
        if (sound instanceof Error) continue;
        await this.#forward([clips[i]!], [sound]).catch((reason) => {
          if (!this.#isOfAClip(reason)) throw reason;
          this.#note(faults, clips, i, reason);
        });
      }
      return await this.#encodeSound(clips, sounds, faults);
    }
  }

  #note(faults: Map<number, Error>, clips: readonly Clip[], i: number, fault: Error): void {
    if (!this.#skipBad) throw new BadClipError(clips[i]!, reasonOf(fault, clips[i]!), { cause: fault });
    faults.set(i, fault);
  }

  #isOfAClip(error: unknown): error is Error {
    const { AudioError, AudioOptionError, NonFiniteEmbeddingError } = this.#encoders;
    if (error instanceof AudioOptionError) return false;
    return error instanceof AudioError || error instanceof NonFiniteEmbeddingError;
  }

  async #encodeSound(
    clips: readonly Clip[],
    sounds: LoadedBatch["sounds"],
    faults: ReadonlyMap<number, Error>,
  ): Promise<EmbeddedBatch> {
    const good = [...sounds.keys()].filter((i) => !faults.has(i));
    const embedded =
      good.length === 0
        ? { preJoint: new Float32Array(0), joint: new Float32Array(0) }
        : await this.#forward(
            good.map((i) => clips[i]!),
            good.map((i) => sounds[i] as Waveform),
          );
    const skipped = [...faults].sort(([a], [b]) => a - b).map(([i, fault]) => [i, reasonOf(fault, clips[i]!)] as const);
    return { ...embedded, rows: good.length, skipped };
  }

  /** The study took other waveforms for joint than for pre-joint embeddings; all others take one and the same. */
  async #forward(clips: readonly Clip[], sounds: readonly Waveform[]): Promise<BatchRows> {
    const { lengthPolicy } = this.#plan;
    if (lengthPolicy !== STUDY) return await this.#forwardBy(lengthPolicy as LengthPolicyName, clips, sounds);
    const { joint } = await this.#forwardBy("study-joint", clips, sounds);
    const { preJoint } = await this.#forwardBy("study-pre-joint", clips, sounds);
    return { preJoint, joint };
  }

  async #forwardBy(
    lengthPolicy: LengthPolicyName,
    clips: readonly Clip[],
    sounds: readonly Waveform[],
  ): Promise<BatchRows> {
    const heard = lengthPolicy === "study-joint" ? sounds.map((sound, i) => this.#cropped(clips[i]!, sound)) : sounds;
    const { preJoint, joint } = await this.#model.encodeAudio(heard, {
      lengthPolicy,
      batchSize: this.#plan.batchSize,
      ...(this.#signal && { signal: this.#signal }),
    });
    return { preJoint: preJoint.data, joint: joint.data };
  }

  /** The part of a long clip that its id and the seed choose, wherever in the data set it is. */
  #cropped({ id }: Clip, { samples, sampleRate }: Waveform): Waveform {
    const { resample, randomCrop } = this.#encoders;
    const rate = this.#model.sampleRate;
    const heard = sampleRate === rate ? samples : resample(samples, sampleRate, rate);
    const seed = createHash("sha256").update(`${this.#plan.seed}\n${id}`).digest().readUInt32LE(0);
    return { samples: randomCrop(heard, this.#model.clipSamples, seed), sampleRate: rate };
  }
}

/** Joint embeddings by `study-joint`, pre-joint embeddings by `study-pre-joint`, as in the study. */
export const STUDY = "study";

/** Whether a policy takes parts of clips at random. */
export const isRandom = (lengthPolicy: string): boolean => [STUDY, "study-joint"].includes(lengthPolicy);

/** Without folders, which are another on each machine, and without what stands before it anyway. */
function reasonOf({ message }: Error, { path }: Clip): string {
  return message
    .replace(`${path}: `, "")
    .replaceAll(path, basename(path))
    .replace(/^clip 0(?=[ :])/, "it")
    .replace(/\.$/, "");
}
