/** Which clip has which label: what every score is measured against. */
export interface GroundTruth {
  readonly path: string;
  readonly format: "one-hot" | "tinysol-metadata" | "data-set";
  /** One id a clip, unique, in the order of the file. */
  readonly clipIds: readonly string[];
  /** The path of each clip, as the file has it; absent when it has none. */
  readonly clipPaths?: readonly string[];
  /**
   * What the order of the labels means: the file's columns, the study's order, or nothing but which clip comes first. Text
   * embeddings without a manifest can be joined to the first two only.
   */
  readonly labelOrder: "file" | "published" | "appearance";
  /** The label names, as the file spells them; a class is an index into this list. */
  readonly labels: readonly string[];
  /** Where the file names each label first, for error messages; empty for a label that it does not name. */
  readonly labelPlaces: readonly string[];
  /** Shape [nClips]: the class of each clip. */
  readonly classes: Int32Array;
  /** Shape [nClips]: which official fold each clip is in; absent when the file has none. */
  readonly folds?: Int32Array;
}

/** One form of ground truth, built row by row. */
export interface GroundTruthTable {
  /** @throws {InputError} naming the line when the row is wrong */
  add(cells: readonly string[], line: number): void;
  finish(): GroundTruth;
}
