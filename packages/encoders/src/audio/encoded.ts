import type { ByteSource, ReadOptions } from "../bytes/byte-source.ts";
import { type AudioFormat, latin1 } from "./audio-format.ts";
import { AudioFormatError, DamagedAudioError } from "./errors.ts";
import { OggPages } from "./ogg-pages.ts";
import { simdRescale } from "./simd-waveform.ts";

/** Formats that need a codec. */
export type EncodedFormat = Exclude<AudioFormat, "wav" | "aiff">;

/** Decodes the bytes of one file, part by part. It tells of damage in `errors`, or by throwing, or not at all. */
export interface AudioCodec {
  decode(bytes: Uint8Array): AudioCodecOutput | Promise<AudioCodecOutput>;
  /** What is left after the last byte. */
  flush?(): AudioCodecOutput | Promise<AudioCodecOutput>;
  free(): void;
}

/** Samples in [-1, 1], none at all while a codec waits for more bytes. */
export interface AudioCodecOutput {
  /** One array for each channel. */
  readonly channelData: readonly Float32Array[];
  /** In hertz. */
  readonly sampleRate: number;
  /** How many samples of each array count; all when left out. */
  readonly samplesDecoded?: number;
  /** What is damaged. A number counts packets that gave no sound, such as the first ones of AAC, which is no damage. */
  readonly errors?: readonly { readonly message: string }[] | number;
}

/** Makes a codec for one file. */
export type AudioCodecs = Readonly<Partial<Record<EncodedFormat, () => Promise<AudioCodec>>>>;

/** Samples that a codec has made of some bytes. */
export interface DecodedBlock {
  readonly sampleRate: number;
  /** One array for each channel, all of one length. */
  readonly channels: readonly Float32Array[];
}

/**
 * Bytes given to a codec at once. FLAC makes 65535 samples of a dozen bytes of silence, so that a block of this many can
 * take 0.4 GB for each channel at the very worst.
 */
const CHUNK_BYTES = 2 ** 14;

/**
 * Decodes a file in its order, block by block, so that it is in memory neither encoded nor decoded.
 * @param codec - is freed at the end, also when the caller stops early
 * @param start - the first byte after any ID3 tag
 * @throws {AudioFormatError} when an MP4 file holds no sound, or sound of another codec
 * @throws {DamagedAudioError} when the codec cannot go on, or a page of Ogg is damaged or missing
 */
export async function* decodeBlocks(
  source: ByteSource,
  format: EncodedFormat,
  codec: AudioCodec,
  start: number,
  options: ReadOptions = {},
  chunkBytes = CHUNK_BYTES,
): AsyncGenerator<DecodedBlock, void, undefined> {
  let sampleRate = 0;
  try {
    const flacBits = format === "flac" ? (await readFlacInfo(source, start, options)).bits : undefined;
    let pages: OggPages | undefined;
    for await (const { bytes, first, last } of chunksOf(source, start, chunkBytes, options)) {
      if (first && latin1(bytes.subarray(0, 4)) === "OggS") pages = new OggPages(source.name);
      pages?.take(bytes);
      if (last) pages?.end();
      for (const step of [() => codec.decode(bytes), () => (last ? codec.flush?.() : undefined)]) {
        const decoded = await attempt(source.name, step);
        if (decoded === undefined || decoded.channelData.length === 0) continue;
        const length = Math.min(decoded.samplesDecoded ?? Number.POSITIVE_INFINITY, decoded.channelData[0]!.length);
        if (length === 0) continue;
        if (sampleRate !== 0 && decoded.sampleRate !== sampleRate) {
          const change = `from ${sampleRate} to ${decoded.sampleRate} Hz`;
          throw new DamagedAudioError(source.name, `changes its sample rate ${change} on the way`);
        }
        sampleRate = decoded.sampleRate;
        const channels = decoded.channelData.map((channel) => channel.subarray(0, length));
        if (flacBits !== undefined) for (const channel of channels) rescale(channel, flacBits);
        yield { sampleRate, channels };
      }
    }
  } finally {
    codec.free();
  }
}

