import ndarray, { type NdArray } from "ndarray";
import { checkMatrixShape, readFiniteMatrix, readIndices, type Vector } from "./array-views.ts";
import { EmptyClassError, ShapeError } from "./errors.ts";
import { checkClassCount, checkInteger, checkSameLength } from "./option-checks.ts";

/**
 * Sums and counts of embeddings by class, filled block by block, from which centroids follow. It holds [C, d] numbers
 * however many embeddings there are. Sums are float64 and of the raw embeddings, not of normalised ones.
 *
 * @example
 * const sums = new ClassSums(14, 512);
 * for await (const { embeddings, labels } of blocks) sums.add(embeddings, labels);
 * const similarities = similarityTo(sums.centroids());
 */
export class ClassSums {
  readonly classCount: number;
  readonly dimension: number;
  /** Embeddings of each class so far, shape [C]. */
  readonly counts: Float64Array;
  /** Their sum, row-major [C, d]. */
  readonly sums: Float64Array;

  /**
   * @param classCount - C, from 1 to 2^24
   * @param dimension - d, at least 1; C times d is at most 2^27
   * @throws {OptionError} when either is not an integer in its range
   */
  constructor(classCount: number, dimension: number) {
    checkClassCount("classCount", classCount);
    checkInteger("dimension", dimension, 1, Math.floor(MOST_SUMS / classCount));
    this.classCount = classCount;
    this.dimension = dimension;
    this.counts = new Float64Array(classCount);
    this.sums = new Float64Array(classCount * dimension);
  }

  /**
   * Adds the rows of a block, or only some of them. Nothing is added when it throws.
   * @param block - shape [n, d]
   * @param labels - shape [n]; class indices
   * @param rows - shape [r]; which rows of the block to add; all when left out
   * @throws {ShapeError} when the shapes do not fit
   * @throws {NotFiniteError} when a value is NaN or infinite
   * @throws {LabelError} when a label is not an integer from 0 to C - 1, or a row is outside the block
   */
  add(block: NdArray, labels: Vector, rows?: Vector): void {
    const { data, rows: n, columns } = readFiniteMatrix("embeddings", block);
    if (columns !== this.dimension) throw new ShapeError("embeddings", block.shape, `[n, ${this.dimension}]`);
    const classes = readIndices("labels", labels, this.classCount, "a class index");
    checkSameLength("labels", classes.length, "embeddings", n);
    const chosen = rows === undefined ? undefined : readIndices("rows", rows, n, "a row of the block");
    const count = chosen === undefined ? n : chosen.length;
    for (let i = 0; i < count; i++) {
      const row = chosen === undefined ? i : chosen[i]!;
      const to = classes[row]! * columns;
      const from = row * columns;
      for (let k = 0; k < columns; k++) this.sums[to + k]! += data[from + k]!;
      this.counts[classes[row]!]!++;
    }
  }

  /**
   * Adds everything that another one holds.
   * @throws {ShapeError} when class count or dimension differ
   */
  merge(other: ClassSums): void {
    if (other.classCount !== this.classCount || other.dimension !== this.dimension) {
      throw new ShapeError("other", [other.classCount, other.dimension], `[${this.classCount}, ${this.dimension}]`);
    }
    for (let i = 0; i < this.sums.length; i++) this.sums[i]! += other.sums[i]!;
    for (let c = 0; c < this.classCount; c++) this.counts[c]! += other.counts[c]!;
  }

  /**
   * The mean embedding of each class, shape [C, d].
   * @throws {EmptyClassError} when a class has no embeddings
   */
  centroids(): NdArray<Float64Array> {
    const { sums, counts, dimension } = this;
    const empty = counts.indexOf(0);
    if (empty >= 0) {
      throw new EmptyClassError(
        empty,
        undefined,
        undefined,
        "no item has this label; leave the class out of the labels",
      );
    }
    const means = sums.map((sum, i) => sum / counts[Math.floor(i / dimension)]!);
    return ndarray(means, [this.classCount, dimension]);
  }
}

/**
 * The mean embedding of each class, shape [C, d], in float64; of the raw embeddings, not of normalised ones.
 * @param embeddings - shape [n, d]
 * @param labels - shape [n]; class indices
 * @param classCount - C, from 1 to 2^24; C times d is at most 2^27
 * @throws {ShapeError} when the shapes do not fit
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {LabelError} when a label is not an integer from 0 to C - 1
 * @throws {OptionError} when classCount or d is not an integer in its range
 * @throws {EmptyClassError} when a class has no embeddings
 * @example classCentroids(ndarray([1, 0, 3, 0, 0, 5], [3, 2]), [0, 0, 1], 2) // [[2, 0], [0, 5]]
 */
export function classCentroids(embeddings: NdArray, labels: Vector, classCount: number): NdArray<Float64Array> {
  checkMatrixShape("embeddings", embeddings);
  const sums = new ClassSums(classCount, embeddings.shape[1]!);
  sums.add(embeddings, labels);
  return sums.centroids();
}

/** The sums of this many classes times dimensions take 1 GiB; engines allow 2 to 8. */
const MOST_SUMS = 2 ** 27;
