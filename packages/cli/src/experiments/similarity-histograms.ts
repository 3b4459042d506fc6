import type { SimilarityKind } from "@irec/metrics";
import type { NdArray } from "ndarray";
import type { SimilarityHistograms } from "../results/histograms.ts";

/** The study's bins for cosine similarities: 0.05 wide from -1 to 1; its top-2 differences are counted in steps of 0.01. */
const STUDY_BINS = { similarity: { perUnit: 20, first: -20, count: 40 }, difference: { perUnit: 100, count: 29 } };

/** About how many bins other similarities get, which have no range of their own. */
const OTHER_BINS = 40;

/** Similarities between -1 and 1, whose bins are the same for every model and prompt set. */
const BOUNDED: readonly SimilarityKind[] = ["cosine", "pearson", "angular"];

/** Bins with edges at every i / perUnit, a decimal that is rounded once: `first` to `first + count`. */
interface Bins {
  readonly perUnit: number;
  readonly first: number;
  readonly count: number;
}

/**
 * How similar clips are to their own label and to the others, and how much their first choice is ahead of the second, as
 * counts per bin.
 * @param similarities - shape [nClips, nLabels], at least two labels
 * @param classes - shape [nClips]
 */
export function similarityHistograms(
  { data, shape }: NdArray<Float64Array>,
  classes: Int32Array,
  kind: SimilarityKind,
): SimilarityHistograms {
  const count = shape[1]!;
  const differences = Float64Array.from(classes, (_, clip) => {
    const [first, second] = highestTwo(data, clip * count, count);
    return first - second;
  });
  const bins = BOUNDED.includes(kind) ? STUDY_BINS.similarity : binsOver(data);
  const right = new Array<number>(bins.count).fill(0);
  const wrong = new Array<number>(bins.count).fill(0);
  for (let i = 0; i < data.length; i++) {
    // Rounding takes a cosine a hair above 1, which belongs to the last bin as 1 does.
    const bin = Math.min(bins.count - 1, Math.max(0, stepsBelow(data[i]!, bins.perUnit) - bins.first));
    (i % count === classes[(i / count) | 0]! ? right : wrong)[bin]! += 1;
  }
  return {
    similarity: { low: bins.first / bins.perUnit, width: 1 / bins.perUnit, right, wrong },
    topTwoDifference: differenceHistogram(differences, BOUNDED.includes(kind)),
  };
}

/** From 0 in steps, as many as there are values for; with the study's steps at least as many as it has. */
function differenceHistogram(differences: Float64Array, isBounded: boolean): SimilarityHistograms["topTwoDifference"] {
  const { perUnit, count } = isBounded ? STUDY_BINS.difference : binsOver(differences);
  const counts = new Array<number>(isBounded ? count : 1).fill(0);
  for (const difference of differences) {
    const bin = stepsBelow(difference, perUnit);
    while (counts.length <= bin) counts.push(0);
    counts[bin]! += 1;
  }
  return { low: 0, width: 1 / perUnit, counts };
}

/** Bins of a round width that hold all values. */
function binsOver(values: Float64Array): Bins {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const perUnit = 1 / roundWidth((high - low) / OTHER_BINS || 1);
  const first = stepsBelow(low, perUnit);
  return { perUnit, first, count: stepsBelow(high, perUnit) - first + 1 };
}

/** The smallest of 1, 2 and 5 times a power of ten that is at least as large. */
function roundWidth(width: number): number {
  const power = 10 ** Math.floor(Math.log10(width));
  return power * ([1, 2, 5].find((times) => times * power >= width) ?? 10);
}

/** The largest i with i / perUnit <= value: the product alone can be off by one at an edge. */
function stepsBelow(value: number, perUnit: number): number {
  const i = Math.floor(value * perUnit);
  if ((i + 1) / perUnit <= value) return i + 1;
  return i / perUnit > value ? i - 1 : i;
}

/** The two highest of `count` values from `start`. */
function highestTwo(data: Float64Array, start: number, count: number): [number, number] {
  let [first, second] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = start; i < start + count; i++) {
    const value = data[i]!;
    if (value > first) [first, second] = [value, first];
    else if (value > second) second = value;
  }
  return [first, second];
}
