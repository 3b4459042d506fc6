import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openCheckpointFile, openProjectionTraining, readProjectionHeads } from "@irec/encoders";
import { pairwiseSimilarity } from "@irec/metrics";
import { describe, expect, it } from "vitest";
import { InputError, OutputError } from "../../src/errors.ts";
import { evaluate } from "../../src/evaluate.ts";
import { readNpyMatrix } from "../../src/npy/npy-file.ts";
import { silentProgress } from "../../src/progress.ts";
import { readTrainConfig } from "../../src/training/config.ts";
import { splitRows } from "../../src/training/projection/hold-out.ts";
import { irecProcess } from "../irec-process.ts";
import { temporaryFolders } from "../temp-folder.ts";
import { LABELS, writeConfig, writeInstrumentStore } from "./instrument-store.ts";

const irec = irecProcess();
const newFolder = temporaryFolders();

/** Enough for 96 clips. */
const quick = { epochs: 30, learningRate: 0.02, batchSize: 32, embedDim: 8 };

const configOf = (folder: string, paths: { store: string; groundTruth: string }, changed: object = {}) =>
  writeConfig(folder, {
    kind: "projection",
    out: "trained",
    embeddings: paths.store,
    groundTruth: paths.groundTruth,
    model: "small",
    name: "small-heads",
    heldOut: { folds: [2] },
    ...quick,
    ...changed,
  });

async function run(changed: object = {}, options: { readonly withoutJointAudio?: boolean } = {}) {
  const folder = newFolder();
  const training = await readTrainConfig(configOf(folder, writeInstrumentStore(folder, options), changed));
  const summary = await training.run({ backend: "wasm", progress: silentProgress, say: () => {} });
  return { folder, model: join(folder, "trained", "small-heads"), summary };
}

const trainingJson = (model: string) => JSON.parse(readFileSync(join(model, "training.json"), "utf8"));

