import { createHash } from "node:crypto";
import { type RandomStream, xoshiro128 } from "@irec/metrics";

/**
 * Random numbers for one purpose. They depend on nothing that was drawn before for something else, so a run that is continued
 * draws what it would have drawn.
 * @param purpose - words and numbers that tell the streams of a seed apart
 */
export function drawsFor(seed: number, ...purpose: readonly (string | number)[]): RandomStream {
  const key = [seed, ...purpose].join("\n");
  return xoshiro128(createHash("sha256").update(key).digest().readUInt32LE(0));
}

/** The numbers from 0 to n - 1 in an order in which every one of the n! is equally likely (Fisher and Yates). */
export function shuffled(n: number, random: RandomStream): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.nextBelow(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