/** One read call, of many chunks. */
const READ_BYTES = 2 ** 20;

/** The bytes of a file from `start` on; the last chunk is the only one that may be empty. */
async function* chunksOf(
  source: ByteSource,
  start: number,
  chunkBytes: number,
  options: ReadOptions,
): AsyncGenerator<{ readonly bytes: Uint8Array; readonly first: boolean; readonly last: boolean }, void, undefined> {
  const readBytes = Math.max(1, Math.floor(READ_BYTES / chunkBytes)) * chunkBytes;
  for (let from = start; from <= source.byteLength; from += readBytes) {
    const read = await source.slice(from, Math.min(from + readBytes, source.byteLength), options);
    const isEnd = read.length < readBytes;
    for (let at = 0; at < read.length || (isEnd && at === read.length); at += chunkBytes) {
      // A copy, for codecs that look at the whole buffer of what they are given.
      yield {
        bytes: read.slice(at, at + chunkBytes),
        first: from + at === start,
        last: isEnd && at + chunkBytes > read.length,
      };
    }
  }
}

async function attempt(
  name: string,
  step: () => AudioCodecOutput | Promise<AudioCodecOutput> | undefined,
): Promise<AudioCodecOutput | undefined> {
  let decoded: AudioCodecOutput | undefined;
  try {
    decoded = await silently(step);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (/^Unsupported|^No audio track/.test(reason)) {
      throw new AudioFormatError(name, `is not read (${reason}); convert it, as in ffmpeg -i in.mp4 out.wav`, {
        cause,
      });
    }
    throw new DamagedAudioError(name, `cannot be decoded (${reason})`, { cause });
  }
  const [error] = typeof decoded?.errors === "object" ? decoded.errors : [];
  if (error !== undefined) throw new DamagedAudioError(name, `has a damaged part (${error.message})`);
  return decoded;
}

/**
 * Calls a function without letting it print. The codecs of FLAC and MP3 print each damaged frame, with no option against
 * it. They do so before they return; the console is as it was before anybody else can run.
 */
function silently<T>(call: () => T): T {
  const target: Partial<Pick<Console, "error">> | undefined = globalThis.console;
  const print = target?.error;
  if (target === undefined || print === undefined) return call();
  target.error = () => {};
  try {
    return call();
  } finally {
    target.error = print;
  }
}

/** What a FLAC file says of itself. */
export interface FlacInfo {
  readonly bits: number;
  readonly sampleRate: number;
  /** Samples in each channel; 0 when it was not known. */
  readonly frames: number;
}

/** Reads STREAMINFO, of a FLAC file or of FLAC in Ogg, where a header of a few bytes comes first. */
export async function readFlacInfo(source: ByteSource, start: number, options: ReadOptions): Promise<FlacInfo> {
  const head = await source.slice(start, Math.min(start + 128, source.byteLength), options);
  const at = latin1(head).indexOf("fLaC") + 8;
  if (head.length < at + 18) throw new DamagedAudioError(source.name, "ends in its first header; cut off?");
  const view = new DataView(head.buffer, at);
  // 20 bits of sample rate, 3 of channels, 5 of bits per sample, 36 of samples.
  const [middle, low] = [view.getUint32(10), view.getUint32(14)];
  return {
    sampleRate: middle >>> 12,
    bits: ((middle >>> 4) & 31) + 1,
    frames: (middle & 15) * 2 ** 32 + low,
  };
}

/**
 * The codec divides integers of b bits by 2^(b - 1) - 1, everything else here by 2^(b - 1): half a step at half of full
 * scale. The integers are still there, so they are divided anew; samples that are whole steps already stay as they are.
 */
function rescale(samples: Float32Array, bits: number): void {
  const full = 2 ** (bits - 1);
  let steps = 0;
  while (steps < samples.length && Number.isInteger(samples[steps]! * full)) steps++;
  if (steps === samples.length) return;
  if (simdRescale(samples, full - 1, 1 / full)) return;
  for (let i = 0; i < samples.length; i++) samples[i] = Math.round(samples[i]! * (full - 1)) / full;
}
