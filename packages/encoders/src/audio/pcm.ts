import type { ByteSource, ReadOptions } from "../bytes/byte-source.ts";

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

/** Visits the frames [start, end) in blocks: one array for each channel. */
export async function forEachPcmBlock(
  source: ByteSource,
  layout: PcmLayout,
  [start, end]: readonly [start: number, end: number],
  visit: (channels: readonly Float32Array[]) => void,
  options: ReadOptions,
): Promise<void> {
  const frameBytes = bytesPerFrame(layout);
  const framesPerBlock = Math.max(1, Math.floor(BLOCK_BYTES / frameBytes));
  for (let frame = start; frame < end; frame += framesPerBlock) {
    const next = Math.min(end, frame + framesPerBlock);
    const [from, to] = [layout.dataStart + frame * frameBytes, layout.dataStart + next * frameBytes];
    const samples = decodePcm(await source.slice(from, to, options), layout);
    visit(deinterleave(samples, layout.channelCount));
  }
}

/**
 * Samples as torchaudio and libsndfile scale them: integers of b bits are divided by 2^(b - 1), whatever their sign, and
 * 8 bits of WAV have their zero at 128; floats stay as they are. Rounded to float32 once.
 */
export function decodePcm(bytes: Uint8Array, { encoding, littleEndian }: Pick<PcmLayout, "encoding" | "littleEndian">) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = new Float32Array(Math.floor(bytes.length / BYTES[encoding]));
  const n = samples.length;
  switch (encoding) {
    case "u8":
      for (let i = 0; i < n; i++) samples[i] = (bytes[i]! - 128) / 2 ** 7;
      return samples;
    case "s8":
      for (let i = 0; i < n; i++) samples[i] = view.getInt8(i) / 2 ** 7;
      return samples;
    case "s16":
      for (let i = 0; i < n; i++) samples[i] = view.getInt16(2 * i, littleEndian) / 2 ** 15;
      return samples;
    case "s24": {
      const [low, high] = littleEndian ? [0, 2] : [2, 0];
      for (let i = 0, at = 0; i < n; i++, at += 3) {
        // The highest byte goes to the top of 32 bits, so that its sign is the number's.
        const shifted = (bytes[at + high]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + low]! << 8);
        samples[i] = shifted / 2 ** 31;
      }
      return samples;
    }
    case "s32":
      for (let i = 0; i < n; i++) samples[i] = view.getInt32(4 * i, littleEndian) / 2 ** 31;
      return samples;
    case "f32":
      for (let i = 0; i < n; i++) samples[i] = view.getFloat32(4 * i, littleEndian);
      return samples;
    case "f64":
      for (let i = 0; i < n; i++) samples[i] = view.getFloat64(8 * i, littleEndian);
      return samples;
  }
}

function deinterleave(samples: Float32Array, channelCount: number): Float32Array[] {
  if (channelCount === 1) return [samples];
  return Array.from({ length: channelCount }, (_, channel) => {
    const own = new Float32Array(samples.length / channelCount);
    for (let i = 0, at = channel; i < own.length; i++, at += channelCount) own[i] = samples[at]!;
    return own;
  });
}
