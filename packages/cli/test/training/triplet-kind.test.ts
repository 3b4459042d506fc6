import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pairwiseSimilarity } from "@irec/metrics";
import { doktorski } from "@irec/ontology";
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.ts";
import { evaluate } from "../../src/evaluate.ts";
import { readNpyMatrix } from "../../src/npy/npy-file.ts";
import { silentProgress } from "../../src/progress.ts";
import { readTrainConfig } from "../../src/training/config.ts";
import { heldOutParts } from "../../src/training/triplets/label-parts.ts";
import { together, tripletScores } from "../../src/training/triplets/triplet-score.ts";
import { irecProcess } from "../irec-process.ts";
import { put, temporaryFolders } from "../temp-folder.ts";
import { LABELS, writeConfig, writeInstrumentStore } from "./instrument-store.ts";

const irec = irecProcess();
const newFolder = temporaryFolders();

const configOf = (folder: string, paths: { store: string; groundTruth: string }, changed: object = {}) =>
  writeConfig(folder, {
    kind: "triplets",
    out: paths.store,
    embeddings: paths.store,
    groundTruth: paths.groundTruth,
    model: "small",
    name: "small-tuned",
    heldOut: { labels: ["viola", "harp"] },
    epochs: 40,
    learningRate: 0.01,
    ...changed,
  });

async function run(changed: object = {}, options: { readonly withoutJointAudio?: boolean } = {}) {
  const folder = newFolder();
  const paths = writeInstrumentStore(folder, options);
  const training = await readTrainConfig(configOf(folder, paths, changed));
  const summary = await training.run({ backend: "wasm", progress: silentProgress, say: () => {} });
  const model = join(paths.store, "small-tuned");
  const { scores, heldOut } = JSON.parse(readFileSync(join(model, "training.json"), "utf8"));
  return { ...paths, model, summary, scores, heldOut };
}

