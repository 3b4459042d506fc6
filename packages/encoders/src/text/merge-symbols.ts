import type { MergeTable } from "./merge-table.ts";

/**
 * Byte-pair encoding of one piece: merges the adjacent pair of lowest rank, the leftmost first, until none has a rank.
 * The symbols are a linked list and the candidates a heap, so a piece of n symbols takes O(n log n), also when it is a
 * megabyte without a space.
 *
 * Where a merge makes a pair of lower rank than its own, which no trained list of merges does, that pair goes before the
 * merge's other occurrences: as in Hugging Face's Rust tokenizers, and not as in the Python ones.
 *
 * @param symbols - token ids of the single symbols; overwritten
 * @returns the ids after all merges, a view of `symbols`
 * @see Sennrich et al. 2016, "Neural machine translation of rare words with subword units"
 */
export function mergeSymbols(symbols: Int32Array, merges: MergeTable): Int32Array {
  const length = symbols.length;
  const candidates = new MinHeap();
  for (let at = 0; at + 1 < length; at++) {
    const rank = merges.rankOf(symbols[at]!, symbols[at + 1]!);
    if (rank !== -1) candidates.push(rank * positions + at);
  }
  if (candidates.size === 0) return symbols;

  const next = Int32Array.from(symbols, (_, at) => (at + 1 < length ? at + 1 : none));
  const previous = Int32Array.from(symbols, (_, at) => at - 1);
  while (candidates.size > 0) {
    const candidate = candidates.pop();
    const rank = Math.floor(candidate / positions);
    const at = candidate - rank * positions;
    const following = next[at]!;
    // Stale: one of the two was merged with something else after this candidate was noted.
    if (symbols[at] === gone || following === none) continue;
    if (merges.rankOf(symbols[at]!, symbols[following]!) !== rank) continue;
    symbols[at] = merges.joinedBy(rank);
    symbols[following] = gone;
    const after = next[following]!;
    const before = previous[at]!;
    next[at] = after;
    if (after !== none) {
      previous[after] = at;
      const nextRank = merges.rankOf(symbols[at]!, symbols[after]!);
      if (nextRank !== -1) candidates.push(nextRank * positions + at);
    }
    if (before !== none) {
      const nextRank = merges.rankOf(symbols[before]!, symbols[at]!);
      if (nextRank !== -1) candidates.push(nextRank * positions + before);
    }
  }

  let count = 0;
  for (let at = 0; at !== none; at = next[at]!) symbols[count++] = symbols[at]!;
  return symbols.subarray(0, count);
}

const none = -1;
const gone = -1;
/** A candidate is rank * 2^32 + position: one double that orders by rank and then by position, exact below 2^53. */
const positions = 2 ** 32;

/** A binary heap of numbers, smallest first. */
class MinHeap {
  readonly #keys: number[] = [];

  get size(): number {
    return this.#keys.length;
  }

  push(key: number): void {
    const keys = this.#keys;
    let at = keys.length;
    keys.push(key);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (keys[parent]! <= key) break;
      keys[at] = keys[parent]!;
      at = parent;
    }
    keys[at] = key;
  }

  /** Takes out the smallest key; the heap must not be empty. */
  pop(): number {
    const keys = this.#keys;
    const smallest = keys[0]!;
    const key = keys.pop()!;
    const size = keys.length;
    if (size === 0) return smallest;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && keys[child + 1]! < keys[child]!) child++;
      if (keys[child]! >= key) break;
      keys[at] = keys[child]!;
      at = child;
    }
    keys[at] = key;
    return smallest;
  }
}
