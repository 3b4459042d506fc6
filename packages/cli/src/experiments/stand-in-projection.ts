import {
  applyLinearMap,
  type LinearMap,
  orthogonalMap,
  ridgeMap,
  type SimilarityKind,
  xoshiro128,
} from "@irec/metrics";
import ndarray, { type NdArray } from "ndarray";
import type { PrototypeSpan } from "./prototype-span.ts";

/** What takes the place of a trained projection: a map from audio prototypes to the vectors of their labels. */
export type StandInMap = "orthogonal" | "ridge";

/** How a mapped clip is compared with the vectors of labels; what no rotation changes. */
export type StandInSimilarity = Extract<SimilarityKind, "cosine" | "dot" | "euclidean" | "angular">;

export function isStandInSimilarity(kind: SimilarityKind): kind is StandInSimilarity {
  return kind === "cosine" || kind === "dot" || kind === "euclidean" || kind === "angular";
}

export interface StandIn {
  readonly map: StandInMap;
  readonly similarity: StandInSimilarity;
}

/**
 * The answer for each clip of a fold when the map has been fitted on all labels: the one whose vector is nearest to the mapped
 * clip, seen from the mean of the vectors.
 *
 * A map into as many dimensions as there are labels meets any vectors, however they lie to each other. So this says nothing about
 * the vectors but that they differ.
 * @param targets - shape [C, q]: a vector a label
 * @param candidates - "mapped" compares with the mapped prototypes, so that the vectors only say which way to look
 * @returns shape [m]: a label a clip
 */
export function answersOfSeenLabels(
  span: PrototypeSpan,
  targets: NdArray<Float64Array>,
  { map, similarity }: StandIn,
  candidates: "given" | "mapped" = "given",
): Int32Array {
  const everyLabel = Int32Array.from({ length: targets.shape[0]! }, (_, c) => c);
  const fitted = fitter(map, span, everyLabel)(targets);
  const mapped = fitted.apply(span.ofClips);
  const vectors = candidates === "given" ? fitted.centred(targets) : fitted.apply(span.ofPrototypes);
  return span.clips.map((_, clip) => {
    let best = 0;
    let closest = -Infinity;
    for (const c of everyLabel) {
      const value = closeness(similarity, mapped, clip, vectors, c);
      if (value > closest) [best, closest] = [c, value];
    }
    return best;
  });
}

/** With more labels than this, some of them are held out together. */
const MOST_SINGLE_LABELS = 16;
const LABEL_GROUPS = 8;