describe("irec train with the kind triplets", () => {
  it("tunes texts beside the model that they come from, and reports both sides on what it has and has not seen", async () => {
    const folder = newFolder();
    const paths = writeInstrumentStore(folder);
    const config = configOf(folder, paths);
    const env = { IREC_BACKEND: "wasm" };
    const trained = await irec.run(["train", "--config", config, "--quiet"], { cwd: folder, env });
    expect({ status: trained.status, stderr: trained.stderr }).toEqual({ status: 0, stderr: "" });
    expect(trained.stdout).toContain("Held out of the tuning: viola, harp.");
    expect(trained.stdout).toContain("Zero-shot with all 8 labels as answers; majority");
    const { scores } = JSON.parse(readFileSync(join(paths.store, "small-tuned", "training.json"), "utf8"));
    expect(scores.map(({ promptSet }: { promptSet: string }) => promptSet)).toEqual(["plain", "sound_of"]);
    const [{ triplets, zeroShot }] = scores;
    const share = ({ correct, triplets }: { correct: number; triplets: number }) => correct / triplets;
    expect(share(triplets.before.training)).toBeLessThan(0.75);
    expect(share(triplets.after.training)).toBe(1);
    expect(triplets.after.heldOut.triplets).toBe(triplets.before.heldOut.triplets);
    // 12 clips a label; two labels are held out.
    expect([zeroShot.heldOut.after.clips, zeroShot.training.after.clips]).toEqual([24, 72]);
    expect([zeroShot.heldOut.majority, zeroShot.training.majority]).toEqual([1 / 2, 1 / 6]);

    const results = await evaluate({ embeddings: paths.store, models: ["small-tuned"], draws: 10 });
    const row = results.experiments["zero-shot"]!.find(({ promptSet }) => promptSet === "plain")!;
    const both = (24 * zeroShot.heldOut.after.top1 + 72 * zeroShot.training.after.top1) / 96;
    expect(row.topK[0]).toBeCloseTo(both, 10);
  });

  it("leaves audio and pre-joint texts as they are, byte for byte, and moves every prompt set's joint texts", async () => {
    const { store, model } = await run();
    const bytes = (folder: string, name: string) => readFileSync(join(folder, `${name}.npy`));
    for (const name of ["audio/pre_joint/notes", "audio/joint_space/notes", "text/pre_joint/denied"]) {
      expect(bytes(model, name).equals(bytes(join(store, "small"), name)), name).toBe(true);
    }
    for (const name of ["plain", "sound_of", "denied"]) {
      const own = await readNpyMatrix(join(store, "small", "text/joint_space", `${name}.npy`));
      const tuned = await readNpyMatrix(join(model, "text/joint_space", `${name}.npy`));
      const cosines = pairwiseSimilarity(own, tuned);
      for (let row = 0; row < 8; row++) {
        expect(cosines.get(row, row)).toBeGreaterThan(0);
        expect(cosines.get(row, row)).toBeLessThan(0.9999);
      }
    }
  });

  it.each([{ labels: ["viola", "harp"] }, { count: 2 }])("names the labels that were held out: %o", async (asked) => {
    const { heldOut, summary } = await run({ heldOut: asked });
    expect(heldOut).toHaveLength(1);
    expect(summary).toContain(`Held out of the tuning: ${heldOut[0].join(", ")}.`);
    if ("labels" in asked) expect(heldOut[0]).toEqual(asked.labels);
  });

  it("with a pull that outweighs all, zero-shot and triplets stay what they were", async () => {
    const { scores } = await run({ pull: 1e6, learningRate: 1e-6, epochs: 3 });
    for (const { triplets, zeroShot } of scores) {
      expect(triplets.after).toEqual(triplets.before);
      expect(zeroShot.heldOut.after).toEqual(zeroShot.heldOut.before);
    }
  });

  it("cross-validation holds each label out once, and the model that is written has seen all", async () => {
    const { scores, heldOut, summary, model } = await run({ heldOut: { parts: 4 } });
    expect(heldOut.map((part: string[]) => part.length)).toEqual([2, 2, 2, 2]);
    expect(heldOut.flat().sort()).toEqual([...LABELS].sort());
    expect(summary).toMatch(/Cross-validation: each label is held out once \((\w+, \w+( \| )?){4}\)/);
    const [{ triplets, zeroShot }] = scores;
    // Each anchor is held out once: 8 labels, all triplets.
    const { experiments } = await evaluate({ embeddings: join(model, ".."), models: ["small-tuned"], draws: 10 });
    const row = experiments.triplets!.find(
      ({ promptSet, space, rule }) => promptSet === "plain" && space === "joint_space" && rule === "lca",
    )!;
    expect(triplets.after.heldOut.triplets).toBe(row.triplets);
    expect(row.micro).toBe(1);
    expect(zeroShot.heldOut.after.clips).toBe(96);
    expect(zeroShot.training.after.clips).toBe(3 * 96);
  });

  it("the same configuration gives the same bytes", async () => {
    const [first, second] = [await run(), await run()];
    for (const name of ["text-residual.safetensors", "manifest.json", "training.json", "text/joint_space/plain.npy"]) {
      expect(readFileSync(join(second.model, name)).equals(readFileSync(join(first.model, name))), name).toBe(true);
    }
  });

  it("without audio in the joint space, it says that zero-shot cannot be scored", async () => {
    const { summary, scores } = await run({ loss: "margin", temperature: null }, { withoutJointAudio: true });
    expect(summary).toContain("The store has no audio of small in the joint space, so zero-shot cannot be scored.");
    expect(scores[0].zeroShot).toBeNull();
  });

  it("takes an ontology of the user's, and remembers its sha256", async () => {
    const folder = newFolder();
    const rows = LABELS.map((label, i) => `${label},${i % 2 === 0 ? "even" : "odd"},${label}`);
    put(join(folder, "mine.csv"), ["id,parent,label", "all,,", "even,all,", "odd,all,", ...rows].join("\n"));
    const paths = writeInstrumentStore(folder);
    const training = await readTrainConfig(configOf(folder, paths, { ontology: "mine.csv" }));
    await training.run({ backend: "wasm", progress: silentProgress, say: () => {} });
    const manifest = JSON.parse(readFileSync(join(paths.store, "small-tuned", "manifest.json"), "utf8"));
    expect(manifest.madeBy.training.inputs.map(({ path }: { path: string }) => path)).toContain("mine.csv");
  });
});

