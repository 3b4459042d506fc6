import { BYTES_PER_ELEMENT, type Dtype } from "./dtype.ts";

/** The values of a tensor without loss: float16 and bfloat16 as float32, bool as 0 and 1. */
export type TensorValues =
  | Float64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

/** Of this machine. */
export const hostIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * The values in raw bytes. The bytes are used in place where they can be, and are swapped in place where their order is
 * not the machine's, so they must belong to the caller.
 */
export function toValues(bytes: Uint8Array<ArrayBuffer>, dtype: Dtype, littleEndian: boolean): TensorValues {
  const size = BYTES_PER_ELEMENT[dtype];
  if (littleEndian !== hostIsLittleEndian) swapBytes(bytes, size);
  // A typed array has to start at a multiple of its element's size.
  const { buffer, byteOffset, length } = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  const count = length / size;
  switch (dtype) {
    case "float64":
      return new Float64Array(buffer, byteOffset, count);
    case "float32":
      return new Float32Array(buffer, byteOffset, count);
    case "float16":
      return fromHalf(new Uint16Array(buffer, byteOffset, count));
    case "bfloat16":
      return fromBfloat16(new Uint16Array(buffer, byteOffset, count));
    case "int64":
      return new BigInt64Array(buffer, byteOffset, count);
    case "int32":
      return new Int32Array(buffer, byteOffset, count);
    case "int16":
      return new Int16Array(buffer, byteOffset, count);
    case "int8":
      return new Int8Array(buffer, byteOffset, count);
    case "uint64":
      return new BigUint64Array(buffer, byteOffset, count);
    case "uint32":
      return new Uint32Array(buffer, byteOffset, count);
    case "uint16":
      return new Uint16Array(buffer, byteOffset, count);
    case "uint8":
      return new Uint8Array(buffer, byteOffset, count);
    case "bool":
      return new Uint8Array(buffer, byteOffset, count).map((byte) => (byte === 0 ? 0 : 1));
  }
}

/** Writes values as float32 from `start` on, each rounded once to the nearest, as `tensor.float()` of PyTorch does. */
export function writeFloat32(values: TensorValues, target: Float32Array, start: number): void {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    for (let i = 0; i < values.length; i++) target[start + i] = roundedInteger(values[i]!);
  } else {
    target.set(values, start);
  }
}

/** A 64-bit integer as a float64 that rounds to the right float32: beyond 2^53 two roundings would meet. */
function roundedInteger(value: bigint): number {
  if (-(2n ** 53n) <= value && value <= 2n ** 53n) return Number(value);
  const inexact = BigInt.asUintN(11, value) === 0n ? 0n : 1n;
  // Odd when something was cut off, so that the second rounding never sees a tie that is none.
  return Number((value >> 11n) | inexact) * 2048;
}

function swapBytes(bytes: Uint8Array, size: number): void {
  if (size === 1) return;
  for (let start = 0; start + size <= bytes.length; start += size) bytes.subarray(start, start + size).reverse();
}

function fromBfloat16(patterns: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(patterns.length);
  for (let i = 0; i < patterns.length; i++) bits[i] = patterns[i]! << 16;
  return new Float32Array(bits.buffer);
}

let halves: Uint32Array | undefined;

/** Looked up: 65,536 patterns of 4 bytes fit into the cache, and one load is faster than the arithmetic. */
function fromHalf(patterns: Uint16Array): Float32Array<ArrayBuffer> {
  halves ??= Uint32Array.from({ length: 65536 }, (_, pattern) => halfToFloat32Bits(pattern));
  const bits = new Uint32Array(patterns.length);
  for (let i = 0; i < patterns.length; i++) bits[i] = halves[patterns[i]!]!;
  return new Float32Array(bits.buffer);
}

/** The float32 bit pattern of an IEEE 754 binary16 bit pattern: every half is a float32. */
function halfToFloat32Bits(pattern: number): number {
  const sign = (pattern & 0x8000) << 16;
  const exponent = (pattern >> 10) & 0x1f;
  const fraction = pattern & 0x3ff;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // Subnormal as a half, normal as a float32: the leading one moves into the hidden bit.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}
