import type { PackedIntegers, QuantisedNumbers } from "./report-data.ts";

/** The greatest 12-bit integer. */
const TOP = 4095;

/**
 * Numbers in 12 bits each: a similarity to four decimals is more than a reader can use, and a page has room for a million.
 * @param values - finite
 */
export function quantised(values: ArrayLike<number>): QuantisedNumbers {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  if (values.length === 0) [low, high] = [0, 0];
  const step = (high - low) / TOP;
  const code = (i: number) => (step === 0 || i >= values.length ? 0 : Math.round((values[i]! - low) / step));
  const bytes = new Uint8Array(Math.ceil(values.length / 2) * 3);
  for (let i = 0, at = 0; i < values.length; i += 2, at += 3) {
    const [first, second] = [code(i), code(i + 1)];
    bytes[at] = first & 0xff;
    bytes[at + 1] = (first >> 8) | ((second & 0xf) << 4);
    bytes[at + 2] = second >> 4;
  }
  return { low, step, base64: Buffer.from(bytes).toString("base64") };
}

/** @param values - whole numbers from 0 to 65,535 */
export function packedIntegers(values: ArrayLike<number>): PackedIntegers {
  const array = Array.from(values);
  const bytes = array.every((value) => value < 256) ? 1 : 2;
  const buffer = Buffer.alloc(array.length * bytes);
  for (const [i, value] of array.entries()) buffer.writeUIntLE(value, i * bytes, bytes);
  return { bytes, base64: buffer.toString("base64") };
}

/** Every number as it is. */
export function packedFloats(values: ArrayLike<number>): string {
  const buffer = Buffer.alloc(values.length * 8);
  for (let i = 0; i < values.length; i++) buffer.writeDoubleLE(values[i]!, i * 8);
  return buffer.toString("base64");
}
