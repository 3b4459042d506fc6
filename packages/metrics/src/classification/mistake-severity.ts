import type { NdArray } from "ndarray";
import { readFiniteMatrix, type Vector } from "../array-views.ts";
import { ShapeError, UndefinedMetricError } from "../errors.ts";
import { readLabelsAndPredictions } from "./class-input.ts";

/** How bad wrong answers are, by a hierarchy of classes. */
export interface MistakeSeverity {
  /** How many answers are wrong. */
  readonly mistakes: number;
  /** Mean height over the wrong answers; NaN when there are none. */
  readonly meanOfMistakes: number;
  /** Mean height over all answers, right ones counting the height of their own class, which is usually 0. */
  readonly meanOfAll: number;
  /** The height of each answer, shape [n]: for intervals and tests. */
  readonly perItem: Float64Array;
}

/**
 * How far up a hierarchy one has to go from the true class to meet the predicted one: the height of their lowest common
 * ancestor. Taking a viola for a violin is a smaller mistake than taking it for a flute.
 * @param labels - shape [n]; class indices of the truth
 * @param predictions - shape [n]; class indices
 * @param heights - shape [C, C]: the height of the lowest common ancestor of true class (row) and predicted class (column)
 * @throws {ShapeError} when the lengths differ, or heights is not square
 * @throws {NotFiniteError} when a height is NaN or infinite
 * @throws {LabelError} when a class is not an integer from 0 to C - 1
 * @throws {UndefinedMetricError} when there are no items
 * @example
 * const heights = ndarray([0, 1, 3, 1, 0, 3, 3, 3, 0], [3, 3]);
 * mistakeSeverity([0, 0, 2], [0, 1, 0], heights); // { mistakes: 2, meanOfMistakes: 2, meanOfAll: 1.33, ... }
 * @see Bertinetto et al. 2020, "Making better mistakes: leveraging class hierarchies with deep networks"
 */
export function mistakeSeverity(labels: Vector, predictions: Vector, heights: NdArray): MistakeSeverity {
  const { data, rows, columns } = readFiniteMatrix("heights", heights);
  if (rows !== columns) throw new ShapeError("heights", heights.shape, "a square matrix [C, C]");
  const { truth, predicted } = readLabelsAndPredictions(labels, predictions, rows);
  if (truth.length === 0) throw new UndefinedMetricError("mistakeSeverity", "there are no items");
  const perItem = Float64Array.from(truth, (label, i) => data[label * columns + predicted[i]!]!);
  let mistakes = 0;
  let ofMistakes = 0;
  let ofAll = 0;
  for (let i = 0; i < perItem.length; i++) {
    ofAll += perItem[i]!;
    if (truth[i] === predicted[i]) continue;
    mistakes++;
    ofMistakes += perItem[i]!;
  }
  return { mistakes, meanOfMistakes: ofMistakes / mistakes, meanOfAll: ofAll / perItem.length, perItem };
}
