import type { PackedIntegers, QuantisedNumbers } from "../report-data.ts";

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** @param count - how many there are; the last three bytes may hold one number only */
export function unquantised({ low, step, base64 }: QuantisedNumbers, count: number): Float64Array {
  const bytes = bytesOf(base64);
  const values = new Float64Array(count);
  for (let i = 0, at = 0; i < count; i += 2, at += 3) {
    values[i] = low + step * (bytes[at]! | ((bytes[at + 1]! & 0xf) << 8));
    if (i + 1 < count) values[i + 1] = low + step * ((bytes[at + 1]! >> 4) | (bytes[at + 2]! << 4));
  }
  return values;
}

export function unpackedIntegers({ bytes, base64 }: PackedIntegers): Uint8Array | Uint16Array {
  const packed = bytesOf(base64);
  if (bytes === 1) return packed;
  return Uint16Array.from({ length: packed.length / 2 }, (_, i) => packed[2 * i]! | (packed[2 * i + 1]! << 8));
}

export function unpackedFloats(base64: string): Float64Array {
  const view = new DataView(bytesOf(base64).buffer);
  return Float64Array.from({ length: view.byteLength / 8 }, (_, i) => view.getFloat64(8 * i, true));
}
