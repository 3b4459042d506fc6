import {
  agreedTriplets,
  publishedTinysolTriplets,
  type Taxonomy,
  type TripletArrays,
  tinysolTerms,
} from "@irec/ontology";
import type { TripletRule } from "../../packages/cli/src/results/results.ts";
import { type ReferenceRuns, STUDY_ONTOLOGY } from "./reference-runs.ts";

/** The triplets of one rule and ontology: what an encoder is asked. */
export interface Question {
  readonly ontology: string;
  readonly rule: TripletRule;
  /** Indices into `tinysolTerms`. */
  readonly triplets: TripletArrays;
  /** The instruments that take part, in rising order. */
  readonly instruments: readonly number[];
  /** The instruments that ever anchor, in rising order. */
  readonly anchors: readonly number[];
}

/** @param ontology - a name of `irec evaluate --ontology`; the published rule has only the study's */
export function questionOf({ ontologies }: ReferenceRuns, ontology: string, rule: TripletRule): Question {
  if (rule === "published-2024") {
    if (ontology !== STUDY_ONTOLOGY) throw new Error(`the published rule is not defined in ${ontology}`);
    return aboutTriplets(ontology, rule, publishedTinysolTriplets());
  }
  const { terms, arrays } = agreedTriplets(ontologies.get(ontology)!, { instruments: tinysolTerms, rule });
  const row = terms.map((term) => tinysolTerms.indexOf(term));
  return aboutTriplets(ontology, rule, {
    anchors: arrays.anchors.map((i) => row[i]!),
    positives: arrays.positives.map((i) => row[i]!),
    negatives: arrays.negatives.map((i) => row[i]!),
    length: arrays.length,
  });
}

/** A part of a question: the triplets that are kept. */
export function partOf({ ontology, rule, triplets }: Question, keep: (triplet: number) => boolean): Question {
  const kept = Array.from({ length: triplets.length }, (_, t) => t).filter(keep);
  const pick = (indices: ArrayLike<number>) => Uint16Array.from(kept, (t) => indices[t]!);
  return aboutTriplets(ontology, rule, {
    anchors: pick(triplets.anchors),
    positives: pick(triplets.positives),
    negatives: pick(triplets.negatives),
    length: kept.length,
  });
}

/** Which way an ontology would answer the published triplets. */
export interface Directions {
  readonly ontology: string;
  /** The ontology's lowest common ancestors confirm the triplet, or the reverse of it, or tie; or it lacks an instrument. */
  readonly same: number;
  readonly reversed: number;
  readonly tied: number;
  readonly notAsked: number;
}

export type Direction = "same" | "reversed" | "tied" | "notAsked";

/** The direction of each triplet of a question in the eyes of an ontology, or of several that have to agree. */
export function directionsOf({ triplets }: Question, taxonomies: readonly Taxonomy[]): readonly Direction[] {
  const { terms, arrays } = agreedTriplets(taxonomies, { instruments: tinysolTerms });
  const known = new Set(terms.map((term) => tinysolTerms.indexOf(term)));
  const key = (a: number, p: number, n: number) => `${a} ${p} ${n}`;
  const row = terms.map((term) => tinysolTerms.indexOf(term));
  const confirmed = new Set(
    Array.from(arrays.anchors, (a, t) => key(row[a]!, row[arrays.positives[t]!]!, row[arrays.negatives[t]!]!)),
  );
  return Array.from(triplets.anchors, (a, t): Direction => {
    const [p, n] = [triplets.positives[t]!, triplets.negatives[t]!];
    if (![a, p, n].every((instrument) => known.has(instrument))) return "notAsked";
    if (confirmed.has(key(a, p, n))) return "same";
    return confirmed.has(key(a, n, p)) ? "reversed" : "tied";
  });
}

function aboutTriplets(ontology: string, rule: TripletRule, triplets: TripletArrays): Question {
  const sorted = (indices: readonly number[]) => [...new Set(indices)].sort((a, b) => a - b);
  const { anchors, positives, negatives } = triplets;
  return {
    ...{ ontology, rule, triplets },
    instruments: sorted([...anchors, ...positives, ...negatives]),
    anchors: sorted([...anchors]),
  };
}
