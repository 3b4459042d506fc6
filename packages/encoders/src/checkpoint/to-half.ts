/**
 * IEEE 754 binary16 bit patterns of float32 values, each rounded to the nearest, ties to even.
 * @param name - of the tensor, for the message
 * @throws {RangeError} when a finite value is too large: from 65520 on, halves are infinite
 */
export function toHalf(values: Float32Array, name: string): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < halves.length; i++) halves[i] = halfOf(bits[i]!);
  const lost = halves.findIndex((half, i) => (half & 0x7fff) === 0x7c00 && Number.isFinite(values[i]!));
  if (lost >= 0) {
    throw new RangeError(`tensor "${name}" has ${values[lost]} at element ${lost}, and halves reach to 65504`);
  }
  return halves;
}

/** The half that is nearest to a float32, both as bit patterns. */
function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520 and more, which round to infinity
  if (magnitude >= 0x38800000) {
    // Normal: the exponent loses 112, the fraction 13 bits; what carries out of the fraction goes into the exponent.
    return sign | rounded(magnitude - 0x38000000, 13);
  }
  if (magnitude < 0x33000000) return sign; // below half of the least subnormal
  const shift = 126 - (magnitude >>> 23);
  return sign | rounded((magnitude & 0x7fffff) | 0x800000, shift);
}

/** value / 2^shift, to the nearest, ties to even. */
function rounded(value: number, shift: number): number {
  const quotient = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && (quotient & 1) === 1) ? quotient + 1 : quotient;
}
