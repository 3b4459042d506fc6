import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { byteLevelBpe } from "../../src/text/byte-level-bpe.ts";
import { TokenizerFileError, TokenizerMismatchError } from "../../src/text/errors.ts";
import { golden, goldenFiles, goldenHashes, goldenTexts } from "./goldens.ts";
import { hashOfIds, pageTexts, randomBlock, usualPages } from "./random-text.ts";

const files = goldenFiles("roberta");
const tokenizer = byteLevelBpe(files);
const [start, pad, end, mask] = [0, 1, 2, 559];

/** The text that UTF-8 can hold: half a surrogate pair becomes U+FFFD. */
const wellFormed = (text: string) =>
  new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(text));

describe("byteLevelBpe against Hugging Face", () => {
  test("gives the golden texts their ids", () => {
    const ids = goldenTexts.texts.map((text) => Array.from(tokenizer.tokenize(text)));
    expect(ids).toEqual(goldenTexts.roberta);
  });

  test("reads the same tokenizer from tokenizer.json", () => {
    const fromJson = byteLevelBpe({ tokenizer: golden("roberta-tokenizer.json") });
    const ids = goldenTexts.texts.map((text) => Array.from(fromJson.tokenize(text)));
    expect(ids).toEqual(goldenTexts.roberta);
  });

  test("cuts to 77 ids as truncation does, and says how many tokens were lost", () => {
    for (const [i, text] of goldenTexts.texts.entries()) {
      const expected = goldenTexts.roberta77[i]!;
      const { ids, attentionMask, lostTokens } = tokenizer.encode(text);
      expect(Array.from(ids)).toEqual([...expected, ...new Array(77 - expected.length).fill(pad)]);
      expect(Array.from(attentionMask)).toEqual(Array.from(ids, (_, at) => (at < expected.length ? 1 : 0)));
      expect(lostTokens).toBe(goldenTexts.roberta[i]!.length + 2 - expected.length);
    }
  });

  test("makes the random texts that Python makes", () => {
    expect(randomBlock(0, goldenHashes.lists).slice(0, 5)).toEqual(goldenHashes.first);
  });

  test("gives 10,000 random texts their ids", () => {
    const hashes = Array.from({ length: 10 }, (_, b) => hashOfIds(tokenizer, randomBlock(b, goldenHashes.lists)));
    expect(hashes).toEqual(goldenHashes.roberta.slice(0, 10));
  });

  test("gives every character its class, and its ids alone and between letters", { timeout: 60_000 }, () => {
    const probe = byteLevelBpe({ tokenizer: golden("probe-tokenizer.json") });
    const wrong = usualPages.filter((page) => hashOfIds(probe, pageTexts(page)) !== goldenHashes.probePages[page]);
    expect(wrong).toEqual([]);
  });
});

describe("special tokens written in a text", () => {
  test.each([
    ["<s></s><pad><unk>", [0, 2, 1, 3]],
    ["<mask>", [mask]],
    [" \t\u00a0<mask>", [mask]],
  ])("%j is %j", (text, ids) => {
    expect(Array.from(tokenizer.tokenize(text))).toEqual(ids);
  });

  test("keep the white space beside them, but <mask> swallows that to its left", () => {
    expect(tokenizer.decode(tokenizer.tokenize("a <pad> b <mask> c"))).toBe("a <pad> b<mask> c");
  });

  test("are sought with their exact letters", () => {
    expect(Array.from(tokenizer.tokenize("<S>"))).not.toContain(start);
    expect(Array.from(tokenizer.tokenize("<s >"))).not.toContain(start);
  });

  test("count as tokens, not as padding, in the attention mask", () => {
    const { ids, attentionMask } = tokenizer.encode("<pad>", { contextLength: 5 });
    expect(Array.from(ids)).toEqual([start, pad, end, pad, pad]);
    expect(Array.from(attentionMask)).toEqual([1, 1, 1, 0, 0]);
  });
});

