import type { TripletArrays } from "@irec/ontology";
import type { NdArray } from "ndarray";
import Papa from "papaparse";
import { newHash } from "../download/hash.ts";
import { clipUnits } from "../ground-truth/clip-units.ts";
import type { GroundTruth } from "../ground-truth/ground-truth.ts";
import { jsonText } from "../json-text.ts";
import { npyHeader } from "../npy/write-npy.ts";
import {
  CLIPS_FILE,
  INDEX_FILE,
  OUTCOMES_FOLDER,
  OUTCOMES_SCHEMA_VERSION,
  type OutcomeIndex,
  type ScoredRow,
  type ScoresEntry,
  type TripletsEntry,
  type TripletsRow,
} from "./outcome-index.ts";

/** Where outcomes go: takes each file once, with its path within the run folder. */
export type OutcomeSink = (path: string, chunks: Iterable<Uint8Array>) => void;

/** A matrix as the metrics return it: row-major, without gaps. */
type Scores = NdArray<Float64Array>;

/** About so many bytes are handed over at a time. */
const CHUNK_BYTES = 1 << 20;

/**
 * Writes what every clip and triplet scored, while an evaluation goes on: each matrix as soon as it is there, so that none is
 * kept. The same evaluation writes the same bytes.
 */
export class OutcomeWriter {
  readonly #sink: OutcomeSink;
  readonly #labels = new Map<string, number>();
  readonly #scores: ScoresEntry[] = [];
  readonly #triplets: TripletsEntry[] = [];
  readonly #sha256: Record<string, string> = {};
  readonly #lists = new Map<string, string>();
  readonly #groundTruth: GroundTruth | undefined;

  constructor(groundTruth: GroundTruth | undefined, sink: OutcomeSink) {
    this.#groundTruth = groundTruth;
    this.#sink = sink;
  }

  /**
   * The similarities behind a row of zero-shot or audio-only.
   * @param similarities - shape [clips, labels]
   * @param clipOfRow - shape [clips]: the clip of each row, when they are not in the order of the ground truth
   */
  scores(row: ScoredRow, labels: readonly string[], similarities: Scores, clipOfRow: Int32Array | undefined): void {
    const place = row.experiment === "zero-shot" ? row.promptSet : `${row.space}-${row.rule}`;
    const file = `${OUTCOMES_FOLDER}/${row.experiment}/${row.model}/${place}.npy`;
    this.#write(file, npyChunks(similarities, clipOfRow));
    this.#scores.push({ ...row, labels: this.#listOf(labels), file });
  }

  /**
   * What a row of triplets was scored from.
   * @param labels - of the rows and columns
   * @param arrays - indices into the labels
   * @param similarities - shape [labels, labels]; the same for every rule
   */
  triplets(row: TripletsRow, labels: readonly string[], arrays: TripletArrays, similarities: Scores): void {
    const file = `${OUTCOMES_FOLDER}/text/${row.model}/${row.space}/${row.promptSet}.npy`;
    if (this.#sha256[file] === undefined) this.#write(file, npyChunks(similarities));
    const list = this.#listOf(labels);
    this.#triplets.push({
      ...row,
      labels: list,
      similarities: file,
      triplets: this.#tripletFile(row, list, labels, arrays),
    });
  }

  /** Writes the clips and, last, the index. @returns where it is, and its sha256 */
  finish(): { readonly index: string; readonly sha256: string } {
    const truth = this.#groundTruth;
    if (truth !== undefined && this.#scores.length > 0) this.#write(CLIPS_FILE, clipLines(truth));
    const index: OutcomeIndex = {
      schemaVersion: OUTCOMES_SCHEMA_VERSION,
      unit: truth === undefined ? "clip" : clipUnits(truth.clipIds).unit,
      labels: [...this.#labels.keys()].map((key) => JSON.parse(key) as string[]),
      scores: this.#scores,
      triplets: this.#triplets,
      sha256: { ...this.#sha256 },
    };
    this.#write(INDEX_FILE, [new TextEncoder().encode(jsonText(index))]);
    return { index: INDEX_FILE, sha256: this.#sha256[INDEX_FILE]! };
  }

  #write(path: string, chunks: Iterable<Uint8Array>): void {
    const hash = newHash("sha256", undefined);
    this.#sink(path, hashing(chunks, hash));
    this.#sha256[path] = hash.digest("hex");
  }

  /** The place of a list of labels. */
  #listOf(labels: readonly string[]): number {
    const key = JSON.stringify(labels);
    const place = this.#labels.get(key) ?? this.#labels.size;
    this.#labels.set(key, place);
    return place;
  }

  /** The file of the triplets of a rule and list of labels, written when they come for the first time. */
  #tripletFile({ rule }: TripletsRow, list: number, labels: readonly string[], arrays: TripletArrays): string {
    const key = `${rule} ${list}`;
    const known = this.#lists.get(key);
    if (known !== undefined) return known;
    const file = `${OUTCOMES_FOLDER}/triplets/${list === 0 ? rule : `${rule}-${list}`}.csv`;
    this.#write(file, tripletLines(labels, arrays));
    this.#lists.set(key, file);
    return file;
  }
}

