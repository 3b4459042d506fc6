import { describe, expect, test } from "vitest";
import { byteLevelPieces, clipPieces } from "../../src/text/pieces.ts";

describe("byteLevelPieces", () => {
  const pieces = (text: string): string[] => {
    const found: string[] = [];
    byteLevelPieces(text, (start, end) => found.push(text.slice(start, end)));
    return found;
  };

  // Checked with tokenizers 0.23.2: pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str(text)
  test.each([
    ["", []],
    ["Hello world", ["Hello", " world"]],
    ["a  b", ["a", " ", " b"]],
    ["a \n b", ["a", " \n", " b"]],
    ["a\n\nb", ["a", "\n", "\n", "b"]],
    ["a\tb", ["a", "\t", "b"]],
    ["end  ", ["end", "  "]],
    [" ", [" "]],
    ["it's IT'S we'll", ["it", "'s", " IT", "'", "S", " we", "'ll"]],
    ["o'd' s", ["o", "'d", "'", " s"]],
    ["''re", ["''", "re"]],
    ["'re", ["'re"]],
    ["b2-flat 12.5!", ["b", "2", "-", "flat", " 12", ".", "5", "!"]],
    ["a\u00a0b", ["a", "\u00a0", "b"]],
    ["a\u0085\u0085b", ["a", "\u0085", "\u0085", "b"]],
    ["a\ufeffb \ufeff", ["a", "\ufeff", "b", " \ufeff"]],
    ["e\u0301x", ["e", "\u0301", "x"]],
    ["\u{1d400}\u{1d7ce}\u{1f3b5}", ["\u{1d400}", "\u{1d7ce}", "\u{1f3b5}"]],
  ])("cuts %j into %j", (text, expected) => {
    expect(pieces(text)).toEqual(expected);
  });

  test("does not know the letters that came after Unicode 16, whatever the engine knows", () => {
    expect(pieces("a\u088f")).toEqual(["a", "\u088f"]);
    expect(pieces("a\u{323af}\u{323b0}")).toEqual(["a\u{323af}", "\u{323b0}"]);
  });

  test("takes half a surrogate pair as U+FFFD, which is neither letter nor number", () => {
    expect(pieces("a\ud835 \udc00b")).toEqual(["a", "\ud835", " \udc00", "b"]);
    expect(pieces("a\ufffd \ufffdb")).toEqual(["a", "\ufffd", " \ufffd", "b"]);
  });
});

describe("clipPieces", () => {
  const pieces = (text: string, markers: string[] = []): string[] => {
    const found: string[] = [];
    clipPieces(text, markers, (start, end) => found.push(text.slice(start, end)));
    return found;
  };

  test.each([
    ["", []],
    [" \n", []],
    ["a  b\tc", ["a", "b", "c"]],
    ["it's 12 o'clock!", ["it", "'s", "1", "2", "o", "'", "clock", "!"]],
    ["!'s", ["!'", "s"]],
    ["\u{1d7ce}\u{1d7cf}½", ["\u{1d7ce}", "\u{1d7cf}", "½"]],
    ["a\ufeffb\u0085c", ["a", "\ufeff", "b", "c"]],
  ])("cuts %j into %j", (text, expected) => {
    expect(pieces(text)).toEqual(expected);
  });

  test("cuts a marker like any text, but ends what precedes and follows it there", () => {
    expect(pieces("x<|end|>!!", ["<|end|>"])).toEqual(["x", "<|", "end", "|>", "!!"]);
    expect(pieces("x<|end|>!!")).toEqual(["x", "<|", "end", "|>!!"]);
    expect(pieces("!<|end|>", ["<|end|>"])).toEqual(["!<|", "end", "|>"]);
  });
});
