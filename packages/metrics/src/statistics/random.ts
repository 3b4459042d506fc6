import { checkInteger } from "../option-checks.ts";

/** A seeded stream of random numbers. The same seed gives the same stream on every machine. */
export interface RandomStream {
  /** The next 32 bits, as an integer in [0, 2³²). */
  nextUint32(): number;
  /** The next integer in [0, n), every one equally likely; n from 1 to 2³². */
  nextBelow(n: number): number;
  /** The next number in [0, 1), a multiple of 2⁻⁵³. */
  nextDouble(): number;
}

/**
 * The generator xoshiro128**, whose 128 bits of state come from a 32-bit seed through splitmix32.
 *
 * `nextBelow` rejects the few draws at the top of the range that would favour small results; `nextDouble` joins the high
 * 27 and 26 bits of two draws. Not for secrets.
 *
 * @param seed - an integer in [0, 2³²)
 * @throws {OptionError} when the seed is not such an integer
 * @example xoshiro128(0).nextUint32() // 3809008728
 * @see Blackman & Vigna 2018, "Scrambled linear pseudorandom number generators" (xoshiro128**);
 *   Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators" (splitmix)
 */
export function xoshiro128(seed: number): RandomStream {
  checkInteger("seed", seed, 0, 2 ** 32 - 1);
  let [s0, s1, s2, s3] = splitmix32(seed);

  const nextUint32 = (): number => {
    const scrambled = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const shifted = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = rotateLeft(s3, 11);
    return scrambled;
  };

  // The limit takes a division, and callers draw below the same n over and over.
  let lastN = Number.NaN;
  let limit = 0;
  const nextBelow = (n: number): number => {
    if (n !== lastN) {
      checkInteger("n", n, 1, 2 ** 32);
      lastN = n;
      limit = 2 ** 32 - (2 ** 32 % n);
    }
    let x = nextUint32();
    while (x >= limit) x = nextUint32();
    return x % n;
  };

  const nextDouble = (): number => {
    const high = nextUint32() >>> 5;
    const low = nextUint32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  };

  return { nextUint32, nextBelow, nextDouble };
}

function splitmix32(seed: number): [number, number, number, number] {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
  return [next(), next(), next(), next()];
}

const rotateLeft = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));
