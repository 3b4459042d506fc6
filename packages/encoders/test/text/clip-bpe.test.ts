import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clipBpe } from "../../src/text/clip-bpe.ts";
import { cleanForClip } from "../../src/text/clip-cleaning.ts";
import { TokenizerFileError, TokenizerMismatchError } from "../../src/text/errors.ts";
import { golden, goldenFiles, goldenHashes, goldenTexts } from "./goldens.ts";
import { hashOfIds, pageTexts, randomBlock, usualPages } from "./random-text.ts";

const files = goldenFiles("clip");
const tokenizer = clipBpe(files);
const [start, end] = [598, 599];

type Json = Record<string, unknown> & { model: Record<string, unknown>; added_tokens: Record<string, unknown>[] };
const json = (): Json => JSON.parse(golden("clip-tokenizer.json"));
const changed = (change: Record<string, unknown>) => ({ tokenizer: JSON.stringify({ ...json(), ...change }) });

/** Special tokens sought in the text as written, as transformers 5 saves them. */
const asWritten = clipBpe(changed({ added_tokens: json().added_tokens.map((t) => ({ ...t, normalized: false })) }));

describe("clipBpe against Hugging Face", () => {
  const texts = goldenTexts.texts;

  test("gives the golden texts their ids", () => {
    expect(texts.map((text) => Array.from(tokenizer.tokenize(text)))).toEqual(goldenTexts.clip);
  });

  test("reads the same tokenizer from tokenizer.json", () => {
    const fromJson = clipBpe({ tokenizer: golden("clip-tokenizer.json") });
    expect(texts.map((text) => Array.from(fromJson.tokenize(text)))).toEqual(goldenTexts.clip);
  });

  test("seeks special tokens as written where tokenizer.json says so", () => {
    expect(texts.map((text) => Array.from(asWritten.tokenize(text)))).toEqual(goldenTexts.clipAsWritten);
  });

  test("cuts to 77 ids as truncation does, and pads with 0 as MusCALL does", () => {
    for (const [i, text] of texts.entries()) {
      const expected = goldenTexts.clip77[i]!;
      const { ids, attentionMask, lostTokens } = tokenizer.encode(text);
      expect(Array.from(ids)).toEqual([...expected, ...new Array(77 - expected.length).fill(0)]);
      expect(Array.from(attentionMask)).toEqual(Array.from(ids, (_, at) => (at < expected.length ? 1 : 0)));
      expect(lostTokens).toBe(goldenTexts.clip[i]!.length + 2 - expected.length);
    }
  });

  test("gives 10,000 random texts their ids", () => {
    const blocks = Array.from({ length: 10 }, (_, number) => randomBlock(number, goldenHashes.lists));
    expect(blocks.map((block) => hashOfIds(tokenizer, block))).toEqual(goldenHashes.clip.slice(0, 10));
    expect(blocks.map((block) => hashOfIds(asWritten, block))).toEqual(goldenHashes.clipAsWritten.slice(0, 10));
  });

  test("gives every character its class, and its ids alone and between letters", { timeout: 60_000 }, () => {
    const wrong = usualPages.filter((page) => hashOfIds(tokenizer, pageTexts(page)) !== goldenHashes.clipPages[page]);
    expect(wrong).toEqual([]);
  });
});

