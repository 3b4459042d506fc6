import type { NdArray } from "ndarray";
import { readScores } from "./class-input.ts";

/**
 * The column of each row's highest score, shape [n]; the first of equals, as numpy's argmax.
 * @param scores - shape [n, C]; n may be 0
 * @throws {ShapeError} when scores is not two-dimensional or has no columns
 * @throws {NotFiniteError} when a score is NaN or infinite
 * @example argmax(ndarray([0.1, 0.7, 0.2, 0.5, 0.5, 0], [2, 3])) // Int32Array [1, 0]
 */
export function argmax(scores: NdArray): Int32Array {
  const { data, rows, columns } = readScores(scores);
  const best = new Int32Array(rows);
  for (let i = 0, start = 0; i < rows; i++, start += columns) {
    let column = 0;
    for (let j = 1; j < columns; j++) if (data[start + j]! > data[start + column]!) column = j;
    best[i] = column;
  }
  return best;
}
