import ndarray, { type NdArray } from "ndarray";
import { checkMatrixShape, MAX_INDEX, readIndices, type Vector } from "./array-views.ts";
import { ClassSums } from "./class-sums.ts";
import { EmptyClassError, LabelError, OptionError, ShapeError } from "./errors.ts";
import { checkClassCount, checkInteger, checkSameLength } from "./option-checks.ts";
import { type SimilarityOptions, similarityTo } from "./similarity.ts";
import { PANEL_ROWS } from "./similarity-kernels.ts";
import { checkKind, checkSimilarities, prepareRow, prepareRows, rowComparison, rowSource } from "./similarity-rows.ts";

/** Options of `prototypeSimilarities`. */
export interface PrototypeOptions extends SimilarityOptions {
  /**
   * What an item's own class centroid leaves out: `"nothing"` (the default) is the rule of the 2024 study, under which an
   * item is compared with a mean that it is part of; `"self"` leaves the item itself out; `{ folds }`, shape [n], makes
   * all centroids from the items of the other folds.
   */
  readonly exclude?: "nothing" | "self" | { readonly folds: Vector };
}

/**
 * The similarity of each item with the centroid of each class, shape [n, C]: scores of a nearest-centroid classifier
 * that shows what embeddings know without any text.
 *
 * @param embeddings - shape [n, d]
 * @param labels - shape [n]; class indices
 * @param classCount - C, from 1 to 2^24; C times d is at most 2^27; every class needs items
 * @throws {EmptyClassError} when a centroid would be made of no items, naming the class and the row or fold: a class
 *   without items, with a single item under `"self"`, or with items in one fold only under `{ folds }`
 * @throws {LabelError} when a label is not an integer from 0 to C - 1, or a fold not an integer of 0 or more
 * @throws {OptionError} when `exclude` or `kind` is another word, or classCount not an integer in its range
 * @throws the errors of `pairwiseSimilarity`, where `b` are the centroids
 * @example
 * const embeddings = ndarray([1, 0, 0.8, 0.6, 0, 1, 0.6, 0.8], [4, 2]);
 * prototypeSimilarities(embeddings, [0, 0, 1, 1], 2, { exclude: "self" }).get(0, 0); // 0.8
 * @see Snell et al. 2017, "Prototypical networks for few-shot learning"
 */
export function prototypeSimilarities(
  embeddings: NdArray,
  labels: Vector,
  classCount: number,
  { kind = "cosine", exclude = "nothing" }: PrototypeOptions = {},
): NdArray<Float64Array> {
  checkKind(kind);
  if (
    exclude !== "nothing" &&
    exclude !== "self" &&
    !(typeof exclude === "object" && exclude !== null && "folds" in exclude)
  ) {
    throw new OptionError("exclude", exclude, '"nothing", "self" or { folds }');
  }
  checkClassCount("classCount", classCount);
  checkMatrixShape("embeddings", embeddings);
  const [n, dimension] = embeddings.shape as [number, number];
  if (typeof exclude === "object") {
    const folds = readIndices("folds", exclude.folds, MAX_INDEX, "the item's fold");
    checkSameLength("folds", folds.length, "embeddings", n);
    const sumsByFold = new Map<number, ClassSums>();
    for (const [fold, rows] of rowsByFold(folds)) {
      const sums = new ClassSums(classCount, dimension);
      sums.add(embeddings, labels, rows);
      sumsByFold.set(fold, sums);
    }
    return leaveFoldOutSimilarityTo(sumsByFold, { kind })(embeddings, folds);
  }
  const sums = new ClassSums(classCount, dimension);
  sums.add(embeddings, labels);
  if (exclude === "self") return leaveOneOutSimilarityTo(sums, { kind })(embeddings, labels);
  return similarityTo(sums.centroids(), { kind })(embeddings);
}

/** Compares a block [n, d] with one value per row; `firstRow` is the block's place in the whole input, for errors. */
export type LabelledBlockSimilarity = (block: NdArray, values: Vector, firstRow?: number) => NdArray<Float64Array>;

/**
 * `prototypeSimilarities` with `exclude: "self"`, block by block for inputs larger than memory: a first pass fills the
 * sums, a second compares the same blocks. The own class's centroid is (class sum - item) / (count - 1).
 * @param sums - of all items; every row that is compared must have been added to them with the same label
 * @returns a function from a block [n, d] and its labels [n] to similarities [n, C]
 * @throws {EmptyClassError} when a class has no items; when comparing, for the row that is the only one of its class
 * @throws the errors of `pairwiseSimilarity`
 * @example
 * const toOtherItems = leaveOneOutSimilarityTo(sums);
 * toOtherItems(block, labels, firstRow); // similarities of the block's rows
 */
