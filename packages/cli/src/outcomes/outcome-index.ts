import type { AudioRule, TripletRule } from "../results/results.ts";
import type { Space } from "../store/embedding-store.ts";

/** The version of the folder `outcomes` of a run. */
export const OUTCOMES_SCHEMA_VERSION = "1.0.0";

/** The folder within a run folder. */
export const OUTCOMES_FOLDER = "outcomes";
/** The file in it that names all others. */
export const INDEX_FILE = `${OUTCOMES_FOLDER}/outcomes.json`;
/** The file in it that says which clip is which row. */
export const CLIPS_FILE = `${OUTCOMES_FOLDER}/clips.csv`;

/**
 * What every clip and every triplet of a run scored, in files beside results.json: the content of outcomes.json. Paths are
 * those within the run folder.
 */
export interface OutcomeIndex {
  readonly schemaVersion: string;
  /** What a clip's `unit` in clips.csv numbers: what is independent of the others. */
  readonly unit: "clip" | "instrument-pitch group";
  /** Lists of labels; rows name theirs by its place. */
  readonly labels: readonly (readonly string[])[];
  readonly scores: readonly ScoresEntry[];
  readonly triplets: readonly TripletsEntry[];
  /** The sha256 of every other file, by its path. */
  readonly sha256: Readonly<Record<string, string>>;
}

/** Which row of results.json the scores of clips belong to. */
export type ScoredRow =
  | { readonly experiment: "zero-shot"; readonly model: string; readonly promptSet: string }
  | { readonly experiment: "audio-only"; readonly model: string; readonly space: Space; readonly rule: AudioRule };

/** The similarities behind one row of zero-shot or audio-only. */
export type ScoresEntry = ScoredRow & {
  /** Which list of labels the columns are. */
  readonly labels: number;
  /** A float64 .npy of shape [clips, labels], row i being line i of clips.csv. */
  readonly file: string;
};

/** Which row of results.json the triplets belong to. */
export interface TripletsRow {
  readonly model: string;
  readonly space: Space;
  readonly promptSet: string;
  readonly rule: TripletRule;
}

/**
 * What one row of triplets was computed from. The outcome of a triplet is not written: it is right where the similarity of
 * anchor and positive is larger than that of anchor and negative, and there are far fewer labels than triplets.
 */
export interface TripletsEntry extends TripletsRow {
  /** Which list of labels the rows and columns of the similarities are. */
  readonly labels: number;
  /** A float64 .npy of shape [labels, labels]. */
  readonly similarities: string;
  /** A CSV of labels, anchor,positive,negative. */
  readonly triplets: string;
}
