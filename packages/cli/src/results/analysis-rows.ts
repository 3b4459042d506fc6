import type { Space } from "../store/embedding-store.ts";
import type { Interval } from "./results.ts";

/**
 * What answers a clip, from the model itself to what its audio tower alone knows; docs/attribution.md says how each is made.
 *
 * - zero-shot: the model's own audio, projection and text
 * - orthogonal- and ridge-held-out: a map in place of the projection, which has not seen the two labels that it decides between
 * - orthogonal- and ridge-seen: the same map, fitted on all labels
 * - ideal-text-held-out: ridge-held-out with audio prototypes in place of the text vectors: what the test can find at most
 * - prototypes-pre-joint, -joint and -mapped: audio prototypes in place of the text; mapped by ridge-seen
 */
export const ATTRIBUTION_STEPS = [
  "zero-shot",
  "orthogonal-held-out",
  "ridge-held-out",
  "orthogonal-seen",
  "ridge-seen",
  "ideal-text-held-out",
  "prototypes-pre-joint",
  "prototypes-joint",
  "prototypes-mapped",
] as const;
export type AttributionStepName = (typeof ATTRIBUTION_STEPS)[number];

export const ATTRIBUTION_MEASURES = ["balanced-accuracy", "top-1"] as const;
export type AttributionMeasure = (typeof ATTRIBUTION_MEASURES)[number];

/** Whether stand-ins for the projection were asked about labels that they were fitted on. */
export const ATTRIBUTION_LABELS = ["held-out", "seen"] as const;
export type AttributionLabels = (typeof ATTRIBUTION_LABELS)[number];

export interface AttributionRow {
  readonly model: string;
  readonly promptSet: string;
  readonly clips: number;
  /** How many labels have clips; only these are asked for. */
  readonly labels: number;
  /** Of clips that prototypes and maps are not made of when they are asked about them. */
  readonly folds: { readonly kind: "official" | "seeded"; readonly count: number };
  /** Where the points are lost; the first, balanced accuracy with held-out labels, is the headline. */
  readonly ladders: readonly AttributionLadder[];
  readonly steps: readonly AttributionStep[];
  /** What the text tower knows of the ontology. */
  readonly text: readonly AttributionText[];
  /** Steps that could not be taken, and why. */
  readonly missing: readonly { readonly step: AttributionStepName; readonly reason: string }[];
}

/** zeroShot + projection + text + audio = 1; null where a step is missing. */
export interface AttributionLadder {
  readonly measure: AttributionMeasure;
  readonly labels: AttributionLabels;
  /** The score of the model itself. */
  readonly zeroShot: number | null;
  /** The best of the model's projection and its stand-ins, less zeroShot. */
  readonly projection: number | null;
  /** The best of these and of audio prototypes in place of text, less the best of these. */
  readonly text: number | null;
  /** 1 less the best of all. */
  readonly audio: number | null;
  readonly intervals: {
    readonly zeroShot: Interval | null;
    readonly projection: Interval | null;
    readonly text: Interval | null;
    readonly audio: Interval | null;
  };
}

export interface AttributionStep {
  readonly step: AttributionStepName;
  readonly balancedAccuracy: number;
  readonly top1: number;
  readonly intervals: { readonly balancedAccuracy: Interval; readonly top1: Interval };
}

/** Triplets by lowest common ancestor. */
export interface AttributionText {
  readonly space: Space;
  readonly triplets: number;
  readonly micro: number;
  readonly macro: number;
  readonly intervals: { readonly micro: Interval; readonly macro: Interval };
}

/** How much the words around the label matter: zero-shot with every prompt set that affirms its labels. */
export interface PromptSensitivityRow {
  /** One model; or all of them, each asked with the prompt sets that all have. */
  readonly models: readonly string[];
  /** Best first; of several models the means. */
  readonly promptSets: readonly PromptSetScore[];
  /** Highest less lowest balanced accuracy. */
  readonly range: number;
  /** Standard deviation of balanced accuracy over prompt sets, by n - 1. */
  readonly sd: number;
  /** Kendall's W of the recalls of labels over prompt sets, and models: 1 when each finds the same labels hard. */
  readonly labelAgreement: number | null;
  /** Mean of Kendall's tau-b over pairs of prompt sets (and models) of the recalls of labels. */
  readonly labelTau: number | null;
  /** Kendall's W of the balanced accuracies of prompt sets over models; null for one model. */
  readonly promptAgreement: number | null;
  readonly intervals: {
    readonly range: Interval;
    readonly sd: Interval;
    readonly labelAgreement: Interval | null;
    readonly promptAgreement: Interval | null;
  };
  /** Which share of the variance of recall goes with what; they sum to 1. Empty when all recalls are the same. */
  readonly variance: readonly VarianceOfRecall[];
  readonly perLabel: readonly PromptsOfLabel[];
}

export interface PromptSetScore {
  readonly promptSet: string;
  readonly balancedAccuracy: number;
  readonly top1: number;
  readonly intervals: { readonly balancedAccuracy: Interval; readonly top1: Interval };
}

export const RECALL_FACTORS = ["model", "prompt", "label"] as const;
export type RecallFactor = (typeof RECALL_FACTORS)[number];

export interface VarianceOfRecall {
  /** One for a main effect, several for what they do together beyond that. */
  readonly factors: readonly RecallFactor[];
  readonly share: number;
  readonly interval: Interval | null;
}

export interface PromptsOfLabel {
  readonly label: string;
  /** The prompt set with the highest recall, the first of several. */
  readonly best: { readonly promptSet: string; readonly recall: number };
  readonly worst: { readonly promptSet: string; readonly recall: number };
}

