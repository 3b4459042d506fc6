import ndarray, { type NdArray } from "ndarray";
import { byteAlphabet } from "./byte-alphabet.ts";
import { TokenizerMismatchError } from "./errors.ts";
import { mergeSymbols } from "./merge-symbols.ts";
import { MergeTable } from "./merge-table.ts";
import type { PieceVisitor } from "./pieces.ts";
import { type SpecialToken, specialTokenSplitter } from "./special-tokens.ts";
import type { Vocabulary } from "./tokenizer-files.ts";

/** A text as token ids of a fixed length. */
export interface EncodedText {
  /** Start token, tokens of the text, end token, padding; shape [contextLength]. */
  readonly ids: Int32Array;
  /** 1 for tokens, 0 for padding; shape [contextLength]. */
  readonly attentionMask: Uint8Array;
  /** How many tokens of the text did not fit; they were cut off at its end. */
  readonly lostTokens: number;
}

/** Several texts as token ids, row i for text i. */
export interface EncodedTexts {
  /** As in {@link EncodedText}; shape [n, contextLength]. */
  readonly ids: NdArray<Int32Array>;
  /** 1 for tokens, 0 for padding; shape [n, contextLength]. */
  readonly attentionMask: NdArray<Uint8Array>;
  /** How many tokens of each text did not fit; shape [n]. */
  readonly lostTokens: Int32Array;
}

/** Options of one encoding call. */
export interface EncodeTextOptions {
  /** How many ids come out for each text, the start and end tokens and the padding included; 77 unless told otherwise. */
  readonly contextLength?: number;
}

/** Options of a tokenizer. */
export interface TokenizerOptions {
  /**
   * How many rows the checkpoint's word embedding has. A tokenizer with another number of ids belongs to another
   * checkpoint and is refused.
   */
  readonly embeddingRows?: number;
  /** How many pieces are remembered with their tokens, 10,000 unless told otherwise. It changes the speed only. */
  readonly cachedPieces?: number;
}

/** Turns texts into the token ids that a text tower was trained on. */
export interface Tokenizer {
  /** How many ids there are: the largest and one, as many as the rows of the word embedding. */
  readonly vocabularySize: number;
  /** The id of the token before the text. */
  readonly startId: number;
  /** The id of the token after the text. */
  readonly endId: number;
  /** The id that fills the rest. */
  readonly padId: number;
  /**
   * The ids of a text alone: without start, end and padding, and nothing cut off.
   *
   * Half a surrogate pair, which no Unicode text has, is read as U+FFFD, as `TextEncoder` writes it.
   */
  tokenize(text: string): Int32Array;
  /**
   * The ids of a text in a fixed length: cut to contextLength - 2 tokens, between start and end, padded.
   *
   * @throws {RangeError} when the context length is not an integer from 2 to 1048576
   */
  encode(text: string, options?: EncodeTextOptions): EncodedText;
  /** The same for several texts; each row equals what `encode` yields for that text alone. */
  encodeBatch(texts: readonly string[], options?: EncodeTextOptions): EncodedTexts;
  /**
   * The text of some ids, start, end and padding as they are written in the vocabulary. Bytes that are not UTF-8, as in the
   * tokens of half a character, become U+FFFD.
   *
   * @throws {RangeError} when an id is not in the vocabulary
   */
  decode(ids: Iterable<number>): string;
}

/** What distinguishes the tokenizers of this package. */
export interface TokenizerDesign {
  readonly vocabulary: Vocabulary;
  readonly specialTokens: readonly SpecialToken[];
  /** What is done to a text before it is split into pieces. */
  readonly clean: (text: string) => string;
  readonly pieces: (text: string, visit: PieceVisitor) => void;
  /** The suffix of tokens that end a piece. */
  readonly endOfWord: string;
  readonly startId: number;
  readonly endId: number;
  readonly padId: number;
}

/**
 * Builds a tokenizer: special tokens, cleaning, pieces, bytes, merges.
 *
 * Our own and not the npm library @huggingface/tokenizers (0.2.0), because that is not exact: with the same tokenizer.json,
 * 334 of 100,000 random Unicode texts get other ids than from Hugging Face's Rust and Python library for RoBERTa, and 19,664
 * for CLIP. Its white space is JavaScript's, its letters, composition and lower case are the engine's.
 *
 * @throws {TokenizerMismatchError} when the number of ids is not that of the checkpoint's word embedding
 * @throws {RangeError} when an option is out of range
 */