describe("cleanForClip", () => {
  // Checked with tokenizers 0.23.2: normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()]).normalize_str(text)
  test.each([
    ["A Photo of İSTANBUL", "a photo of i\u0307stanbul"],
    ["ΌΣΟΣ ΣΑΣ", "όσοσ σασ"],
    ["e\u0301 E\u0301 \u212b \u2126 ẞ", "é é å ω ß"],
    ["\ufb01 Ｆ", "\ufb01 ｆ"],
    ["a\u0301\u0327", "á\u0327"],
    ["\u1100\u1161\u11a8", "각"],
    [">\u0338", "\u226f"],
    // Composition and order of Unicode 9: these came later, and stay as they are.
    ["\u{11935}\u{11930}", "\u{11935}\u{11930}"],
    ["\u{105d2}\u0307", "\u{105d2}\u0307"],
    ["a\u1df6\u0327", "a\u1df6\u0327"],
    ["a\u0301\u1df6\u0301e\u0301", "á\u1df6\u0301é"],
    // Capitals of Unicode 16 and 17.
    ["\u1c89\ua7cb\ua7cc\ua7ce\ua7d2\ua7d4\ua7da\ua7dc", "\u1c8a\u0264\ua7cd\ua7cf\ua7d3\ua7d5\ua7db\u019b"],
    ["\u{10d50}\u{10d65}\u{16ea0}\u{16eb8}", "\u{10d70}\u{10d85}\u{16ebb}\u{16ed3}"],
  ])("makes of %j %j", (text, cleaned) => {
    expect(cleanForClip(text)).toBe(cleaned);
  });

  test("is what the engine's own functions do, for texts of letters that have been in Unicode for long", () => {
    const text = fc.string({
      unit: fc.constantFrom("A", "é", "E\u0301", "\u0327\u0301", "Я", "ﬁ", "İ", "\u1100", "\u1161", " "),
    });
    fc.assert(
      fc.property(text, (t) => {
        expect(cleanForClip(t)).toBe(t.normalize().toLowerCase());
      }),
    );
  });
});

describe("special tokens written in a text", () => {
  const few = (text: string, of = tokenizer) => Array.from(of.encode(text, { contextLength: 6 }).ids);

  test("are found in any case, unless tokenizer.json says otherwise", () => {
    expect(few("<|startoftext|><|EndOfText|>")).toEqual([start, start, end, end, 0, 0]);
    expect(few("<|startoftext|>", asWritten)).toEqual([start, start, end, 0, 0, 0]);
    expect(Array.from(asWritten.tokenize("<|EndOfText|>"))).not.toContain(end);
  });

  test("are not found where composition takes a part of them", () => {
    expect(Array.from(tokenizer.tokenize("<|endoftext|>\u0338"))).not.toContain(end);
    expect(Array.from(asWritten.tokenize("<|endoftext|>\u0338"))).toContain(end);
  });
});

describe("encode", () => {
  test("keeps the end token of a text that is cut, the only one and the largest id of the row", () => {
    const text = "the violin and the viola ".repeat(20);
    const all = tokenizer.tokenize(text);
    for (const contextLength of [2, 3, 16, 77, all.length + 1, all.length + 2, all.length + 3]) {
      const { ids, lostTokens } = tokenizer.encode(text, { contextLength });
      const kept = Math.min(all.length, contextLength - 2);
      expect(Array.from(ids.slice(0, kept + 2))).toEqual([start, ...all.slice(0, kept), end]);
      expect(ids.indexOf(Math.max(...ids))).toBe(kept + 1);
      expect(lostTokens).toBe(all.length - kept);
    }
  });

  test("ignores case, white space around and between words, and how an accent is written", () => {
    const ids = tokenizer.encode("a cafe\u0301 in zürich").ids;
    for (const text of [" A  CAFÉ\nin Zürich ", "a\u3000café\u0085in\u00a0zu\u0308rich"])
      expect(tokenizer.encode(text).ids).toEqual(ids);
  });

  test("holds start and end alone for a text of white space", () => {
    expect(Array.from(tokenizer.encode(" \n\t\u2003", { contextLength: 4 }).ids)).toEqual([start, end, 0, 0]);
  });

  test("reads half a surrogate pair as U+FFFD", () => {
    expect(tokenizer.tokenize("a\ud835 \udc00b")).toEqual(tokenizer.tokenize("a\ufffd \ufffdb"));
  });

  test("takes a text of a megabyte, with spaces or without", () => {
    expect(tokenizer.encode("Q".repeat(1_000_000)).lostTokens).toBe(1_000_000 - 75);
    expect(tokenizer.encode("\u0301".repeat(500_000)).lostTokens).toBe(1_000_000 - 75);
    expect(tokenizer.encode("\u0301\u0327".repeat(250_000)).lostTokens).toBe(1_000_000 - 75);
    expect(tokenizer.encode("A violin ".repeat(120_000)).lostTokens).toBeGreaterThan(239_000);
  });
});

