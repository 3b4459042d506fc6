import { readFileSync } from "node:fs";

/** An array in a golden file: base64 of little-endian numbers. */
export interface GoldenArray {
  readonly dtype: "float32" | "float64" | "int16" | "int32";
  readonly shape: readonly number[];
  readonly data: string;
}

const types = { float32: Float32Array, float64: Float64Array, int16: Int16Array, int32: Int32Array };

/** Reads a golden file made by `python tools/goldens/audio.py`. */
export function golden<T>(folder: "audio" | "spectral", name: string): T {
  return JSON.parse(readFileSync(new URL(`../${folder}/goldens/${name}.json`, import.meta.url), "utf8")) as T;
}

/** The numbers of an array in a golden file. */
export function numbers({ dtype, data }: GoldenArray): Float32Array | Float64Array | Int16Array | Int32Array {
  const bytes = Uint8Array.from(Buffer.from(data, "base64"));
  return new types[dtype](bytes.buffer);
}

/** The counter of the golden script: a linear congruential generator, in [-0.8, 0.8). */
export function counterNoise(n: number, seed: number): Float32Array<ArrayBuffer> {
  let state = seed;
  return Float32Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32 - 0.5) * 1.6;
  });
}

/** The greatest absolute difference between two arrays of the same length; infinite when the lengths differ. */
export function greatestGap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let gap = 0;
  for (let i = 0; i < a.length; i++) {
    const here = Math.abs(a[i]! - b[i]!);
    if (!(here <= gap)) gap = here;
  }
  return gap;
}
