import { readFiniteVector, type Vector } from "../array-views.ts";
import { LabelError, UndefinedMetricError } from "../errors.ts";
import { checkSameLength } from "../option-checks.ts";
import type { BootstrapDistribution } from "./bootstrap-distribution.ts";
import { type BootstrapResamples, type PackedResamples, readResamples } from "./bootstrap-resamples.ts";
import { quantileInPlace } from "./quantile.ts";
import { risingOrder } from "./rising-order.ts";
import { sumWeightedValues, sumWeights, unpack } from "./weight-sums.ts";

/**
 * The bootstrap distribution of a ratio of sums over items. It is a mean of all values when the denominators are left
 * out; the mean of some of them when values and denominators are 0 elsewhere, such as a rate within one class; and the
 * micro average of anchors whose numerators are correct triplets and whose denominators are all of them. A resample whose
 * denominators sum to 0 has no value.
 * @param numerators - shape [n]
 * @param resamples - of n items
 * @param denominators - shape [n], each 0 or more; 1 everywhere when left out
 * @throws {ShapeError} when the lengths differ
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {LabelError} when a denominator is negative
 * @throws {OptionError} when the resamples are not those of `bootstrapResamples`
 * @throws {UndefinedMetricError} when the denominators sum to 0
 * @example
 * const resamples = bootstrapResamples(4);
 * bootstrapRatio([1, 0, 1, 1], resamples).estimate; // 0.75
 * bootstrapRatio([1, 0, 0, 0], resamples, [1, 1, 0, 0]).estimate; // 0.5
 */
export function bootstrapRatio(
  numerators: Vector,
  resamples: BootstrapResamples,
  denominators?: Vector,
): BootstrapDistribution {
  const above = Float64Array.from(readFiniteVector("numerators", numerators));
  const packed = readResamples(resamples, "numerators", above.length);
  const below =
    denominators === undefined
      ? new Float64Array(above.length).fill(1)
      : Float64Array.from(readFiniteVector("denominators", denominators));
  checkSameLength("denominators", below.length, "numerators", above.length);
  const negative = below.findIndex((value) => value < 0);
  if (negative !== -1) throw new LabelError("denominators", negative, undefined, below[negative]!, "0 or more");
  const total = sumOf(below);
  if (total === 0) throw new UndefinedMetricError("bootstrapRatio", "the denominators sum to 0");

  const statistics = new Float64Array(packed.draws);
  const sumAbove = summation(packed, above);
  const sumBelow = summation(packed, below);
  const [numerator, denominator] = [new Float64Array(packed.blockDraws), new Float64Array(packed.blockDraws)];
  for (const block of packed.blocks()) {
    sumAbove(block, numerator);
    sumBelow(block, denominator);
    for (let draw = 0; draw < block.draws; draw++) {
      statistics[block.firstDraw + draw] = denominator[draw] === 0 ? Number.NaN : numerator[draw]! / denominator[draw]!;
    }
  }
  return { estimate: sumOf(above) / total, statistics, resamples };
}

/**
 * The bootstrap distribution of the median of the items' values, such as the rank of each query; the mean of the middle
 * two for an even number of items.
 * @param values - shape [n]
 * @param resamples - of n items
 * @throws {ShapeError} when the lengths differ
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {OptionError} when the resamples are not those of `bootstrapResamples`
 * @example bootstrapMedian([3, 1, 2, 10], bootstrapResamples(4)).estimate // 2.5
 */
export function bootstrapMedian(values: Vector, resamples: BootstrapResamples): BootstrapDistribution {
  const data = Float64Array.from(readFiniteVector("values", values));
  const packed = readResamples(resamples, "values", data.length);
  const { places, draws, blockDraws, lanes } = packed;
  const order = risingOrder(data);
  const statistics = new Float64Array(draws);
  const make = (): Float64Array => new Float64Array(blockDraws);
  const [total, counted, lower, upper, ofItem] = [make(), make(), make(), make(), new Float64Array(lanes)];
  for (const block of packed.blocks()) {
    sumWeights(block, places, 0, places.length, total);
    counted.fill(0);
    for (const item of order) {
      const value = data[item]!;
      for (let draw = 0; draw < block.draws; draw++) {
        const lane = draw % lanes;
        if (lane === 0) unpack(block.weights[places[item]! + draw / lanes]!, lanes, ofItem, 0);
        const before = counted[draw]!;
        const after = before + ofItem[lane]!;
        counted[draw] = after;
        // The middle two, or twice the middle one, by their place in the sorted resample.
        const lowerPlace = (total[draw]! - 1) >>> 1;
        const upperPlace = total[draw]! >>> 1;
        if (before <= lowerPlace && lowerPlace < after) lower[draw] = value;
        if (before <= upperPlace && upperPlace < after) upper[draw] = value;
      }
    }
    for (let draw = 0; draw < block.draws; draw++) {
      statistics[block.firstDraw + draw] = upper[draw]! - (upper[draw]! - lower[draw]!) * 0.5;
    }
  }
  return { estimate: quantileInPlace(data.slice(), 0.5), statistics, resamples };
}

/** Sums of weight times value; of zeros and ones, sums of weights, which are exact and faster. */
function summation({ places }: PackedResamples, values: Float64Array) {
  if (values.some((value) => value !== 0 && value !== 1)) {
    return (block: Parameters<typeof sumWeightedValues>[0], sums: Float64Array) =>
      sumWeightedValues(block, places, values, sums);
  }
  const ones = places.filter((_, i) => values[i] === 1);
  return (block: Parameters<typeof sumWeights>[0], sums: Float64Array) => sumWeights(block, ones, 0, ones.length, sums);
}

const sumOf = (values: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
};
