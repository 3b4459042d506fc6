import type { SimilarityKind } from "@irec/metrics";
import type { Space } from "../store/embedding-store.ts";
import type {
  AttributionRow,
  AudioNegationRow,
  CrossModalRow,
  OntologyMapRow,
  PromptSensitivityRow,
  SpaceRow,
} from "./analysis-rows.ts";
import type { SimilarityHistograms } from "./histograms.ts";
import type { Provenance } from "./provenance.ts";

/** The version of results.json; its schema is `schema/results.schema.json` of this package. */
export const RESULTS_SCHEMA_VERSION = "1.1.0";

export const EXPERIMENTS = [
  "zero-shot",
  "audio-only",
  "triplets",
  "positive-negative",
  "negation",
  "attribution",
  "prompt-sensitivity",
  "audio-negation",
  "space",
  "cross-modal",
  "ontology-map",
] as const;
export type ExperimentName = (typeof EXPERIMENTS)[number];

/** Everything that an evaluation found out: the content of results.json. */
export interface Results {
  readonly schemaVersion: typeof RESULTS_SCHEMA_VERSION;
  /** True when any of the embeddings was drawn from a generator; such numbers describe no real model. */
  readonly synthetic: boolean;
  readonly provenance: Provenance;
  readonly dataset: DatasetSummary | null;
  readonly models: readonly string[];
  readonly similarity: SimilarityKind;
  /** The name of the ontology behind the triplets. */
  readonly ontology: string;
  readonly experiments: {
    readonly "zero-shot"?: readonly ZeroShotRow[];
    readonly "audio-only"?: readonly AudioOnlyRow[];
    readonly triplets?: readonly TripletRow[];
    readonly "positive-negative"?: readonly PositiveNegativeRow[];
    readonly negation?: readonly NegationRow[];
    readonly attribution?: readonly AttributionRow[];
    readonly "prompt-sensitivity"?: readonly PromptSensitivityRow[];
    readonly "audio-negation"?: readonly AudioNegationRow[];
    readonly space?: readonly SpaceRow[];
    readonly "cross-modal"?: readonly CrossModalRow[];
    readonly "ontology-map"?: readonly OntologyMapRow[];
  };
  /** What was not done, and why. */
  readonly skipped: readonly Skip[];
  /** Where what every clip and triplet scored is written; absent when it was not kept. */
  readonly outcomes?: OutcomesReference;
}

/** The file that lists those of the outcomes, within the run folder. */
export interface OutcomesReference {
  readonly index: string;
  readonly sha256: string;
}

export interface DatasetSummary {
  readonly name: string | null;
  readonly clips: number;
  readonly labels: readonly string[];
  /** How many clips have each label, in the order of `labels`. */
  readonly clipsPerLabel: readonly number[];
  /** What always answering the most frequent label scores. */
  readonly majorityBaseline: { readonly label: string; readonly accuracy: number; readonly interval: Interval };
}

export interface Skip {
  readonly experiment: ExperimentName;
  readonly model: string;
  readonly space?: Space;
  readonly promptSet?: string;
  readonly reason: string;
}

/** Scores of a classifier, by scikit-learn's definitions. */
export interface ClassificationScores {
  readonly clips: number;
  /** Top-1 to top-5 accuracy, fewer when there are fewer than six labels. */
  readonly topK: readonly number[];
  readonly f1Weighted: number;
  readonly f1Macro: number;
  /** Macro averages, one label against the rest; over the labels that have clips. */
  readonly rocAucMacro: number;
  readonly averagePrecisionMacro: number;
  readonly balancedAccuracy: number;
  readonly intervals: ScoreIntervals;
  readonly perClass: readonly ClassScores[];
  /** confusion[t][p]: how many clips of label t were taken for label p, both by their place in `perClass`. */
  readonly confusion: readonly (readonly number[])[];
}

/** The intervals of the scores of those names. A resample that lacks a label is averaged over the others. */
export interface ScoreIntervals {
  readonly topK: readonly Interval[];
  readonly f1Weighted: Interval;
  readonly f1Macro: Interval;
  /** null when no resample has clips of two labels. */
  readonly rocAucMacro: Interval | null;
  readonly averagePrecisionMacro: Interval;
  readonly balancedAccuracy: Interval;
}

export interface ClassScores {
  readonly label: string;
  readonly clips: number;
  /** Share of the label's clips that were recognised; null when it has none. */
  readonly recall: number | null;
  readonly f1: number;
  readonly rocAuc: number | null;
  readonly averagePrecision: number | null;
  readonly intervals: ClassIntervals;
}

/** The intervals of one label's scores; null where the score is, or no resample has the label. */
export interface ClassIntervals {
  readonly recall: Interval | null;
  readonly f1: Interval;
  readonly rocAuc: Interval | null;
  readonly averagePrecision: Interval | null;
}

