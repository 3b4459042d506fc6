import { createHash } from "node:crypto";
import type { Encoders } from "../../encoders.ts";
import { InputError } from "../../errors.ts";
import { type Embeddings, readNpyMatrix } from "../../npy/npy-file.ts";
import { readCaptionList } from "./caption-list.ts";
import { readCaptionParquet } from "./caption-parquet.ts";
import type { ContrastiveConfig, PairSource } from "./contrastive-config.ts";
import { type CaptionedClip, listOf, withoutExcluded, withSound } from "./pairs.ts";

/** The pairs of a training or validation set, with their captions as the model reads them. */
export interface PairSet {
  readonly pairs: readonly TokenizedPair[];
  /** For the loss weighted-clip: a row for each pair of the list, whether its sound is there or not. */
  readonly captionEmbeddings: Embeddings | undefined;
  /** Of ids and captions in their order, to tell whether a run goes on with the same pairs. */
  readonly sha256: string;
  /** What the user should know of it. */
  readonly remarks: readonly string[];
}

export interface TokenizedPair extends CaptionedClip {
  /** For each caption, shape [contextLength]. */
  readonly tokenIds: readonly Int32Array[];
}

type Tokenizer = ReturnType<Encoders["clipBpe"]>;

/**
 * Reads the pairs of a set, leaves out those without sound, and tokenizes the captions.
 * @throws {InputError} when something is wrong with the list or its files
 */
export async function readPairSet(
  source: PairSource,
  { data, loss }: ContrastiveConfig,
  tokenizer: Tokenizer,
  contextLength: number,
): Promise<PairSet> {
  const file = "parquet" in source ? source.parquet : source.captions;
  const listed = await ("parquet" in source ? readCaptionParquet(source) : readCaptionList(source));
  const { pairs, missing } = withSound(file, withoutExcluded(listed, data.exclude), data.missingAudio);
  const remarks: string[] = [];
  const excluded = listed.length - pairs.length - missing.length;
  if (excluded > 0) remarks.push(`${file}: ${excluded} of ${listed.length} clips are excluded.`);
  if (missing.length > 0) {
    remarks.push(
      `${file}: ${missing.length} of ${listed.length} clips are left out, without sound: ${listOf(missing)}.`,
    );
  }
  let cut = 0;
  const tokenized = pairs.map((pair) => ({
    ...pair,
    tokenIds: pair.captions.map((caption) => {
      const { ids, lostTokens } = tokenizer.encode(caption, { contextLength });
      if (lostTokens > 0) cut += 1;
      return ids;
    }),
  }));
  if (cut > 0)
    remarks.push(`${file}: ${cut} captions are longer than the ${contextLength} tokens that are read, and cut.`);
  return {
    pairs: tokenized,
    captionEmbeddings: loss === "clip" ? undefined : await readCaptionEmbeddings(file, source, listed),
    sha256: digestOf(pairs),
    remarks,
  };
}

async function readCaptionEmbeddings(
  file: string,
  { captionEmbeddings: path }: PairSource,
  listed: readonly CaptionedClip[],
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
  return embeddings;
}

/** Paths do not count: a data set may move. */
function digestOf(pairs: readonly CaptionedClip[]): string {
  const hash = createHash("sha256");
  for (const { index, id, captions } of pairs) hash.update(`${JSON.stringify([index, id, captions])}\n`);
  return hash.digest("hex");
}
