import type { Ends } from "./anchor-statistics.ts";
import type { Calibration } from "./calibration.ts";
import type { Directions } from "./questions.ts";

/** All numbers of docs/findings.md, and no words about them: docs/findings.json. */
export interface Findings {
  readonly method: {
    /** Of anchors and of groups of clips. */
    readonly draws: number;
    readonly instrumentDraws: number;
    readonly permutations: number;
    readonly seed: number;
    /** Of the files that were read: how many, and the sha256 of the lines "<sha256>  <path>" in order. */
    readonly inputs: { readonly files: number; readonly sha256: string };
  };
  readonly dataset: DatasetNumbers;
  /** The study's main prompt set, by the published rule and by lowest common ancestors. */
  readonly main: TripletTable;
  /** The main prompt set by the other similarities in the study's ontology. */
  readonly otherRules: TripletTable;
  /** The main prompt set by lowest common ancestors in each ontology. */
  readonly ontologies: TripletTable;
  readonly ontologySets: readonly OntologySet[];
  /** Every prompt set, by the published rule and by lowest common ancestors. */
  readonly prompts: TripletTable;
  readonly sensitivity: readonly SensitivityRow[];
  /** What a perfect encoder scores on the published triplets, and how each ontology sees them. */
  readonly directions: readonly Directions[];
  /** Accuracy on the published triplets that point the right way, and on those that are reversed. */
  readonly halves: readonly HalvesRow[];
  readonly calibration: readonly Calibration[];
  readonly zeroShot: readonly PublishedRow[];
  readonly zeroShotReferences: ZeroShotReferences;
  readonly audio: readonly AudioRow[];
  readonly audioPairs: readonly AudioPair[];
  readonly foldSplits: FoldSplits;
}

/** Top-1 by fold under several random splits, the first of which is the one that is tested. */
export interface FoldSplits {
  readonly splits: number;
  readonly lowest: number;
  readonly mean: number;
  readonly highest: number;
}

export interface DatasetNumbers {
  readonly clips: number;
  readonly labels: number;
  readonly groups: number;
  readonly majorityLabel: string;
  readonly majorityClips: number;
  readonly majority: number;
  readonly majorityInterval: Ends;
}

/** What an ontology has to say about the instruments of the data set. */
export interface OntologySet {
  readonly ontology: string;
  readonly instruments: number;
  /** Labels that it lacks, or cannot tell from another. */
  readonly lacks: readonly string[];
  /** Ontologies before it whose triplets are exactly the same. */
  readonly sameTripletsAs: readonly string[];
}

/** P-values are corrected by Holm within a table and rule: those against chance, and those of each kind of pair. */
export interface TripletTable {
  readonly chance: readonly ChanceRow[];
  readonly pairs: readonly PairRow[];
}

/** A row of an evaluation's triplets, with its tests against a half. */
export interface ChanceRow {
  readonly ontology: string;
  readonly rule: string;
  readonly promptSet: string;
  readonly model: string;
  readonly space: string;
  readonly triplets: number;
  readonly correct: number;
  readonly ties: number;
  readonly anchors: number;
  readonly micro: number;
  readonly macro: number;
  /** Of micro, as in results.json. */
  readonly interval: Ends;
  readonly macroInterval: Ends;
  /** Of micro, when instruments are drawn. */
  readonly instrumentInterval: Ends;
  readonly signFlipP: number;
  readonly signFlipHolm: number;
  readonly labelP: number;
  readonly labelHolm: number;
}

/** The first less the second on the same triplets. */
export interface PairRow {
  readonly ontology: string;
  readonly rule: string;
  readonly promptSet: string;
  /** Joint less pre-joint of one model, or one model less the other in one space. */
  readonly kind: "projection" | "models";
  readonly first: { readonly model: string; readonly space: string };
  readonly second: { readonly model: string; readonly space: string };
  readonly difference: number;
  readonly interval: Ends;
  readonly instrumentInterval: Ends;
  readonly p: number;
  readonly holm: number;
}

/** How much a score depends on the prompt set. */
export interface SensitivityRow {
  /** `published-2024`, `lca`, or `zero-shot` for the study's own top-1 scores. */
  readonly score: string;
  readonly model: string;
  readonly space: string;
  readonly promptSets: number;
  readonly mean: number;
  /** With divisor n - 1. */
  readonly sd: number;
  readonly worst: { readonly promptSet: string; readonly value: number };
  readonly best: { readonly promptSet: string; readonly value: number };
}

export interface HalvesRow {
  readonly model: string;
  readonly space: string;
  readonly same: HalfScore;
  readonly reversed: HalfScore;
  /** Share of all published triplets that are right when the reversed ones are asked the right way round. */
  readonly turned: number;
}

export interface HalfScore {
  readonly triplets: number;
  readonly anchors: number;
  readonly correct: number;
  readonly accuracy: number;
  readonly interval: Ends;
  readonly labelP: number;
  /** Corrected over all halves of all embeddings. */
  readonly labelHolm: number;
}

/** A row of the study's zero-shot tables. */
export interface PublishedRow {
  readonly model: string;
  readonly promptSet: string;
  readonly top1: number;
  readonly f1Weighted: number;
  readonly rocAuc: number;
  readonly averagePrecision: number;
}

/** What takes no model to score. */
export interface ZeroShotReferences {
  /** Guessing all labels alike. */
  readonly uniformTop1: number;
  /** Always the most frequent label. */
  readonly majorityTop1: number;
  readonly majorityF1Weighted: number;
  /** Scores that have nothing to do with the labels. */
  readonly rocAuc: number;
  readonly averagePrecision: number;
}

/** MusCALL's pre-joint audio by class centroids. */
export interface AudioRow {
  readonly model: string;
  readonly space: string;
  readonly rule: string;
  /** Of `by-fold`; 0 otherwise. */
  readonly folds: number;
  readonly top1: number;
  readonly top1Interval: Ends;
  readonly balanced: number;
  readonly balancedInterval: Ends;
  readonly f1Weighted: number;
  readonly f1WeightedInterval: Ends;
  readonly rocAuc: number;
  readonly rocAucInterval: Ends;
  readonly averagePrecision: number;
  readonly averagePrecisionInterval: Ends;
}

/** A difference of top-1 accuracies on the same clips; groups are drawn, and their signs flipped. */
export interface AudioPair {
  readonly first: string;
  /** Another rule, or `majority`. */
  readonly second: string;
  readonly difference: number;
  readonly interval: Ends;
  readonly p: number;
  readonly holm: number;
}

/** The text of docs/findings.json: a row of a table on a line. */
export function findingsJson(findings: Findings): string {
  return `${printed(findings, "")}\n`;
}

function printed(value: unknown, indent: string): string {
  const line = JSON.stringify(value);
  const isRow = indent.length >= 2 * DEEPEST || typeof value !== "object" || value === null;
  if (isRow) return line.replaceAll('":', '": ').replaceAll(/,(?=["{[\d-])/g, ", ");
  const inner = `${indent}  `;
  const [open, close, parts] = Array.isArray(value)
    ? ["[", "]", value.map((item) => printed(item, inner))]
    : ["{", "}", Object.entries(value).map(([key, item]) => `"${key}": ${printed(item, inner)}`)];
  return parts.length === 0 ? `${open}${close}` : `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${indent}${close}`;
}

/** Levels that are spread over lines: the document, its tables, their two lists, rows. */
const DEEPEST = 3;