describe("encode", () => {
  test("holds start and end alone for an empty text", () => {
    const { ids, attentionMask, lostTokens } = tokenizer.encode("", { contextLength: 4 });
    expect(Array.from(ids)).toEqual([start, end, pad, pad]);
    expect(Array.from(attentionMask)).toEqual([1, 1, 0, 0]);
    expect(lostTokens).toBe(0);
  });

  test("keeps the end token of a text that is cut, and counts what was lost", () => {
    const all = tokenizer.tokenize("the violin, the viola and the horn");
    for (let contextLength = 2; contextLength <= all.length + 4; contextLength++) {
      const { ids, attentionMask, lostTokens } = tokenizer.encode("the violin, the viola and the horn", {
        contextLength,
      });
      const kept = Math.min(all.length, contextLength - 2);
      expect(Array.from(ids.slice(0, kept + 2))).toEqual([start, ...all.slice(0, kept), end]);
      expect(attentionMask.reduce((sum, one) => sum + one, 0)).toBe(kept + 2);
      expect(lostTokens).toBe(all.length - kept);
    }
  });

  test("reads half a surrogate pair as U+FFFD", () => {
    expect(tokenizer.tokenize("a\ud835 \udc00b")).toEqual(tokenizer.tokenize("a\ufffd \ufffdb"));
  });

  test("takes a text of a megabyte, with spaces or without", () => {
    const { lostTokens } = tokenizer.encode("x".repeat(1_000_000));
    expect(lostTokens).toBe(1_000_000 - 75);
    expect(tokenizer.encode(" ".repeat(1_000_000)).lostTokens).toBeGreaterThan(0);
    expect(tokenizer.encode("a violin ".repeat(120_000)).lostTokens).toBeGreaterThan(239_000);
  });

  test.each([1, 0, -1, 2.5, Number.NaN, 2 ** 21])("refuses the context length %d", (contextLength) => {
    expect(() => tokenizer.encode("a", { contextLength })).toThrow(RangeError);
    expect(() => tokenizer.encodeBatch([], { contextLength })).toThrow(
      `contextLength: expected an integer from 2 to 1048576, got ${contextLength}`,
    );
  });
});

describe("encodeBatch", () => {
  test("has in row i what encode makes of text i", () => {
    const texts = ["a violin", "", "the horn ".repeat(20), "<mask>"];
    const batch = tokenizer.encodeBatch(texts, { contextLength: 10 });
    expect(batch.ids.shape).toEqual([4, 10]);
    expect(batch.attentionMask.shape).toEqual([4, 10]);
    for (const [row, text] of texts.entries()) {
      const one = tokenizer.encode(text, { contextLength: 10 });
      expect(batch.ids.data.slice(row * 10, (row + 1) * 10)).toEqual(one.ids);
      expect(batch.attentionMask.data.slice(row * 10, (row + 1) * 10)).toEqual(one.attentionMask);
      expect(batch.lostTokens[row]).toBe(one.lostTokens);
    }
  });

  test("is empty for no texts", () => {
    const { ids, lostTokens } = tokenizer.encodeBatch([]);
    expect(ids.shape).toEqual([0, 77]);
    expect(lostTokens.length).toBe(0);
  });
});

describe("properties", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom("a", "e", "th", "violin", " ", "  ", "\n", "'s", "é", "日", "🎵", "<s>", "1") }),
  );

  test("decoding the ids of any text without <mask> gives the text back", () => {
    fc.assert(
      fc.property(text, (t) => {
        expect(tokenizer.decode(tokenizer.tokenize(t))).toBe(wellFormed(t));
      }),
    );
  });

  test("kept and lost tokens add up", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 40 }), (t, contextLength) => {
        const { attentionMask, lostTokens } = tokenizer.encode(t, { contextLength });
        expect(attentionMask.filter((m) => m === 1).length - 2 + lostTokens).toBe(tokenizer.tokenize(t).length);
      }),
    );
  });

  test("what is remembered changes no ids", () => {
    const forgetful = [0, 1, 3].map((cachedPieces) => byteLevelBpe(files, { cachedPieces }));
    fc.assert(
      fc.property(text, (t) => {
        for (const other of forgetful) expect(other.tokenize(t)).toEqual(tokenizer.tokenize(t));
      }),
    );
  });

  test("ids written by the caller into a result change no later result", () => {
    tokenizer.tokenize("violin").fill(7);
    tokenizer.encode("violin").ids.fill(7);
    expect(tokenizer.decode(tokenizer.tokenize("violin"))).toBe("violin");
  });
});

