import type { RandomStream } from "../random-stream.ts";

/** The integers in [0, n) in random order, by the shuffle of Fisher and Yates. */
export function permutation(n: number, random: RandomStream): Int32Array<ArrayBuffer> {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
  return order;
}
