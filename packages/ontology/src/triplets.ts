import { ArgumentError, requireOptions, TripletCountError } from "./errors.ts";
import { type Fraction, gapReaches } from "./fraction.ts";
import { xoshiro128 } from "./random.ts";
import { type Similarities, type SimilarityRule, similarityMatrix } from "./similarity.ts";
import { requireTaxonomy, type Taxonomy, type TaxonomyNode } from "./taxonomy.ts";

/** Triplets as three columns; row k says that anchor k is more similar to positive k than to negative k. */
export interface TripletArrays {
  /** Indices into the terms, shape [length]; 16 bits when there are at most 65,536 terms. */
  readonly anchors: Uint16Array | Uint32Array;
  readonly positives: Uint16Array | Uint32Array;
  readonly negatives: Uint16Array | Uint32Array;
  /** How many triplets. */
  readonly length: number;
}

/** Indices of anchor, positive and negative in the terms. */
export type Triplet = readonly [anchor: number, positive: number, negative: number];

/** All triplets of one anchor and one positive. */
export interface TripletRun {
  readonly anchor: number;
  readonly positive: number;
  /** Ascending, at least one. Runs may share the array: do not write into it. */
  readonly negatives: Uint16Array | Uint32Array;
}

/** Which triplets to make. */
export interface TripletOptions {
  /** Default: `taxonomy.terms`, all nodes but the root. */
  readonly terms?: readonly TaxonomyNode[];
  /** Default: `lca`. */
  readonly rule?: SimilarityRule;
  /**
   * How much more similar the positive has to be, in units of the rule: edges for `path`, levels of depth for `lca`, a
   * fraction for `wu-palmer`. Compared exactly; 0.1 means one tenth. Default 0: any difference at all.
   */
  readonly minGap?: number;
}

/**
 * The triplets of a list of terms, counted at once and made when asked for. Their order is anchor by anchor, then positive
 * by positive, then negative by negative, each in the order of the terms.
 */
export interface TripletSet extends Iterable<Triplet> {
  readonly terms: readonly TaxonomyNode[];
  readonly rule: SimilarityRule;
  readonly minGap: number;
  /** How many triplets there are. */
  readonly size: number;
  /**
   * How many choices of an anchor and two further terms make no triplet, because both are exactly equally similar to it.
   * For n terms, size + ties + tooClose = n (n - 1) (n - 2) / 2.
   */
  readonly ties: number;
  /** How many choices make no triplet because they differ, but by less than `minGap`. */
  readonly tooClose: number;
  /**
   * Triplet k in the order of iteration; takes O(n) steps.
   * @throws {ArgumentError} when k is not an integer in [0, size)
   */
  at(k: number): Triplet;
  /** All triplets, grouped by anchor and positive: the quickest way to walk through them. */
  runs(): Iterable<TripletRun>;
  /**
   * All triplets as columns.
   * @throws {TripletCountError} when there are more than 2^30; iterate or sample then
   */
  toArrays(): TripletArrays;
  /**
   * `count` triplets without replacement, every such choice equally likely, in the order of iteration. The same seed gives
   * the same triplets, now and later; it is 0 when left out, so that a sample without a seed can be drawn again too. Nothing
   * but the sample is generated.
   * @throws {TripletCountError} when there are fewer triplets, or when count is above 2^23 and not all of them
   * @throws {ArgumentError} when count is not a whole number or the seed not an integer in [0, 2^32)
   */
  sample(count: number, options?: { readonly seed?: number }): TripletArrays;
}

/**
 * All (anchor, positive, negative) of distinct terms where the anchor is strictly more similar to the positive than to the
 * negative. Ties make no triplet. Fewer than three terms give an empty set.
 *
 * @throws {TermListError} when a term is given twice or there are too many
 * @throws {UnknownTermError} when a term is a node of another taxonomy
 * @throws {ArgumentError} when a term is no node, such as the name of one, the rule does not exist, or minGap is not a finite
 *   number of at least 0
 * @example tripletSet(doktorski, { terms: tinysolTerms }).size // 686
 */
export function tripletSet(taxonomy: Taxonomy, options: TripletOptions = {}): TripletSet {
  requireOptions(options, "{ terms, rule, minGap }, all of them optional");
  const { terms = requireTaxonomy(taxonomy).terms, rule = "lca", minGap = 0 } = options;
  requireMinGap(minGap);
  return new CountedTriplets(similarityMatrix(taxonomy, terms, rule), minGap);
}

/** @throws {ArgumentError} unless it is a finite number of at least 0 */
export function requireMinGap(minGap: number): void {
  if (!Number.isFinite(minGap) || minGap < 0) throw new ArgumentError("minGap", minGap, "a finite number, at least 0");
}

