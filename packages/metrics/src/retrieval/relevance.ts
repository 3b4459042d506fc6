import type { NdArray } from "ndarray";
import { type DenseMatrix, isNdArray, readFiniteMatrix, readIndices, type Vector } from "../array-views.ts";
import { LabelError, ShapeError } from "../errors.ts";
import { checkSameLength, checkWord } from "../option-checks.ts";

/** Which items answer which query, and how queries without an answer count. */
export interface RetrievalOptions {
  /**
   * The relevant items. Left out: query i's only relevant item is item i, and the similarities are square.
   * Shape [queries]: the index of each query's only relevant item. Shape of the similarities, whatever the direction:
   * 0 where not relevant, else the grade, above 0.
   */
  readonly relevance?: Vector | NdArray;
  /** Whether the queries are the `"rows"` (the default) or the `"columns"` of the similarities. */
  readonly direction?: "rows" | "columns";
  /** Queries without a relevant item: `"error"` (the default) throws and lists them, `"skip"` leaves them out. */
  readonly withoutRelevant?: "error" | "skip";
}

/** Checked input: row q of `similarities` are the items' similarities with query q. */
export interface RetrievalInput {
  readonly similarities: DenseMatrix;
  readonly relevant: RelevantItems;
}

/** The relevant items of query q are `items[starts[q]]` up to, not including, `items[starts[q + 1]]`. */
export interface RelevantItems {
  readonly starts: Int32Array;
  readonly items: Int32Array;
  /** The grade of each entry of `items`, above 0. */
  readonly grades: Float64Array;
}

/** Reads similarities and relevance, both turned so that rows are queries. */
export function readRetrieval(similarities: NdArray, options: RetrievalOptions): RetrievalInput {
  const { relevance, direction = "rows" } = options;
  checkWord("direction", direction, ["rows", "columns"]);
  checkWord("withoutRelevant", options.withoutRelevant ?? "error", ["error", "skip"]);
  const dense = readFiniteMatrix("similarities", turned(similarities, direction));
  const { rows, columns } = dense;
  if (relevance === undefined) {
    if (rows !== columns) {
      throw new ShapeError(
        "similarities",
        similarities.shape,
        "[n, n], or say which items are relevant with relevance",
      );
    }
    return { similarities: dense, relevant: onePerQuery(Int32Array.from({ length: rows }, (_, i) => i)) };
  }
  if (isNdArray(relevance) && relevance.shape.length === 2) {
    const grades = readFiniteMatrix("relevance", turned(relevance, direction));
    if (grades.rows !== rows || grades.columns !== columns) {
      throw new ShapeError("relevance", relevance.shape, `[${similarities.shape.join(", ")}], as similarities`);
    }
    return { similarities: dense, relevant: fromGrades(grades, direction) };
  }
  const items = readIndices("relevance", relevance as Vector, columns, "the query's item");
  checkSameLength("relevance", items.length, `the ${direction} of similarities`, rows);
  return { similarities: dense, relevant: onePerQuery(items) };
}

const turned = (matrix: NdArray, direction: "rows" | "columns"): NdArray =>
  direction === "columns" && isNdArray(matrix) && matrix.shape.length === 2 ? matrix.transpose(1, 0) : matrix;

const onePerQuery = (items: Int32Array): RelevantItems => ({
  starts: Int32Array.from({ length: items.length + 1 }, (_, i) => i),
  items,
  grades: new Float64Array(items.length).fill(1),
});

function fromGrades({ data, rows, columns }: DenseMatrix, direction: "rows" | "columns"): RelevantItems {
  const starts = new Int32Array(rows + 1);
  const items: number[] = [];
  const grades: number[] = [];
  for (let q = 0; q < rows; q++) {
    for (let item = 0; item < columns; item++) {
      const grade = data[q * columns + item]!;
      if (grade < 0) {
        const [row, column] = direction === "rows" ? [q, item] : [item, q];
        throw new LabelError("relevance", row, column, grade, "0 for not relevant or a grade above 0");
      }
      if (grade > 0) {
        items.push(item);
        grades.push(grade);
      }
    }
    starts[q + 1] = items.length;
  }
  return { starts, items: Int32Array.from(items), grades: Float64Array.from(grades) };
}
