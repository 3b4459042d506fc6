import type { Encoders } from "../../encoders.ts";
import { InputError } from "../../errors.ts";
import { BoundedCache } from "./bounded-cache.ts";
import { type Part, readNpyWaveform } from "./npy-waveform.ts";

/** Sound files as a model reads them: one channel, at its sample rate. */
export class ClipSound {
  readonly #encoders: Encoders;
  readonly #sampleRate: number;
  readonly #decoded: BoundedCache<Float32Array>;

  /** @param cacheBytes - how much decoded sound is kept, so that it need not be decoded again */
  constructor(encoders: Encoders, sampleRate: number, cacheBytes: number) {
    this.#encoders = encoders;
    this.#sampleRate = sampleRate;
    this.#decoded = new BoundedCache(cacheBytes);
  }

  /**
   * A part of a clip. A .npy file is taken to have the model's sample rate, and only the part is read.
   * @param options - `keep`: whether the decoded clip will be asked for again
   * @throws {InputError} when the file cannot be read as sound
   */
  async read(path: string, part: Part, { keep = true }: { readonly keep?: boolean } = {}): Promise<Float32Array> {
    if (/\.npy$/i.test(path)) return await readNpyWaveform(path, part);
    let samples = this.#decoded.get(path);
    if (samples === undefined) {
      samples = await this.#decode(path);
      if (keep) this.#decoded.set(path, samples, samples.byteLength);
    }
    const { start, count } = part(samples.length);
    return samples.subarray(start, start + count);
  }

  async #decode(path: string): Promise<Float32Array> {
    const { decodeAudioFile, resample, AudioError, ByteSourceError } = this.#encoders;
    try {
      const { samples, sampleRate } = await decodeAudioFile(path);
      return sampleRate === this.#sampleRate ? samples : resample(samples, sampleRate, this.#sampleRate);
    } catch (error) {
      if (!(error instanceof AudioError || error instanceof ByteSourceError)) throw error;
      const reason = error.message.replace(`${path}: `, "");
      throw new InputError(path, `${reason}. To train without it, put it into "exclude".`, { cause: error });
    }
  }
}