describe("decode", () => {
  test("shows special tokens, and half a character as U+FFFD", () => {
    const { ids } = tokenizer.encode("ab", { contextLength: 5 });
    expect(tokenizer.decode(ids)).toBe("<s>ab</s><pad><pad>");
    expect(tokenizer.decode(tokenizer.tokenize("\u{1f9ff}").slice(0, 1))).toBe("\ufffd");
  });

  test("refuses an id that the vocabulary lacks", () => {
    expect(() => tokenizer.decode([560])).toThrow("id 560 is not in the vocabulary of 560 ids");
  });
});

describe("files", () => {
  const vocab = JSON.parse(files.vocab) as Record<string, number>;
  const json = (): Record<string, never> & {
    model: Record<string, unknown>;
    added_tokens: Record<string, unknown>[];
  } => JSON.parse(golden("roberta-tokenizer.json"));
  const withVocab = (change: Record<string, unknown>) => ({ ...files, vocab: JSON.stringify({ ...vocab, ...change }) });
  const without = (token: string) => ({
    ...files,
    vocab: JSON.stringify(Object.fromEntries(Object.entries(vocab).filter(([name]) => name !== token))),
  });
  const withModel = (change: Record<string, unknown>) => {
    const content = json();
    return { tokenizer: JSON.stringify({ ...content, model: { ...content.model, ...change } }) };
  };

  test("has the ids of RoBERTa", () => {
    expect(tokenizer).toMatchObject({ vocabularySize: 560, startId: 0, padId: 1, endId: 2 });
  });

  test("reads merges with and without a version line, with line ends of Windows, and with a byte order mark", () => {
    const plain = files.merges.replace(/^#version.*\n/, "");
    for (const merges of [plain, `#version: 0.2\r\n${plain.replaceAll("\n", "\r\n")}`, `\ufeff${files.merges}\n\n`]) {
      const same = byteLevelBpe({ vocab: `\ufeff${files.vocab}`, merges });
      expect(same.tokenize(goldenTexts.texts.join())).toEqual(tokenizer.tokenize(goldenTexts.texts.join()));
    }
  });

  test("reads merges of tokenizer.json as pairs or as strings", () => {
    const merges = (json().model.merges as [string, string][]).map((pair) => pair.join(" "));
    const same = byteLevelBpe(withModel({ merges }));
    expect(same.tokenize(goldenTexts.texts.join())).toEqual(tokenizer.tokenize(goldenTexts.texts.join()));
  });

  test("refuses a tokenizer with another number of ids than the checkpoint has rows", () => {
    expect(byteLevelBpe(files, { embeddingRows: 560 }).vocabularySize).toBe(560);
    expect(() => byteLevelBpe(files, { embeddingRows: 50265 })).toThrow(TokenizerMismatchError);
    expect(() => byteLevelBpe(files, { embeddingRows: 50265 })).toThrow(
      "tokenizer has 560 ids, but the checkpoint's word embedding has 50265 rows",
    );
  });

  test.each([
    ["no vocabulary", { ...files, vocab: "" }, "vocab.json: is missing or empty"],
    ["a vocabulary that is not given", { ...files, vocab: undefined as unknown as string }, "vocab.json: is missing"],
    ["no merges", { ...files, merges: " \n" }, "merges.txt: is missing or empty"],
    ["no tokenizer.json", { tokenizer: "" }, "tokenizer.json: is missing or empty; give its contents as text"],
    ["malformed JSON", { ...files, vocab: '{ "a": 1, ' }, "vocab.json: is not JSON: "],
    ["a list for a vocabulary", { ...files, vocab: "[]" }, "vocab.json: is not a JSON object"],
    ["an id twice", withVocab({ extra: 7 }), 'vocab.json: tokens "$" and "extra" have the same id 7'],
    ["an id that is no integer", withVocab({ extra: 1.5 }), 'vocab.json: token "extra" has the id "1.5"'],
    ["a negative id", withVocab({ extra: -1 }), 'token "extra" has the id "-1"; ids are integers from 0'],
    ["an id that would need gigabytes", withVocab({ extra: 1e9 }), 'token "extra" has the id "1000000000"'],
    [
      "a vocabulary without a byte",
      without("Ġ"),
      'vocab.json: has no token "Ġ" for the byte 0x20; it is not a byte-level',
    ],
    ["a vocabulary without a special token", without("<pad>"), 'vocab.json: has no token "<pad>"; is it not'],
    [
      "three tokens on a line",
      { ...files, merges: "#version: 0.2\na b c" },
      'merges.txt: line 2 is "a b c"; expected two',
    ],
    ["one token on a line", { ...files, merges: "a b\nab" }, 'merges.txt: line 2 is "ab"; expected two tokens'],
    [
      "a merge of an unknown token",
      { ...files, merges: "qqq b" },
      'merge 1, "qqq b", joins the token "qqq", which the',
    ],
    [
      "a merge into an unknown token",
      { ...files, merges: "h e\nq q" },
      'makes the token "qq", which the vocabulary lacks',
    ],
    ["the same merge twice", { ...files, merges: "h e\nh e" }, 'merges 1 and 2 are the same: "h" and "e"'],
    ["CLIP's vocabulary", goldenFiles("clip"), 'vocab.json: has no token "<s>"; is it not the vocabulary of a RoBERTa'],
    ["CLIP's tokenizer.json", { tokenizer: golden("clip-tokenizer.json") }, "is it the tokenizer of a CLIP model?"],
    ["another kind of model", withModel({ type: "WordPiece" }), 'the model is of the type "WordPiece"; expected BPE'],
    ["no model", { tokenizer: '{"version": "1.0"}' }, "tokenizer.json: has no model"],
    ["a model without a vocabulary", withModel({ vocab: undefined }), "tokenizer.json: model.vocab is missing"],
    ["a model without merges", withModel({ merges: undefined }), "tokenizer.json: model.merges is missing"],
    ["merges that are no pairs", withModel({ merges: [["a"]] }), 'model.merges[0] is "[\\"a\\"]"; expected two tokens'],
    ["a model with dropout", withModel({ dropout: 0.1 }), 'model.dropout is "0.1", which is not supported'],
    [
      "a prefix space",
      changed("pre_tokenizer", { type: "ByteLevel", add_prefix_space: true }),
      "add_prefix_space is true",
    ],
    [
      "no pattern",
      changed("pre_tokenizer", { type: "ByteLevel", use_regex: false }),
      "pre_tokenizer.use_regex is false",
    ],
    ["another splitting", changed("pre_tokenizer", { type: "Whitespace" }), 'pre_tokenizer is "Whitespace", expected'],
    ["a normalizer", changed("normalizer", { type: "NFC" }), "normalizer is set; RoBERTa's is different"],
    ["added tokens that are no list", changed("added_tokens", {}), "added_tokens is not an array"],
    [
      "an added token without an id",
      changed("added_tokens", [{ content: "<s>" }]),
      "added_tokens[0] is not a token with",
    ],
    [
      "an added token with another id",
      changed("added_tokens", [{ id: 900, content: "<s>" }]),
      'token "<s>" has two ids, 0 and 900',
    ],
    [
      "an added token for whole words",
      changed("added_tokens", [{ id: 0, content: "<s>", single_word: true }]),
      "added_tokens[0] matches single words only, which is not supported",
    ],
  ])("refuses %s", (_what, bad, message) => {
    expect(() => byteLevelBpe(bad)).toThrow(TokenizerFileError);
    expect(() => byteLevelBpe(bad)).toThrow(message);
  });

  function changed(part: string, value: unknown): { tokenizer: string } {
    return { tokenizer: JSON.stringify({ ...json(), [part]: value }) };
  }

  test("refuses a cache of a negative size", () => {
    expect(() => byteLevelBpe(files, { cachedPieces: -1 })).toThrow("cachedPieces: expected an integer from 0");
  });

  test("honours how tokenizer.json seeks its special tokens", () => {
    const greedy = changed("added_tokens", [{ id: 0, content: "<s>", lstrip: true, rstrip: true, special: true }]);
    expect(Array.from(byteLevelBpe(greedy).tokenize("  <s> \n <s>"))).toEqual([0, 0]);
  });
});
