import type { NumericArray } from "../array-views.ts";
import { BLOCK_WIDTH, type WeightBlock } from "./bootstrap-resamples.ts";
import { risingOrder } from "./rising-order.ts";
import { sumWeights, unpack } from "./weight-sums.ts";

/** The items of one class against all others, in the order in which a falling threshold meets them. */
export interface ThresholdOrder {
  /** Where the weights of each item start in a block; what comes after the last positive item is left out. */
  readonly places: Int32Array;
  /** Where to stop on the way: three numbers each, the entry of `places`, what to do there, and where positives start. */
  readonly stops: Int32Array;
}

/** The entry before was a positive item without equals. */
const LONE_POSITIVE = 0;
/** Here begins a group of equal scores, its negative items first. */
const GROUP_START = 1;
/** Here it ends. */
const GROUP_END = 2;

/** Sorts the items of one class once, for any number of draws. */
export function thresholdOrder(
  scores: NumericArray,
  columns: number,
  classIndex: number,
  labels: Int32Array,
  places: Int32Array,
): ThresholdOrder {
  const n = labels.length;
  const ofClass = new Float64Array(n);
  for (let i = 0; i < n; i++) ofClass[i] = scores[i * columns + classIndex]!;
  const order = risingOrder(ofClass);
  const ordered = new Int32Array(n);
  const stops: number[] = [];
  let last = 0;
  for (let start = 0, end = 0; start < n; start = end) {
    const score = ofClass[order[n - 1 - start]!]!;
    let negatives = 0;
    for (; end < n && ofClass[order[n - 1 - end]!] === score; end++) {
      if (labels[order[n - 1 - end]!] !== classIndex) negatives++;
    }
    const positiveStart = start + negatives;
    for (let k = start, negative = start, positive = positiveStart; k < end; k++) {
      const item = order[n - 1 - k]!;
      ordered[labels[item] === classIndex ? positive++ : negative++] = places[item]!;
    }
    if (positiveStart === end) continue;
    if (end === start + 1) stops.push(end, LONE_POSITIVE, start);
    else stops.push(start, GROUP_START, 0, end, GROUP_END, positiveStart);
    last = end;
  }
  return { places: ordered.subarray(0, last), stops: Int32Array.from(stops) };
}

/** What `ThresholdWalk.run` leaves behind, one entry a draw of the block. */
export class ThresholdWalk {
  /** Positive items in the draw. */
  readonly positives: Float64Array;
  /** Over all pairs of a positive and a negative item: 2 where the negative scores higher, 1 where they tie. */
  readonly doubledLosses: Float64Array;
  /** Sum over the positive items of the precision at their threshold. */
  readonly precisions: Float64Array;
  readonly #above = new Float64Array(BLOCK_WIDTH);
  readonly #before: Float64Array;
  readonly #after: Float64Array;
  readonly #group: Float64Array;

  constructor(blockDraws: number) {
    const make = (): Float64Array => new Float64Array(blockDraws);
    [this.positives, this.doubledLosses, this.precisions] = [make(), make(), make()];
    [this.#before, this.#after, this.#group] = [make(), make(), make()];
  }

  /**
   * Lets the threshold fall through all items, for all draws of a block at a time. It counts what `thresholdMetrics`
   * counts on the repeated items, in the same order, so the results are the same to the last bit.
   */
  run(block: WeightBlock, { places, stops }: ThresholdOrder): void {
    const { weights, lanes } = block;
    const { positives, doubledLosses, precisions } = this;
    const above = this.#above;
    positives.fill(0);
    doubledLosses.fill(0);
    precisions.fill(0);
    // Eight locals, one a column: an array of sums would be loaded and stored for every item.
    let [c0, c1, c2, c3, c4, c5, c6, c7] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let stop = 0, next = 0; stop < stops.length; stop += 3) {
      for (const end = stops[stop]!; next < end; next++) {
        const place = places[next]!;
        c0 += weights[place]!;
        c1 += weights[place + 1]!;
        c2 += weights[place + 2]!;
        c3 += weights[place + 3]!;
        c4 += weights[place + 4]!;
        c5 += weights[place + 5]!;
        c6 += weights[place + 6]!;
        c7 += weights[place + 7]!;
      }
      above[0] = c0;
      above[1] = c1;
      above[2] = c2;
      above[3] = c3;
      above[4] = c4;
      above[5] = c5;
      above[6] = c6;
      above[7] = c7;
      const what = stops[stop + 1]!;
      if (what === GROUP_START) {
        spread(above, lanes, this.#before);
        continue;
      }
      const positiveStart = stops[stop + 2]!;
      if (what === GROUP_END) {
        this.#countGroup(block, places, positiveStart, next);
        continue;
      }
      const place = places[positiveStart]!;
      for (let column = 0, draw = 0; column < BLOCK_WIDTH; column++, draw += lanes) {
        const packedAbove = above[column]!;
        const packedWeight = weights[place + column]!;
        const highAbove = (packedAbove * 2 ** -26) | 0;
        const lowAbove = (packedAbove - highAbove * 2 ** 26) | 0;
        const highWeight = (packedWeight * 2 ** -26) | 0;
        const lowWeight = (packedWeight - highWeight * 2 ** 26) | 0;
        if (lanes === 2) {
          count(positives, doubledLosses, precisions, draw, lowWeight, lowAbove);
          count(positives, doubledLosses, precisions, draw + 1, highWeight, highAbove);
        } else {
          count(positives, doubledLosses, precisions, draw, lowWeight & 0x1fff, lowAbove & 0x1fff);
          count(positives, doubledLosses, precisions, draw + 1, lowWeight >> 13, lowAbove >> 13);
          count(positives, doubledLosses, precisions, draw + 2, highWeight & 0x1fff, highAbove & 0x1fff);
          count(positives, doubledLosses, precisions, draw + 3, highWeight >> 13, highAbove >> 13);
        }
      }
    }
  }

  /** A group of equal scores with more than one item. */
  #countGroup(block: WeightBlock, places: Int32Array, positiveStart: number, end: number): void {
    const { positives, doubledLosses, precisions } = this;
    const [before, after, group] = [this.#before, this.#after, this.#group];
    spread(this.#above, block.lanes, after);
    sumWeights(block, places, positiveStart, end, group);
    for (let draw = 0; draw < group.length; draw++) {
      const own = group[draw]!;
      const negativesBefore = before[draw]! - positives[draw]!;
      positives[draw]! += own;
      const negativesAfter = after[draw]! - positives[draw]!;
      doubledLosses[draw]! += own * (negativesBefore + negativesAfter);
      if (own > 0) precisions[draw]! += (own * positives[draw]!) / after[draw]!;
    }
  }
}

function spread(columns: Float64Array, lanes: 2 | 4, target: Float64Array): void {
  for (let column = 0; column < BLOCK_WIDTH; column++) unpack(columns[column]!, lanes, target, column * lanes);
}

/** One positive item without equals, `weight` times in the draw, with `above` items at its threshold or above. */
function count(
  positives: Float64Array,
  doubledLosses: Float64Array,
  precisions: Float64Array,
  draw: number,
  weight: number,
  above: number,
): void {
  const positivesAbove = positives[draw]! + weight;
  positives[draw] = positivesAbove;
  doubledLosses[draw]! += 2 * weight * (above - positivesAbove);
  // A draw that has met no item yet adds 0 / 1.
  precisions[draw]! += (weight * positivesAbove) / (above === 0 ? 1 : above);
}
