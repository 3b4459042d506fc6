import { ArgumentError } from "./errors.ts";

/** A seeded source of pseudo-random numbers. The same seed gives the same sequence everywhere, now and later. */
export interface RandomSource {
  /** The next integer in [0, 2^32). */
  nextUint32(): number;
  /** The next integer in [0, n), each equally likely; n is an integer in [1, 2^53]. */
  nextBelow(n: number): number;
  /** The next number in [0, 1), a multiple of 2^-53. */
  nextDouble(): number;
}

/**
 * A xoshiro128** generator whose four words of state are the first four outputs of splitmix32 on the seed.
 *
 * @param seed - an integer in [0, 2^32)
 * @throws {ArgumentError} when the seed, or later an `n`, is not such an integer
 * @example xoshiro128(1).nextBelow(6) // 2
 * @see Blackman and Vigna 2018, "Scrambled linear pseudorandom number generators"
 */
export function xoshiro128(seed: number): RandomSource {
  if (!Number.isInteger(seed) || seed < 0 || seed >= two32)
    throw new ArgumentError("seed", seed, "an integer from 0 to 4294967295");
  const nextSeedWord = splitmix32(seed);
  let s0 = nextSeedWord();
  let s1 = nextSeedWord();
  let s2 = nextSeedWord();
  let s3 = nextSeedWord();

  function nextUint32(): number {
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const shifted = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = rotateLeft(s3, 11);
    return result;
  }

  function next53Bits(): number {
    const high = nextUint32() >>> 5;
    const low = nextUint32() >>> 6;
    return high * 2 ** 26 + low;
  }

  function nextBelow(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > two53) throw new ArgumentError("n", n, "an integer from 1 to 2^53");
    const [range, draw] = n <= two32 ? [two32, nextUint32] : [two53, next53Bits];
    // Values at or above the largest multiple of n would make the small remainders more likely than the others.
    const limit = range - (range % n);
    for (;;) {
      const value = draw();
      if (value < limit) return value % n;
    }
  }

  return { nextUint32, nextBelow, nextDouble: () => next53Bits() / two53 };
}

/** Spreads a seed over many words; xoshiro's state must not be filled with similar or zero words. */
function splitmix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

const two32 = 2 ** 32;
const two53 = 2 ** 53;
