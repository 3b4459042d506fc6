import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InputError, OutputError } from "../../src/errors.ts";
import { RunLog } from "../../src/training/contrastive/run-log.ts";
import { type RunState, requireSameRun } from "../../src/training/contrastive/run-state.ts";
import { removePartial, writeWhole } from "../../src/training/write-whole.ts";
import { put, temporaryFolders } from "../temp-folder.ts";

const newFolder = temporaryFolders();

describe("log.csv", () => {
  const row = (step: number) => ({ step, loss: 0.1 + step, learningRate: 1e-7, temperature: 0.07 });

  it("is cut to where the checkpoint was written, and goes on from there", () => {
    const path = join(newFolder(), "log.csv");
    const first = RunLog.open(path, 0);
    first.step(1, row(1));
    const { bytes } = first;
    for (const step of [2, 3, 4]) first.step(1, row(step)); // which a killed process had made since
    first.close();
    const second = RunLog.open(path, bytes);
    second.step(1, row(2));
    second.close();
    expect(readFileSync(path, "utf8").split("\n").slice(1)).toEqual([
      "1,1,1.1,1e-7,0.07,,,,,,,,,",
      "1,2,2.1,1e-7,0.07,,,,,,,,,",
      "",
    ]);
  });

  it("is refused when it is shorter than that, or gone", () => {
    const path = put(join(newFolder(), "log.csv"), "epoch\n");
    expect(() => RunLog.open(path, 100)).toThrow(InputError);
    expect(() => RunLog.open(join(newFolder(), "log.csv"), 100)).toThrow(
      "log.csv: is shorter than when the checkpoint was written, which was at 100 bytes. Put it back.",
    );
  });
});

describe("a run that goes on", () => {
  const identity = {
    config: { epochs: 3, data: { cacheBytes: 1, exclude: ["a"] }, startFrom: null },
    seed: 1,
    backend: "wasm",
    data: { train: "t", validation: "v", tokenizer: "k" },
  };
  const before: RunState = { ...identity, epoch: 1, step: 0, lossSum: 0, best: null, finished: false, logBytes: 9 };
  const refusal = (changes: Partial<typeof identity> | { config: object }) => {
    try {
      requireSameRun("run", before, { ...identity, ...changes } as typeof identity);
      return "";
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      return (error as Error).message;
    }
  };

  it("is the same with a field left out as with one that was, and with another cache", () => {
    const config = { ...identity.config, data: { cacheBytes: 2, exclude: ["a"], audio: undefined } };
    expect(refusal({ config })).toBe("");
  });

  it.each<[object, string]>([
    [
      { backend: "tensorflow" },
      'begun with the backend "wasm", and this is "tensorflow". Continue with --backend wasm, or',
    ],
    [{ seed: 2 }, "begun with seed 1, and now it is 2. Put it back, or choose another --out."],
    [{ data: { ...identity.data, tokenizer: "z" } }, "begun with other tokenizer files. Put it back"],
    [{ data: { ...identity.data, validation: "z" } }, "begun with other validation pairs. Put it back"],
    [
      { config: { ...identity.config, data: { exclude: ["b"] } } },
      'begun with data.exclude ["a"], and now it is ["b"].',
    ],
    [{ config: { ...identity.config, startFrom: "x" } }, 'begun with startFrom null, and now it is "x".'],
    [{ config: { ...identity.config, loss: "clip" } }, 'begun with loss left out, and now it is "clip".'],
  ])("with %j is another run", (changes, message) => {
    expect(refusal(changes)).toContain(`run: this run was ${message}`);
  });
});

describe("a file that is written whole", () => {
  it("replaces the one before, and leaves nothing else behind", () => {
    const folder = newFolder();
    put(join(folder, "a"), "before");
    writeWhole(join(folder, "a"), "after", "");
    expect([readdirSync(folder), readFileSync(join(folder, "a"), "utf8")]).toEqual([["a"], "after"]);
  });

  it("is an error of the disk when it cannot be, with what became of the work; the half is removed", () => {
    const folder = newFolder();
    mkdirSync(join(folder, "a", "b"), { recursive: true });
    expect(() => writeWhole(join(folder, "a"), "x", "The last one is kept.")).toThrow(OutputError);
    expect(() => writeWhole(join(folder, "a"), "x", "The last one is kept.")).toThrow(/a: .* The last one is kept\.$/);
    expect(readdirSync(folder)).toEqual(["a"]);
  });

  it("of a process that was killed is removed, and no other file", () => {
    const folder = newFolder();
    for (const name of [".a.partial-12", "a.partial-12", ".b"]) put(join(folder, name), "");
    removePartial(folder);
    expect(readdirSync(folder).sort()).toEqual([".b", "a.partial-12"]);
  });
});
