import { blobSource } from "../bytes/blob-source.ts";
import { bufferSource } from "../bytes/buffer-source.ts";
import type { ByteSource, ReadOptions } from "../bytes/byte-source.ts";
import type { Waveform } from "../two-tower.ts";
import { readAiffLayout } from "./aiff.ts";
import { type AudioFormat, audioFormat, FORMAT_BYTES, id3Length } from "./audio-format.ts";
import { MAX_SAMPLE_RATE, MIN_SAMPLE_RATE, requireFiniteSamples, requireInteger } from "./checks.ts";
import { type AudioCodecs, decodeBlocks, type EncodedFormat, readFlacInfo } from "./encoded.ts";
import { AudioFormatError, AudioLimitError, AudioOptionError, DamagedAudioError, EmptyAudioError } from "./errors.ts";
import { readMp3Length } from "./mp3-length.ts";
import { requireSoundMp4Tables } from "./mp4.ts";
import { type PcmLayout, readPcm } from "./pcm.ts";
import { readWavLayout } from "./wav.ts";

/** Something that holds the bytes of a sound file. */
export type AudioInput = Uint8Array | ArrayBuffer | Blob | ByteSource;

/** Options of `decodeAudio`. */
export interface DecodeOptions extends ReadOptions {
  /** What to call the file in messages; a Blob or a source may have a name of its own. */
  readonly name?: string;
  /** The only channel to take, counted from 0. Left out: the mean of all channels. */
  readonly channel?: number;
  /** Where to begin; 0 when left out. WAV and AIFF are read from there, other formats are decoded up to there. */
  readonly startSeconds?: number;
  /** How much to take; up to the end when left out. */
  readonly durationSeconds?: number;
  /** The most samples that may come out: a bound on memory, at 4 bytes each. `MAX_DECODED_SAMPLES` when left out. */
  readonly maxSamples?: number;
  /**
   * What decodes the formats other than WAV and AIFF: in Node `nodeAudioCodecs`, which `decodeAudioFile` takes by itself.
   * There are none for browsers, because audio-decode cannot be bundled: it imports a package that it does not depend on. Its
   * codecs can, one by one: `{ mp3: async () => (await import("@audio/decode-mp3")).decoder() }`.
   *
   * A browser's own `decodeAudioData` is not used. It resamples to a rate that has to be chosen before the file is decoded,
   * takes and makes whole files, so that `maxSamples` would come too late, is not to be had in workers, and what it cuts
   * off at both ends differs from browser to browser, and so would the embeddings.
   */
  readonly codecs?: AudioCodecs;
}

/** A waveform out of a file. */
export interface DecodedAudio extends Waveform {
  readonly samples: Float32Array<ArrayBuffer>;
  readonly format: AudioFormat;
}

/** 512 MiB as float32: 46 minutes at 48 kHz. A file of a day would need 17 GB. */
export const MAX_DECODED_SAMPLES = 2 ** 27;

/**
 * The sound of a WAV, AIFF, FLAC, MP3, Ogg Vorbis, Ogg Opus, AAC or M4A file (with AAC or ALAC) as one channel, at the
 * file's own sample rate. The content decides about the format, not the name.
 *
 * Integers of b bits are divided by 2^(b - 1), as torchaudio does, exactly: WAV, AIFF, FLAC and ALAC give the floats that
 * it gives. Several channels become their mean, as in the reference (`channel` takes one of them). What an encoder has
 * put before and after the sound is cut off where the file says how much that is. Opus always comes out at 48 kHz.
 *
 * Damage: a WAV, AIFF, FLAC or Ogg file that is cut off is refused, and so is one of Ogg in which a page is damaged or
 * missing, an MP3 with fewer samples than its first frame promises, and an MP4 whose boxes go on after its end. Codecs go over
 * other damaged frames without a word, as a player does: AAC, and MP3 that promises nothing, may come out shorter.
 * @throws {AudioFormatError} when the file is of no known format, or of one for which there is no codec
 * @throws {DamagedAudioError} when it contradicts itself or cannot be decoded
 * @throws {EmptyAudioError} when there are no samples in it
 * @throws {NonFiniteSampleError} when a sample is NaN or infinite
 * @throws {AudioLimitError} when there are more than `maxSamples`
 * @throws {AudioOptionError} when an option is outside of its range, or the file ends before `startSeconds`
 * @throws {ByteSourceError} when the bytes cannot be read
 */