function* hashing(chunks: Iterable<Uint8Array>, hash: { update(bytes: Uint8Array): unknown }): Generator<Uint8Array> {
  for (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

/** The bytes of a .npy file of the rows, those of clip 0 first. */
function* npyChunks({ data, shape }: Scores, clipOfRow?: Int32Array): Generator<Uint8Array> {
  const [rows, columns] = shape as [number, number];
  yield npyHeader("<f8", [rows, columns]);
  const rowOfClip = clipOfRow && inverse(clipOfRow);
  const rowsPerChunk = Math.max(1, Math.floor(CHUNK_BYTES / (8 * columns)));
  for (let first = 0; first < rows; first += rowsPerChunk) {
    const end = Math.min(rows, first + rowsPerChunk);
    const bytes = new Uint8Array((end - first) * columns * 8);
    const view = new DataView(bytes.buffer);
    for (let clip = first, offset = 0; clip < end; clip++) {
      const start = (rowOfClip?.[clip] ?? clip) * columns;
      for (let column = 0; column < columns; column++, offset += 8)
        view.setFloat64(offset, data[start + column]!, true);
    }
    yield bytes;
  }
}

function inverse(clipOfRow: Int32Array): Int32Array {
  const rowOfClip = new Int32Array(clipOfRow.length);
  for (const [row, clip] of clipOfRow.entries()) rowOfClip[clip] = row;
  return rowOfClip;
}

function clipLines({ clipIds, labels, classes, folds }: GroundTruth): Generator<Uint8Array> {
  const { groups } = clipUnits(clipIds);
  const header = folds === undefined ? ["clip", "label", "unit"] : ["clip", "label", "unit", "fold"];
  return csvChunks(header, clipIds.length, (clip) => [
    ...[clipIds[clip]!, labels[classes[clip]!]!, groups[clip]!],
    ...(folds === undefined ? [] : [folds[clip]!]),
  ]);
}

const tripletLines = (labels: readonly string[], { anchors, positives, negatives, length }: TripletArrays) =>
  csvChunks(["anchor", "positive", "negative"], length, (t) => [
    ...[labels[anchors[t]!]!, labels[positives[t]!]!, labels[negatives[t]!]!],
  ]);

const ROWS_PER_CHUNK = 1 << 14;

function* csvChunks(
  header: readonly string[],
  length: number,
  row: (i: number) => readonly (string | number)[],
): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  const lines = (rows: unknown[][]) => encoder.encode(`${Papa.unparse(rows, { newline: "\n" })}\n`);
  yield lines([[...header]]);
  for (let first = 0; first < length; first += ROWS_PER_CHUNK) {
    const count = Math.min(ROWS_PER_CHUNK, length - first);
    yield lines(Array.from({ length: count }, (_, i) => [...row(first + i)]));
  }
}
