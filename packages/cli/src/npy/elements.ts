import type { FloatType } from "./header.ts";

const hostIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * The numbers in raw .npy bytes: float64 stays float64, float32 and float16 become float32, both exactly. The bytes are
 * used in place where they can be, and swapped in place where the file's byte order is not the machine's.
 */
export function toNumbers(
  bytes: Uint8Array<ArrayBuffer>,
  dtype: FloatType,
  littleEndian: boolean,
): Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = bytes;
  if (littleEndian !== hostIsLittleEndian) swap(Buffer.from(buffer, byteOffset, byteLength), dtype);
  if (dtype === "float64") return new Float64Array(buffer, byteOffset, byteLength / 8);
  if (dtype === "float32") return new Float32Array(buffer, byteOffset, byteLength / 4);
  return Float32Array.from(new Uint16Array(buffer, byteOffset, byteLength / 2), halfToNumber);
}

function swap(bytes: Buffer, dtype: FloatType): void {
  if (dtype === "float16") bytes.swap16();
  else if (dtype === "float32") bytes.swap32();
  else bytes.swap64();
}

/** The value of an IEEE 754 binary16 bit pattern. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
