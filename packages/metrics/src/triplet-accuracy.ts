import type { NdArray } from "ndarray";
import { readFiniteMatrix, readIndices, type Vector } from "./array-views.ts";
import { OptionError, UndefinedMetricError } from "./errors.ts";
import { checkClassCount, checkSameLength } from "./option-checks.ts";

/** Triplets of item indices: triplet i says that `positives[i]` is closer to `anchors[i]` than `negatives[i]` is. */
export interface Triplets {
  /** Shape [t]; rows of the similarities. */
  readonly anchors: Vector;
  /** Shape [t]; columns of the similarities. */
  readonly positives: Vector;
  /** Shape [t]; columns of the similarities. */
  readonly negatives: Vector;
}

/** How the triplets of each of several things came out; entry i belongs to thing i. */
export interface TripletCounts {
  /** Triplets whose positive is strictly more similar to the anchor. */
  readonly correct: Int32Array;
  /** Triplets whose two similarities are equal; they are not correct. */
  readonly ties: Int32Array;
  /** All triplets. */
  readonly total: Int32Array;
}

/** How triplets came out, over all and in parts. */
export interface TripletAccuracy {
  /** Triplets whose positive is strictly more similar to the anchor. */
  readonly correct: number;
  /** Triplets whose two similarities are equal; they are not correct. */
  readonly ties: number;
  /** All triplets. */
  readonly total: number;
  /** correct / total. */
  readonly micro: number;
  /** Mean of the accuracies of the anchors that have triplets. */
  readonly macro: number;
  /** Counts by anchor, one per row of the similarities. */
  readonly perAnchor: TripletCounts;
  /**
   * Counts by item, one per column of the similarities: the triplets in which it takes part as anchor, positive or
   * negative. Anchors count only when the similarities are square, where row i and column i are the same item.
   */
  readonly perNode: TripletCounts;
}

/**
 * The share of triplets whose positive is strictly more similar to the anchor than their negative. Ties are wrong, and
 * counted. 0.5 is chance.
 * @param similarities - shape [n, n], or [nAnchors, n] for anchors that are compared with other items; larger is more
 *   similar
 * @param triplets - row and column indices, each of shape [t]
 * @throws {ShapeError} when the lengths differ
 * @throws {NotFiniteError} when a similarity is NaN or infinite
 * @throws {LabelError} when an index is outside the similarities
 * @throws {UndefinedMetricError} when there are no triplets
 * @example
 * const similarities = ndarray([1, 0.9, 0.2, 0.9, 1, 0.2, 0.2, 0.2, 1], [3, 3]);
 * const triplets = { anchors: [0, 1, 2], positives: [1, 0, 0], negatives: [2, 2, 1] };
 * tripletAccuracy(similarities, triplets); // correct 2, ties 1, total 3, micro 0.6666666666666666
 */
export function tripletAccuracy(similarities: NdArray, triplets: Triplets): TripletAccuracy {
  const { anchors, positives, negatives, rows, columns, outcomes } = judgeTriplets(similarities, triplets);
  const perAnchor = countsFor(rows);
  const perNode = countsFor(columns);
  const square = rows === columns;
  let correct = 0;
  let ties = 0;
  for (let i = 0; i < outcomes.length; i++) {
    const outcome = outcomes[i]!;
    if (outcome === CORRECT) correct++;
    else if (outcome === TIE) ties++;
    count(perAnchor, anchors[i]!, outcome);
    if (square) count(perNode, anchors[i]!, outcome);
    count(perNode, positives[i]!, outcome);
    count(perNode, negatives[i]!, outcome);
  }
  const total = outcomes.length;
  if (total === 0) throw new UndefinedMetricError("tripletAccuracy", "there are no triplets");

  let sum = 0;
  let anchorCount = 0;
  for (let i = 0; i < rows; i++) {
    if (perAnchor.total[i] === 0) continue;
    sum += perAnchor.correct[i]! / perAnchor.total[i]!;
    anchorCount++;
  }
  return { correct, ties, total, micro: correct / total, macro: sum / anchorCount, perAnchor, perNode };
}

/**
 * Triplet outcomes by group of triplets, such as the depth at which positive and negative part. A group without triplets
 * has total 0.
 * @param similarities - shape [n, n] or [nAnchors, n]
 * @param triplets - row and column indices, each of shape [t]
 * @param groups - shape [t]; the group of each triplet, from 0 to groupCount - 1
 * @param groupCount - from 1 to 2^24
 * @throws the errors of `tripletAccuracy` for shapes, values and indices
 * @throws {LabelError} when a group is not an integer from 0 to groupCount - 1
 * @throws {OptionError} when groupCount is not an integer in that range
 * @example tripletAccuracyBy(similarities, triplets, [0, 0, 1], 2).correct // Int32Array [2, 0]
 */
export function tripletAccuracyBy(
  similarities: NdArray,
  triplets: Triplets,
  groups: Vector,
  groupCount: number,
): TripletCounts {
  checkClassCount("groupCount", groupCount);
  const { outcomes } = judgeTriplets(similarities, triplets);
  const groupOf = readIndices("groups", groups, groupCount, "a group");
  checkSameLength("groups", groupOf.length, "triplets", outcomes.length);
  const counts = countsFor(groupCount);
  for (let i = 0; i < outcomes.length; i++) count(counts, groupOf[i]!, outcomes[i]!);
  return counts;
}

const WRONG = 0;
const CORRECT = 1;
const TIE = 2;

function judgeTriplets(similarities: NdArray, triplets: Triplets) {
  const { data, rows, columns } = readFiniteMatrix("similarities", similarities);
  if (typeof triplets !== "object" || triplets === null) {
    throw new OptionError("triplets", triplets, "{ anchors, positives, negatives }, each of shape [t]");
  }
  const anchors = readIndices("anchors", triplets.anchors, rows, "a row of similarities");
  const positives = readIndices("positives", triplets.positives, columns, "a column of similarities");
  const negatives = readIndices("negatives", triplets.negatives, columns, "a column of similarities");
  checkSameLength("positives", positives.length, "anchors", anchors.length);
  checkSameLength("negatives", negatives.length, "anchors", anchors.length);
  const outcomes = new Uint8Array(anchors.length);
  for (let i = 0; i < outcomes.length; i++) {
    const start = anchors[i]! * columns;
    const near = data[start + positives[i]!]!;
    const far = data[start + negatives[i]!]!;
    outcomes[i] = near > far ? CORRECT : near === far ? TIE : WRONG;
  }
  return { anchors, positives, negatives, rows, columns, outcomes };
}

const countsFor = (things: number): TripletCounts => ({
  correct: new Int32Array(things),
  ties: new Int32Array(things),
  total: new Int32Array(things),
});

function count(counts: TripletCounts, thing: number, outcome: number): void {
  counts.total[thing]!++;
  if (outcome === CORRECT) counts.correct[thing]!++;
  else if (outcome === TIE) counts.ties[thing]!++;
}
