import ndarray, { type NdArray } from "ndarray";
import { ShapeError } from "./errors.ts";
import { checkInteger } from "./option-checks.ts";
import {
  checkKind,
  checkSimilarities,
  prepareRow,
  prepareRows,
  rowComparison,
  rowSource,
  type SimilarityKind,
} from "./similarity-rows.ts";

/** Options of the similarity functions. */
export interface SimilarityOptions {
  /** How rows are compared; `cosine` when left out. */
  readonly kind?: SimilarityKind;
}

/**
 * The similarity of every row of `a` with every row of `b`, shape [n, m], computed in float64; larger is more similar.
 *
 * | kind | value | range |
 * |---|---|---|
 * | cosine | a.b / (‖a‖ ‖b‖) | [-1, 1] |
 * | dot | a.b | finite |
 * | euclidean | -‖a - b‖₂ | at most 0 |
 * | manhattan | -‖a - b‖₁ | at most 0 |
 * | angular | 1 - arccos(cosine) / π | [0, 1] |
 * | pearson | cosine of the rows minus their own means | [-1, 1] |
 *
 * A pair of rows gives the same bits wherever it stands and whatever the other rows are, in either order of the pair;
 * a row's cosine with itself is exactly 1.
 *
 * @param a - shape [n, d], d of at least 1; n may be 0
 * @param b - shape [m, d]; m may be 0
 * @param options - `firstRow` is added to the rows of `a` in errors, for inputs that come in blocks; 0 when left out
 * @throws {ShapeError} when either is not two-dimensional or the columns differ
 * @throws {NotFiniteError} when a value is NaN or infinite, or a dot product or distance overflows a double
 * @throws {ZeroVectorError} for a zero row under cosine and angular, for a constant row under pearson
 * @throws {OptionError} when `kind` is not one of the six
 * @example
 * const similarities = pairwiseSimilarity(ndarray([3, 4], [1, 2]), ndarray([4, 3, 0, 1], [2, 2]));
 * similarities.get(0, 0); // 0.96
 * similarities.get(0, 1); // 0.8
 */
export function pairwiseSimilarity(
  a: NdArray,
  b: NdArray,
  { kind = "cosine", firstRow = 0 }: SimilarityOptions & { readonly firstRow?: number } = {},
): NdArray<Float64Array> {
  return similarityTo(b, { kind })(a, firstRow);
}

/** Compares a block of rows [n, d] with prepared rows; `firstRow` is the block's place in the whole input, for errors. */
export type BlockSimilarity = (block: NdArray, firstRow?: number) => NdArray<Float64Array>;

/**
 * A function that compares blocks of rows with the rows of `b`, which are checked and prepared once.
 * Later changes of `b` have no effect.
 *
 * @param b - shape [m, d]
 * @returns a function from a block [n, d] to its similarities [n, m], as by `pairwiseSimilarity`
 * @throws the errors of `pairwiseSimilarity`, for `b` at once and for a block when it is compared
 * @example
 * const toPrompts = similarityTo(prompts);
 * const first = toPrompts(clips.hi(100));
 * const second = toPrompts(clips.lo(100), 100); // errors name rows from 100 on
 */
export function similarityTo(b: NdArray, { kind = "cosine" }: SimilarityOptions = {}): BlockSimilarity {
  checkKind(kind);
  const prepared = prepareRows("b", b, kind);
  const { rows: m, columns } = prepared;
  const compare = rowComparison(kind, prepared);
  const row = new Float64Array(columns);
  return (block, firstRow = 0) => {
    checkInteger("firstRow", firstRow, 0);
    const source = rowSource("a", block);
    if (source.columns !== columns) {
      throw new ShapeError("a", block.shape, `[n, ${columns}], as many columns as b has`);
    }
    const similarities = new Float64Array(source.rows * m);
    for (let i = 0; i < source.rows; i++) {
      source.copyRow(i, row, 0);
      compare(row, prepareRow(row, kind, "a", firstRow + i), similarities, i * m);
    }
    checkSimilarities(similarities, m, kind, firstRow);
    return ndarray(similarities, [source.rows, m]);
  };
}

/** One block of similarities of an input that comes in pieces. */
export interface SimilarityBlock {
  /** The row of the whole input at which the block starts. */
  readonly firstRow: number;
  /** Shape [rows of the block, m]. */
  readonly similarities: NdArray<Float64Array>;
}

/**
 * The similarities of an input larger than memory with the rows of `b`, block by block and in order.
 * The blocks may differ in size; their values are those of `pairwiseSimilarity` on the whole, bit for bit.
 *
 * @param blocks - consecutive rows of the input, each of shape [rows, d]
 * @param b - shape [m, d]
 * @throws the errors of `pairwiseSimilarity`; rows are counted over the whole input
 * @example
 * for await (const { firstRow, similarities } of similarityBlocks(readBlocks(file), prompts)) {
 *   write(firstRow, similarities);
 * }
 */
export async function* similarityBlocks(
  blocks: Iterable<NdArray> | AsyncIterable<NdArray>,
  b: NdArray,
  options: SimilarityOptions = {},
): AsyncGenerator<SimilarityBlock> {
  const compare = similarityTo(b, options);
  let firstRow = 0;
  for await (const block of blocks) {
    const similarities = compare(block, firstRow);
    yield { firstRow, similarities };
    firstRow += block.shape[0]!;
  }
}
