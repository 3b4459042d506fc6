import type { ByteSource, ReadOptions } from "../bytes/byte-source.ts";
import { latin1 } from "./audio-format.ts";
import { chunkContent, chunks, requireFormat } from "./chunks.ts";
import { AudioFormatError, DamagedAudioError } from "./errors.ts";
import { bytesPerFrame, type PcmEncoding, type PcmLayout } from "./pcm.ts";

/**
 * Reads the header of an AIFF or AIFF-C file: integers of 8 to 32 bits and floats of 32 and 64, in either byte order.
 * @throws {AudioFormatError} when the samples are compressed
 * @throws {DamagedAudioError} when the header contradicts itself, or the file ends before its samples do
 * @see Apple 1989, "Audio Interchange File Format"
 */
export async function readAiffLayout(source: ByteSource, options: ReadOptions = {}): Promise<PcmLayout> {
  const { name } = source;
  let common: (Omit<PcmLayout, "dataStart"> & { readonly frames: number }) | undefined;
  let data: { readonly start: number; readonly size: number } | undefined;
  for await (const chunk of chunks(source, false, options)) {
    if (chunk.id === "COMM") common = parseCommon(name, await chunkContent(source, chunk, 18, 22, options));
    if (chunk.id === "SSND") {
      const skipped = 8 + (await chunkContent(source, chunk, 8, 8, options)).getUint32(0);
      data = { start: chunk.start + skipped, size: chunk.size - skipped };
    }
    if (common === undefined || data === undefined) continue;
    const needed = common.frames * bytesPerFrame(common);
    const present = Math.min(data.size, source.byteLength - data.start);
    if (present < needed) {
      throw new DamagedAudioError(
        name,
        `ends after ${Math.max(0, present)} of the ${needed} bytes of its samples; cut off?`,
      );
    }
    return { ...common, dataStart: data.start };
  }
  const missing = common === undefined ? "COMM" : "SSND";
  // A file without samples may leave the chunk out.
  if (common?.frames === 0) return { ...common, dataStart: source.byteLength };
  throw new DamagedAudioError(name, `has no "${missing}" chunk in its ${source.byteLength} bytes; cut off?`);
}

/** Compression types that compress nothing. `bits` is that of the COMM chunk. */
const encodings: Readonly<Record<string, (bits: number) => [PcmEncoding | undefined, littleEndian: boolean]>> = {
  NONE: (bits) => [integers(bits), false],
  twos: (bits) => [integers(bits), false],
  sowt: (bits) => [integers(bits), true],
  "raw ": () => ["u8", false],
  in24: () => ["s24", false],
  in32: () => ["s32", false],
  fl32: () => ["f32", false],
  FL32: () => ["f32", false],
  fl64: () => ["f64", false],
  FL64: () => ["f64", false],
};

/** Samples of other widths are at the top of the next larger one. */
function integers(bits: number): PcmEncoding | undefined {
  return (["s8", "s16", "s24", "s32"] as const)[Math.ceil(bits / 8) - 1];
}

function parseCommon(name: string, view: DataView): Omit<PcmLayout, "dataStart"> {
  const bits = view.getUint16(6);
  const type = view.byteLength >= 22 ? latin1(new Uint8Array(view.buffer, view.byteOffset + 18, 4)) : "NONE";
  const [encoding, littleEndian] = encodings[type]?.(bits) ?? [undefined, false];
  if (encoding === undefined) {
    const what = `samples of ${bits} bits of type ${JSON.stringify(type)}`;
    throw new AudioFormatError(name, `holds ${what}, expected PCM; convert it, as in ffmpeg -i in.aiff out.wav`);
  }
  const channelCount = view.getUint16(0);
  const sampleRate = Math.round(extended(view, 8));
  requireFormat(name, channelCount, sampleRate);
  return { encoding, littleEndian, channelCount, sampleRate, frames: view.getUint32(2) };
}

/** A positive number in the 80 bits of the 8087. */
function extended(view: DataView, at: number): number {
  const exponent = (view.getUint16(at) & 0x7fff) - 16383;
  return view.getUint32(at + 2) * 2 ** (exponent - 31) + view.getUint32(at + 6) * 2 ** (exponent - 63);
}
