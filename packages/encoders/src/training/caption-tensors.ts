import { type Tensor, tensor1d } from "@tensorflow/tfjs-core";
import type { NdArray } from "ndarray";
import { TrainingBatchError } from "./errors.ts";
import type { CaptionTensors } from "./muscall-training-pass.ts";

/** Captions as rows of ids, cut behind the last end token of the batch: no token sees a later one. */
export interface CaptionRows {
  /** Row-major [b, n]. */
  readonly ids: Int32Array<ArrayBuffer>;
  readonly b: number;
  readonly n: number;
  /** Where each caption ends: the first place of its largest id. */
  readonly ends: readonly number[];
}

/**
 * @throws {TrainingBatchError} when there are no ids, more than the tower reads, or others than its vocabulary has
 */
export function captionRows(tokenIds: NdArray<Int32Array>, contextLength: number, vocabularySize: number): CaptionRows {
  const [b, length] = tokenIds.shape as [number, number];
  if (tokenIds.shape.length !== 2 || length < 1 || length > contextLength) {
    const expected = `[pairs, up to ${contextLength}], as Tokenizer.encodeBatch(texts, { contextLength }) yields them`;
    throw new TrainingBatchError("tokenIds", `has the shape [${tokenIds.shape}], expected ${expected}`);
  }
  const ends: number[] = [];
  for (let row = 0; row < b; row++) {
    let end = 0;
    for (let at = 0; at < length; at++) {
      const id = tokenIds.get(row, at);
      if (!(Number.isInteger(id) && id >= 0 && id < vocabularySize)) {
        const expected = `expected 0 to ${vocabularySize - 1}; is the tokenizer that of another model?`;
        throw new TrainingBatchError("tokenIds", `has ${id} at [${row}, ${at}], ${expected}`);
      }
      if (id > tokenIds.get(row, end)) end = at;
    }
    ends.push(end);
  }
  const n = Math.max(0, ...ends) + 1;
  const ids = Int32Array.from({ length: b * n }, (_, i) => tokenIds.get(Math.floor(i / n), i % n));
  return { ids, b, n, ends };
}

/** The rows on the backend in use. */
export function captionTensors({ ids, n, ends }: CaptionRows, causalMask: (n: number) => Tensor): CaptionTensors {
  const rows = ends.map((end, item) => item * n + end);
  return { ids: tensor1d(ids, "int32"), n, ends: tensor1d(rows, "int32"), mask: causalMask(n) };
}
