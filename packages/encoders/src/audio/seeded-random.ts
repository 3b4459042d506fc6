import { requireInteger } from "./checks.ts";

/**
 * A number in [0, 1) that depends on the seed alone, with 53 random bits.
 * @param seed - an integer of at least 0
 */
export function seededUniform(seed: number): number {
  requireInteger("seed", seed, 0);
  // Both halves of the seed count, and seeds that differ in one bit share nothing.
  const high = mix(mix(seed >>> 0) ^ Math.floor(seed / 2 ** 32));
  const low = mix(high + 0x9e3779b9);
  return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;
}

/** The finaliser of MurmurHash3: every bit of the input changes every bit of the output with probability one half. */
function mix(bits: number): number {
  let x = bits | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
