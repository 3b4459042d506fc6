import type { NdArray } from "ndarray";
import {
  type DenseMatrix,
  isNdArray,
  readFiniteMatrix,
  readIndices,
  readMatrix,
  readVector,
  shapeOf,
  type Vector,
} from "../array-views.ts";
import { LabelError, ShapeError } from "../errors.ts";
import { checkSameLength } from "../option-checks.ts";

/** Checked scores [n, C] with one label per row. */
export interface LabelledScores {
  readonly scores: DenseMatrix;
  readonly labels: Int32Array;
}

/** Reads scores [n, C] and labels [n]; C must be at least 1. */
export function readLabelledScores(scores: NdArray, labels: Vector): LabelledScores {
  const dense = readScores(scores);
  const classes = readIndices("labels", labels, dense.columns, "a column of scores");
  checkSameLength("labels", classes.length, "scores", dense.rows);
  return { scores: dense, labels: classes };
}

/** Reads finite scores [n, C]; C must be at least 1. */
export function readScores(scores: NdArray): DenseMatrix {
  const dense = readFiniteMatrix("scores", scores);
  if (dense.columns === 0) throw new ShapeError("scores", scores.shape, "[n, C] with C of at least 1");
  return dense;
}

/** Which classes each row has: one label per row, or a 0/1 matrix for items with several labels or none. */
export type Truth = Vector | NdArray;

/** Checked scores [n, C] with a test for membership. */
export interface ScoredClasses {
  readonly scores: DenseMatrix;
  /** Whether row i has class c. */
  has(row: number, classIndex: number): boolean;
}

/** Reads scores [n, C] and labels [n] or 0/1 memberships [n, C]. */
export function readScoredClasses(scores: NdArray, truth: Truth): ScoredClasses {
  if (!(isNdArray(truth) && truth.shape.length === 2)) {
    const { scores: dense, labels } = readLabelledScores(scores, truth as Vector);
    return { scores: dense, has: (row, classIndex) => labels[row] === classIndex };
  }
  const dense = readScores(scores);
  const members = readMatrix("labels", truth);
  if (members.rows !== dense.rows || members.columns !== dense.columns) {
    throw new ShapeError("labels", truth.shape, `[${dense.rows}] or [${dense.rows}, ${dense.columns}], as scores`);
  }
  const { data, columns } = members;
  for (let i = 0; i < data.length; i++) checkBinary("labels", Math.floor(i / columns), i % columns, data[i]!);
  return { scores: dense, has: (row, classIndex) => data[row * columns + classIndex] === 1 };
}

/** Reads a vector of booleans or of 0 and 1. */
export function readBinary(argument: string, vector: Vector): ArrayLike<number> {
  const data = readVector(argument, vector);
  for (let i = 0; i < data.length; i++) checkBinary(argument, i, undefined, data[i]!);
  return data;
}

/** Labels and predictions, as equally long vectors of class indices. */
export function readLabelsAndPredictions(
  labels: Vector,
  predictions: Vector,
  classCount: number,
): { truth: Int32Array; predicted: Int32Array } {
  const truth = readIndices("labels", labels, classCount, "a class index");
  const predicted = readIndices("predictions", predictions, classCount, "a class index");
  checkSameLength("predictions", predicted.length, "labels", shapeOf(labels)[0]!);
  return { truth, predicted };
}

function checkBinary(argument: string, row: number, column: number | undefined, value: number): void {
  if (value !== 0 && value !== 1) throw new LabelError(argument, row, column, value, "0 or 1");
}
