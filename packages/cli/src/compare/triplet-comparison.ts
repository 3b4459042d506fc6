import {
  bootstrapDifference,
  bootstrapRatio,
  bootstrapResamples,
  cohensH,
  mcnemarTest,
  pairedPermutationTest,
} from "@irec/metrics";
import type { Similarities, TripletIndices } from "../outcomes/outcome-files.ts";
import { RIGHT, tripletAnswers } from "../outcomes/triplet-answers.ts";
import type { Comparison } from "./comparisons.ts";
import { asInterval, type Measured, type TestOptions } from "./measured.ts";

/** The triplets of one row, and what they were scored by. */
export interface ScoredTriplets {
  readonly labels: readonly string[];
  readonly triplets: TripletIndices;
  /** Shape [labels, labels]. */
  readonly similarities: Similarities;
}

/** Answers to the triplets that both sides were asked, in the order of the first. */
export interface PairedAnswers {
  /** Shape [triplets]: 1 where the triplet is right; a tie is wrong. */
  readonly a: Uint8Array;
  readonly b: Uint8Array;
  /** Shape [triplets]: the anchor of each. */
  readonly anchors: Int32Array;
  readonly items: Comparison["items"];
}

/** Joins two rows of triplets by their labels. */
export function sharedTriplets(a: ScoredTriplets, b: ScoredTriplets): PairedAnswers {
  const [rightA, rightB] = [right(a), right(b)];
  const placeInB = new Map(b.labels.map((label, place) => [label, place]));
  const count = b.labels.length;
  const keyOf = (anchor: number, positive: number, negative: number) => (anchor * count + positive) * count + negative;
  const inB = b.triplets;
  const answersOfB = new Map<number, number>();
  for (let t = 0; t < inB.length; t++) {
    answersOfB.set(keyOf(inB.anchors[t]!, inB.positives[t]!, inB.negatives[t]!), rightB[t]!);
  }
  const found: { readonly t: number; readonly ofB: number }[] = [];
  const rename = a.labels.map((label) => placeInB.get(label));
  for (let t = 0; t < a.triplets.length; t++) {
    const { anchors, positives, negatives } = a.triplets;
    const [anchor, positive, negative] = [rename[anchors[t]!], rename[positives[t]!], rename[negatives[t]!]];
    if (anchor === undefined || positive === undefined || negative === undefined) continue;
    const ofB = answersOfB.get(keyOf(anchor, positive, negative));
    if (ofB !== undefined) found.push({ t, ofB });
  }
  const shared = found.length;
  return {
    a: Uint8Array.from(found, ({ t }) => rightA[t]!),
    b: Uint8Array.from(found, ({ ofB }) => ofB),
    anchors: Int32Array.from(found, ({ t }) => a.triplets.anchors[t]!),
    items: { kind: "triplets", shared, onlyA: a.triplets.length - shared, onlyB: inB.length - shared },
  };
}

const right = ({ similarities, triplets }: ScoredTriplets): Uint8Array =>
  tripletAnswers(similarities, triplets).map((answer) => (answer === RIGHT ? 1 : 0));

/** Whether a has more of the same triplets right than b; all triplets of an anchor are drawn, and swapped, together. */
export function compareTriplets({ a, b, anchors }: PairedAnswers, { level, draws, seed }: TestOptions): Measured {
  const resamples = bootstrapResamples(anchors.length, { draws, seed, clusters: anchors });
  const [ofA, ofB] = [bootstrapRatio(a, resamples), bootstrapRatio(b, resamples)];
  const difference = bootstrapDifference(ofA, ofB, { level });
  const { onlyA, onlyB } = mcnemarTest(a, b);
  return {
    scoreA: ofA.estimate,
    scoreB: ofB.estimate,
    difference: difference.estimate,
    interval: asInterval(difference, "anchor"),
    discordant: { onlyA, onlyB },
    test: "sign-flip",
    pValue: pairedPermutationTest(a, b, { clusters: anchors, draws: Math.max(draws, ALL_OF_TINYSOL), seed }).pValue,
    cohensH: cohensH(ofA.estimate, ofB.estimate),
  };
}

/** Ways to swap the answers to TinySOL's 14 anchors: they are counted, not drawn, which costs some milliseconds. */
const ALL_OF_TINYSOL = 2 ** 14;
