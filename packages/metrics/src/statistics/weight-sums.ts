import { BLOCK_WIDTH, type WeightBlock } from "./bootstrap-resamples.ts";

/**
 * How many items of a list each draw has: the sum of their weights, into `sums[0]` to `sums[8 lanes - 1]`.
 * @param places - where each item's weights start in the block; entries `from` to `to - 1` are summed
 */
export function sumWeights(
  { weights, lanes }: WeightBlock,
  places: Int32Array,
  from: number,
  to: number,
  sums: Float64Array,
): void {
  // Eight locals, one a column: an array of sums would be loaded and stored for every item.
  let [c0, c1, c2, c3, c4, c5, c6, c7] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = from; i < to; i++) {
    const place = places[i]!;
    c0 += weights[place]!;
    c1 += weights[place + 1]!;
    c2 += weights[place + 2]!;
    c3 += weights[place + 3]!;
    c4 += weights[place + 4]!;
    c5 += weights[place + 5]!;
    c6 += weights[place + 6]!;
    c7 += weights[place + 7]!;
  }
  const columns = [c0, c1, c2, c3, c4, c5, c6, c7];
  for (let column = 0; column < BLOCK_WIDTH; column++) unpack(columns[column]!, lanes, sums, column * lanes);
}

/** Writes the weights, or sums of weights, of one double to `target[start]` to `target[start + lanes - 1]`. */
export function unpack(packed: number, lanes: 2 | 4, target: Float64Array, start: number): void {
  const high = (packed * 2 ** -26) | 0;
  const low = (packed - high * 2 ** 26) | 0;
  if (lanes === 2) {
    target[start] = low;
    target[start + 1] = high;
    return;
  }
  target[start] = low & 0x1fff;
  target[start + 1] = low >> 13;
  target[start + 2] = high & 0x1fff;
  target[start + 3] = high >> 13;
}

/** The sum over the items of weight times value, into `sums`. */
export function sumWeightedValues(
  { weights, lanes }: WeightBlock,
  places: Int32Array,
  values: Float64Array,
  sums: Float64Array,
): void {
  sums.fill(0);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value === 0) continue;
    const place = places[i]!;
    for (let column = 0, at = 0; column < BLOCK_WIDTH; column++, at += lanes) {
      const packed = weights[place + column]!;
      const high = (packed * 2 ** -26) | 0;
      const low = (packed - high * 2 ** 26) | 0;
      if (lanes === 2) {
        sums[at]! += value * low;
        sums[at + 1]! += value * high;
      } else {
        sums[at]! += value * (low & 0x1fff);
        sums[at + 1]! += value * (low >> 13);
        sums[at + 2]! += value * (high & 0x1fff);
        sums[at + 3]! += value * (high >> 13);
      }
    }
  }
}
