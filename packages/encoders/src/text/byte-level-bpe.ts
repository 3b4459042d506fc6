import { TokenizerFileError } from "./errors.ts";
import { byteLevelPieces } from "./pieces.ts";
import type { SpecialToken } from "./special-tokens.ts";
import { buildTokenizer, type Tokenizer, type TokenizerOptions } from "./tokenizer.ts";
import { readVocabulary, type TokenizerFiles, type Vocabulary } from "./tokenizer-files.ts";

/**
 * The byte-level BPE tokenizer of RoBERTa, with which LAION-CLAP reads its texts: `<s>` text `</s>`, padded with `<pad>`.
 * The text is not cleaned: case, accents and leading and double spaces all count.
 *
 * The special tokens that are written in a text are taken as such. Which ones, and whether they swallow the white space
 * beside them, `tokenizer.json` says; without it they are `<s>`, `<pad>`, `</s>`, `<unk>` and `<mask>`, of which the last
 * swallows the white space to its left, as in RoBERTa's own `tokenizer.json` and in transformers 4.
 *
 * Ids equal those of Hugging Face's tokenizers 0.23 (Rust) for every text. Those of the Python tokenizer of transformers 4
 * differ in two rare cases: its letters and numbers are of the Unicode version of Python's `regex`, and its white space
 * before `<mask>` includes U+001C to U+001F.
 *
 * @throws {TokenizerFileError} when a file is missing, malformed, or of another kind of tokenizer
 * @throws {TokenizerMismatchError} when the number of ids is not `embeddingRows`
 * @throws {RangeError} when an option is out of range
 * @example
 * const tokenizer = byteLevelBpe({ vocab, merges }); // those of roberta-base
 * tokenizer.encode("Hello world").ids; // 0, 31414, 232, 2, 1, 1, 1, ...
 * @see Liu et al. 2019, "RoBERTa: a robustly optimized BERT pretraining approach"; Radford et al. 2019 for the encoding
 */
export function byteLevelBpe(files: TokenizerFiles, options: TokenizerOptions = {}): Tokenizer {
  const vocabulary = readVocabulary(files, "");
  if (vocabulary.json !== undefined) checkSplitting(vocabulary.json);
  const [startId, endId, padId] = ["<s>", "</s>", "<pad>"].map((token) => {
    const id = vocabulary.idOf.get(token);
    if (id === undefined)
      throw new TokenizerFileError(
        vocabulary.file,
        `has no token "${token}"; is it not the vocabulary of a RoBERTa model?`,
      );
    return id;
  });
  return buildTokenizer(
    {
      vocabulary,
      specialTokens: vocabulary.specialTokens ?? usualSpecialTokens(vocabulary),
      clean: (text) => text,
      pieces: byteLevelPieces,
      endOfWord: "",
      startId: startId!,
      endId: endId!,
      padId: padId!,
    },
    options,
  );
}

function usualSpecialTokens({ idOf }: Vocabulary): SpecialToken[] {
  return ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    .filter((content) => idOf.has(content))
    .map((content) => ({
      id: idOf.get(content)!,
      content,
      lstrip: content === "<mask>",
      rstrip: false,
      normalized: false,
    }));
}

/** Refuses a tokenizer.json that cleans or splits texts in another way. */
function checkSplitting({ normalizer, preTokenizer }: NonNullable<Vocabulary["json"]>): void {
  const refuse = (fault: string) => new TokenizerFileError("tokenizer.json", `${fault}; RoBERTa's is different`);
  if (normalizer !== null) throw refuse("normalizer is set");
  const { type, add_prefix_space, use_regex } = (preTokenizer ?? {}) as Record<string, unknown>;
  if (type !== "ByteLevel") throw refuse(`pre_tokenizer is ${JSON.stringify(type ?? null)}, expected "ByteLevel"`);
  if (add_prefix_space === true) throw refuse("pre_tokenizer.add_prefix_space is true");
  if (use_regex === false) throw refuse("pre_tokenizer.use_regex is false");
}
