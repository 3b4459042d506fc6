import type { ByteSource, ReadOptions } from "../bytes/byte-source.ts";
import { latin1 } from "./audio-format.ts";
import { MAX_SAMPLE_RATE, MIN_SAMPLE_RATE } from "./checks.ts";
import { DamagedAudioError } from "./errors.ts";

/** A chunk of a WAV or AIFF file. */
export interface Chunk {
  /** Four characters. */
  readonly id: string;
  /** The first byte of its content. */
  readonly start: number;
  /** Bytes of its content, as its header says; the file may end sooner. */
  readonly size: number;
}

/** Files have about ten chunks. A read call for each of many more would be a way to keep a reader busy. */
const MAX_CHUNKS = 1000;
/** One read call brings the headers of most files. */
const HEAD_BYTES = 4096;

/** Walks through the chunks of a file, which begin at byte 12, until it has no more or the caller has enough. */
export async function* chunks(
  source: ByteSource,
  littleEndian: boolean,
  options: ReadOptions,
): AsyncGenerator<Chunk, void, undefined> {
  const head = await source.slice(0, Math.min(source.byteLength, HEAD_BYTES), options);
  let position = 12;
  for (let count = 0; position + 8 <= source.byteLength; count++) {
    if (count === MAX_CHUNKS) throw new DamagedAudioError(source.name, `has more than ${MAX_CHUNKS} chunks`);
    const header =
      position + 8 <= head.length
        ? head.subarray(position, position + 8)
        : await source.slice(position, position + 8, options);
    const size = viewOf(header).getUint32(4, littleEndian);
    yield { id: latin1(header.subarray(0, 4)), start: position + 8, size };
    // Chunks begin at even places.
    position += 8 + size + (size % 2);
  }
}

/** The content of a small chunk, or its beginning. */
export async function chunkContent(
  source: ByteSource,
  { id, start, size }: Chunk,
  needed: number,
  most: number,
  options: ReadOptions,
): Promise<DataView> {
  const end = Math.min(start + Math.min(size, most), source.byteLength);
  if (end - start < needed) {
    throw new DamagedAudioError(
      source.name,
      `chunk "${id}" has ${end - start} bytes, expected at least ${needed}; cut off?`,
    );
  }
  return viewOf(await source.slice(start, end, options));
}

/** Throws unless channels and sample rate are those of a sound file. */
export function requireFormat(name: string, channelCount: number, sampleRate: number): void {
  if (channelCount === 0) throw new DamagedAudioError(name, "has 0 channels, expected at least 1");
  if (!(sampleRate >= MIN_SAMPLE_RATE && sampleRate <= MAX_SAMPLE_RATE)) {
    throw new DamagedAudioError(
      name,
      `has a sample rate of ${sampleRate} Hz, expected ${MIN_SAMPLE_RATE} to ${MAX_SAMPLE_RATE}`,
    );
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
