import { cleanForClip } from "./clip-cleaning.ts";
import { quote, TokenizerFileError } from "./errors.ts";
import { clipPieces } from "./pieces.ts";
import type { SpecialToken } from "./special-tokens.ts";
import { buildTokenizer, type Tokenizer, type TokenizerOptions } from "./tokenizer.ts";
import { readVocabulary, type TokenizerFiles, type Vocabulary } from "./tokenizer-files.ts";

/**
 * The BPE tokenizer of CLIP, with which MusCALL reads its texts: `<|startoftext|>` text `<|endoftext|>`, padded with id 0.
 * (Id 0 is "!" and not CLIP's own padding, `<|endoftext|>`; it is what MusCALL was trained with.) The text is composed (NFC)
 * and lowered, and white space only separates words.
 *
 * The two special tokens are taken as such when they are written in a text. From `tokenizer.json`: in any case, or only as
 * written, as its field `normalized` says; without it in any case, as in transformers 4.
 *
 * Ids equal those of Hugging Face's tokenizers 0.23 (Rust) for every text. The Python tokenizer of transformers 4, which
 * MusCALL used, cleans differently: with ftfy it repairs mojibake, straightens quotes and folds ligatures and full-width
 * forms; without, it drops control and format characters, sets CJK ideographs apart and knows the final sigma. For ASCII text
 * without control characters all agree.
 *
 * @throws {TokenizerFileError} when a file is missing, malformed, or of another kind of tokenizer
 * @throws {TokenizerMismatchError} when the number of ids is not `embeddingRows`
 * @throws {RangeError} when an option is out of range
 * @example
 * const tokenizer = clipBpe({ vocab, merges }); // those of clip-vit-base-patch32
 * tokenizer.encode("A photo of a cat").ids; // 49406, 320, 1125, 539, 320, 2368, 49407, 0, 0, ...
 * @see Radford et al. 2021, "Learning transferable visual models from natural language supervision"; Manco et al. 2022,
 *   "Contrastive audio-language learning for music"
 */
export function clipBpe(files: TokenizerFiles, options: TokenizerOptions = {}): Tokenizer {
  const vocabulary = readVocabulary(files, "</w>");
  const markersSplit = vocabulary.json === undefined || checkSplitting(vocabulary.json);
  const [startId, endId] = specialTokens.map((token) => {
    const id = vocabulary.idOf.get(token);
    if (id === undefined)
      throw new TokenizerFileError(
        vocabulary.file,
        `has no token "${token}"; is it not the vocabulary of a CLIP model?`,
      );
    return id;
  });
  // The tower reads its output at the largest id of a row; were another token larger, it would read there.
  for (const [id, token] of vocabulary.tokenOf)
    if (id > endId!)
      throw new TokenizerFileError(
        vocabulary.file,
        `token ${quote(token)} has the id ${id}, larger than ${endId} of "<|endoftext|>", which must be the largest: ` +
          "by it the text tower finds the end of the text",
      );
  return buildTokenizer(
    {
      vocabulary,
      specialTokens: vocabulary.specialTokens ?? usualSpecialTokens(vocabulary),
      clean: cleanForClip,
      pieces: (text, visit) => clipPieces(text, markersSplit ? specialTokens : [], visit),
      endOfWord: "</w>",
      startId: startId!,
      endId: endId!,
      padId: 0,
    },
    options,
  );
}

const specialTokens = ["<|startoftext|>", "<|endoftext|>"];

function usualSpecialTokens({ idOf }: Vocabulary): SpecialToken[] {
  return specialTokens.map((content) => ({
    id: idOf.get(content)!,
    content,
    lstrip: false,
    rstrip: false,
    normalized: true,
  }));
}

/**
 * Refuses a tokenizer.json that cleans or splits texts in another way. Of the pattern there are two versions; true for the
 * one in which the special tokens are alternatives.
 */
function checkSplitting({ normalizer, preTokenizer }: NonNullable<Vocabulary["json"]>): boolean {
  const refuse = (part: string, found: unknown) =>
    new TokenizerFileError("tokenizer.json", `${part} is ${quote(JSON.stringify(found))}; CLIP's is different`);
  const steps = (normalizer as { normalizers?: unknown } | null)?.normalizers;
  if (JSON.stringify(steps) !== cleaning) throw refuse("normalizer", normalizer);
  const [splitter, bytes, ...rest] = listOf((preTokenizer as { pretokenizers?: unknown } | null)?.pretokenizers);
  const pattern = (splitter?.pattern as { Regex?: unknown } | undefined)?.Regex;
  const isKnown = pattern === wordPattern || pattern === `${markerPattern}${wordPattern}`;
  if (!isKnown || splitter?.type !== "Split" || splitter.behavior !== "Removed" || splitter.invert !== true)
    throw refuse("pre_tokenizer", splitter ?? null);
  if (bytes?.type !== "ByteLevel" || bytes.add_prefix_space === true || bytes.use_regex === false || rest.length > 0)
    throw refuse("pre_tokenizer", bytes ?? null);
  return pattern !== wordPattern;
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value : [];
}

const cleaning = JSON.stringify([
  { type: "NFC" },
  { type: "Replace", pattern: { Regex: "\\s+" }, content: " " },
  { type: "Lowercase" },
]);
const wordPattern = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";
const markerPattern = "<\\|startoftext\\|>|<\\|endoftext\\|>|";
