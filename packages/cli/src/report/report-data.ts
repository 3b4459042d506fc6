/**
 * What the page of a run carries for its script, as JSON. Types only: the script takes them too, and runs in browsers.
 * Instruments, prompt sets and models are named once; everything else points to them by place.
 */
export interface ReportData {
  readonly models: readonly string[];
  readonly promptSets: readonly string[];
  /** Every label of the run, in the order of the ontology. */
  readonly labels: readonly string[];
  readonly ontology: ReportOntology;
  readonly confusions: readonly ConfusionEntry[];
  readonly triplets: readonly TripletEntry[];
  readonly tripletLists: readonly TripletList[];
  readonly textSimilarities: readonly TextSimilarities[];
  /** null when the run folder has no outcomes of clips. */
  readonly clips: ReportClips | null;
  /** What always answering the most frequent label scores, in the run's data set; null when there is none. */
  readonly majority: { readonly label: string; readonly accuracy: number } | null;
}

/** The part of the ontology that the labels need: they, and all above them. */
export interface ReportOntology {
  readonly name: string;
  /** false when the run folder does not say how the nodes hang together; then all are children of the first. */
  readonly isTree: boolean;
  /** Depth-first, the root first. */
  readonly nodes: readonly ReportNode[];
}

export interface ReportNode {
  readonly id: string;
  readonly label: string;
  /** Place of the node above; -1 for the root. Of several, the first. */
  readonly parent: number;
  /** Place in `labels`; absent for a node that is none. */
  readonly term?: number;
}

export type Space = "pre_joint" | "joint_space";
export type TripletRule = "published-2024" | "lca" | "path" | "wu-palmer";

/** Where a confusion matrix comes from. */
export type ConfusionSource =
  | { readonly answers: "prompts"; readonly model: number; readonly promptSet: number }
  | { readonly answers: "prototypes"; readonly model: number; readonly space: Space; readonly rule: string };

export type ConfusionEntry = ConfusionSource & {
  /** Places in `labels`, of rows and columns. */
  readonly labels: readonly number[];
  /** Row after row: how many clips of the row's label were taken for the column's. */
  readonly counts: readonly number[];
};

/** One row of the experiment triplets. */
export interface TripletEntry {
  readonly model: number;
  readonly promptSet: number;
  readonly space: Space;
  readonly rule: TripletRule;
  readonly triplets: number;
  readonly correct: number;
  readonly ties: number;
  /** 95 % interval of the share that is right. */
  readonly interval: readonly [low: number, high: number];
  /** [node, triplets, right, ties] of every node at which anchor and positive meet. */
  readonly perNode: readonly (readonly [number, number, number, number])[];
  /** [label, triplets, right, ties] of every anchor. */
  readonly perAnchor: readonly (readonly [number, number, number, number])[];
  /** Place in `tripletLists`; null when its triplets are not in the page. */
  readonly list: number | null;
  /** Place in `textSimilarities`; null when they are not in the page. */
  readonly similarities: number | null;
}

/** The triplets of a rule over a list of labels, each an (anchor, positive, negative). */
export interface TripletList {
  /** Places in `ReportData.labels`. */
  readonly labels: readonly number[];
  /** How many there are. */
  readonly total: number;
  /** One in so many of them is in the page, the first included. */
  readonly step: number;
  /** Places in `labels` of this list, three a triplet. */
  readonly places: PackedIntegers;
  /** Row after row: the node at which two labels of this list meet; -1 where that is not known. */
  readonly meeting: readonly number[];
}

/** How similar the prompts of one model, space and prompt set are to each other. */
export interface TextSimilarities {
  readonly labels: number;
  /** Base64 of little-endian float64, labels x labels. */
  readonly float64: string;
}

/** Base64 of integers of `bytes` bytes each, little-endian. */
export interface PackedIntegers {
  readonly bytes: 1 | 2;
  readonly base64: string;
}

/** Numbers rounded to 4,096 steps between the least and the greatest of them. */
export interface QuantisedNumbers {
  readonly low: number;
  /** Value = low + step * integer. What was rounded is off by half a step at most. */
  readonly step: number;
  /** Base64 of 12-bit integers, two in three bytes, the first in the lower bits. */
  readonly base64: string;
}

export interface ReportClips {
  /** How many the run has. */
  readonly total: number;
  /** One in so many of them is in the page, the first included. */
  readonly step: number;
  readonly ids: readonly string[];
  /** Places in `ReportData.labels`. */
  readonly labels: PackedIntegers;
  readonly scores: readonly ClipScores[];
}

/** The similarities of all clips to all prompts of a set. */
export interface ClipScores {
  readonly model: number;
  readonly promptSet: number;
  /** Places in `ReportData.labels`, of the columns. */
  readonly labels: readonly number[];
  /** Clip after clip. */
  readonly similarities: QuantisedNumbers;
  /** The column of each clip's nearest prompt, found before rounding. */
  readonly nearest: PackedIntegers;
}
