import { MAX_INDEX, readIndices, type Vector } from "../array-views.ts";
import { OptionError, UndefinedMetricError } from "../errors.ts";
import { checkInteger, checkSameLength } from "../option-checks.ts";
import { readBootstrapOptions } from "./bootstrap.ts";
import { xoshiro128 } from "./random.ts";

/** Options of `bootstrapResamples`. */
export interface BootstrapResamplesOptions {
  /** How many resamples; 1000 when left out. */
  readonly draws?: number;
  /** Seed of the random stream, an integer in [0, 2³²); 0 when left out. */
  readonly seed?: number;
  /** Shape [n], the number of each item's cluster, gaps allowed; whole clusters are drawn. Items are when left out. */
  readonly clusters?: Vector;
}

/** Resamples that several bootstraps share; made by `bootstrapResamples`. */
export interface BootstrapResamples {
  /** How many items, n. */
  readonly items: number;
  /** How many things are drawn, and how often: items, or clusters when there are any. */
  readonly units: number;
  readonly draws: number;
  readonly seed: number;
  /** How often each item is in one resample, shape [n]: what another program needs to check a number. */
  weightsOf(draw: number): Int32Array;
}

/**
 * The resamples of n items for any number of bootstraps: what is computed from one set of them - several metrics, prompt
 * sets or models on the same items - is paired, draw by draw, and can be compared by `bootstrapDifference`.
 *
 * Draw by draw, `units` times `nextBelow(units)` of `xoshiro128(seed)`: the resamples of `bootstrapInterval`, or of
 * `clusterBootstrapMean` when clusters are given. Only how often each unit comes is kept, and where that would take more
 * than 64 MiB it is drawn anew in each bootstrap.
 *
 * @param items - n, at least 1
 * @throws {OptionError} when an option is out of range, or a resample could have 2²⁶ items or more
 * @throws {ShapeError} when clusters is not of shape [n]
 * @throws {LabelError} when a cluster is not an integer of 0 or more
 * @throws {UndefinedMetricError} when n is 0
 * @example
 * const resamples = bootstrapResamples(2913, { draws: 10_000, seed: 0, clusters: pitchGroups });
 * const clap = bootstrapClassification(clapScores, labels, resamples);
 * const muscall = bootstrapClassification(muscallScores, labels, resamples);
 * bootstrapDifference(clap.rocAucMacro, muscall.rocAucMacro); // { estimate, low, high, pValue, ... }
 * @see Efron & Tibshirani 1993, "An introduction to the bootstrap"; Davison & Hinkley 1997, section 3.8, for clusters
 */
export function bootstrapResamples(items: number, options: BootstrapResamplesOptions = {}): BootstrapResamples {
  const { draws, seed } = readBootstrapOptions(options);
  if (items === 0) throw new UndefinedMetricError("bootstrapResamples", "there are no items");
  checkInteger("items", items, 1, MOST_ITEMS);
  return new PackedResamples(items, draws, seed, options.clusters);
}

/** Doubles side by side in a block: what the loops over items keep in registers. */
export const BLOCK_WIDTH = 8;

/** One block of draws: how often each unit comes in each of them. */
export interface WeightBlock {
  /**
   * Shape [units, BLOCK_WIDTH]; each double holds `lanes` weights side by side, of 52 / lanes bits, draw by draw from the
   * lowest. Adding doubles adds all of their weights, exactly, as no sum over a resample needs more bits. That is several
   * times faster than adding weights one by one.
   */
  readonly weights: Float64Array;
  readonly lanes: 2 | 4;
  /** The draws of the block are `firstDraw` to `firstDraw + draws - 1`; places of the block beyond have weight 0. */
  readonly firstDraw: number;
  readonly draws: number;
}

/** `BootstrapResamples` with what the bootstraps read. */
export class PackedResamples implements BootstrapResamples {
  readonly items: number;
  readonly units: number;
  readonly draws: number;
  readonly seed: number;
  /** Shape [n]: where the weights of each item start in a block. */
  readonly places: Int32Array;
  readonly lanes: 2 | 4;
  readonly #mostKept: number;
  #kept: readonly WeightBlock[] | undefined;

