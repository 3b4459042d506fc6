/**
 * The indices of finite values in rising order, shape [n]; equal values keep their order, and -0 equals 0. In linear time,
 * byte by byte: several times faster than sorting indices by a function, for a thousand values as for a million.
 * @see Knuth 1998, "The art of computer programming", volume 3, section 5.2.5 (radix sorting)
 */
export function risingOrder(values: Float64Array): Int32Array {
  const n = values.length;
  // Adding 0 turns -0 into 0. As integers, doubles rise with their bits, once those of negative ones are all inverted and
  // the sign of the others is.
  const bytes = new Uint8Array(n * 8);
  const view = new DataView(bytes.buffer);
  const counts = new Int32Array(8 * 256);
  for (let i = 0; i < n; i++) {
    view.setFloat64(8 * i, values[i]! + 0, true);
    const isNegative = bytes[8 * i + 7]! >= 128;
    if (isNegative) for (let digit = 0; digit < 8; digit++) bytes[8 * i + digit]! ^= 255;
    else bytes[8 * i + 7]! ^= 128;
    for (let digit = 0; digit < 8; digit++) counts[256 * digit + bytes[8 * i + digit]!]!++;
  }
  let order = Int32Array.from({ length: n }, (_, i) => i);
  let next = new Int32Array(n);
  for (let digit = 0; digit < 8; digit++) {
    const ofDigit = counts.subarray(256 * digit, 256 * digit + 256);
    // All values may share a byte, such as that of sign and exponent.
    if (ofDigit.includes(n)) continue;
    for (let value = 0, start = 0; value < 256; value++) {
      const count = ofDigit[value]!;
      ofDigit[value] = start;
      start += count;
    }
    for (let k = 0; k < n; k++) {
      const i = order[k]!;
      next[ofDigit[bytes[8 * i + digit]!]!++] = i;
    }
    [order, next] = [next, order];
  }
  return order;
}