/** Negation between audio and text: what a clip of X says to "no X", and to "no Y". */
export interface AudioNegationRow {
  readonly model: string;
  readonly promptSet: string;
  readonly negatedPromptSet: string;
  readonly clips: number;
  /** Share of clips that are nearer to "X" than to "no X". */
  readonly ownNearer: number;
  /** Share of pairs of a clip of X and another label Y of which the clip is nearer to "Y" than to "no X". */
  readonly noOwnFarther: number;
  /** Share of such pairs of which the clip is nearer to "no Y" than to "Y". */
  readonly noOtherNearer: number;
  /** Exact ties of each kind; they count as wrong. */
  readonly ties: { readonly ownNearer: number; readonly noOwnFarther: number; readonly noOtherNearer: number };
  readonly intervals: {
    readonly ownNearer: Interval;
    readonly noOwnFarther: Interval;
    readonly noOtherNearer: Interval;
  };
  readonly perLabel: readonly AudioNegationOfLabel[];
}

/** Of the label's clips. */
export interface AudioNegationOfLabel {
  readonly label: string;
  readonly clips: number;
  readonly ownNearer: number;
  readonly noOwnFarther: number;
  readonly noOtherNearer: number;
}

/** How one modality fills its space. Rows are divided by their length first, but for the ranks. */
export interface SpaceRow {
  readonly model: string;
  readonly space: Space;
  readonly modality: "audio" | "text";
  /** null for audio. */
  readonly promptSet: string | null;
  readonly rows: number;
  readonly dimensions: number;
  /** Rows that pairs and ranks were made of: all, or evenly spaced ones of very many. */
  readonly compared: number;
  /** Mean cosine of two rows. */
  readonly anisotropy: number;
  /** Logarithm of the mean of exp(-2 distance²) over pairs. */
  readonly uniformity: number;
  /** How many dimensions the rows fill, less their mean; null when all are the same. */
  readonly effectiveRank: number | null;
  readonly participationRatio: number | null;
  /** Share of variance along the first principal direction; null when all rows are the same. */
  readonly topShare: number | null;
  /** Root mean square distance from the mean, 0 when the space has collapsed to a point. */
  readonly spread: number;
  /** Rows that cannot be told from an earlier one. */
  readonly duplicates: number;
  readonly lowestCosine: number;
  readonly highestCosine: number;
  /** Of how often a row is among the nearest of another. */
  readonly hubs: Hubs;
}

/** k-occurrence: how often an item is among the k nearest of a query. */
export interface Hubs {
  readonly neighbours: number;
  /** Third standardised moment. */
  readonly skewness: number;
  /** Share of items that are near to nothing. */
  readonly antiHubShare: number;
  /** Share of items that occur more often than the mean and two standard deviations. */
  readonly hubShare: number;
}

/** How audio and text of one prompt set lie to each other in the joint space. */
export interface CrossModalRow {
  readonly model: string;
  readonly promptSet: string;
  readonly clips: number;
  readonly labels: number;
  /** Distance of the mean directions of audio and text, from 0 to 2. */
  readonly modalityGap: number;
  /** Mean squared distance of a clip and its own prompt, both of length 1. */
  readonly alignment: number;
  /** Mean difference of a clip's nearest and second nearest prompt. */
  readonly meanMargin: number;
  /** Skewness of how often each label is the nearest of a clip. */
  readonly hubSkewness: number;
  /** Share of labels that are the nearest of no clip. */
  readonly antiHubShare: number;
  readonly intervals: {
    readonly modalityGap: Interval;
    readonly alignment: Interval;
    readonly meanMargin: Interval;
    readonly hubSkewness: Interval | null;
    readonly antiHubShare: Interval;
  };
  /** By label: for which share of the clips its prompt is the nearest. */
  readonly answers: readonly { readonly label: string; readonly share: number; readonly interval: Interval }[];
}

/** Where in the ontology a model fails, with its first prompt set. */
export interface OntologyMapRow {
  readonly model: string;
  readonly promptSet: string;
  /** The id of the branch with the lowest share of clips answered within it, among those with several labels but not all. */
  readonly failingBranch: string | null;
  /** Mean height of the lowest common ancestor of right and wrong answer; null when nothing is wrong. */
  readonly mistakeSeverity: number | null;
  readonly mistakeSeverityInterval: Interval | null;
  /** Every node with a label at or below it, parents first. */
  readonly nodes: readonly OntologyNodeScore[];
}

export interface OntologyNodeScore {
  readonly node: string;
  readonly label: string;
  readonly parents: readonly string[];
  /** Edges on the longest way down to one of the labels; 0 for a label. */
  readonly height: number;
  /** Labels at or below. */
  readonly labels: number;
  /** Clips of these labels. */
  readonly clips: number;
  /** Triplets whose anchor and positive meet here, by lowest common ancestor. */
  readonly triplets: readonly TripletsAtNode[];
  /** What became of the clips; null without audio in the joint space, or without clips. */
  readonly zeroShot: ZeroShotAtNode | null;
}

export interface TripletsAtNode {
  readonly space: Space;
  readonly triplets: number;
  readonly correct: number;
  readonly accuracy: number;
  readonly interval: Interval | null;
}

export interface ZeroShotAtNode {
  /** Mean recall of the labels below. */
  readonly recall: number;
  /** Share of the clips that were given a label at or below this node. */
  readonly withinBranch: number;
  /** Share of the clips whose right and given label part at this node. */
  readonly mistakesHere: number;
  /** Mean height of the lowest common ancestor of right and wrong answer; null when nothing is wrong. */
  readonly mistakeSeverity: number | null;
  readonly intervals: {
    readonly recall: Interval;
    readonly withinBranch: Interval;
    readonly mistakesHere: Interval;
    readonly mistakeSeverity: Interval | null;
  };
}