export async function decodeAudio(input: AudioInput, options: DecodeOptions = {}): Promise<DecodedAudio> {
  requireOptions(options);
  const source = sourceOf(input, options.name);
  if (source.byteLength === 0) throw new EmptyAudioError(source.name, "the file has no bytes");
  const start = await soundStart(source, options);
  const head = await source.slice(start, Math.min(start + FORMAT_BYTES, source.byteLength), options);
  const format = audioFormat(head);
  if (format === undefined) {
    const known = "WAV, AIFF, FLAC, MP3, Ogg Vorbis, Ogg Opus, AAC or M4A";
    throw new AudioFormatError(source.name, `is no ${known} file; convert it, as in ffmpeg -i in out.wav`);
  }
  if (format !== "wav" && format !== "aiff")
    return { ...(await decodeEncoded(source, format, start, options)), format };
  const layout = await (format === "wav" ? readWavLayout : readAiffLayout)(source, options);
  return { ...(await decodePcmFile(source, layout, options)), format };
}

type Decoded = Omit<DecodedAudio, "format">;

async function decodePcmFile(source: ByteSource, layout: PcmLayout, options: DecodeOptions): Promise<Decoded> {
  const { sampleRate, frames, channelCount, encoding } = layout;
  const part = new Part(source.name, sampleRate, options);
  const length = Math.min(part.end, frames) - part.start;
  part.requireWithin(length);
  part.requireSome(frames, length);
  part.requireChannel(channelCount);
  const samples = new Float32Array(length);
  const channel = channelCount === 1 ? undefined : options.channel;
  await readPcm(source, layout, part.start, channel, samples, options);
  const floats = encoding === "f32" || encoding === "f64";
  if (floats) requireFiniteSamples(source.name, samples, sampleRate, part.start);
  return { samples, sampleRate };
}

async function decodeEncoded(
  source: ByteSource,
  format: EncodedFormat,
  start: number,
  options: DecodeOptions,
): Promise<Decoded> {
  const makeCodec = options.codecs?.[format];
  if (makeCodec === undefined) {
    throw new AudioFormatError(
      source.name,
      `is ${format}, for which no codec was given; in Node, pass codecs: nodeAudioCodecs`,
    );
  }
  if (format === "m4a") await requireSoundMp4Tables(source, start, options);
  const flac = format === "flac" ? await readFlacInfo(source, start, options) : undefined;
  const mp3 = format === "mp3" ? await readMp3Length(source, start, options) : undefined;
  let mixer: Mixer | undefined;
  for await (const { sampleRate, channels } of decodeBlocks(source, format, await makeCodec(), start, options)) {
    if (mixer === undefined) {
      requireRate(source.name, sampleRate);
      mixer = new Mixer(new Part(source.name, sampleRate, options));
      if (flac !== undefined) mixer.part.requireWithin(Math.min(mixer.part.end, flac.frames) - mixer.part.start);
    }
    mixer.add(channels);
    if (mixer.complete) break;
  }
  if (mixer === undefined) {
    throw new DamagedAudioError(source.name, `is ${format}, but no sound could be decoded from it; empty or cut off?`);
  }
  const { frames: stated, tolerance } = { frames: 0, tolerance: 0, ...flac, ...mp3 };
  if (!mixer.complete && mixer.frames + tolerance < stated) {
    const where = `${mixer.frames} of its ${stated} samples`;
    throw new DamagedAudioError(source.name, `only ${where} could be decoded; cut off or damaged?`);
  }
  const samples = mixer.finish();
  const { sampleRate, start: first } = mixer.part;
  requireFiniteSamples(source.name, samples, sampleRate, first);
  return { samples, sampleRate };
}

/** Which part of a file is wanted, and whether it can be had. */
class Part {
  readonly sampleRate: number;
  /** The first frame of the file that is kept. */
  readonly start: number;
  /** The first frame after those that are kept; infinite for all. */
  readonly end: number;
  readonly channel: number | undefined;
  readonly #name: string;
  readonly #maxSamples: number;
  readonly #startSeconds: number;

  constructor(name: string, sampleRate: number, options: DecodeOptions) {
    const { startSeconds = 0, durationSeconds = Number.POSITIVE_INFINITY } = options;
    this.sampleRate = sampleRate;
    this.start = Math.round(startSeconds * sampleRate);
    this.end = this.start + Math.max(1, Math.round(durationSeconds * sampleRate));
    this.channel = options.channel;
    this.#name = name;
    this.#maxSamples = options.maxSamples ?? MAX_DECODED_SAMPLES;
    this.#startSeconds = startSeconds;
  }