export interface ZeroShotRow extends ClassificationScores {
  readonly model: string;
  readonly promptSet: string;
  readonly histograms: SimilarityHistograms;
}

/** How class centroids are made for audio-only classification. */
export const AUDIO_RULES = ["published", "leave-one-out", "by-fold"] as const;
export type AudioRule = (typeof AUDIO_RULES)[number];

export interface AudioOnlyRow extends ClassificationScores {
  readonly model: string;
  readonly space: Space;
  readonly rule: AudioRule;
  readonly histograms: SimilarityHistograms;
}

export const TRIPLET_RULES = ["published-2024", "lca", "path", "wu-palmer"] as const;
export type TripletRule = (typeof TRIPLET_RULES)[number];

export interface TripletRow {
  readonly model: string;
  readonly space: Space;
  readonly promptSet: string;
  readonly rule: TripletRule;
  readonly triplets: number;
  readonly correct: number;
  /** Triplets whose two similarities are exactly equal; they count as wrong. */
  readonly ties: number;
  /** Share of all triplets that are right. */
  readonly micro: number;
  /** Mean over anchors of the share of the anchor's triplets that are right. */
  readonly macro: number;
  readonly microInterval: Interval;
  readonly macroInterval: Interval;
  readonly perAnchor: readonly (TripletCount & { readonly label: string })[];
  /**
   * Per inner node of the ontology: the triplets whose anchor and positive meet first at that node, which ask whether the
   * node's members are told from outsiders.
   */
  readonly perNode: readonly (TripletCount & { readonly node: string; readonly label: string })[];
}

export interface TripletCount {
  readonly triplets: number;
  readonly correct: number;
  readonly ties: number;
}

/**
 * What a bootstrap draws: clips; all clips of one instrument and pitch together; random groups into which very many of either
 * were thrown; anchors, with all that is compared with them.
 */
export const RESAMPLED_UNITS = [
  "clip",
  "instrument-pitch group",
  "random group of clips",
  "random group of instrument-pitch groups",
  "anchor",
] as const;
export type ResampledUnit = (typeof RESAMPLED_UNITS)[number];

/** A percentile interval of a bootstrap. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly level: number;
  readonly unit: ResampledUnit;
  /** Resamples without a value, such as those that lack a label; they are left out. Absent when there were none. */
  readonly undefinedDraws?: number;
}

export interface PositiveNegativeRow {
  readonly model: string;
  readonly promptSet: string;
  readonly negatedPromptSet: string;
  readonly clips: number;
  /** Share of clips that are closer to "no X" than to "X", X being their own label. */
  readonly negatedWins: number;
  /** Share of clips that are exactly as close to both. */
  readonly tied: number;
  /** Mean over clips of similarity to "X" minus similarity to "no X". */
  readonly meanMargin: number;
  /** Share of clips whose nearest of all prompts, positive and negated, is a negated one. */
  readonly nearestIsNegated: number;
  /** Share of clips whose nearest of all prompts is their own positive one. */
  readonly nearestIsOwn: number;
  readonly intervals: {
    readonly negatedWins: Interval;
    readonly tied: Interval;
    readonly meanMargin: Interval;
    readonly nearestIsNegated: Interval;
    readonly nearestIsOwn: Interval;
  };
  readonly perClass: readonly {
    readonly label: string;
    readonly clips: number;
    readonly negatedWins: number | null;
    readonly negatedWinsInterval: Interval | null;
    readonly meanMargin: number | null;
    readonly meanMarginInterval: Interval | null;
  }[];
}

export interface NegationRow {
  readonly model: string;
  readonly space: Space;
  readonly promptSet: string;
  readonly negatedPromptSet: string;
  /** Ordered pairs (X, Y) of distinct labels. */
  readonly pairs: number;
  /** Share of pairs with sim(X, Y) > sim(X, no X): the negated prompt is farther from X than Y is. */
  readonly noAnchorAccuracy: number;
  /** Share of pairs with sim(X, Y) > sim(X, no Y). */
  readonly noPositiveAccuracy: number;
  /** Exact ties of either kind; they count as wrong. */
  readonly noAnchorTies: number;
  readonly noPositiveTies: number;
  readonly meanSimilarityToOwnNegation: number;
  readonly meanSimilarityToOthers: number;
  readonly intervals: {
    readonly noAnchorAccuracy: Interval;
    readonly noPositiveAccuracy: Interval;
    readonly meanSimilarityToOwnNegation: Interval;
    readonly meanSimilarityToOthers: Interval;
  };
  readonly perLabel: readonly {
    readonly label: string;
    readonly similarityToOwnNegation: number;
    readonly meanSimilarityToOthers: number;
    /** How many of the other labels are farther from X than "no X" is. */
    readonly othersFartherThanNegation: number;
  }[];
}
