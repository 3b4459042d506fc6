import ndarray, { type NdArray } from "ndarray";
import { InputError } from "../errors.ts";
import { ClipIds } from "../ground-truth/clip-ids.ts";
import type { ClipUnits } from "../ground-truth/clip-units.ts";
import { readCsvRows } from "../ground-truth/csv-rows.ts";
import { readNpyMatrix } from "../npy/npy-file.ts";
import { quoted } from "../quoted.ts";

/** The clips of a run, in the order in which their scores are written. */
export interface OutcomeClips {
  /** Of clips.csv. */
  readonly path: string;
  readonly ids: readonly string[];
  /** The label of each clip. */
  readonly labels: readonly string[];
  /** What is independent of the others; its groups by clip. */
  readonly units: ClipUnits;
  /** Shape [clips]: the official fold of each, where the ground truth has folds. */
  readonly folds?: Int32Array;
}

/** Row-major, without gaps. */
export type Similarities = NdArray<Float64Array>;

/** Triplets, as indices into a list of labels, each of shape [triplets]. */
export interface TripletIndices {
  readonly anchors: Int32Array;
  readonly positives: Int32Array;
  readonly negatives: Int32Array;
  readonly length: number;
}

/** Reads clips.csv: clip,label,unit and perhaps fold. @throws {InputError} when it is something else */
export async function readClipOutcomes(path: string, unit: ClipUnits["unit"]): Promise<OutcomeClips> {
  const ids = new ClipIds(path);
  const labels: string[] = [];
  const groups: number[] = [];
  const folds: number[] = [];
  const number = wholeNumberIn(path);
  await readTable(
    path,
    [
      ["clip", "label", "unit"],
      ["clip", "label", "unit", "fold"],
    ],
    (cells, line) => {
      ids.add(cells[0]!, line);
      labels.push(cells[1]!);
      groups.push(number(cells[2]!, "unit", line));
      if (cells.length === 4) folds.push(number(cells[3]!, "fold", line));
    },
  );
  return {
    path,
    ids: ids.ids,
    labels,
    units: { unit, groups: Int32Array.from(groups) },
    ...(folds.length === 0 ? {} : { folds: Int32Array.from(folds) }),
  };
}

/** Reads a list of triplets: anchor,positive,negative. @throws {InputError} when a label is none of `labels` */
export async function readTripletOutcomes(path: string, labels: readonly string[]): Promise<TripletIndices> {
  const place = new Map(labels.map((label, i) => [label, i]));
  const columns: [number[], number[], number[]] = [[], [], []];
  await readTable(path, [["anchor", "positive", "negative"]], (cells, line) => {
    for (const [column, label] of cells.entries()) {
      const found = place.get(label);
      if (found === undefined)
        throw new InputError(path, `line ${line}: ${quoted(label)} is none of its row's labels.`);
      columns[column]!.push(found);
    }
  });
  const [anchors, positives, negatives] = columns.map((column) => Int32Array.from(column));
  return { anchors: anchors!, positives: positives!, negatives: negatives!, length: anchors!.length };
}

/**
 * Reads a matrix.
 * @param shape - that it must have
 * @param what - the two sides of it, for the error message
 */
export async function readSimilarities(
  path: string,
  shape: readonly [number, number],
  what: string,
): Promise<Similarities> {
  const matrix = await readNpyMatrix(path);
  const { data } = matrix;
  if (!(data instanceof Float64Array) || matrix.shape.join() !== shape.join()) {
    const type = data instanceof Float64Array ? "float64" : "float32";
    throw new InputError(
      path,
      `is ${type} of shape (${matrix.shape.join(", ")}); expected float64 of shape (${shape.join(", ")}), ${what}.`,
    );
  }
  const wrong = data.findIndex((value) => !Number.isFinite(value));
  if (wrong !== -1) throw new InputError(path, `element ${wrong} is ${data[wrong]}; expected finite numbers.`);
  return ndarray(data, [...shape]);
}

async function readTable(
  path: string,
  headers: readonly (readonly string[])[],
  onRow: (cells: readonly string[], line: number) => void,
): Promise<void> {
  let rows = -1;
  await readCsvRows(path, (cells, line) => {
    rows += 1;
    if (rows > 0) return onRow(cells, line);
    if (headers.some((header) => header.join() === cells.join())) return;
    throw new InputError(path, `line ${line}: has the columns ${cells.join()}; expected ${headers.at(-1)!.join()}.`);
  });
  if (rows < 1) throw new InputError(path, "has no rows.");
}

const wholeNumberIn = (path: string) => (text: string, column: string, line: number) => {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InputError(path, `line ${line}: ${column}: expected a whole number, found ${quoted(text)}.`);
};
