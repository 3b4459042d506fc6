import { bootstrapResamples } from "@irec/metrics";
import { beforeAll, describe, expect, it } from "vitest";
import { needsReference, reference, referencePath } from "../../../test/reference.ts";
import { type EvaluateOptions, evaluate } from "../src/evaluate.ts";
import { attributionLadder } from "../src/experiments/attribution-ladder.ts";
import type { AttributionLadder, AttributionRow, AttributionStepName } from "../src/results/analysis-rows.ts";
import { attributionSentence } from "../src/results/attribution-tables.ts";
import { classes, type Fault, labels, makeBelieveModel } from "./attribution-store.ts";
import { nearly } from "./nearly.ts";
import { type ModelFolder, randomRows, writeMetadata, writeOneHot, writeStore } from "./small-store.ts";
import { temporaryFolders } from "./temp-folder.ts";

const newFolder = temporaryFolders();

async function attributed(models: Record<string, ModelFolder>, options: Partial<EvaluateOptions> = {}) {
  const folder = newFolder();
  return await evaluate({
    embeddings: writeStore(folder, models),
    groundTruth: writeOneHot(folder, labels, classes),
    experiments: ["attribution"],
    draws: 100,
    ...options,
  });
}
const losses = ({ projection, text, audio }: AttributionLadder) =>
  ({ projection, text, audio }) as Record<string, number>;
const scoreOf = (row: AttributionRow, step: AttributionStepName) =>
  row.steps.find((one) => one.step === step)!.balancedAccuracy;

describe.each([1, 2, 3])("a model of which one part was broken on purpose, drawn from seed %i:", (seed) => {
  const rows = new Map<string, AttributionRow>();
  beforeAll(async () => {
    const faults: readonly Fault[] = ["none", "audio", "text", "projection"];
    const models = faults.map((fault) => [fault, makeBelieveModel(fault, seed)] as const);
    const results = await attributed(Object.fromEntries(models));
    expect(results.skipped).toEqual([]);
    for (const row of results.experiments.attribution!) rows.set(row.model, row);
  });

  it.each(["audio", "text", "projection"])("%s loses most of the points, the two others few", (fault) => {
    const { [fault]: own, ...others } = losses(rows.get(fault)!.ladders[0]!);
    expect(own).toBeGreaterThan(0.7);
    for (const other of Object.values(others)) expect(other).toBeLessThan(0.2);
  });

  it("a model without a fault loses little anywhere", () => {
    for (const part of Object.values(losses(rows.get("none")!.ladders[0]!))) expect(part).toBeLessThan(0.15);
  });

  it("with labels that the maps have seen, a broken text tower is blamed less, and the projection for more", () => {
    const [heldOut, seen] = rows.get("text")!.ladders as [AttributionLadder, AttributionLadder];
    expect([heldOut.labels, seen.labels]).toEqual(["held-out", "seen"]);
    expect(heldOut.text! - seen.text!).toBeGreaterThan(0.15);
    expect(seen.projection! - heldOut.projection!).toBeGreaterThan(0.15);
  });

  it("ideal text would have been found where the broken text was not", () => {
    const row = rows.get("text")!;
    expect(scoreOf(row, "ideal-text-held-out")).toBeGreaterThan(0.8);
    expect(scoreOf(row, "ridge-held-out")).toBeLessThan(0.2);
  });

  it("score and losses sum to 1, and none is below 0", () => {
    for (const { ladders } of rows.values()) {
      expect(ladders.map(({ measure, labels: asked }) => [measure, asked])).toEqual([
        ["balanced-accuracy", "held-out"],
        ["balanced-accuracy", "seen"],
        ["top-1", "held-out"],
        ["top-1", "seen"],
      ]);
      for (const { zeroShot, projection, text, audio, intervals } of ladders) {
        expect(zeroShot! + projection! + text! + audio!).toBeCloseTo(1, 12);
        expect(Math.min(projection!, text!, audio!)).toBeGreaterThanOrEqual(0);
        expect(intervals.text!.low).toBeGreaterThanOrEqual(0);
        expect(intervals.audio!.low).toBeLessThanOrEqual(audio!);
        expect(intervals.audio!.high).toBeGreaterThanOrEqual(audio!);
      }
    }
  });
});

