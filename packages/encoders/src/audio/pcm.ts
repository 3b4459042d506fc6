import type { ByteSource, ReadOptions } from "../bytes/byte-source.ts";
import { simdMeanOfPairs, simdScale } from "./simd-waveform.ts";

/** How a sample is written: unsigned, signed, or float, and in how many bits. */
export type PcmEncoding = "u8" | "s8" | "s16" | "s24" | "s32" | "f32" | "f64";

/** Where the samples of an uncompressed file are, and how they are written. */
export interface PcmLayout {
  readonly encoding: PcmEncoding;
  readonly littleEndian: boolean;
  readonly channelCount: number;
  readonly sampleRate: number;
  /** The first byte of the first sample. */
  readonly dataStart: number;
  /** How many samples each channel has. */
  readonly frames: number;
}

const BYTES: Readonly<Record<PcmEncoding, number>> = { u8: 1, s8: 1, s16: 2, s24: 3, s32: 4, f32: 4, f64: 8 };

/** How many bytes one sample of every channel takes. */
export function bytesPerFrame({ encoding, channelCount }: Pick<PcmLayout, "encoding" | "channelCount">): number {
  return BYTES[encoding] * channelCount;
}

/** One read call; a whole file of hours is never in memory next to its samples. */
const BLOCK_BYTES = 2 ** 20;

/**
 * Reads frames from `start` on as one channel.
 * @param channel - the one to take; the mean of all when undefined
 * @param to - is filled, shape [frames]
 */
export async function readPcm(
  source: ByteSource,
  layout: PcmLayout,
  start: number,
  channel: number | undefined,
  to: Float32Array,
  options: ReadOptions,
): Promise<void> {
  const { channelCount, dataStart } = layout;
  const frameBytes = bytesPerFrame(layout);
  const framesPerBlock = Math.max(1, Math.floor(BLOCK_BYTES / frameBytes));
  for (let filled = 0; filled < to.length; filled += framesPerBlock) {
    const frames = Math.min(framesPerBlock, to.length - filled);
    const at = dataStart + (start + filled) * frameBytes;
    const bytes = await source.slice(at, at + frames * frameBytes, options);
    const own = to.subarray(filled, filled + frames);
    if (channelCount === 1) decodePcm(bytes, layout, own);
    else {
      const samples = new Float32Array(frames * channelCount);
      decodePcm(bytes, layout, samples);
      mixInterleaved(samples, channelCount, channel, own);
    }
  }
}

/**
 * Writes samples as torchaudio and libsndfile scale them: integers of b bits are divided by 2^(b - 1), whatever their
 * sign, and 8 bits of WAV have their zero at 128; floats stay as they are. Rounded to float32 once.
 * @param bytes - as many as are needed; they are overwritten
 */
function decodePcm(
  bytes: Uint8Array<ArrayBuffer>,
  { encoding, littleEndian }: Pick<PcmLayout, "encoding" | "littleEndian">,
  to: Float32Array,
): void {
  const n = to.length;
  if (encoding === "s24") {
    const [low, high] = littleEndian ? [0, 2] : [2, 0];
    for (let i = 0, at = 0; i < n; i++, at += 3) {
      // The highest byte goes to the top of 32 bits, so that its sign is the number's.
      to[i] = ((bytes[at + high]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + low]! << 8)) / 2 ** 31;
    }
    return;
  }
  if (littleEndian !== HOST_IS_LITTLE_ENDIAN) reverseEach(bytes, BYTES[encoding]);
  // What is 128 in 8 bits without a sign is 0 in those with one.
  if (encoding === "u8") for (let i = 0; i < n; i++) bytes[i]! ^= 0x80;
  const { buffer, byteOffset } = byteOffsetFits(bytes, BYTES[encoding]) ? bytes : bytes.slice();
  const [Numbers, fullScale] = INTEGERS_AND_FLOATS[encoding];
  // An integer is rounded to float32 here, and the division by a power of two is exact.
  to.set(new Numbers(buffer, byteOffset, n));
  if (fullScale !== 1 && !simdScale(to, 1 / fullScale)) for (let i = 0; i < n; i++) to[i]! /= fullScale;
}

/** How to look at samples in the host's byte order, and what they are divided by. */
const INTEGERS_AND_FLOATS = {
  u8: [Int8Array, 2 ** 7],
  s8: [Int8Array, 2 ** 7],
  s16: [Int16Array, 2 ** 15],
  s32: [Int32Array, 2 ** 31],
  f32: [Float32Array, 1],
  f64: [Float64Array, 1],
} as const;

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Typed arrays begin at multiples of their elements' size. */
function byteOffsetFits({ byteOffset }: Uint8Array, elementBytes: number): boolean {
  return byteOffset % elementBytes === 0;
}

/** Turns round the bytes of each number. */
function reverseEach(bytes: Uint8Array, width: number): void {
  for (let start = 0; start + width <= bytes.length; start += width) {
    for (let a = start, b = start + width - 1; a < b; a++, b--) {
      const first = bytes[a]!;
      bytes[a] = bytes[b]!;
      bytes[b] = first;
    }
  }
}

/** One channel of frames, or the mean of all. */
function mixInterleaved(
  samples: Float32Array,
  channelCount: number,
  channel: number | undefined,
  to: Float32Array,
): void {
  if (channel === undefined && channelCount === 2 && simdMeanOfPairs(samples, to)) return;
  const [first, end] = channel === undefined ? [0, channelCount] : [channel, channel + 1];
  for (let i = 0, frame = 0; i < to.length; i++, frame += channelCount) {
    let sum = 0;
    for (let c = first; c < end; c++) sum += samples[frame + c]!;
    to[i] = sum / (end - first);
  }
}
