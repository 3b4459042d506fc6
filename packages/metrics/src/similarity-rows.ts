import type { NdArray } from "ndarray";
import { checkExtent, checkMatrixShape, readMatrix } from "./array-views.ts";
import { NotFiniteError, ShapeError, ZeroVectorError } from "./errors.ts";
import { checkWord } from "./option-checks.ts";
import {
  absoluteDistancePanels,
  dotPanels,
  PANEL_ROWS,
  type PanelKernel,
  squaredDistancePanels,
} from "./similarity-kernels.ts";

/** How two rows are compared; see `pairwiseSimilarity`. Larger always means more similar. */
export type SimilarityKind = "cosine" | "dot" | "euclidean" | "manhattan" | "angular" | "pearson";

const KINDS: readonly SimilarityKind[] = ["cosine", "dot", "euclidean", "manhattan", "angular", "pearson"];

/** Throws unless the kind is one of the six. */
export const checkKind = (kind: SimilarityKind): void => checkWord("kind", kind, KINDS);

/** Copies row i of a matrix into a buffer, as float64. */
export interface RowSource {
  readonly rows: number;
  readonly columns: number;
  copyRow(row: number, target: Float64Array, targetStart: number): void;
}

/** Reads the rows of any view in place; only data without number indexing is copied first. */
export function rowSource(argument: string, matrix: NdArray): RowSource {
  checkMatrixShape(argument, matrix);
  checkExtent(argument, matrix);
  const [rows, columns] = matrix.shape as [number, number];
  if (columns === 0) throw new ShapeError(argument, matrix.shape, "[n, d] with d of at least 1");
  let data = matrix.data as ArrayLike<number>;
  let offset = matrix.offset;
  let [rowStride, columnStride] = matrix.stride as [number, number];
  if (!ArrayBuffer.isView(data)) {
    data = readMatrix(argument, matrix).data;
    [offset, rowStride, columnStride] = [0, columns, 1];
  }
  return {
    rows,
    columns,
    copyRow(row, target, targetStart) {
      let from = offset + row * rowStride;
      if (columnStride === 1) {
        target.set((data as Float64Array).subarray(from, from + columns), targetStart);
        return;
      }
      for (let k = 0; k < columns; k++, from += columnStride) target[targetStart + k] = data[from]!;
    },
  };
}

/** Rows made ready for comparison with any number of other rows. */
export interface PreparedRows {
  readonly rows: number;
  readonly columns: number;
  /** Rows in panels of `PANEL_ROWS`; the last panel is filled up with zeros. */
  readonly panels: Float64Array;
  /** Squared norm of each row. */
  readonly squaredNorms: Float64Array;
}

/** Prepares every row of a matrix. */
export function prepareRows(argument: string, matrix: NdArray, kind: SimilarityKind): PreparedRows {
  const source = rowSource(argument, matrix);
  const { rows, columns } = source;
  const panels = new Float64Array(Math.ceil(rows / PANEL_ROWS) * PANEL_ROWS * columns);
  const squaredNorms = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const row = panels.subarray(i * columns, (i + 1) * columns);
    source.copyRow(i, row, 0);
    squaredNorms[i] = prepareRow(row, kind, argument, i);
  }
  return { rows, columns, panels, squaredNorms };
}

/**
 * Makes one row ready in place and returns its squared norm: checks that it is finite and, where the kind divides by
 * the norm, that it has one; centres it for pearson. Rows of very large or small norm are scaled by a power of two,
 * which changes no bit of a scale-free similarity and keeps the squares inside the range of a double.
 */
export function prepareRow(row: Float64Array, kind: SimilarityKind, argument: string, globalRow: number): number {
  let squaredNorm = sumOfSquares(row);
  if (!Number.isFinite(squaredNorm)) checkFinite(row, argument, globalRow);
  if (kind === "dot" || kind === "euclidean" || kind === "manhattan") return squaredNorm;
  if (kind === "pearson") {
    if (isConstant(row)) throw new ZeroVectorError(argument, globalRow, kind);
    rescale(row, squaredNorm);
    centre(row);
    squaredNorm = sumOfSquares(row);
  } else if (squaredNorm === 0 && row.every((value) => value === 0)) {
    throw new ZeroVectorError(argument, globalRow, kind);
  }
  return rescale(row, squaredNorm);
}