export function leaveOneOutSimilarityTo(
  sums: ClassSums,
  { kind = "cosine" }: SimilarityOptions = {},
): LabelledBlockSimilarity {
  const { classCount, dimension } = sums;
  const toCentroids = similarityTo(sums.centroids(), { kind });
  const others = {
    rows: 1,
    columns: dimension,
    panels: new Float64Array(PANEL_ROWS * dimension),
    squaredNorms: new Float64Array(1),
  };
  const compare = rowComparison(kind, others);
  const centroid = others.panels.subarray(0, dimension);
  const row = new Float64Array(dimension);
  return (block, labels, firstRow = 0) => {
    const similarities = toCentroids(block, firstRow);
    const source = rowSource("a", block);
    const classes = readIndices("labels", labels, classCount, "a class index");
    checkSameLength("labels", classes.length, "a", source.rows);
    for (let i = 0; i < source.rows; i++) {
      const own = classes[i]!;
      const count = sums.counts[own]!;
      if (count < 2) {
        const reason = `row ${firstRow + i} is its only item, and "self" leaves that out; drop the class or the row`;
        throw new EmptyClassError(own, firstRow + i, undefined, reason);
      }
      source.copyRow(i, row, 0);
      for (let k = 0; k < dimension; k++) centroid[k] = (sums.sums[own * dimension + k]! - row[k]!) / (count - 1);
      others.squaredNorms[0] = prepareRow(centroid, kind, `the centroid of class ${own} without its`, firstRow + i);
      compare(row, prepareRow(row, kind, "a", firstRow + i), similarities.data, i * classCount + own);
    }
    checkSimilarities(similarities.data, classCount, kind, firstRow);
    return similarities;
  };
}

/**
 * `prototypeSimilarities` with `exclude: { folds }`, block by block for inputs larger than memory: a first pass fills one
 * `ClassSums` per fold, a second compares.
 * @param sumsByFold - the sums of each fold's own items, by the fold's number; at least one
 * @returns a function from a block [n, d] and its folds [n] to similarities [n, C]
 * @throws {EmptyClassError} when a class has no items outside a fold, naming both
 * @throws {LabelError} when comparing, for a fold that is not in the map
 * @throws the errors of `pairwiseSimilarity`
 * @example
 * const toOtherFolds = leaveFoldOutSimilarityTo(new Map([[0, sumsOfFold0], [1, sumsOfFold1]]));
 * toOtherFolds(block, folds, firstRow); // similarities of the block's rows
 */
export function leaveFoldOutSimilarityTo(
  sumsByFold: ReadonlyMap<number, ClassSums>,
  { kind = "cosine" }: SimilarityOptions = {},
): LabelledBlockSimilarity {
  checkKind(kind);
  const [first] = sumsByFold.values();
  if (first === undefined) throw new ShapeError("sumsByFold", [0], "at least one fold");
  const { classCount, dimension } = first;
  const comparisons = new Map(
    Array.from(sumsByFold.keys(), (fold) => {
      const others = new ClassSums(classCount, dimension);
      for (const [other, sums] of sumsByFold) if (other !== fold) others.merge(sums);
      const empty = others.counts.indexOf(0);
      if (empty >= 0) {
        throw new EmptyClassError(empty, undefined, fold, `it has no item outside fold ${fold}; use other folds`);
      }
      return [fold, rowComparison(kind, prepareRows(`centroids without fold ${fold}`, others.centroids(), kind))];
    }),
  );
  const row = new Float64Array(dimension);
  return (block, folds, firstRow = 0) => {
    checkInteger("firstRow", firstRow, 0);
    const source = rowSource("a", block);
    if (source.columns !== dimension) throw new ShapeError("a", block.shape, `[n, ${dimension}]`);
    const foldOf = readIndices("folds", folds, MAX_INDEX, "the item's fold");
    checkSameLength("folds", foldOf.length, "a", source.rows);
    const similarities = new Float64Array(source.rows * classCount);
    for (let i = 0; i < source.rows; i++) {
      const compare = comparisons.get(foldOf[i]!);
      if (compare === undefined) throw new LabelError("folds", i, undefined, foldOf[i]!, "a fold of sumsByFold");
      source.copyRow(i, row, 0);
      compare(row, prepareRow(row, kind, "a", firstRow + i), similarities, i * classCount);
    }
    checkSimilarities(similarities, classCount, kind, firstRow);
    return ndarray(similarities, [source.rows, classCount]);
  };
}

function rowsByFold(folds: Int32Array): Map<number, number[]> {
  const rows = new Map<number, number[]>();
  folds.forEach((fold, row) => {
    const list = rows.get(fold);
    if (list === undefined) rows.set(fold, [row]);
    else list.push(row);
  });
  return rows;
}
