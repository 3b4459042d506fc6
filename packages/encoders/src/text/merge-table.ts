/** One merge: the pair of ids that it joins, and the id of the joined token. */
export interface Merge {
  readonly left: number;
  readonly right: number;
  readonly joined: number;
}

/**
 * The ranks of the pairs of token ids that merge; the lower the rank, the earlier. An open-addressing hash table, because
 * the look-up is the inner loop of BPE and a `Map` would need one key object or one double for each pair.
 */
export class MergeTable {
  readonly #lefts: Int32Array;
  readonly #rights: Int32Array;
  /** The rank in each slot, -1 where the slot is free. */
  readonly #ranks: Int32Array;
  readonly #joined: Int32Array;
  readonly #mask: number;

  /** @param merges - in order of rank, no pair twice */
  constructor(merges: readonly Merge[]) {
    const slots = 2 ** Math.ceil(Math.log2(2 * merges.length + 2));
    this.#mask = slots - 1;
    this.#lefts = new Int32Array(slots);
    this.#rights = new Int32Array(slots);
    this.#ranks = new Int32Array(slots).fill(-1);
    this.#joined = Int32Array.from(merges, ({ joined }) => joined);
    for (const [rank, { left, right }] of merges.entries()) {
      const slot = this.#slotOf(left, right);
      this.#lefts[slot] = left;
      this.#rights[slot] = right;
      this.#ranks[slot] = rank;
    }
  }

  /** The rank of a pair, or -1 when it does not merge. */
  rankOf(left: number, right: number): number {
    return this.#ranks[this.#slotOf(left, right)]!;
  }

  /** The id of the token that the merge of this rank makes. */
  joinedBy(rank: number): number {
    return this.#joined[rank]!;
  }

  /** Where the pair is, or where it would go. At least half of the slots are free, so the walk ends soon. */
  #slotOf(left: number, right: number): number {
    let slot = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca77)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & this.#mask;
    while (this.#ranks[slot] !== -1 && (this.#lefts[slot] !== left || this.#rights[slot] !== right))
      slot = (slot + 1) & this.#mask;
    return slot;
  }
}
