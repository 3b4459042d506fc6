/** A chunk of a WAV or AIFF file; the size in its header can be a lie. */
export type TestChunk = readonly [id: string, content: Uint8Array | readonly number[], claimedSize?: number];

/** A RIFF file of chunks. */
export function riff(chunks: readonly TestChunk[], id = "RIFF", claimedSize?: number): Uint8Array<ArrayBuffer> {
  return container(id, "WAVE", chunks, true, claimedSize);
}

/** An IFF file of chunks, in the other byte order. */
export function iff(chunks: readonly TestChunk[], form = "AIFF"): Uint8Array<ArrayBuffer> {
  return container("FORM", form, chunks, false);
}

/** What the `fmt ` chunk says; `align` is bytes per frame. */
export interface WavFormat {
  readonly tag?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly bits?: number;
  readonly align?: number;
}

/** The `fmt ` chunk. */
export function wavFormat(format: WavFormat = {}): Uint8Array {
  const { tag = 1, channels = 1, rate = 8000, bits = 16, align = (channels * bits) / 8 } = format;
  return numbers([2, tag], [2, channels], [4, rate], [4, rate * align], [2, align], [2, bits]);
}

/** A whole WAV file of 16 bits. */
export function wav16(samples: readonly number[], format: WavFormat = {}) {
  return riff([
    ["fmt ", wavFormat(format)],
    ["data", new Uint8Array(Int16Array.from(samples).buffer)],
  ]);
}

/** Little-endian numbers of so many bytes. */
export function numbers(...fields: readonly (readonly [bytes: number, value: number])[]): Uint8Array {
  return Uint8Array.from(
    fields.flatMap(([bytes, value]) => Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256)),
  );
}

/** Big-endian numbers of so many bytes. */
export function bigEndian(...fields: readonly (readonly [bytes: number, value: number])[]): Uint8Array {
  return Uint8Array.from(fields.flatMap((field) => Array.from(numbers(field)).reverse()));
}

export function joined(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)));
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function container(
  id: string,
  form: string,
  chunks: readonly TestChunk[],
  littleEndian: boolean,
  claimedSize?: number,
): Uint8Array<ArrayBuffer> {
  const number = (value: number) => (littleEndian ? numbers([4, value]) : bigEndian([4, value]));
  const body = joined(
    ascii(form),
    ...chunks.flatMap(([name, content, size = content.length]) => [
      ascii(name),
      number(size),
      content,
      new Uint8Array(content.length % 2),
    ]),
  );
  return joined(ascii(id), number(claimedSize ?? body.length), body);
}