describe("irec train with the kind projection", () => {
  it("writes a model that irec evaluate reads at once, far better than before on the fold that was held out", async () => {
    const folder = newFolder();
    const config = configOf(folder, writeInstrumentStore(folder));
    const env = { IREC_BACKEND: "wasm" };
    const trained = await irec.run(["train", "--config", config, "--quiet"], { cwd: folder, env });
    expect({ status: trained.status, stderr: trained.stderr }).toEqual({ status: 0, stderr: "" });
    expect(trained.stdout).toContain("Zero-shot on 32 clips that were held out of training (64 clips)");
    expect(trained.stdout).toMatch(/always answering "\w+" scores 0\.1250/);
    expect(trained.stdout).toContain(`Next: irec evaluate --embeddings ${join(folder, "trained")} --model small-heads`);

    const [plain] = trainingJson(join(folder, "trained", "small-heads")).scores;
    expect(plain.promptSet).toBe("plain");
    expect(plain.before.heldOut).toMatchObject({ clips: 32 });
    expect(plain.before.heldOut.top1).toBeLessThan(0.4);
    expect(plain.after.heldOut.top1).toBeGreaterThan(0.8);

    const evaluated = await irec.run(["evaluate", "-e", "trained", "--json", "--draws", "10"], { cwd: folder });
    expect(evaluated.status).toBe(0);
    const results = JSON.parse(evaluated.stdout);
    expect(results.dataset).toMatchObject({ name: "notes", clips: 96, labels: LABELS });
    const rows = results.experiments["zero-shot"] as { promptSet: string; topK: number[] }[];
    expect(rows.map(({ promptSet }) => promptSet)).toEqual(["denied", "plain", "sound_of"]);
    // All clips: two thirds of them were trained on.
    const { heldOut, training } = plain.after;
    expect(rows[1]!.topK[0]).toBeCloseTo((heldOut.top1 * 32 + training.top1 * 64) / 96, 10);
  });

  it("the heads in the model's folder make its joint space out of its pre-joint copies", async () => {
    const { model } = await run({ head: "mlp", hidden: 5 });
    const file = await openCheckpointFile(join(model, "heads.safetensors"));
    const heads = await readProjectionHeads(file);
    await file.close();
    expect(heads).toMatchObject({ audio: { kind: "mlp", hidden: 5, outputs: 8 }, text: { kind: "mlp", outputs: 8 } });
    const training = await openProjectionTraining({ backend: "wasm" });
    for (const [tower, name] of [
      ["audio", "notes"],
      ["text", "sound_of"],
    ] as const) {
      const array = (space: string) => readNpyMatrix(join(model, tower, space, `${name}.npy`));
      const projected = training.project(heads, tower, (await array("pre_joint")) as never);
      expect([...projected.data]).toEqual([...(await array("joint_space")).data]);
    }
  });

  it("the manifest says what the model was made of and by", async () => {
    const { model } = await run({ seed: 5 });
    const manifest = JSON.parse(readFileSync(join(model, "manifest.json"), "utf8"));
    expect(manifest.madeBy.training).toMatchObject({
      kind: "projection",
      config: { mapping: "into-joint-space", head: "linear", epochs: 30, seed: 5, heldOut: { folds: [2] } },
      backend: "wasm",
      dataset: "notes",
      // A negation is no text of its label, and not learned from.
      promptSets: ["plain", "sound_of"],
    });
    expect(manifest.madeBy.training.inputs.map(({ path }: { path: string }) => path)).toEqual([
      "metadata.csv",
      "small/audio/joint_space/notes.npy",
      "small/audio/pre_joint/notes.npy",
      "small/manifest.json",
      "small/text/joint_space/plain.npy",
      "small/text/joint_space/sound_of.npy",
      "small/text/pre_joint/plain.npy",
      "small/text/pre_joint/sound_of.npy",
    ]);
    expect(Object.keys(manifest.sha256)).toHaveLength(8);
    expect(manifest.datasets.notes.groundTruth.folds).toHaveLength(96);
  });

  it("the same configuration gives the same bytes", async () => {
    const [first, second] = [await run(), await run()];
    const files = readdirSync(first.model, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(8);
    for (const { parentPath, name } of files) {
      const path = join(parentPath.slice(first.model.length), name);
      expect(readFileSync(join(second.model, path)).equals(readFileSync(join(first.model, path))), path).toBe(true);
    }
    const { scores: _, ...other } = trainingJson((await run({ seed: 1 })).model);
    expect(other.losses).not.toEqual(trainingJson(first.model).losses);
  });

  it.each([
    ["audio-into-text-space", 9],
    ["text-into-audio-space", 10],
  ])("%s has the dimension of the tower", async (mapping, columns) => {
    const { model, summary } = await run({ mapping, embedDim: null });
    expect((await readNpyMatrix(join(model, "text/joint_space/plain.npy"))).shape).toEqual([8, columns]);
    expect((await readNpyMatrix(join(model, "audio/joint_space/notes.npy"))).shape).toEqual([96, columns]);
    expect(summary).toContain("Zero-shot on 32 clips");
  });

  it("labels can be held out: they are scored among all labels and among themselves", async () => {
    const { model, summary } = await run({ heldOut: { labels: ["viola", "tuba"] } });
    expect(summary).toContain("Zero-shot on 24 clips that were held out of training (72 clips)");
    const {
      heldOut,
      scores: [{ after }],
    } = trainingJson(model);
    const ids = (first: number) => [...Array(12).keys()].map((i) => `clip-${first + i}`);
    // viola is the second label, tuba the sixth.
    expect(heldOut).toEqual({ labels: ["viola", "tuba"], clips: [...ids(12), ...ids(60)] });
    expect(after.heldOutAmongThemselves.clips).toBe(24);
    expect(after.heldOutAmongThemselves.top1).toBeGreaterThanOrEqual(after.heldOut.top1);
  });

  it.each([{ share: 0.25 }, { folds: [0] }])("names the clips that were held out: %o", async (heldOut) => {
    const { model } = await run({ heldOut, seed: 3 });
    const {
      heldOut: { clips, ...nothing },
      scores,
    } = trainingJson(model);
    expect(nothing).toEqual({});
    const manifest = JSON.parse(readFileSync(join(model, "manifest.json"), "utf8"));
    const { clipIds, groundTruth } = manifest.datasets.notes;
    // Scored again from what the folder has, with nothing of the training's own code.
    const [audio, texts] = [
      await readNpyMatrix(join(model, "audio/joint_space/notes.npy")),
      await readNpyMatrix(join(model, "text/joint_space/plain.npy")),
    ];
    const cosines = pairwiseSimilarity(audio, texts);
    const right = (clips as string[]).filter((id) => {
      const row = clipIds.indexOf(id);
      const answers = LABELS.map((_, label) => cosines.get(row, label));
      return answers.indexOf(Math.max(...answers)) === groundTruth.classes[row];
    });
    expect(clips).toHaveLength("folds" in heldOut ? 32 : 24);
    expect(scores[0].after.heldOut.top1).toBeCloseTo(right.length / clips.length, 12);
  });

  it("where the store has no joint space, there is nothing before, and it says so", async () => {
    const { summary, model } = await run({ heldOut: { share: 0.25 } }, { withoutJointAudio: true });
    expect(summary).toContain("The store has no joint space of small with audio and these texts");
    expect(trainingJson(model).scores[0].before).toBeNull();
    const results = await evaluate({ embeddings: join(model, ".."), experiments: ["zero-shot"], draws: 10 });
    expect(results.experiments["zero-shot"]).toHaveLength(3);
  });
});

describe("a projection that cannot be fitted", () => {
  const failure = async (changed: object) =>
    run(changed).then(
      () => new Error("nothing was refused"),
      (error) => error as Error,
    );

  it.each([
    [{ model: "big" }, 'the store has no model "big"; it has small.'],
    [{ dataset: "drums" }, 'small has no data set "drums"; it has notes.'],
    [{ groundTruth: null }, "nothing says which clip or text of small has which label: give groundTruth, a CSV."],
    [{ promptSets: ["plain", "loud"] }, "the store has no text/pre_joint/loud.npy for it."],
    [{ promptSets: [] }, "config.promptSets: is empty; null takes every prompt set."],
    [{ heldOut: { folds: [7] } }, "config.heldOut: there is no fold 7; there are 0, 1, 2."],
    [{ heldOut: { folds: [0, 1, 2] } }, "config.heldOut: clips of fewer than two labels are left to train on."],
    [{ heldOut: { labels: ["cello"] } }, 'config.heldOut: there is no label "cello"; there are "violin"'],
    [{ heldOut: {} }, "config.heldOut: expected one of folds, labels, share."],
    [{ heldOut: { share: 1 } }, "config.heldOut.share: expected a number between 0 and 1."],
    [{ heldOut: { clips: 1 } }, 'config.heldOut: has no use for "clips"'],
    [{ name: "../small" }, "config.name: is no name of a folder"],
    [{ mapping: "audio-into-text-space" }, "config.embedDim: expected null: audio-into-text-space has the dimension"],
    [{ hidden: 4 }, "config.hidden: a linear head has no hidden layer."],
    [{ learningRate: 0 }, "config.learningRate: is 0, expected a number above 0."],
    [{ learningRate: 1e30 }, "config.learningRate: expected a number from 0 to 1000"],
    [{ epochs: 0.5 }, "config.epochs: expected a whole number"],
    [{ depth: 3 }, 'has no use for "depth"'],
  ])("%o", async (changed, message) => {
    const error = await failure(changed);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(message);
  });

  it("into a name that is taken: nothing is overwritten, and nothing half-written stays", async () => {
    const folder = newFolder();
    const paths = writeInstrumentStore(folder);
    mkdirSync(join(folder, "trained", "small-heads"), { recursive: true });
    const training = await readTrainConfig(configOf(folder, paths));
    const running = training.run({ backend: "wasm", progress: silentProgress, say: () => {} });
    await expect(running).rejects.toThrow(OutputError);
    await expect(running).rejects.toThrow("already there; nothing is overwritten. Choose another name, or remove it.");
    expect(readdirSync(join(folder, "trained"))).toEqual(["small-heads"]);
  });

  it("with a loss that is no number: nothing half-written stays", async () => {
    const folder = newFolder();
    const training = await readTrainConfig(
      configOf(folder, writeInstrumentStore(folder), { weightDecay: 1e38, head: "mlp" }),
    );
    const running = training.run({ backend: "wasm", progress: silentProgress, say: () => {} });
    await expect(running).rejects.toThrow("the loss is NaN");
    expect(readdirSync(folder)).not.toContain("trained");
  });
});

describe("a share that is held out", () => {
  const rows = { labels: ["a", "b"], classes: Int32Array.of(0, 0, 0, 0, 0, 1, 1, 1) };

  it("is drawn from each label, the same for the same seed", () => {
    const split = splitRows({ share: 0.4 }, rows, 3);
    if (typeof split === "string") throw new Error(split);
    expect(split.heldOut.map((row) => rows.classes[row])).toEqual([0, 0, 1]);
    expect([...split.heldOut, ...split.training].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(splitRows({ share: 0.4 }, rows, 3)).toEqual(split);
    const seeds = [...Array(20).keys()].map((seed) => JSON.stringify(splitRows({ share: 0.4 }, rows, seed)));
    expect(new Set(seeds).size).toBeGreaterThan(5);
  });

  it("needs folds where folds are asked for", () => {
    expect(splitRows({ folds: [0] }, rows, 0)).toBe('the ground truth has no folds; hold out a "share" or "labels"');
  });

  it("leaves a label with one clip in training", () => {
    const split = splitRows({ share: 0.9 }, { labels: ["a", "b"], classes: Int32Array.of(0, 1, 1) }, 0);
    expect(split).toMatchObject({ training: expect.arrayContaining([0]), heldOut: [expect.any(Number)] });
  });
});