/** Compares one prepared row with all rows of a prepared matrix; similarities go to `target[targetStart ...]`. */
export type RowComparison = (row: Float64Array, squaredNorm: number, target: Float64Array, targetStart: number) => void;

/** The comparison of a kind with the given rows, with its own scratch space. */
export function rowComparison(
  kind: SimilarityKind,
  { rows, columns, panels, squaredNorms }: PreparedRows,
): RowComparison {
  const kernel = KERNELS[kind];
  const sums = new Float64Array(panels.length / columns);
  return (row, squaredNorm, target, targetStart) => {
    kernel(row, panels, sums);
    for (let j = 0; j < rows; j++) {
      const sum = sums[j]!;
      let similarity: number;
      if (kind === "dot") similarity = sum;
      else if (kind === "manhattan") similarity = 0 - sum;
      else if (kind === "euclidean") {
        const inRange = sum > SMALLEST_SQUARE && sum < LARGEST_SQUARE;
        // 0 - x, because -0 would print and sort differently from 0.
        similarity = 0 - (inRange ? Math.sqrt(sum) : scaledDistance(row, panels, j * columns));
      } else {
        // One root over the product, so that a row's cosine with itself is exactly 1: sqrt(x * x) is exact.
        const cosine = sum / Math.sqrt(squaredNorm * squaredNorms[j]!);
        const clamped = Math.max(-1, Math.min(1, cosine));
        similarity = kind === "angular" ? 1 - Math.acos(clamped) / Math.PI : clamped;
      }
      target[targetStart + j] = similarity;
    }
  };
}

/** Throws when a similarity overflowed, which finite rows can do under dot, euclidean and manhattan. */
export function checkSimilarities(values: Float64Array, columns: number, kind: SimilarityKind, firstRow: number): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value - value === 0) continue;
    const row = firstRow + Math.floor(i / columns);
    throw new NotFiniteError(`${kind} similarity`, row, i % columns, value, "scale the rows down");
  }
}

const KERNELS: Readonly<Record<SimilarityKind, PanelKernel>> = {
  cosine: dotPanels,
  angular: dotPanels,
  pearson: dotPanels,
  dot: dotPanels,
  euclidean: squaredDistancePanels,
  manhattan: absoluteDistancePanels,
};

/** Squared norms stay between these, so that the product of two stays far from the ends of a double's range. */
const SMALLEST_SQUARE = 1e-140;
const LARGEST_SQUARE = 1e140;

function sumOfSquares(row: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < row.length; k++) sum += row[k]! * row[k]!;
  return sum;
}

function checkFinite(row: Float64Array, argument: string, globalRow: number): void {
  for (let k = 0; k < row.length; k++) {
    if (!Number.isFinite(row[k])) {
      throw new NotFiniteError(argument, globalRow, k, row[k]!, "drop or repair the row first");
    }
  }
}

function isConstant(row: Float64Array): boolean {
  for (let k = 1; k < row.length; k++) if (row[k] !== row[0]) return false;
  return true;
}

function centre(row: Float64Array): void {
  let sum = 0;
  for (let k = 0; k < row.length; k++) sum += row[k]!;
  const mean = sum / row.length;
  for (let k = 0; k < row.length; k++) row[k] = row[k]! - mean;
}

/** Scales a row that is not all zero by powers of two until its squared norm is in range, and returns that. */
function rescale(row: Float64Array, squaredNorm: number): number {
  let current = squaredNorm;
  while (!(current >= SMALLEST_SQUARE && current <= LARGEST_SQUARE)) {
    const factor = current < SMALLEST_SQUARE ? 2 ** 200 : 2 ** -200;
    for (let k = 0; k < row.length; k++) row[k] = row[k]! * factor;
    current = sumOfSquares(row);
  }
  return current;
}

/** The distance of two rows whose squared differences overflow or vanish. */
function scaledDistance(row: Float64Array, panels: Float64Array, start: number): number {
  let largest = 0;
  for (let k = 0; k < row.length; k++) largest = Math.max(largest, Math.abs(row[k]! - panels[start + k]!));
  if (largest === 0 || largest === Infinity) return largest;
  let sum = 0;
  for (let k = 0; k < row.length; k++) sum += ((row[k]! - panels[start + k]!) / largest) ** 2;
  return largest * Math.sqrt(sum);
}