describe("properties", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({
      unit: fc.constantFrom("a", "É", "th", "violin", " ", "\n", "'s", "e\u0301", "日", "🎵", "<|endoftext|>", "1"),
    }),
  );
  const solid = (t: string) => t.replace(/[\s\u0085]+/g, "");
  const wellFormed = (t: string) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(t));

  test("decoding the ids of any text gives the cleaned text back, but for its white space", () => {
    fc.assert(
      fc.property(text, (t) => {
        const decoded = tokenizer.decode(tokenizer.tokenize(t));
        expect(solid(decoded)).toBe(solid(wellFormed(cleanForClip(t))));
      }),
    );
  });

  test("what is remembered changes no ids", () => {
    const forgetful = [0, 1, 3].map((cachedPieces) => clipBpe(files, { cachedPieces }));
    fc.assert(
      fc.property(text, (t) => {
        for (const other of forgetful) expect(other.tokenize(t)).toEqual(tokenizer.tokenize(t));
      }),
    );
  });
});

describe("files", () => {
  const vocab = JSON.parse(files.vocab) as Record<string, number>;
  const withVocab = (change: Record<string, number | undefined>) => ({
    ...files,
    vocab: JSON.stringify({ ...vocab, ...change }),
  });
  const splitting = (json().pre_tokenizer as { pretokenizers: Record<string, unknown>[] }).pretokenizers;
  const withSplitting = (...steps: unknown[]) => changed({ pre_tokenizer: { type: "Sequence", pretokenizers: steps } });

  test("has the ids of CLIP, and pads with 0", () => {
    expect(tokenizer).toMatchObject({ vocabularySize: 600, startId: start, endId: end, padId: 0 });
  });

  test("reads the older pattern, in which the special tokens are no alternatives", () => {
    const pattern = { Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+" };
    const added_tokens = json().added_tokens.map((t) => ({ ...t, normalized: false }));
    const pre_tokenizer = { type: "Sequence", pretokenizers: [{ ...splitting[0], pattern }, splitting[1]] };
    const older = clipBpe(changed({ added_tokens, pre_tokenizer }));
    const decoded = (of: typeof older) => of.decode(of.tokenize("<|EndOfText|>!"));
    expect(decoded(older)).toBe("<| endoftext |>! ");
    expect(decoded(asWritten)).toBe("<| endoftext |> ! ");
  });

  test("refuses a tokenizer with another number of ids than the checkpoint has rows", () => {
    expect(clipBpe(files, { embeddingRows: 600 }).vocabularySize).toBe(600);
    expect(() => clipBpe(files, { embeddingRows: 49408 })).toThrow(TokenizerMismatchError);
  });

  test.each([
    ["no vocabulary", { ...files, vocab: "" }, "vocab.json: is missing or empty"],
    [
      "RoBERTa's vocabulary",
      goldenFiles("roberta"),
      'vocab.json: has no token "Ā</w>" for the byte 0x00 at the end of a word',
    ],
    [
      "RoBERTa's tokenizer.json",
      { tokenizer: golden("roberta-tokenizer.json") },
      "is it not the tokenizer of a CLIP model?",
    ],
    [
      "a vocabulary without an end",
      withVocab({ "<|endoftext|>": undefined }),
      'vocab.json: has no token "<|endoftext|>"',
    ],
    [
      "a token beyond the end token",
      withVocab({ extra: 600 }),
      'token "extra" has the id 600, larger than 599 of "<|endoftext|>", which must be the largest',
    ],
    [
      "another normalizer",
      changed({ normalizer: { type: "NFKC" } }),
      'normalizer is "{\\"type\\":\\"NFKC\\"}"; CLIP\'s is different',
    ],
    ["no normalizer", changed({ normalizer: null }), 'normalizer is "null"'],
    ["no splitting", changed({ pre_tokenizer: null }), 'pre_tokenizer is "null"'],
    [
      "another pattern",
      withSplitting({ ...splitting[0], pattern: { Regex: "\\w+" } }, splitting[1]),
      "pre_tokenizer is",
    ],
    ["another behaviour", withSplitting({ ...splitting[0], behavior: "Isolated" }, splitting[1]), "pre_tokenizer is"],
    ["a prefix space", withSplitting(splitting[0], { type: "ByteLevel", add_prefix_space: true }), "pre_tokenizer is"],
    ["a further step", withSplitting(...splitting, { type: "Digits" }), "pre_tokenizer is"],
  ])("refuses %s", (_what, bad, message) => {
    expect(() => clipBpe(bad)).toThrow(TokenizerFileError);
    expect(() => clipBpe(bad)).toThrow(message);
  });
});
