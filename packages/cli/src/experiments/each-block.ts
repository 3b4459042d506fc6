import type { NdArray } from "ndarray";
import type { AudioInput } from "../store/model-inputs.ts";
import type { ExperimentContext } from "./experiment.ts";
import { namingFiles } from "./located-errors.ts";

/**
 * One pass over the audio embeddings, with progress. Errors that name a row of the block come out naming the file.
 * @param what - for the progress bar
 * @param use - gets rows firstRow to end of the whole array
 */
export async function eachBlock(
  { progress }: ExperimentContext,
  what: string,
  { matrix }: AudioInput,
  use: (block: NdArray, firstRow: number, end: number) => void,
): Promise<void> {
  const work = progress.start(what, matrix.rows);
  let firstRow = 0;
  try {
    for await (const block of matrix.blocks()) {
      const end = firstRow + block.shape[0]!;
      const file = matrix.path;
      // `ClassSums` knows its blocks as `embeddings` and counts their rows from 0; the similarities are told the first row.
      await namingFiles({ a: { file }, embeddings: { file, firstRow } }, () => use(block, firstRow, end));
      firstRow = end;
      work.advance(block.shape[0]!);
    }
  } finally {
    work.end();
  }
}