  /** Throws when there is nothing in the file, or nothing of it is wanted. */
  requireSome(frames: number, kept: number): void {
    if (frames === 0) throw new EmptyAudioError(this.#name);
    if (kept > 0) return;
    const length = frames / this.sampleRate;
    throw new AudioOptionError("startSeconds", this.#startSeconds, `less than ${length}, the length of ${this.#name}`);
  }

  requireChannel(channelCount: number): void {
    const { channel } = this;
    if (channel === undefined || channel < channelCount) return;
    const last = channelCount - 1;
    throw new AudioOptionError("channel", channel, `an integer from 0 to ${last}, the last one of ${this.#name}`);
  }

  requireWithin(samples: number): void {
    if (samples <= this.#maxSamples) return;
    const seconds = (samples / this.sampleRate).toFixed(1);
    throw new AudioLimitError(
      this.#name,
      `has ${samples} samples (${seconds} s) or more, and maxSamples is ${this.#maxSamples}; ` +
        "take a part with startSeconds and durationSeconds, or raise maxSamples",
      "maxSamples",
      this.#maxSamples,
      samples,
    );
  }
}

/** Makes one channel of several and keeps what was asked for, in blocks: a codec does not say how many will come. */
class Mixer {
  readonly part: Part;
  /** How many frames of the file have come. */
  frames = 0;
  readonly #blocks: Float32Array[] = [];
  #kept = 0;
  #channelCount = 0;

  constructor(part: Part) {
    this.part = part;
  }

  get complete(): boolean {
    return this.frames >= this.part.end;
  }

  add(channels: readonly Float32Array[]): void {
    const length = channels[0]!.length;
    const from = Math.max(0, this.part.start - this.frames);
    const to = Math.min(length, this.part.end - this.frames);
    this.frames += length;
    if (from >= to) return;
    this.#kept += to - from;
    this.part.requireWithin(this.#kept);
    this.#blocks.push(this.#mix(channels, from, to));
  }

  finish(): Float32Array<ArrayBuffer> {
    this.part.requireSome(this.frames, this.#kept);
    this.part.requireChannel(this.#channelCount);
    const samples = new Float32Array(this.#kept);
    let filled = 0;
    for (const block of this.#blocks) {
      samples.set(block, filled);
      filled += block.length;
    }
    return samples;
  }

  #mix(channels: readonly Float32Array[], from: number, to: number): Float32Array {
    const { channel } = this.part;
    this.#channelCount = Math.max(this.#channelCount, channels.length);
    // A codec may give one channel while both are the same, as in the silence before a piece, and two later on.
    if (channels.length === 1) return channels[0]!.slice(from, to);
    if (channel !== undefined) {
      this.part.requireChannel(this.#channelCount);
      return channels[channel]!.slice(from, to);
    }
    const sum = new Float64Array(to - from);
    for (const own of channels) for (let i = from; i < to; i++) sum[i - from]! += own[i]!;
    // Not Float32Array.from with a function, which takes 60 ns for each sample.
    for (let i = 0; i < sum.length; i++) sum[i]! /= channels.length;
    return new Float32Array(sum);
  }
}

/** Programs that retag a file put their tag before the one that is there; more than a few are no file of music. */
const MAX_ID3_TAGS = 16;

/** Where the file begins after its ID3 tags. */
async function soundStart(source: ByteSource, options: ReadOptions): Promise<number> {
  let start = 0;
  for (let tags = 0; tags < MAX_ID3_TAGS; tags++) {
    const head = await source.slice(start, Math.min(start + 10, source.byteLength), options);
    const length = id3Length(head);
    if (length === 0) return start;
    start += length;
    if (start >= source.byteLength) {
      throw new DamagedAudioError(source.name, "ends inside of its ID3 tag; cut off?");
    }
  }
  return start;
}

function sourceOf(input: AudioInput, name: string | undefined): ByteSource {
  if (ArrayBuffer.isView(input)) {
    return bufferSource(name ?? "audio", new Uint8Array(input.buffer, input.byteOffset, input.byteLength));
  }
  if (input instanceof ArrayBuffer) return bufferSource(name ?? "audio", input);
  if ("close" in input && "slice" in input) return name === undefined ? input : { ...input, name };
  if ("arrayBuffer" in input) return blobSource(input, name);
  throw new AudioOptionError("input", typeof input, "a Uint8Array, an ArrayBuffer, a Blob or a ByteSource");
}

function requireOptions(options: DecodeOptions): void {
  const { channel, startSeconds = 0, durationSeconds, maxSamples } = options;
  if (channel !== undefined) requireInteger("channel", channel, 0);
  if (!(startSeconds >= 0 && startSeconds < Number.POSITIVE_INFINITY)) {
    throw new AudioOptionError("startSeconds", startSeconds, "at least 0");
  }
  if (durationSeconds !== undefined && !(durationSeconds > 0)) {
    throw new AudioOptionError("durationSeconds", durationSeconds, "more than 0");
  }
  if (maxSamples !== undefined) requireInteger("maxSamples", maxSamples, 1);
}

function requireRate(name: string, sampleRate: number): void {
  if (sampleRate >= MIN_SAMPLE_RATE && sampleRate <= MAX_SAMPLE_RATE) return;
  const range = `${MIN_SAMPLE_RATE} to ${MAX_SAMPLE_RATE}`;
  throw new DamagedAudioError(name, `has a sample rate of ${sampleRate} Hz, expected ${range}`);
}
