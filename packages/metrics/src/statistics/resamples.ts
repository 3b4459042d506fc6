import { xoshiro128 } from "./random.ts";

/** One resample: item `indices[start + i]` takes place i of n. */
export interface Resample {
  readonly indices: Uint32Array;
  readonly start: number;
}

/**
 * The resamples of n items, one after the other: n times `nextBelow(n)` of `xoshiro128(seed)` each.
 *
 * Reports ask for many intervals over the same few clusters, and drawing would be most of the work, so the last small
 * table of draws is kept. The draws are the same either way.
 *
 * @returns a function that gives the next resample, whose array is reused when there are too many to keep
 */
export function resamplesOf(n: number, { draws, seed }: { readonly draws: number; readonly seed: number }) {
  if (n * draws > MOST_KEPT) {
    const random = xoshiro128(seed);
    const indices = new Uint32Array(n);
    return (): Resample => {
      for (let i = 0; i < n; i++) indices[i] = random.nextBelow(n);
      return { indices, start: 0 };
    };
  }
  if (kept === undefined || kept.n !== n || kept.seed !== seed || kept.indices.length < n * draws) {
    const random = xoshiro128(seed);
    kept = { n, seed, indices: Uint32Array.from({ length: n * draws }, () => random.nextBelow(n)) };
  }
  const { indices } = kept;
  let next = 0;
  return (): Resample => {
    const start = next;
    next += n;
    return { indices, start };
  };
}

let kept: { readonly n: number; readonly seed: number; readonly indices: Uint32Array } | undefined;

/** Draws, of 4 bytes each. */
const MOST_KEPT = 2 ** 20;
