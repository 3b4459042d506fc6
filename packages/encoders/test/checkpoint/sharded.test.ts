import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { bufferSource } from "../../src/bytes/buffer-source.ts";
import type { ByteSource } from "../../src/bytes/byte-source.ts";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import {
  CheckpointFormatError,
  CheckpointLimitError,
  DamagedCheckpointError,
  ShardMismatchError,
} from "../../src/checkpoint/errors.ts";
import { openCheckpointFile } from "../../src/checkpoint/node.ts";
import { pickle, safetensors, tensor, text, torchZip } from "./build.ts";
import { expected, golden, goldenPath } from "./goldens.ts";

const one = safetensors({ a: { dtype: "F32", shape: [6], data_offsets: [0, 24] } });
const other = safetensors({ b: { dtype: "F32", shape: [6], data_offsets: [0, 24] } });
const source = (name: string, bytes: Uint8Array) => bufferSource(name, bytes);
const index = (weightMap: unknown) => source("x.index.json", text(JSON.stringify({ weight_map: weightMap })));

describe("a sharded checkpoint", () => {
  const name = "sharded-safetensors/model.safetensors.index.json";
  const shards = [1, 2].map((i) => `sharded-safetensors/model-0000${i}-of-00002.safetensors`);

  it("opens from all its files in any order, as a page has them", async () => {
    const checkpoint = await openCheckpoint([golden(shards[1]!), golden(name), golden(shards[0]!)]);
    expect(checkpoint.format).toBe("sharded-safetensors");
    expect(checkpoint.name).toBe(name);
    expect([...checkpoint.tensors.keys()].sort()).toEqual(Object.keys(expected.files[name]!).sort());
    const storages = [...checkpoint.tensors.values()].map(({ storage }) => storage);
    expect(new Set(storages).size).toBe(storages.length);
  });

  it("opens from its folder or its index, by Hugging Face's names", async () => {
    for (const path of [goldenPath(name), dirname(goldenPath(name)), goldenPath("sharded-bin")]) {
      const checkpoint = await openCheckpointFile(path);
      expect(checkpoint.tensors.size).toBe(Object.keys(expected.files[name]!).length);
      expect(checkpoint.format).toBe(path.includes("bin") ? "sharded-torch" : "sharded-safetensors");
      await checkpoint.close();
    }
    await expect(openCheckpointFile(dirname(goldenPath("")))).rejects.toThrow(CheckpointFormatError);
    await expect(openCheckpointFile(goldenPath("no-such-file.pt"))).rejects.toThrow(/no such file/);
  });

  it("opens each shard once, and closes each once, also when it is refused", async () => {
    for (const [weightMap, opens] of [
      [{ a: "1", b: "2" }, true],
      [{ a: "1", c: "1", b: "2" }, false],
    ] as const) {
      const events: string[] = [];
      const spied = (inner: ByteSource) => ({ ...inner, close: async () => void events.push(`close ${inner.name}`) });
      const sibling = async (file: string) => {
        events.push(`open ${file}`);
        return spied(source(file, file === "1" ? one : other));
      };
      const opening = openCheckpoint(spied(index(weightMap)), { sibling });
      if (opens) await (await opening).close();
      else await expect(opening).rejects.toThrow(ShardMismatchError);
      expect(events.sort()).toEqual(["close 1", "close 2", "close x.index.json", "open 1", "open 2"]);
    }
  });

  it("of torch may have the prefix of DistributedDataParallel in all shards", async () => {
    const shard = (name: string) => torchZip(pickle.dict([name, tensor()]));
    const files = [
      index({ "module.a": "1", "module.b": "2" }),
      source("1", shard("module.a")),
      source("2", shard("module.b")),
    ];
    const checkpoint = await openCheckpoint(files);
    expect([...checkpoint.tensors.keys()]).toEqual(["a", "b"]);
    expect(await checkpoint.read("b")).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
  });

  it("whose tensors are elsewhere than its index says names the missing and the extra ones", async () => {
    const files = [index({ a: "1", "b.weight": "1" }), source("1", one)];
    const missing = openCheckpoint(files);
    await expect(missing).rejects.toThrow('its shards are others: tensors not in their shard (1): "b.weight"');
    await expect(missing).rejects.toMatchObject({ missing: ["b.weight"], unexpected: [] });
    const both = openCheckpoint([index({ a: "2", b: "1" }), source("1", one), source("2", other)]);
    await expect(both).rejects.toThrow(ShardMismatchError);
    await expect(both).rejects.toMatchObject({ missing: ["a", "b"], unexpected: ["b", "a"] });
  });
});

describe("a hostile or broken index is refused:", () => {
  it.each(["../evil.safetensors", "a/b", "..", "a\\b", "C:x", "", ".", "a\0b", "/etc/passwd", "x/../y"])(
    "a shard at %j, which is never opened",
    async (name) => {
      const sibling = async (): Promise<ByteSource> => expect.unreachable();
      const refused = openCheckpoint(index({ a: name }), { sibling });
      await expect(refused).rejects.toThrow(DamagedCheckpointError);
      await expect(refused).rejects.toThrow(/tensor "a" should be in ".*"; a shard is a file beside the index, never/);
    },
  );

  it("one that is no index", async () => {
    const refused = (json: string) => expect(openCheckpoint(source("x.json", text(json)))).rejects;
    await refused("{}").toThrow(/is JSON without the weight_map/);
    await refused('{"weight_map":[]}').toThrow(/is JSON without the weight_map/);
    await refused('{"weight_map":{}}').toThrow(/names no tensors/);
    await refused('{"weight_map":{"a":1}}').toThrow(/tensor "a" has no file name/);
    await refused("{ no json").toThrow(/found text that is no JSON/);
    await refused("{}").toThrow(CheckpointFormatError);
  });

  it("one without its shards, or with another index for one", async () => {
    await expect(openCheckpoint(index({ a: "1" }))).rejects.toThrow(
      'x.index.json: is an index, and its shard "1" is not given. Give all of its files, or the option `sibling`.',
    );
    await expect(openCheckpoint([index({ a: "1" }), source("1", text('{"weight_map":{}}'))])).rejects.toThrow(
      /is an index inside of an index/,
    );
    const broken = openCheckpoint([index({ a: "1" }), source("1", one.subarray(0, -1))]);
    await expect(broken).rejects.toThrow(/^1: should have \d+ bytes/);
  });

  it("one of several files without an index, or of none", async () => {
    await expect(openCheckpoint([source("1", one), source("2", other)])).rejects.toThrow(
      'expected one checkpoint, or several files with one .index.json; got "1", "2"',
    );
    await expect(openCheckpoint([])).rejects.toThrow(/got nothing/);
  });

  it("one that exceeds a limit, or mixes formats", async () => {
    const files = () => [index({ a: "1", b: "2" }), source("1", one), source("2", other)];
    await expect(openCheckpoint(files(), { limits: { shards: 1 } })).rejects.toThrow(CheckpointLimitError);
    await expect(openCheckpoint(files(), { limits: { indexBytes: 9 } })).rejects.toThrow(/the limit indexBytes is 9/);
    const mixed = [index({ a: "1", b: "2" }), source("1", one), source("2", torchZip(pickle.dict(["b", tensor()])))];
    await expect(openCheckpoint(mixed)).rejects.toThrow(/mixes shards of torch and of safetensors/);
  });
});

it("the golden index is what Hugging Face writes", () => {
  const parsed = JSON.parse(readFileSync(goldenPath("sharded-bin/pytorch_model.bin.index.json"), "utf8"));
  expect(Object.keys(parsed)).toEqual(["metadata", "weight_map"]);
});