describe("the ladder", () => {
  const resamples = bootstrapResamples(3, { draws: 2, seed: 0 });
  const step = (estimate: number, ...statistics: number[]) => ({
    estimate,
    statistics: Float64Array.from(statistics),
    resamples,
  });
  const scores = new Map<AttributionStepName, ReturnType<typeof step>>([
    ["zero-shot", step(0.4, 0.3, 0.5)],
    ["orthogonal-held-out", step(0.5, 0.2, 0.6)],
    ["ridge-held-out", step(0.3, 0.4, 0.1)],
    ["orthogonal-seen", step(0.6, 0.6, 0.6)],
    ["ridge-seen", step(0.9, 0.9, 0.8)],
    ["prototypes-pre-joint", step(0.7, 0.8, 0.7)],
  ]);

  it("takes the best of each rung, in the sample and in each resample", () => {
    // By hand: free projection .5 (.4, .6), free text .7 (.8, .7); of two draws d the 95 % interval is d0 + .025 (d1 - d0) on.
    const unit = "clip";
    const interval = (low: number, high: number) => ({
      low: low + 0.025 * (high - low),
      high: high - 0.025 * (high - low),
      level: 0.95,
      unit,
    });
    expect(attributionLadder(scores, "top-1", "held-out", unit)).toEqual(
      nearly({
        measure: "top-1",
        labels: "held-out",
        zeroShot: 0.4,
        projection: 0.1,
        text: 0.2,
        audio: 0.3,
        intervals: {
          zeroShot: interval(0.3, 0.5),
          projection: interval(0.1, 0.1),
          text: interval(0.1, 0.4),
          audio: interval(0.2, 0.3),
        },
      }),
    );
  });

  it("does not count a text side that is worse than the model's own as a loss of less than nothing", () => {
    expect(attributionLadder(scores, "top-1", "seen", "clip")).toMatchObject(
      nearly({ zeroShot: 0.4, projection: 0.5, text: 0, audio: 0.1 }) as object,
    );
  });

  it("says nothing of a rung whose stand-ins are missing", () => {
    const some = new Map([...scores].filter(([name]) => name !== "zero-shot" && name !== "ridge-held-out"));
    expect(attributionLadder(some, "top-1", "held-out", "clip")).toMatchObject(
      nearly({ zeroShot: null, projection: null, text: null, audio: 0.3 }) as object,
    );
  });
});

describe("the sentence", () => {
  const intervals = { zeroShot: null, projection: null, text: null, audio: null };
  const ladder = { measure: "balanced-accuracy", labels: "held-out", intervals } as const;
  const row = (
    losses: Pick<AttributionLadder, "zeroShot" | "projection" | "text" | "audio">,
    reasons: string[] = [],
  ) => ({
    ...{
      model: "m",
      promptSet: "p",
      clips: 1,
      labels: 4,
      folds: { kind: "seeded", count: 5 } as const,
      steps: [],
      text: [],
    },
    ladders: [{ ...ladder, ...losses }],
    missing: reasons.map((reason) => ({ step: "zero-shot", reason }) as const),
  });

  it("says how many points each part loses", () => {
    expect(attributionSentence(row({ zeroShot: 0.25, projection: 0.125, text: 0.5, audio: 0.125 }))).toBe(
      "m scores 25.0 of 100; 50.0 points are lost in the text tower, 12.5 points in the projection, 12.5 points in audio.",
    );
  });

  it("says what is known, and once why the rest is not", () => {
    expect(
      attributionSentence(row({ zeroShot: null, projection: null, text: 0.5, audio: 0.25 }, ["no x", "no x"])),
    ).toBe("m: 50.0 points are lost in the text tower, 25.0 points in audio; not all steps could be taken (no x).");
    expect(
      attributionSentence(row({ zeroShot: 0.5, projection: null, text: null, audio: null }, ["no x", "no y"])),
    ).toBe("m: nothing can be said; not all steps could be taken (no x; no y).");
  });
});

describe("of a store that lacks something", () => {
  it("the steps that cannot be taken are named, with the reason, and the others are taken", async () => {
    const { arrays } = makeBelieveModel("none");
    const { "audio/joint_space/d": _, ...rest } = arrays;
    const results = await attributed({ m: { arrays: rest } });
    const [row] = results.experiments.attribution!;
    const reason = "the store has no audio/joint_space/d.npy for it";
    expect(row!.missing).toEqual([
      { step: "zero-shot", reason },
      { step: "prototypes-joint", reason },
    ]);
    expect(row!.ladders[0]).toMatchObject({ zeroShot: null, projection: null });
    expect(row!.ladders[0]!.text! + row!.ladders[0]!.audio!).toBeLessThan(0.3);
    expect(results.skipped).toEqual([{ experiment: "attribution", model: "m", promptSet: "muscall_prompt", reason }]);
  });

  it("a model without audio has no row", async () => {
    const { arrays } = makeBelieveModel("none");
    const text = Object.fromEntries(Object.entries(arrays).filter(([name]) => name.startsWith("text/")));
    const results = await attributed({ m: { arrays: text } });
    expect(results.experiments.attribution).toBeUndefined();
    expect(results.skipped.map(({ reason }) => reason)).toEqual([
      "the store has no audio/joint_space/<dataset>.npy for it",
    ]);
  });

  it("three labels leave no map that has seen two others", async () => {
    const folder = newFolder();
    const arrays = {
      "audio/joint_space/d": randomRows(1, 24, 5),
      "audio/pre_joint/d": randomRows(2, 24, 7),
      "text/joint_space/p": randomRows(3, 3, 5),
      "text/pre_joint/p": randomRows(4, 3, 6),
    };
    const results = await evaluate({
      embeddings: writeStore(folder, { m: { arrays } }),
      groundTruth: writeOneHot(
        folder,
        ["violin", "flute", "oboe"],
        [...Array(24).keys()].map((i) => i % 3),
      ),
      experiments: ["attribution"],
      draws: 10,
    });
    const [row] = results.experiments.attribution!;
    expect(row!.missing.map(({ step }) => step)).toEqual([
      "orthogonal-held-out",
      "ridge-held-out",
      "ideal-text-held-out",
    ]);
    expect(row!.missing[0]!.reason).toBe("to hold out two labels takes four, there are 3");
  });
});

