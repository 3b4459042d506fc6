import { createHash } from "node:crypto";
import type { Encoders } from "../../encoders.ts";
import { InputError } from "../../errors.ts";
import { type Embeddings, readNpyMatrix } from "../../npy/npy-file.ts";
import { readCaptionList } from "./caption-list.ts";
import { readCaptionParquet } from "./caption-parquet.ts";
import type { ContrastiveConfig, PairSource } from "./contrastive-config.ts";
import { type CaptionedClip, listOf, withoutExcluded, withSound } from "./pairs.ts";

/** The pairs of a training or validation set. */
export interface ListedPairs {
  /** Those whose sound is there. */
  readonly pairs: readonly CaptionedClip[];
  /** For the loss weighted-clip: a row for each pair of the list, whether its sound is there or not. */
  readonly captionEmbeddings: Embeddings | undefined;
  /** Of ids and captions in their order, to tell whether a run goes on with the same pairs. */
  readonly sha256: string;
  /** What the user should know of it. */
  readonly remarks: readonly string[];
}

/** The same with captions as the model reads them. */
export interface PairSet extends ListedPairs {
  readonly pairs: readonly TokenizedPair[];
}

export interface TokenizedPair extends CaptionedClip {
  /** For each caption, shape [contextLength]. */
  readonly tokenIds: readonly Int32Array[];
}

/**
 * Reads the pairs of a set, and leaves out those without sound.
 * @throws {InputError} when something is wrong with the list or its files
 */
export async function listPairs(source: PairSource, { data, loss }: ContrastiveConfig): Promise<ListedPairs> {
  const file = fileOf(source);
  const listed = await ("parquet" in source ? readCaptionParquet(source) : readCaptionList(source));
  const { pairs, missing } = withSound(file, withoutExcluded(listed, data.exclude), data.missingAudio);
  const remarks: string[] = [];
  const excluded = listed.length - pairs.length - missing.length;
  if (excluded > 0) remarks.push(`${file}: ${excluded} of ${listed.length} clips are excluded.`);
  if (missing.length > 0) {
    const some = listOf(missing);
    remarks.push(`${file}: ${missing.length} of ${listed.length} clips are left out, without sound: ${some}.`);
  }
  return {
    pairs,
    captionEmbeddings: loss === "clip" ? undefined : await readCaptionEmbeddings(file, source, listed, pairs),
    sha256: digestOf(pairs),
    remarks,
  };
}

/** Tokenizes the captions, and remarks how many of them are cut. */
export function tokenizePairs(
  source: PairSource,
  listed: ListedPairs,
  tokenizer: ReturnType<Encoders["clipBpe"]>,
  contextLength: number,
): PairSet {
  let cut = 0;
  const pairs = listed.pairs.map((pair) => ({
    ...pair,
    tokenIds: pair.captions.map((caption) => {
      const { ids, lostTokens } = tokenizer.encode(caption, { contextLength });
      if (lostTokens > 0) cut += 1;
      return ids;
    }),
  }));
  const remark = `${fileOf(source)}: ${cut} captions are longer than the ${contextLength} tokens that are read, and cut.`;
  return { ...listed, pairs, remarks: [...listed.remarks, ...(cut > 0 ? [remark] : [])] };
}

const fileOf = (source: PairSource): string => ("parquet" in source ? source.parquet : source.captions);

async function readCaptionEmbeddings(
  file: string,
  { captionEmbeddings: path }: PairSource,
  listed: readonly CaptionedClip[],
  pairs: readonly CaptionedClip[],
): Promise<Embeddings> {
  const several = listed.find(({ captions }) => captions.length > 1);
  if (several !== undefined) {
    throw new InputError(
      file,
      `${several.place}: has several captions; the loss "weighted-clip" takes one for each clip.`,
    );
  }
  const embeddings = await readNpyMatrix(path!);
  if (embeddings.shape[0] !== listed.length) {
    throw new InputError(
      path!,
      `has ${embeddings.shape[0]} rows; expected one for each of the ${listed.length} clips of ${file}.`,
    );
  }
  for (const { index, place } of pairs) requireDirection(path!, embeddings, index, place);
  return embeddings;
}

/** Throws for a row that has no cosine with others. */
function requireDirection(path: string, embeddings: Embeddings, row: number, place: string): void {
  const where = `row ${row + 1} (of ${place})`;
  let isZero = true;
  for (let k = 0; k < embeddings.shape[1]!; k++) {
    const value = embeddings.get(row, k);
    if (!Number.isFinite(value)) {
      throw new InputError(path, `${where}: has ${value} in column ${k + 1}; expected finite numbers.`);
    }
    if (value !== 0) isZero = false;
  }
  if (isZero) throw new InputError(path, `${where}: has zeros only, which are like nothing; embed the caption anew.`);
}

/** Paths do not count: a data set may move. */
function digestOf(pairs: readonly CaptionedClip[]): string {
  const hash = createHash("sha256");
  for (const { index, id, captions } of pairs) hash.update(`${JSON.stringify([index, id, captions])}\n`);
  return hash.digest("hex");
}