export function buildTokenizer(design: TokenizerDesign, options: TokenizerOptions): Tokenizer {
  const { vocabulary, pieces, startId, endId, padId, endOfWord } = design;
  const { embeddingRows, cachedPieces = 10_000 } = options;
  let vocabularySize = 0;
  for (const id of vocabulary.tokenOf.keys()) vocabularySize = Math.max(vocabularySize, id + 1);
  if (embeddingRows !== undefined && embeddingRows !== vocabularySize)
    throw new TokenizerMismatchError(embeddingRows, vocabularySize);
  checkInteger("cachedPieces", cachedPieces, 0, 2 ** 24);

  const merges = new MergeTable(vocabulary.merges);
  const alphabet = byteAlphabet();
  const idOfByte = Int32Array.from(alphabet, (symbol) => vocabulary.idOf.get(symbol)!);
  const idOfLastByte = Int32Array.from(alphabet, (symbol) => vocabulary.idOf.get(symbol + endOfWord)!);
  const utf8 = new TextEncoder();
  const shortPiece = new Uint8Array(3 * longestCached);
  const cache = new Map<string, Int32Array>();
  const split = specialTokenSplitter(design.specialTokens, design.clean);

  function tokensOf(piece: string): Int32Array {
    const known = cache.get(piece);
    if (known !== undefined) return known;
    // One buffer for all short pieces: `encode` would make a new one for each, which costs more than the merging.
    const bytes = piece.length <= longestCached ? shortPiece : new Uint8Array(3 * piece.length);
    const length = utf8.encodeInto(piece, bytes).written;
    const symbols = new Int32Array(length);
    for (let at = 0; at < length; at++) symbols[at] = idOfByte[bytes[at]!]!;
    symbols[length - 1] = idOfLastByte[bytes[length - 1]!]!;
    const tokens = mergeSymbols(symbols, merges);
    if (piece.length <= longestCached && cachedPieces > 0) {
      if (cache.size >= cachedPieces) cache.clear();
      cache.set(piece, tokens.slice());
    }
    return tokens;
  }

  function tokenList(text: string): number[] {
    const ids: number[] = [];
    split(text, (segment) => {
      if (typeof segment === "number") ids.push(segment);
      else
        pieces(segment, (start, end) => {
          for (const id of tokensOf(segment.slice(start, end))) ids.push(id);
        });
    });
    return ids;
  }

  /** Writes one row of fresh arrays; returns how many tokens did not fit. */
  function encodeInto(ids: Int32Array, attentionMask: Uint8Array, text: string): number {
    const tokens = tokenList(text);
    const kept = Math.min(tokens.length, ids.length - 2);
    ids.fill(padId);
    ids[0] = startId;
    for (let at = 0; at < kept; at++) ids[at + 1] = tokens[at]!;
    ids[kept + 1] = endId;
    attentionMask.fill(1, 0, kept + 2);
    return tokens.length - kept;
  }

  return {
    vocabularySize,
    startId,
    endId,
    padId,
    tokenize: (text) => Int32Array.from(tokenList(text)),
    encode(text, { contextLength = usualContextLength } = {}) {
      checkInteger("contextLength", contextLength, 2, longestContext);
      const ids = new Int32Array(contextLength);
      const attentionMask = new Uint8Array(contextLength);
      return { ids, attentionMask, lostTokens: encodeInto(ids, attentionMask, text) };
    },
    encodeBatch(texts, { contextLength = usualContextLength } = {}) {
      checkInteger("contextLength", contextLength, 2, longestContext);
      const ids = new Int32Array(texts.length * contextLength);
      const attentionMask = new Uint8Array(texts.length * contextLength);
      const lostTokens = Int32Array.from(texts, (text, row) => {
        const [start, end] = [row * contextLength, (row + 1) * contextLength];
        return encodeInto(ids.subarray(start, end), attentionMask.subarray(start, end), text);
      });
      const shape = [texts.length, contextLength];
      return { ids: ndarray(ids, shape), attentionMask: ndarray(attentionMask, shape), lostTokens };
    },
    decode(ids) {
      const special = new Set(design.specialTokens.map(({ id }) => id));
      const byteOf = new Map(alphabet.map((symbol, byte) => [symbol, byte]));
      const bytes: number[] = [];
      for (const id of ids) {
        const token = vocabulary.tokenOf.get(id);
        if (token === undefined) throw new RangeError(`id ${id} is not in the vocabulary of ${vocabularySize} ids`);
        const ends = endOfWord !== "" && token.endsWith(endOfWord) && !special.has(id);
        const symbols = ends ? `${token.slice(0, -endOfWord.length)} ` : token;
        for (const symbol of symbols) {
          const byte = special.has(id) ? undefined : byteOf.get(symbol);
          if (byte === undefined) bytes.push(...utf8.encode(symbol));
          else bytes.push(byte);
        }
      }
      return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes));
    },
  };
}

/** What both LAION-CLAP and MusCALL read. */
const usualContextLength = 77;
/** One text of a megabyte fits; towers read 77. */
const longestContext = 2 ** 20;
/** Longer pieces are not words and do not come again. */
const longestCached = 64;

function checkInteger(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(`${name}: expected an integer from ${least} to ${most}, got ${value}`);
}
