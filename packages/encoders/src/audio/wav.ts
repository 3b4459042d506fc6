import type { ByteSource, ReadOptions } from "../bytes/byte-source.ts";
import { latin1 } from "./audio-format.ts";
import { type Chunk, chunkContent, chunks, requireFormat } from "./chunks.ts";
import { AudioFormatError, DamagedAudioError } from "./errors.ts";
import { bytesPerFrame, type PcmEncoding, type PcmLayout } from "./pcm.ts";

/**
 * Reads the header of a WAV file: integers of 8 to 32 bits and floats of 32 and 64, plain or WAVE_FORMAT_EXTENSIBLE, in
 * RIFF, RF64 or BW64. A file that was written to a pipe has no true size in its header; it ends where its bytes end. Bytes
 * after the last whole frame are left out.
 * @throws {AudioFormatError} when the samples are compressed, or written in a way that is not read
 * @throws {DamagedAudioError} when the header contradicts itself, or the file ends before its samples do
 * @see Microsoft, "Multiple channel audio data and WAVE files"; EBU Tech 3306 (RF64)
 */
export async function readWavLayout(source: ByteSource, options: ReadOptions = {}): Promise<PcmLayout> {
  const { name } = source;
  let format: Pick<PcmLayout, "encoding" | "channelCount" | "sampleRate"> | undefined;
  let size64: number | undefined;
  for await (const chunk of chunks(source, true, options)) {
    if (chunk.id === "ds64") size64 = await dataSize64(source, chunk, options);
    if (chunk.id === "fmt ") format = await readFormat(source, chunk, options);
    if (chunk.id !== "data") continue;
    if (format === undefined) throw new DamagedAudioError(name, 'has no "fmt " chunk before its samples');
    const size = await dataSize(source, chunk, size64, options);
    const frames = Math.floor(size / bytesPerFrame(format));
    return { ...format, littleEndian: true, dataStart: chunk.start, frames };
  }
  throw new DamagedAudioError(name, `has no "data" chunk in its ${source.byteLength} bytes; cut off?`);
}

const INTEGER = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;
/** Tags of compressed formats that are met in WAV files. */
const COMPRESSED: Readonly<Record<number, string>> = {
  2: "Microsoft ADPCM",
  6: "A-law",
  7: "mu-law",
  17: "IMA ADPCM",
  49: "GSM",
  85: "MP3",
};

async function readFormat(source: ByteSource, chunk: Chunk, options: ReadOptions) {
  const view = await chunkContent(source, chunk, 16, 40, options);
  let tag = view.getUint16(0, true);
  const channelCount = view.getUint16(2, true);
  const sampleRate = view.getUint32(4, true);
  const blockAlign = view.getUint16(12, true);
  const bits = view.getUint16(14, true);
  if (tag === EXTENSIBLE) {
    if (view.byteLength < 26) throw new DamagedAudioError(source.name, "has no subformat in its extensible header");
    // The first two bytes of the subformat's identifier are the tag.
    tag = view.getUint16(24, true);
  }
  if (tag !== INTEGER && tag !== FLOAT) {
    const what = `${COMPRESSED[tag] ?? "an unknown encoding"} (format tag ${tag})`;
    throw new AudioFormatError(source.name, `holds ${what}, expected PCM; convert it, as in ${CONVERT}`);
  }
  requireFormat(source.name, channelCount, sampleRate);
  const encoding = encodingOf(tag, bits);
  if (encoding === undefined) {
    const what = `${tag === FLOAT ? "floats" : "integers"} of ${bits} bits`;
    throw new AudioFormatError(source.name, `holds ${what}, which are not read; convert it, as in ${CONVERT}`);
  }
  const format = { encoding, channelCount, sampleRate };
  if (blockAlign !== bytesPerFrame(format)) {
    const expected = `${bytesPerFrame(format)} for ${channelCount} channels of ${bits} bits`;
    throw new DamagedAudioError(source.name, `has frames of ${blockAlign} bytes, expected ${expected}`);
  }
  return format;
}

const CONVERT = "ffmpeg -i in.wav -c:a pcm_s16le out.wav";

/** Samples of other widths are at the top of the next larger one. */
function encodingOf(tag: number, bits: number): PcmEncoding | undefined {
  if (tag === FLOAT) return ({ 32: "f32", 64: "f64" } as const)[bits];
  return (["u8", "s16", "s24", "s32"] as const)[Math.ceil(bits / 8) - 1];
}

/** RF64 has the size of its samples, in 64 bits, in a chunk of its own. */
async function dataSize64(source: ByteSource, chunk: Chunk, options: ReadOptions): Promise<number> {
  const view = await chunkContent(source, chunk, 16, 16, options);
  return view.getUint32(8, true) + view.getUint32(12, true) * 2 ** 32;
}

/** What programs write for a size that they do not know yet: all ones, or, by sox, the most that it can be. */
const UNKNOWN_SIZE = 0x7ffff000;

async function dataSize(
  source: ByteSource,
  { start, size }: Chunk,
  size64: number | undefined,
  options: ReadOptions,
): Promise<number> {
  const present = source.byteLength - start;
  const claimed = size === 0xffffffff && size64 !== undefined ? size64 : size;
  if (claimed <= present && claimed !== 0) return claimed;
  if (claimed === 0) {
    // Python's wave module and others write zeros first and the sizes at the end, when they get so far.
    const head = await source.slice(0, 8, options);
    const riffSize = new DataView(head.buffer).getUint32(4, true);
    const neverFinished = latin1(head.subarray(0, 4)) === "RIFF" && (riffSize + 8 <= start || riffSize === 0xffffffff);
    return neverFinished ? present : 0;
  }
  if (size64 === undefined && claimed >= UNKNOWN_SIZE) return present;
  throw new DamagedAudioError(source.name, `ends after ${present} of the ${claimed} bytes of its samples; cut off?`);
}
