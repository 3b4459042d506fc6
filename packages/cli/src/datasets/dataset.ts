import type { Checksum } from "../download/download-file.ts";
import type { GroundTruth } from "../ground-truth/ground-truth.ts";

/** A data set: what it is, where it is from, and how a folder of it becomes clips with labels. */
export interface DatasetModule {
  /** What the command line calls it. */
  readonly name: string;
  readonly title: string;
  readonly version: string;
  /** One sentence: what sounds, how long, how recorded. */
  readonly summary: string;
  readonly homepage: string;
  readonly licence: { readonly name: string; readonly url: string };
  /** BibTeX. */
  readonly citation: string;
  /** Its folder among other data sets: mirdata's name for it, where mirdata has it. */
  readonly folder: string;
  /** Clips of the whole data set; absent where their number is not known for sure. */
  readonly clipCount?: number;
  readonly labels: readonly string[];
  /** None of a data set that ships with irec. */
  readonly files: readonly DatasetFile[];
  /** Where in this package it is, of one that ships with irec. */
  readonly shipped?: string;
  /**
   * Finds the clips of a folder.
   * @param folder - in the layout that `pull` makes, or another that is in use; never changed
   * @throws {InputError} naming what is missing or wrong
   */
  readClips(folder: string, options?: ClipOptions): Promise<ClipTable>;
}

/** A file that the data set's authors publish. */
export interface DatasetFile {
  /** What `--only` calls it. */
  readonly key: string;
  readonly fileName: string;
  readonly url: string;
  /** Where it lies below the data set's folder; for an archive, the folder that its content becomes. */
  readonly place: string;
  /** Absent where it is not known for sure. */
  readonly bytes?: number;
  /** Absent where it is not known for sure: then the download is said to be not verified. */
  readonly checksum?: Checksum & { readonly source: string };
}

export interface ClipOptions {
  /** The file that says which clip has which label, instead of the one that comes with the data set. */
  readonly groundTruth?: string | undefined;
  /** TinySOL only: leaves out the notes that were retuned or resampled by computer. */
  readonly excludeRetuned?: boolean | undefined;
  /** Only this official split, such as `test`. */
  readonly split?: string | undefined;
}

export interface Clip {
  /** Unique in the data set, and the same on every machine. */
  readonly id: string;
  /** Of the sound file. */
  readonly path: string;
  readonly label: string;
  /** Official fold for cross-validation. */
  readonly fold?: number;
  /** Official split: training, validation or test, as the data set spells it. */
  readonly split?: string;
  /** What else the data set says of it. */
  readonly columns: Readonly<Record<string, string>>;
}

/** The clips of a data set in an order that is the same on every machine. */
export interface ClipTable {
  readonly dataset: string;
  /** The file or folder that says which clip has which label. */
  readonly source: string;
  readonly labelOrder: GroundTruth["labelOrder"];
  /** Every label, also those that no clip here has. */
  readonly labels: readonly string[];
  readonly clips: readonly Clip[];
}

/** What every score is measured against, from the clips of a data set. */
export function groundTruthOf({ source, labelOrder, labels, clips }: ClipTable): GroundTruth {
  const classOf = new Map(labels.map((label, i) => [label, i]));
  const folds = clips.map(({ fold }) => fold);
  return {
    path: source,
    format: "data-set",
    clipIds: clips.map(({ id }) => id),
    labelOrder,
    labels,
    labelPlaces: labels.map(() => ""),
    classes: Int32Array.from(clips, ({ label }) => classOf.get(label)!),
    ...(folds.length === 0 || folds.includes(undefined) ? {} : { folds: Int32Array.from(folds as number[]) }),
  };
}