describe("a text tuning that cannot be made", () => {
  const failure = async (changed: object, labels?: (truth: string) => string) => {
    const folder = newFolder();
    const paths = writeInstrumentStore(folder);
    if (labels !== undefined) put(paths.groundTruth, labels(readFileSync(paths.groundTruth, "utf8")));
    const before = readdirSync(paths.store);
    const error = await readTrainConfig(configOf(folder, paths, changed))
      .then((training) => training.run({ backend: "wasm", progress: silentProgress, say: () => {} }))
      .then(
        () => new Error("nothing was refused"),
        (error) => error as Error,
      );
    expect(readdirSync(paths.store)).toEqual(before);
    return error;
  };

  it.each([
    [{ heldOut: { labels: [] } }, "config.heldOut.labels: holds no label out; there would be nothing to measure on."],
    [{ heldOut: { labels: ["kazoo"] } }, 'config.heldOut: there is no label "kazoo"; there are "violin"'],
    [{ heldOut: { count: 6 } }, "config.heldOut: 2 labels are left to train on; a triplet needs 3."],
    [{ heldOut: { parts: 9 } }, "config.heldOut: 9 parts of 8 labels; expected at most one for each."],
    [{ minGap: 50 }, "the 6 labels in training make no triplet by the rule lca."],
    [{ margin: 0.5 }, 'config.margin: expected null: the loss "softplus" has none.'],
    [{ rule: "published-2024" }, 'config.rule: expected "lca" or "path" or "wu-palmer"'],
    [{ ontology: "agreed" }, 'config.ontology: "agreed" is several; text is tuned by one ontology.'],
    [{ ontology: "none.csv" }, "none.csv"],
  ])("%o", async (changed, message) => {
    const error = await failure(changed);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(message);
  });

  it("with a label that the ontology does not have", async () => {
    const error = await failure({ promptSets: ["plain"] }, (truth) =>
      truth.replaceAll(/(?<=,)harp$|harp(?=\/)/gm, "gamelan"),
    );
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain("gamelan");
  });
});

describe("what is counted", () => {
  it("triplets whose anchor is held out, and triplets that have nothing held out; others in neither", () => {
    // Cosines: 0 and 1 are near, 2 is far from both, 3 is opposite to 0.
    const texts = ndarray([1, 0, 0.9, 0.1, 0, 1, -1, 0], [4, 2]);
    const triplets = {
      anchors: Uint16Array.of(0, 0, 2, 3, 1),
      positives: Uint16Array.of(1, 2, 1, 0, 0),
      negatives: Uint16Array.of(2, 1, 0, 2, 3),
      length: 5,
    };
    // Held out: 3. Right: (0,1,2), (2,1,0), (1,0,3); wrong: (0,2,1), (3,0,2).
    expect(tripletScores(texts, triplets, [3])).toEqual({
      training: { triplets: 3, correct: 2 },
      heldOut: { triplets: 1, correct: 0 },
    });
    const both = together([tripletScores(texts, triplets, [3]), tripletScores(texts, triplets, [1])]);
    // Held out: 1. Its own triplet is right; (3,0,2) is the one without it.
    expect(both).toEqual({ training: { triplets: 4, correct: 2 }, heldOut: { triplets: 2, correct: 1 } });
  });

  it("parts of the labels that have every label once, of sizes that differ by one at most", () => {
    const parts = heldOutParts({ parts: 3 }, LABELS, 4) as number[][];
    expect(parts.map((part) => part.length).sort()).toEqual([2, 3, 3]);
    expect(parts.flat().sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(heldOutParts({ parts: 3 }, LABELS, 4)).toEqual(parts);
    expect(heldOutParts({ parts: 3 }, LABELS, 5)).not.toEqual(parts);
    expect(heldOutParts({ count: 2 }, LABELS, 4)).toEqual([expect.arrayContaining([expect.any(Number)])]);
    expect(LABELS.every((label) => doktorski.find(label))).toBe(true);
  });
});