  /** @param mostKept - doubles; with more, the weights are drawn anew each time */
  constructor(items: number, draws: number, seed: number, clusters: Vector | undefined, mostKept = MOST_KEPT) {
    this.#mostKept = mostKept;
    this.items = items;
    this.draws = draws;
    this.seed = seed;
    const unitOf = clusters === undefined ? undefined : readUnits(clusters, items);
    this.units = unitOf === undefined ? items : unitOf.reduce((most, unit) => Math.max(most, unit), 0) + 1;
    this.places = Int32Array.from({ length: items }, (_, i) => (unitOf === undefined ? i : unitOf[i]!) * BLOCK_WIDTH);
    const largest = unitOf === undefined ? items : largestResample(unitOf, this.units, draws, seed);
    if (largest > MOST_ITEMS) {
      throw new OptionError("clusters", clusters, `clusters of which no resample has more than ${MOST_ITEMS} items`);
    }
    this.lanes = largest < 2 ** 13 ? 4 : 2;
  }

  /** How many draws a block has places for. */
  get blockDraws(): number {
    return BLOCK_WIDTH * this.lanes;
  }

  /** Every block once, in order. A block that is not kept is overwritten by the next one. */
  *blocks(): Generator<WeightBlock> {
    if (this.#kept !== undefined) {
      yield* this.#kept;
      return;
    }
    const blockCount = Math.ceil(this.draws / this.blockDraws);
    const length = this.units * BLOCK_WIDTH;
    const keep = blockCount * length <= this.#mostKept;
    const kept: WeightBlock[] = [];
    const random = xoshiro128(this.seed);
    let weights = new Float64Array(length);
    for (let block = 0; block < blockCount; block++) {
      if (keep) weights = new Float64Array(length);
      else weights.fill(0);
      const firstDraw = block * this.blockDraws;
      const draws = Math.min(this.blockDraws, this.draws - firstDraw);
      for (let draw = 0; draw < draws; draw++) {
        const column = Math.floor(draw / this.lanes);
        const one = 2 ** ((draw % this.lanes) * (52 / this.lanes));
        for (let i = 0; i < this.units; i++) weights[random.nextBelow(this.units) * BLOCK_WIDTH + column]! += one;
      }
      const made = { weights, lanes: this.lanes, firstDraw, draws };
      kept.push(made);
      yield made;
    }
    if (keep) this.#kept = kept;
  }

  weightsOf(draw: number): Int32Array {
    checkInteger("draw", draw, 0, this.draws - 1);
    const bits = 52 / this.lanes;
    for (const { weights, firstDraw, draws } of this.blocks()) {
      if (draw >= firstDraw + draws) continue;
      const column = Math.floor((draw - firstDraw) / this.lanes);
      const shift = 2 ** (((draw - firstDraw) % this.lanes) * bits);
      return this.places.map((place) => Math.floor(weights[place + column]! / shift) % 2 ** bits);
    }
    throw new OptionError("draw", draw, `an integer below ${this.draws}`);
  }
}

/** Throws unless the resamples are ours and of this many items. */
export function readResamples(resamples: BootstrapResamples, argument: string, length: number): PackedResamples {
  if (!(resamples instanceof PackedResamples)) {
    throw new OptionError("resamples", resamples, "what bootstrapResamples returned");
  }
  checkSameLength(argument, length, "resamples", resamples.items);
  return resamples;
}

/** Two weights of 26 bits a double hold resamples of fewer items than this. */
const MOST_ITEMS = 2 ** 26 - 1;
/** Doubles; 64 MiB. */
const MOST_KEPT = 2 ** 23;

/** Clusters numbered from 0 without gaps, in ascending order of their number. */
function readUnits(clusters: Vector, items: number): Int32Array {
  const numbers = readIndices("clusters", clusters, MAX_INDEX, "the item's cluster");
  checkSameLength("clusters", numbers.length, "items", items);
  const unit = new Map([...new Set(numbers)].sort((a, b) => a - b).map((number, i) => [number, i]));
  return Int32Array.from(numbers, (number) => unit.get(number)!);
}

/** Items in the largest resample: clusters differ in size, so a resample may have more items than the sample. */
function largestResample(unitOf: Int32Array, units: number, draws: number, seed: number): number {
  const sizes = new Float64Array(units);
  for (const unit of unitOf) sizes[unit]!++;
  const bound = units * sizes.reduce((most, size) => Math.max(most, size), 0);
  if (bound < 2 ** 13) return bound;
  const random = xoshiro128(seed);
  let largest = 0;
  for (let draw = 0; draw < draws; draw++) {
    let total = 0;
    for (let i = 0; i < units; i++) total += sizes[random.nextBelow(units)]!;
    largest = Math.max(largest, total);
  }
  return largest;
}