describe.each(["manhattan", "pearson"] as const)("with %s similarity, which maps do not keep,", (similarity) => {
  it("the steps with maps are missing and the others are taken", async () => {
    const results = await attributed({ m: makeBelieveModel("none") }, { similarity });
    const [row] = results.experiments.attribution!;
    expect(row!.steps.map(({ step }) => step)).toEqual(["zero-shot", "prototypes-pre-joint", "prototypes-joint"]);
    expect(results.skipped.map(({ reason }) => reason)).toEqual([`maps do not keep ${similarity} similarities`]);
    expect(row!.ladders[0]).toMatchObject({ projection: null, text: null, audio: expect.any(Number) });
  });
});

describe("official folds", () => {
  it("are used where the ground truth has them, and prototypes are made without the clip's fold", async () => {
    const folder = newFolder();
    const own = labels.flatMap((_, c) => [c, c, c, c]);
    // Clips of fold 0 lie where the label's clips of fold 0 alone lie: prototypes of the other folds are of no help.
    const place = (c: number, fold: number) => labels.map((_, k) => (k === (c + 7 * fold) % 14 ? 1 : 0.01 * k));
    const clips = own.map((c, i) => ({ own: c, fold: i % 2 }));
    const arrays = {
      "audio/pre_joint/d": clips.map((clip) => place(clip.own, clip.fold)),
      "text/pre_joint/muscall_prompt": randomRows(1, 14, 6),
    };
    const results = await evaluate({
      embeddings: writeStore(folder, { m: { arrays } }),
      groundTruth: writeMetadata(folder, labels, clips),
      experiments: ["attribution"],
      draws: 10,
    });
    const [row] = results.experiments.attribution!;
    expect(row!.folds).toEqual({ kind: "official", count: 2 });
    expect(scoreOf(row!, "prototypes-pre-joint")).toBe(0);
  });
});

describe.skipIf(!reference)(`on the study's own embeddings${needsReference}`, () => {
  let row: AttributionRow;
  beforeAll(async () => {
    const results = await evaluate({
      embeddings: referencePath("model_embeddings"),
      groundTruth: referencePath("tinysol_groundtruth_reordered.csv"),
      models: ["muscall"],
      experiments: ["attribution"],
      draws: 200,
    });
    row = results.experiments.attribution![0]!;
  });

  it("the text triplets are the golden ones, before and after the projection", () => {
    // triplets.md, section 5.
    expect(row.text.map(({ space, triplets, micro }) => [space, triplets, micro.toFixed(10)])).toEqual([
      ["pre_joint", 686, "0.4577259475"],
      ["joint_space", 686, "0.4693877551"],
    ]);
  });

  it("no map from MusCALL's audio finds its text vectors of labels that it has not seen; ideal text is found", () => {
    const chance = 1 / 14;
    expect(scoreOf(row, "ridge-held-out")).toBeLessThan(chance);
    expect(scoreOf(row, "orthogonal-held-out")).toBeLessThan(chance);
    expect(scoreOf(row, "ideal-text-held-out")).toBeGreaterThan(3 * chance);
    expect(scoreOf(row, "prototypes-pre-joint")).toBeGreaterThan(5 * chance);
  });

  it("so that more is lost in the text tower than can be by chance, whichever clips are drawn", () => {
    const { zeroShot, projection, text, audio, intervals } = row.ladders[0]!;
    expect([zeroShot, projection]).toEqual([null, null]);
    expect(text! + audio!).toBeLessThan(1);
    expect(intervals.text!.low).toBeGreaterThan(0.3);
    expect(intervals.text!.unit).toBe("instrument-pitch group");
  });
});
