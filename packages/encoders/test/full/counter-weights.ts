import { crc32 } from "../../src/checkpoint/crc32.ts";

/**
 * Numbers from a counter, for each (seed, name, index) the same as those of `tools/goldens/counter_weights.py`: 32-bit
 * integers, and one rounding to float32 for each operation.
 */

/** Centre and half-width of what is drawn, by the end of a name. */
const ranges: readonly (readonly [ending: string, centre: number, width: number])[] = [
  ["bn0.running_mean", -40, 10],
  ["bn0.running_var", 250, 150],
];

/** Calls `take` with each 32-bit integer; the finisher of MurmurHash3. */
function countIntegers(name: string, count: number, seed: number, take: (integer: number, index: number) => void) {
  const key = (crc32(new TextEncoder().encode(name)) ^ seed) >>> 0;
  for (let i = 0; i < count; i++) {
    let x = Math.imul(i, 0x9e3779b1) + key;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    take((x ^ (x >>> 16)) >>> 0, i);
  }
}

/** Unsigned 32-bit integers. */
export function counterIntegers(name: string, count: number, seed: number): Uint32Array {
  const integers = new Uint32Array(count);
  countIntegers(name, count, seed, (integer, i) => {
    integers[i] = integer;
  });
  return integers;
}

/** Of variance 1 / inputs for matrices and kernels; near 1 for the scales of normalisations; near 0 for biases. */
export function counterWeights(name: string, shape: readonly number[], seed: number): Float32Array {
  const product = (sizes: readonly number[]) => sizes.reduce((result, size) => result * size, 1);
  const special = ranges.find(([ending]) => name.endsWith(ending));
  const usual = shape.length < 2 ? ([name.endsWith("weight") ? 1 : 0, 0.2] as const) : undefined;
  const [centre, width] = special?.slice(1) ?? usual ?? [0, Math.sqrt(3 / product(shape.slice(1)))];
  const scale = Math.fround(width as number);
  const values = new Float32Array(product(shape));
  countIntegers(name, values.length, seed, (integer, i) => {
    const uniform = ((integer >>> 8) - 2 ** 23) * 2 ** -23;
    values[i] = Math.fround(uniform * scale) + (centre as number);
  });
  return values;
}
