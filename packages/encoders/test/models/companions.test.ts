import { describe, expect, test } from "vitest";
import { bufferSource } from "../../src/bytes/buffer-source.ts";
import type { ByteSource } from "../../src/bytes/byte-source.ts";
import { configOf, readCompanion, separateCompanions, tokenizerFilesOf } from "../../src/models/companions.ts";
import { CompanionFileError } from "../../src/models/errors.ts";

const text = (name: string, content: string) => bufferSource(name, new TextEncoder().encode(content));

describe("companion files", () => {
  test("are told from the checkpoint by their names, in any folder", async () => {
    const weights = text("C:\\models\\model.safetensors", "weights");
    const shard = text("https://server/model/config.json.safetensors", "shard");
    const { checkpoint, companions } = await separateCompanions([
      text("models/config.json", '{"a":1}'),
      weights,
      text("C:\\models\\merges.txt", "#version"),
      shard,
    ]);
    expect(checkpoint).toEqual([weights, shard]);
    expect(companions).toEqual({ "config.json": '{"a":1}', "merges.txt": "#version" });
  });

  test("give a vocabulary only when it is whole", () => {
    expect(tokenizerFilesOf({ "vocab.json": "{}" })).toBeUndefined();
    expect(tokenizerFilesOf({ "vocab.json": "{}", "tokenizer.json": "[]" })).toEqual({ tokenizer: "[]" });
    expect(tokenizerFilesOf({ "vocab.json": "{}", "merges.txt": "", "tokenizer.json": "[]" })).toEqual({
      vocab: "{}",
      merges: "",
    });
  });

  test("are refused when a config is no JSON", () => {
    expect(configOf({})).toBeUndefined();
    expect(configOf({ "config.json": "null" })).toBeNull();
    expect(() => configOf({ "config.json": "{" })).toThrow(CompanionFileError);
    expect(() => configOf({ "config.json": "{" })).toThrow("config.json: is no JSON");
  });

  test("are refused, unread, when they are too large, and closed in any case", async () => {
    let closed = 0;
    const huge: ByteSource = {
      name: "vocab.json",
      byteLength: 2 ** 30,
      slice: () => Promise.reject(new Error("it was read")),
      close: async () => {
        closed += 1;
      },
    };
    await expect(readCompanion(huge)).rejects.toThrow("vocab.json: has 1073741824 bytes, expected 67108864 at most");
    expect(closed).toBe(1);
  });
});
