import { type RandomStream, xoshiro128 } from "./random.ts";

/** One resample: item `indices[start + i]` takes place i of n. */
export interface Resample {
  readonly indices: Uint32Array;
  readonly start: number;
}

/**
 * The resamples of n items, one after the other: n times `nextBelow(n)` of `xoshiro128(seed)` each.
 *
 * Reports ask for many intervals over the same few clusters, and drawing would be most of the work, so small tables of
 * draws are kept. The draws are the same either way.
 *
 * @returns a function that gives the next resample, whose array is reused when there are too many to keep
 */
export function resamplesOf(n: number, { draws, seed }: { readonly draws: number; readonly seed: number }) {
  if (n * draws > MOST_DRAWS) {
    const random = xoshiro128(seed);
    const indices = new Uint32Array(n);
    return (): Resample => {
      fill(indices, n, random);
      return { indices, start: 0 };
    };
  }
  const indices = keptTable(n, n * draws, seed);
  let next = 0;
  return (): Resample => {
    const start = next;
    next += n;
    return { indices, start };
  };
}

/** Kept tables are of this many draws at most, 4 bytes each. */
const MOST_DRAWS = 2 ** 18;
const MOST_TABLES = 8;
const tables = new Map<string, Uint32Array>();

/** The first `length` draws below n, or more. The oldest table goes when there are too many. */
function keptTable(n: number, length: number, seed: number): Uint32Array {
  const key = `${n} ${seed}`;
  const kept = tables.get(key);
  if (kept !== undefined && kept.length >= length) return kept;
  const table = new Uint32Array(length);
  fill(table, n, xoshiro128(seed));
  tables.delete(key);
  for (const oldest of tables.keys()) if (tables.size >= MOST_TABLES) tables.delete(oldest);
  tables.set(key, table);
  return table;
}

function fill(indices: Uint32Array, n: number, random: RandomStream): void {
  for (let i = 0; i < indices.length; i++) indices[i] = random.nextBelow(n);
}
