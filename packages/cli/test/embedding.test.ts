import { existsSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import {
  decodeAudioFile,
  JOINT_TOLERANCE,
  type LoadedTwoTower,
  loadTwoTower,
  PRE_JOINT_TOLERANCE,
  readTokenizerFiles,
} from "@irec/encoders";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { readClips } from "../src/datasets/read-clips.ts";
import { BadClipError } from "../src/embedding/bad-clip-error.ts";
import { embed } from "../src/embedding/embed.ts";
import { ensembleRows } from "../src/embedding/ensemble.ts";
import { inLanes } from "../src/embedding/lanes.ts";
import { promptSetsFor } from "../src/embedding/prompt-sets.ts";
import type { EmbedRequest } from "../src/embedding/request.ts";
import { parseShard, shardOfBatch } from "../src/embedding/shard.ts";
import { InputError, OutputError, UsageError } from "../src/errors.ts";
import { evaluate } from "../src/evaluate.ts";
import { readNpyMatrix } from "../src/npy/npy-file.ts";
import { fromTemplates, type PromptSet } from "../src/prompts/prompt-set.ts";
import { firstDifference } from "../src/store/differences.ts";
import { sineWav, writeFlatTinysol, writeTinysol } from "./miniatures.ts";
import { CLAP_SETTINGS, putSmallClap } from "./small-models.ts";
import { put, temporaryFolders } from "./temp-folder.ts";

const newFolder = temporaryFolders();
const root = newFolder();
const checkpoint = putSmallClap(join(root, "model"));
const settings = { ...CLAP_SETTINGS, backend: "wasm" } as const;
let model: LoadedTwoTower;
beforeAll(async () => {
  model = await loadTwoTower(checkpoint, { ...settings, tokenizer: await readTokenizerFiles(join(root, "model")) });
});
afterAll(() => model.dispose());
afterEach(() => vi.restoreAllMocks());

/** Sounds of several lengths, at most two seconds, below folders of their labels. */
function writeSounds(folder: string, names: readonly string[]): string {
  for (const name of names) {
    const hertz = 200 + 30 * [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
    const tenth = sineWav(hertz % 3000);
    const times = 1 + (hertz % 13);
    const wav = Buffer.concat([tenth, ...Array(times - 1).fill(tenth.subarray(44))]);
    wav.writeUInt32LE(wav.length - 8, 4);
    wav.writeUInt32LE(wav.length - 44, 40);
    put(join(folder, `${name}.wav`), wav);
  }
  return folder;
}

const NAMES = ["violin/a", "violin/b", "violin/c", "oboe/d", "oboe/e", "oboe/f", "oboe/g"];

async function request(changes: Partial<EmbedRequest> = {}, sounds?: string): Promise<EmbedRequest> {
  const folder = newFolder();
  const clips = await readClips(sounds ?? writeSounds(join(folder, "sounds"), NAMES));
  return {
    model: { name: "tiny", checkpoint, loadOptions: CLAP_SETTINGS },
    store: join(folder, "store"),
    backend: "wasm",
    batchSize: 3,
    clips,
    ...changes,
  };
}

const matrix = (store: string, array: string) => readNpyMatrix(join(store, "tiny", `${array}.npy`));

/** The largest distance between numbers of a row and of a list. */
async function rowError(store: string, array: string, row: number, expected: ArrayLike<number>): Promise<number> {
  const rows = await matrix(store, array);
  return Math.max(...Array.from(expected, (value, k) => Math.abs(rows.get(row, k) - value)));
}

describe("rows of clips", () => {
  it("are those of the model for each clip alone", async () => {
    const wanted = await request();
    await embed(wanted);
    for (const [row, { path }] of wanted.clips!.clips.entries()) {
      const { joint, preJoint } = await model.encodeAudio([await decodeAudioFile(path)]);
      expect(await rowError(wanted.store, "audio/joint_space/sounds", row, joint.data)).toBeLessThan(JOINT_TOLERANCE);
      expect(await rowError(wanted.store, "audio/pre_joint/sounds", row, preJoint.data)).toBeLessThan(
        PRE_JOINT_TOLERANCE,
      );
    }
  });

  it("by the study's policy come from two waveforms, a part of long clips that the seed and the clip choose", async () => {
    const sounds = writeSounds(join(newFolder(), "sounds"), ["violin/long"]);
    put(join(sounds, "violin/long.wav"), longWav());
    const store = newFolder();
    const offsets = new Set<string>();
    for (const seed of [0, 1, 2]) {
      const wanted = await request({ lengthPolicy: "study", seed, store: join(store, String(seed)) }, sounds);
      await embed(wanted);
      const row = await matrix(wanted.store, "audio/joint_space/sounds");
      offsets.add(String([...Array(row.shape[1]).keys()].map((k) => row.get(0, k))));
      const clip = await decodeAudioFile(join(sounds, "violin/long.wav"));
      const { preJoint } = await model.encodeAudio([clip], { lengthPolicy: "study-pre-joint" });
      expect(await rowError(wanted.store, "audio/pre_joint/sounds", 0, preJoint.data)).toBe(0);
    }
    expect(offsets.size).toBe(3);
  });

  it("by a random policy are the same wherever in the data set a clip is", async () => {
    const [first, second] = [newFolder(), newFolder()];
    for (const folder of [first, second]) put(join(folder, "s/violin/m.wav"), longWav());
    writeSounds(join(first, "s"), ["violin/a", "violin/b"]);
    writeSounds(join(second, "s"), ["violin/z"]);
    const options = { lengthPolicy: "study-joint", batchSize: 1 };
    const [one, two] = [await request(options, join(first, "s")), await request(options, join(second, "s"))];
    await embed(one);
    await embed(two);
    expect(one.clips!.clips.map(({ id }) => id)).toEqual(["violin/a", "violin/b", "violin/m"]);
    const expected = (await matrix(two.store, "audio/joint_space/s")).pick(0);
    expect(
      await rowError(
        one.store,
        "audio/joint_space/s",
        2,
        [...Array(16).keys()].map((k) => expected.get(k)),
      ),
    ).toBe(0);
  });
});

/** Three seconds at the model's rate, no part of which is like another. */
function longWav(): Buffer {
  const wav = Buffer.concat([sineWav(100, 48_000), Buffer.alloc(2 * 48_000 * 3)]);
  for (let i = 44; i < wav.length; i += 2) wav.writeInt16LE(Math.round(9000 * Math.sin(((i - 44) / 3e4) ** 2 * 50)), i);
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.writeUInt32LE(wav.length - 44, 40);
  return wav;
}

describe("rows of labels", () => {
  it("are those of their prompts; of an ensemble, the mean of unit vectors as a unit vector, and the mean", async () => {
    const labels = ["violin", "oboe"];
    const alone = fromTemplates("alone", ["A {x} track"], labels, { source: "a test" });
    const several = fromTemplates("several", ["A {x} track", "The {x}", "{x}"], labels, { source: "a test" });
    const wanted = await request({ clips: undefined, promptSets: [alone, several] });
    await embed(wanted);
    const single = await model.encodeText(["A violin track", "A oboe track"]);
    expect(await rowError(wanted.store, "text/joint_space/alone", 1, single.joint.data.subarray(16))).toBeLessThan(
      JOINT_TOLERANCE,
    );
    const { joint, preJoint } = await model.encodeText(["A oboe track", "The oboe", "oboe"]);
    const sums = [...Array(16).keys()].map((k) => joint.get(0, k) + joint.get(1, k) + joint.get(2, k));
    const length = Math.sqrt(sums.reduce((sum, value) => sum + value * value, 0));
    const unit = sums.map((sum) => sum / length);
    expect(await rowError(wanted.store, "text/joint_space/several", 1, unit)).toBeLessThan(JOINT_TOLERANCE);
    const mean = [...Array(32).keys()].map((k) => (preJoint.get(0, k) + preJoint.get(1, k) + preJoint.get(2, k)) / 3);
    expect(await rowError(wanted.store, "text/pre_joint/several", 1, mean)).toBeLessThan(PRE_JOINT_TOLERANCE);
  });

  it("of an ensemble weigh every prompt alike, however long its vector is", () => {
    const rows = { preJoint: Float32Array.of(3, 0, 0, 1), joint: Float32Array.of(3, 0, 0, 1) };
    const ensemble = ensembleRows(rows, { prompts: [["a", "b"]], preJointDim: 2, jointDim: 2 });
    expect([...ensemble.preJoint]).toEqual([1.5, 0.5]);
    expect([...ensemble.joint]).toEqual([Math.fround(Math.SQRT1_2), Math.fround(Math.SQRT1_2)]);
  });

  it("come with a word about tokens that were cut off, now and when the store is seen again", async () => {
    const long = fromTemplates("long", [`{x} ${"and so on ".repeat(30)}`, "{x}"], ["violin"], { source: "a test" });
    const wanted = await request({ clips: undefined, promptSets: [long] });
    const { lostTokens } = await model.encodeText([long.prompts[0]![0]!]);
    const cut = [{ label: "violin", lostTokens: lostTokens[0] }];
    expect(lostTokens[0]).toBeGreaterThan(0);
    expect((await embed(wanted)).arrays[0]).toMatchObject({ found: false, cut });
    expect((await embed(wanted)).arrays[0]).toMatchObject({ found: true, cut });
  });
});

describe("prompt sets for a data set", () => {
  const names = (sets: readonly PromptSet[]) => sets.map(({ name }) => name);

  it("are the study's eleven for TinySOL, with its labels as the study spells them, in its order", async () => {
    for (const clips of [await readClips("tinysol", { path: writeTinysol(newFolder()) }), undefined]) {
      const sets = await promptSetsFor(clips, undefined, 0);
      expect(names(sets)).toHaveLength(11);
      expect(sets[0]).toMatchObject({ name: "muscall_prompt" });
      expect(sets[0]!.labels.slice(0, 4)).toEqual(["bass tuba", "french horn", "trombone", "trumpet in c"]);
      expect(sets[0]!.prompts.at(-1)).toEqual(["A alto saxophone track"]);
      expect(names(sets)).toContain("muscall_prompt_and_instruments");
    }
  });

  it("have the labels of a one-hot CSV in its own order, and of others as they are spelled, said as words", async () => {
    const flat = writeFlatTinysol(newFolder());
    const groundTruth = join(flat, "../tinysol_groundtruth_reordered.csv");
    const own = await promptSetsFor(await readClips(flat, { groundTruth }), undefined, 0);
    expect(own[0]!.labels).toEqual(["bass tuba", "violin", "flute"]);
    expect(names(own)).toHaveLength(11);
    const folder = writeSounds(newFolder(), ["synth_lead/a", "Kazoo/b"]);
    const sets = await promptSetsFor(await readClips(folder), undefined, 0);
    expect(sets[0]!.labels).toEqual(["Kazoo", "synth_lead"]);
    expect(sets[0]!.prompts).toEqual([["A Kazoo track"], ["A synth lead track"]]);
    expect(names(sets)).toHaveLength(6);
  });

  it("bring along what they deny, before it, and may come from files", async () => {
    expect(names(await promptSetsFor(undefined, ["negative_muscall_prompts"], 0))).toEqual([
      "muscall_prompt",
      "negative_muscall_prompts",
    ]);
    const file = put(
      join(newFolder(), "mine.json"),
      JSON.stringify({
        schemaVersion: 1,
        labels: ["violin"],
        promptSets: { denied: { template: "no {x}", negates: "plain" }, plain: { template: "{x}" } },
      }),
    );
    expect(names(await promptSetsFor(undefined, [file, "label"], 0))).toEqual(["plain", "label", "denied"]);
    expect(await promptSetsFor(undefined, ["none"], 0)).toEqual([]);
    const other = put(
      join(newFolder(), "other.json"),
      JSON.stringify({ schemaVersion: 1, labels: ["violin"], promptSets: { plain: { template: "A {x}" } } }),
    );
    await expect(promptSetsFor(undefined, [file, other], 0)).rejects.toThrow(UsageError);
  });
});

describe("a CSV as a data set", () => {
  it("lists clips below its own folder and gives the data set its name", async () => {
    const folder = writeSounds(newFolder(), NAMES);
    const csv = put(join(folder, "some.csv"), "path,label,fold\nviolin/a.wav,violin,1\noboe/d.wav,oboe,2\n");
    const { dataset, clips } = await readClips(csv);
    expect(dataset).toBe("some");
    expect(clips.map(({ id, label, fold }) => [id, label, fold])).toEqual([
      ["violin/a", "violin", 1],
      ["oboe/d", "oboe", 2],
    ]);
    await expect(readClips(csv, { groundTruth: csv })).rejects.toThrow(UsageError);
  });
});

describe("a full disk", () => {
  it("stops the run with what is done kept, and the next one continues to the same bytes", async () => {
    const sounds = writeSounds(join(newFolder(), "sounds"), NAMES);
    const undisturbed = await request({}, sounds);
    await embed(undisturbed);
    const wanted = await request({}, sounds);
    await failAfter(3, "ENOSPC");
    const error = await embed(wanted).catch((reason) => reason);
    expect(error).toBeInstanceOf(OutputError);
    expect(error.message).toMatch(/tiny\.audio\.sounds\.part: the disk is full\. What was computed before is kept;/);
    vi.restoreAllMocks();
    expect((await embed(wanted)).arrays[0]).toMatchObject({ kept: 3, computed: 4 });
    for (const file of ["manifest.json", "audio/joint_space/sounds.npy", "audio/pre_joint/sounds.npy"]) {
      expect(readFileSync(join(wanted.store, "tiny", file))).toEqual(
        readFileSync(join(undisturbed.store, "tiny", file)),
      );
    }
  });
});

/** Lets the given number of writes to open files succeed; the next one writes some bytes and fails. */
async function failAfter(writes: number, code: string): Promise<void> {
  const handle = await open(put(join(newFolder(), "probe"), "x"));
  const prototype = Object.getPrototypeOf(handle) as { write(...args: unknown[]): Promise<{ bytesWritten: number }> };
  await handle.close();
  const write = prototype.write;
  let left = writes - 1; // the header of the log is one
  vi.spyOn(prototype, "write").mockImplementation(async function (this: unknown, ...args: unknown[]) {
    if (left-- > 0) return await write.apply(this, args);
    if (left < -1) throw Object.assign(new Error(code), { code, syscall: "write" });
    return await write.call(this, (args[0] as Buffer).subarray(0, 20));
  });
}

describe("stopping", () => {
  it("by a signal keeps what is done", async () => {
    const wanted = await request();
    const controller = new AbortController();
    const enough = () => controller.abort(new Error("enough"));
    const progress = {
      start: (what: string) => ({ advance: what === "embedding audio/sounds" ? enough : () => {}, end() {} }),
    };
    await expect(embed(wanted, { progress, signal: controller.signal })).rejects.toThrow("enough");
    expect(existsSync(join(wanted.store, "tiny"))).toBe(false);
    expect((await embed(wanted)).arrays[0]).toMatchObject({ kept: 3, computed: 4 });
  });

  it("at a clip that no policy can use names it", async () => {
    const sounds = writeSounds(newFolder(), NAMES);
    put(join(sounds, "oboe/e.wav"), sineWav(440).subarray(0, 44));
    const error = await embed(await request({}, sounds)).catch((reason) => reason);
    expect(error).toBeInstanceOf(BadClipError);
    expect(error.clipId).toBe("oboe/e");
    const everything = await embed(await request({ skipBad: true }, writeBadOnly())).catch((reason) => reason);
    expect(everything).toBeInstanceOf(InputError);
    expect(everything.message).toMatch(/every clip was skipped/);
  });
});

function writeBadOnly(): string {
  const folder = newFolder();
  put(join(folder, "violin/a.wav"), "no sound");
  return folder;
}

describe("irec evaluate of embedded clips", () => {
  it("takes a ground truth that still lists the clips that were skipped", async () => {
    const sounds = writeSounds(newFolder(), NAMES);
    put(join(sounds, "oboe/e.wav"), "no sound");
    const wanted = await request({ skipBad: true, promptSets: await promptSetsFor(undefined, ["label"], 0) }, sounds);
    await embed(wanted);
    const rows = NAMES.map((name) => `${name},${name.startsWith("violin") ? "1,0" : "0,1"}`);
    const groundTruth = put(join(newFolder(), "truth.csv"), `song,violin,oboe\n${rows.join("\n")}\n`);
    const results = await evaluate({ embeddings: wanted.store, groundTruth, draws: 5 });
    expect(results.dataset).toMatchObject({ clips: 6, clipsPerLabel: [3, 3] });
  });

  it("refuses models that skipped other clips, or have other labels", async () => {
    const [good, bad] = [writeSounds(join(newFolder(), "s"), NAMES), writeSounds(join(newFolder(), "s"), NAMES)];
    put(join(bad, "oboe/e.wav"), "no sound");
    const store = join(newFolder(), "store");
    await embed(await request({ store, skipBad: true }, good));
    const other = await request({ store, skipBad: true }, bad);
    await embed({ ...other, model: { ...other.model, name: "other" } });
    await expect(evaluate({ embeddings: store, draws: 5 })).rejects.toThrow(
      /s: clipIds\[\d\] is .*Models are compared on the same clips/,
    );
    const rows = NAMES.map((name) => `${name},${name.startsWith("violin") ? "1,0" : "0,1"}`);
    const groundTruth = put(join(newFolder(), "truth.csv"), `song,violin,oboe\n${rows.join("\n")}\n`);
    await expect(evaluate({ embeddings: store, groundTruth, draws: 5 })).rejects.toThrow(
      /the clip "oboe\/e" was skipped by one model, and by another .* not/,
    );
  });
});

describe("lanes", () => {
  it("work on some pieces at a time, in order, and prepare as many more", async () => {
    const events: string[] = [];
    let atWork = 0;
    let most = 0;
    await inLanes(
      [0, 1, 2, 3, 4],
      2,
      async (item) => {
        events.push(`prepare ${item}`);
        return item;
      },
      async (item) => {
        most = Math.max(most, ++atWork);
        await new Promise((resolve) => setImmediate(resolve));
        events.push(`done ${item}`);
        atWork -= 1;
      },
    );
    expect(most).toBe(2);
    expect(events.filter((event) => event.startsWith("done"))).toHaveLength(5);
    expect(events.indexOf("prepare 4")).toBeGreaterThan(events.indexOf("done 0"));
  });

  it("begin nothing after a failure, and throw the one that comes first", async () => {
    const begun: number[] = [];
    const work = inLanes(
      [0, 1, 2, 3, 4, 5],
      2,
      async (item) => item,
      async (item) => {
        begun.push(item);
        await new Promise((resolve) => setImmediate(resolve));
        if (item < 2) throw new Error(`piece ${item}`);
      },
    );
    await expect(work).rejects.toThrow("piece 0");
    expect(begun).toEqual([0, 1]);
  });
});

describe("shards", () => {
  it("compute every batch once, as evenly as can be", () => {
    for (const [batches, count] of [
      [1, 4],
      [17, 4],
      [64, 8],
    ] as const) {
      const owners = Array.from({ length: batches }, (_, batch) => shardOfBatch("audio/x", batch, count));
      const sizes = Array.from({ length: count }, (_, i) => owners.filter((owner) => owner === i + 1).length);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(batches);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }
    expect(parseShard("3/8")).toEqual({ index: 3, count: 8 });
    for (const wrong of ["0/8", "9/8", "3", "a/b", "1/0", ""]) expect(() => parseShard(wrong)).toThrow(UsageError);
  });
});

it("the first difference of two objects is named with its place, whatever the order of keys", () => {
  expect(firstDifference({ a: 1, b: { c: [1, 2] } }, { b: { c: [1, 2] }, a: 1 })).toBeUndefined();
  expect(firstDifference({ b: { c: [1, 2] } }, { b: { c: [1, 3] } })).toEqual({
    place: "b.c[1]",
    first: "2",
    second: "3",
  });
  expect(firstDifference({ a: 1 }, {})).toEqual({ place: "a", first: "1", second: "none" });
});