class CountedTriplets implements TripletSet {
  readonly terms: readonly TaxonomyNode[];
  readonly rule: SimilarityRule;
  readonly minGap: number;
  readonly size: number;
  readonly ties: number;
  readonly tooClose: number;

  readonly #levels: Int32Array;
  /** Per level of the positive, the highest level of a negative. */
  readonly #reach: Int32Array;
  /** Per anchor, how many triplets the anchors before it have; one entry more than there are terms. */
  readonly #firstOf: Float64Array;

  constructor({ terms, rule, levels, scale }: Similarities, minGap: number) {
    const n = terms.length;
    this.terms = terms;
    this.rule = rule;
    this.minGap = minGap;
    this.#levels = levels;
    this.#reach = reachOf(scale, minGap);
    this.#firstOf = new Float64Array(n + 1);
    let ties = 0;
    for (let anchor = 0; anchor < n; anchor++) {
      const counts = this.#countsPerLevel(anchor);
      let triplets = 0;
      let below = 0;
      const upTo = counts.map((count) => {
        below += count;
        return below;
      });
      for (const [level, count] of counts.entries()) {
        ties += (count * (count - 1)) / 2;
        if (this.#reach[level]! >= 0) triplets += count * upTo[this.#reach[level]!]!;
      }
      this.#firstOf[anchor + 1] = this.#firstOf[anchor]! + triplets;
    }
    this.size = this.#firstOf[n]!;
    this.ties = ties;
    this.tooClose = n < 3 ? 0 : (n * (n - 1) * (n - 2)) / 2 - this.size - ties;
    Object.freeze(this);
  }

  *[Symbol.iterator](): Iterator<Triplet> {
    for (const { anchor, positive, negatives } of this.runs())
      for (const negative of negatives) yield [anchor, positive, negative];
  }

  *runs(): Iterable<TripletRun> {
    const n = this.terms.length;
    for (let anchor = 0; anchor < n; anchor++) {
      const row = this.#levels.subarray(anchor * n, anchor * n + n);
      const negativesOf: (Uint16Array | Uint32Array)[] = [];
      for (let positive = 0; positive < n; positive++) {
        if (positive === anchor) continue;
        const level = row[positive]!;
        negativesOf[level] ??= upToLevel(row, this.#reach[level]!);
        const negatives = negativesOf[level];
        if (negatives.length > 0) yield { anchor, positive, negatives };
      }
    }
  }

  at(k: number): Triplet {
    if (!Number.isInteger(k) || k < 0 || k >= this.size)
      throw new ArgumentError("k", k, `an integer from 0 to ${this.size - 1}, as there are ${this.size} triplets`);
    const anchor = this.#anchorOf(k);
    const counts = this.#countsPerLevel(anchor);
    for (let level = 1; level < counts.length; level++) counts[level] = counts[level]! + counts[level - 1]!;
    const n = this.terms.length;
    const row = this.#levels.subarray(anchor * n, anchor * n + n);
    let left = k - this.#firstOf[anchor]!;
    let positive = 0;
    for (; ; positive++) {
      const reach = positive === anchor ? -1 : this.#reach[row[positive]!]!;
      const negatives = reach < 0 ? 0 : counts[reach]!;
      if (left < negatives) break;
      left -= negatives;
    }
    const reach = this.#reach[row[positive]!]!;
    let negative = 0;
    for (; ; negative++) if (row[negative]! <= reach && left-- === 0) break;
    return [anchor, positive, negative];
  }

  toArrays(): TripletArrays {
    if (this.size > mostTriplets) {
      const message = `${this.size} triplets do not fit into arrays of at most ${mostTriplets}; iterate, or sample(count)`;
      throw new TripletCountError(message, this.size, mostTriplets);
    }
    const arrays = emptyTriplets(this.size, this.terms.length);
    const { anchors, positives, negatives: column } = arrays;
    let at = 0;
    for (const { anchor, positive, negatives } of this.runs()) {
      const end = at + negatives.length;
      anchors.fill(anchor, at, end);
      positives.fill(positive, at, end);
      column.set(negatives, at);
      at = end;
    }
    return arrays;
  }

  sample(count: number, options: { readonly seed?: number } = {}): TripletArrays {
    requireOptions(options, "{ seed }, an integer; 0 when left out");
    const { seed = 0 } = options;
    const random = xoshiro128(seed);
    requireSampleSize(count, this.size);
    if (count === this.size) return this.toArrays();
    const chosen = chooseBelow(this.size, count, (n) => random.nextBelow(n));
    const arrays = emptyTriplets(count, this.terms.length);
    for (const [row, k] of chosen.entries()) {
      const [anchor, positive, negative] = this.at(k);
      arrays.anchors[row] = anchor;
      arrays.positives[row] = positive;
      arrays.negatives[row] = negative;
    }
    return arrays;
  }

  #countsPerLevel(anchor: number): Float64Array {
    const n = this.terms.length;
    const counts = new Float64Array(this.#reach.length);
    for (const level of this.#levels.subarray(anchor * n, anchor * n + n)) counts[level]!++;
    counts[this.#levels[anchor * n + anchor]!]!--;
    return counts;
  }

  #anchorOf(k: number): number {
    let low = 0;
    let high = this.terms.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#firstOf[middle]! <= k) low = middle;
      else high = middle;
    }
    return low;
  }
}

/** Per level, the highest level that is lower by the gap; -1 when none is. Both ascend, so one pass suffices. */
export function reachOf(scale: readonly Fraction[], minGap: number): Int32Array {
  const reach = new Int32Array(scale.length);
  let highest = -1;
  for (const [level, similarity] of scale.entries()) {
    while (highest + 1 < level && gapReaches(similarity, scale[highest + 1]!, minGap)) highest++;
    reach[level] = highest;
  }
  return reach;
}

/** The terms up to a level of similarity. The anchor is never among them: to itself nothing is more similar. */
function upToLevel(row: Int32Array, highest: number): Uint16Array | Uint32Array {
  const found = indexArray(row.length, row.length);
  let count = 0;
  for (let term = 0; term < row.length; term++) if (row[term]! <= highest) found[count++] = term;
  return found.subarray(0, count);
}

/**
 * `count` of the triplets without replacement, every such choice equally likely, in their order; as `TripletSet.sample`, for
 * triplets that stand in arrays already.
 *
 * @throws {TripletCountError} when there are fewer triplets, or when count is above 2^23 and not all of them
 * @throws {ArgumentError} when count is not a whole number or the seed not an integer in [0, 2^32)
 * @example sampleTriplets(tripletSet(doktorski, { terms: tinysolTerms }).toArrays(), 9, { seed: 1 }).length // 9
 */
export function sampleTriplets(
  arrays: TripletArrays,
  count: number,
  options: { readonly seed?: number } = {},
): TripletArrays {
  requireOptions(options, "{ seed }, an integer; 0 when left out");
  const { seed = 0 } = options;
  const random = xoshiro128(seed);
  requireSampleSize(count, arrays.length);
  const chosen = count === arrays.length ? undefined : chooseBelow(arrays.length, count, (n) => random.nextBelow(n));
  const pick = (column: TripletArrays["anchors"]): TripletArrays["anchors"] => {
    const picked = column.slice(0, count);
    if (chosen !== undefined) for (const [row, k] of chosen.entries()) picked[row] = column[k]!;
    return picked;
  };
  return {
    anchors: pick(arrays.anchors),
    positives: pick(arrays.positives),
    negatives: pick(arrays.negatives),
    length: count,
  };
}

/** @throws when that many cannot be sampled of `available` triplets */
function requireSampleSize(count: number, available: number): void {
  if (!Number.isInteger(count) || count < 0) throw new ArgumentError("count", count, "a whole number of triplets");
  if (count > available) {
    const message = `cannot sample ${count} triplets: there are only ${available}`;
    throw new TripletCountError(message, count, available);
  }
  if (count < available && count > mostSampled) {
    const message = `cannot sample ${count} triplets: at most ${mostSampled} unless all ${available} are wanted`;
    throw new TripletCountError(message, count, mostSampled);
  }
}

/** Floyd's method: `count` of the integers below n, each choice equally likely, ascending. */
function chooseBelow(n: number, count: number, below: (n: number) => number): Float64Array {
  const chosen = new Set<number>();
  for (let last = n - count; last < n; last++) {
    const candidate = below(last + 1);
    chosen.add(chosen.has(candidate) ? last : candidate);
  }
  return Float64Array.from(chosen).sort();
}

/** Columns for `length` triplets over a number of terms, filled with 0. */
export function emptyTriplets(length: number, terms: number): TripletArrays {
  return {
    anchors: indexArray(length, terms),
    positives: indexArray(length, terms),
    negatives: indexArray(length, terms),
    length,
  };
}

function indexArray(length: number, below: number): Uint16Array | Uint32Array {
  return below <= 2 ** 16 ? new Uint16Array(length) : new Uint32Array(length);
}

/** Three columns of this length take 6 GiB; more is a mistake rather than a wish. */
const mostTriplets = 2 ** 30;

/** A Set holds 2^24 entries at most in common engines, and takes seconds long before. */
const mostSampled = 2 ** 23;