/** Which labels are held out together, shape [C]: each on its own, or eight seeded groups where there are many. */
export function labelGroups(labelCount: number, seed: number): Int32Array {
  const order = Int32Array.from({ length: labelCount }, (_, c) => c);
  if (labelCount <= MOST_SINGLE_LABELS) return order;
  const random = xoshiro128(seed);
  for (let i = labelCount - 1; i > 0; i--) {
    const j = random.nextBelow(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  const groups = new Int32Array(labelCount);
  for (const [place, c] of order.entries()) groups[c] = place % LABEL_GROUPS;
  return groups;
}

/**
 * The answer for each clip of a fold when any two labels are compared by a map that has seen neither: the label that wins most
 * comparisons, and of several the one with the larger sum of margins.
 *
 * A clip's own label can only win what maps decide that were never shown where it belongs. They know the other labels alone, so
 * the label is found exactly as far as its vector lies to the others' as its sound lies to theirs.
 * @param targets - of each question, shape [C, q]: a vector a label
 * @param groups - shape [C]: labels that are held out together; at least two labels are in the other groups of any two
 * @returns for each question, shape [m]: a label a clip
 * @see Mitchell et al. 2008, "Predicting human brain activity associated with the meanings of nouns", whose test leaves two out
 */
export function answersOfHeldOutLabels(
  span: PrototypeSpan,
  targets: readonly NdArray<Float64Array>[],
  { map, similarity }: StandIn,
  groups: Int32Array,
): readonly Int32Array[] {
  const votes = targets.map(() => new Votes(span.clips.length, groups.length));
  for (const [first, second, held] of heldOutTogether(groups)) {
    const seen = Int32Array.from([...groups.keys()].filter((c) => groups[c] !== first && groups[c] !== second));
    const pairs = held.flatMap((a, i) => held.slice(i + 1).map((b) => [a, b] as const));
    // Pairs of one group are compared once, by the maps that hold out that group alone.
    const asked = pairs.filter(([a, b]) => first === second || groups[a] !== groups[b]);
    const fit = fitter(map, span, seen);
    for (const [question, vectorsOfLabels] of targets.entries()) {
      const fitted = fit(vectorsOfLabels);
      const mapped = fitted.apply(span.ofClips);
      const vectors = fitted.centred(vectorsOfLabels);
      for (let clip = 0; clip < span.clips.length; clip++) {
        for (const [a, b] of asked) {
          const toA = closeness(similarity, mapped, clip, vectors, a);
          votes[question]!.add(clip, a, b, toA - closeness(similarity, mapped, clip, vectors, b));
        }
      }
    }
  }
  return votes.map((one) => one.answers());
}

/** Which label won how many comparisons for each clip, and by how much in all. */
class Votes {
  readonly #labelCount: number;
  readonly #wins: Int32Array;
  readonly #margins: Float64Array;

  constructor(clipCount: number, labelCount: number) {
    this.#labelCount = labelCount;
    this.#wins = new Int32Array(clipCount * labelCount);
    this.#margins = new Float64Array(clipCount * labelCount);
  }

  add(clip: number, a: number, b: number, margin: number): void {
    const start = clip * this.#labelCount;
    this.#wins[start + (margin >= 0 ? a : b)]! += 1;
    this.#margins[start + a]! += margin;
    this.#margins[start + b]! -= margin;
  }

  answers(): Int32Array {
    const count = this.#labelCount;
    return Int32Array.from({ length: this.#wins.length / count }, (_, clip) => {
      const start = clip * count;
      let best = 0;
      for (let c = 1; c < count; c++) {
        const more =
          this.#wins[start + c]! - this.#wins[start + best]! ||
          this.#margins[start + c]! - this.#margins[start + best]!;
        if (more > 0) best = c;
      }
      return best;
    });
  }
}

/** Every two groups, and every group with several labels by itself, with the labels in them. */
function heldOutTogether(groups: Int32Array): (readonly [first: number, second: number, held: number[]])[] {
  const numbers = [...new Set(groups)].sort((a, b) => a - b);
  return numbers
    .flatMap((first, i) => numbers.slice(i).map((second) => [first, second] as const))
    .map(([first, second]) => {
      const held = [...groups.keys()].filter((c) => groups[c] === first || groups[c] === second);
      return [first, second, held] as const;
    })
    .filter(([, , held]) => held.length > 1);
}

interface FittedMap {
  /** Points of the audio's plane, mapped; the mean of the labels' vectors is the origin. */
  apply(points: NdArray<Float64Array>): NdArray<Float64Array>;
  /** Vectors seen from that mean. */
  centred(vectors: NdArray<Float64Array>): NdArray<Float64Array>;
}

/** Fits maps from the prototypes of some labels to whatever vectors they have. */
function fitter(map: StandInMap, span: PrototypeSpan, seen: Int32Array): (targets: NdArray<Float64Array>) => FittedMap {
  const x = rowsOf(span.ofPrototypes, seen);
  const ridges = map === "ridge" ? ridgeFits(x) : [];
  return (targets) => {
    const y = rowsOf(targets, seen);
    const mean = meanOf(y);
    const centred = (vectors: NdArray<Float64Array>) => {
      const { data, shape } = vectors;
      const size = mean.length;
      return ndarray(
        data.map((value, i) => value - mean[i % size]!),
        shape,
      );
    };
    if (map === "orthogonal") {
      const linear = orthogonalMap(x, y, { scale: true });
      return { apply: (points) => centred(applyLinearMap(linear, points)), centred };
    }
    const { shares } = ridges[bestRidge(ridges, y)]!;
    // The shares of a point sum to 1, so that the mean goes through unchanged.
    const weighted = { matrix: centred(y), offset: new Float64Array(mean.length) };
    return { apply: (points) => applyLinearMap(weighted, applyLinearMap(shares, points)), centred };
  };
}

/** By how many times the mean square of the prototypes. */
const RIDGE_STRENGTHS = [0.001, 0.01, 0.1, 1, 10];

interface RidgeFit {
  /** From a point to the share that each label's vector has in the answer, whatever the vectors are: ridge is linear in them. */
  readonly shares: LinearMap;
  /** Shape [n, n]: the shares in the answers to the points that it was fitted on. */
  readonly own: Float64Array;
}

/** A fit for each strength, to one vector a label that is 1 there and 0 elsewhere. @param x - shape [n, k] */
function ridgeFits(x: NdArray<Float64Array>): readonly RidgeFit[] {
  const count = x.shape[0]!;
  const mean = meanOf(x);
  const square = x.data.reduce((sum, value, i) => sum + (value - mean[i % mean.length]!) ** 2, 0) / count;
  const oneHot = Float64Array.from({ length: count * count }, (_, i) => Number(i % (count + 1) === 0));
  return RIDGE_STRENGTHS.map((strength) => {
    const shares = ridgeMap(x, ndarray(oneHot, [count, count]), { lambda: strength * square });
    return { shares, own: applyLinearMap(shares, x).data };
  });
}

/**
 * The fit with the smallest error on labels that are left out one by one, among the fitted labels only.
 *
 * Leaving a label out needs no new fit: its error is that of the fit with it, divided by 1 minus its own share in its answer.
 * @param y - shape [n, q]: the labels' vectors
 * @see Allen 1974, "The relationship between variable selection and data augmentation and a method for prediction"
 */
function bestRidge(fits: readonly RidgeFit[], y: NdArray<Float64Array>): number {
  const [count, size] = y.shape as [number, number];
  const { data } = y;
  const errors = fits.map(({ own }) => {
    let error = 0;
    for (let i = 0; i < count; i++) {
      let squares = 0;
      for (let k = 0; k < size; k++) {
        let off = data[i * size + k]!;
        for (let j = 0; j < count; j++) off -= own[i * count + j]! * data[j * size + k]!;
        squares += off * off;
      }
      error += squares / (1 - own[i * (count + 1)]!) ** 2;
    }
    return error;
  });
  return errors.indexOf(Math.min(...errors));
}

/** Larger is closer. What has no direction is at a right angle to everything. */
function closeness(
  similarity: StandInSimilarity,
  a: NdArray<Float64Array>,
  row: number,
  b: NdArray<Float64Array>,
  other: number,
): number {
  const size = a.shape[1]!;
  let [product, squares, otherSquares] = [0, 0, 0];
  for (let k = 0; k < size; k++) {
    const [x, y] = [a.data[row * size + k]!, b.data[other * size + k]!];
    product += x * y;
    squares += x * x;
    otherSquares += y * y;
  }
  if (similarity === "dot") return product;
  if (similarity === "euclidean") return -Math.sqrt(Math.max(0, squares + otherSquares - 2 * product));
  return squares === 0 || otherSquares === 0 ? 0 : product / Math.sqrt(squares * otherSquares);
}

function meanOf({ data, shape }: NdArray<Float64Array>): Float64Array {
  const [count, size] = shape as [number, number];
  const mean = new Float64Array(size);
  for (let i = 0; i < data.length; i++) mean[i % size]! += data[i]! / count;
  return mean;
}

function rowsOf({ data, shape }: NdArray<Float64Array>, rows: Int32Array): NdArray<Float64Array> {
  const size = shape[1]!;
  const chosen = new Float64Array(rows.length * size);
  for (const [i, row] of rows.entries()) chosen.set(data.subarray(row * size, (row + 1) * size), i * size);
  return ndarray(chosen, [rows.length, size]);
}
