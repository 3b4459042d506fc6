import { beforeAll, describe, expect, it } from "vitest";
import { needsReference, reference, referencePath } from "../../../test/reference.ts";
import { evaluate } from "../src/evaluate.ts";
import type { OntologyMapRow, PromptSensitivityRow } from "../src/results/analysis-rows.ts";
import type { Interval, Results } from "../src/results/results.ts";
import golden from "./goldens/analysis.json" with { type: "json" };
import { nearly } from "./nearly.ts";
import { type ModelFolder, randomRows, writeOneHot, writeStore } from "./small-store.ts";
import { temporaryFolders } from "./temp-folder.ts";

const newFolder = temporaryFolders();

/*
 * The same two make-believe models as in tools/goldens/analysis_experiments.py, whose numbers of numpy, scipy and scikit-learn
 * are in goldens/analysis.json.
 */
const labels = ["violin", "viola", "flute", "oboe", "trumpet", "accordion"];
const classes = [...Array(36).keys()].map((i) => (5 * i) % 6);
const promptSets = ["muscall_prompt", "second", "third"];
const table = (rows: number, value: (i: number, k: number) => number) =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: 8 }, (_, k) => value(i, k)));
const wave = (seed: number, i: number, k: number) => Math.sin(seed + 3.1 * i + 1.7 * k * k + 0.9 * i * k);

function makeBelieve(seed: number): ModelFolder {
  const text = promptSets.map((_, p) =>
    table(6, (i, k) => wave(seed, i, k) + (0.6 + 0.3 * p) * wave(seed + 2 + p, i, k)),
  );
  return {
    arrays: {
      "audio/joint_space/d": table(36, (i, k) => wave(seed, classes[i]!, k) + 0.9 * wave(seed + 1, i, k)),
      ...Object.fromEntries(promptSets.map((name, p) => [`text/joint_space/${name}`, text[p]!])),
      "text/joint_space/negative_muscall_prompts": table(6, (i, k) => text[0]![i]![k]! + 0.8 * wave(seed + 9, i, k)),
    },
  };
}

let results: Results;
beforeAll(async () => {
  const folder = newFolder();
  results = await evaluate({
    embeddings: writeStore(folder, { first: makeBelieve(10), second: makeBelieve(50) }),
    groundTruth: writeOneHot(folder, labels, classes),
    experiments: ["prompt-sensitivity", "audio-negation", "space", "cross-modal", "ontology-map"],
    draws: 200,
  });
});

/** An interval that has the number in it, and more than one value. */
function expectAround(value: number, interval: Interval | null): void {
  expect(interval!.low).toBeLessThanOrEqual(value);
  expect(interval!.high).toBeGreaterThanOrEqual(value);
  expect(interval!.high).toBeGreaterThan(interval!.low);
}

describe.each(["first", "second"] as const)("of the %s model, as numpy, scipy and scikit-learn have it:", (name) => {
  const expected = golden.models[name];
  const rowOf = <T extends { readonly model: string }>(rows: readonly T[] | undefined): T =>
    rows!.find(({ model }) => model === name)!;

  it("prompt sensitivity: range, deviation, agreement, shares of variance, best and worst prompts", () => {
    const row = results.experiments["prompt-sensitivity"]!.find(({ models }) => models.join() === name)!;
    expectSensitivity(row, expected.promptSensitivity);
    expect(row.variance.map(({ factors }) => factors)).toEqual([["prompt"], ["label"], ["prompt", "label"]]);
    expect(Object.fromEntries(row.promptSets.map((one) => [one.promptSet, one.balancedAccuracy]))).toEqual(
      nearly(expected.balancedAccuracy),
    );
  });

  it("negation between audio and text", () => {
    const row = rowOf(results.experiments["audio-negation"]);
    expect(row).toMatchObject(nearly(expected.audioNegation) as object);
    expectAround(row.noOwnFarther, row.intervals.noOwnFarther);
    const mean = row.perLabel.reduce((sum, { noOwnFarther, clips }) => sum + noOwnFarther * clips, 0) / 36;
    expect(mean).toBeCloseTo(row.noOwnFarther, 12);
  });

  it("the spaces of audio and text", () => {
    const rows = results.experiments.space!.filter(({ model }) => model === name);
    expect(rows[0]).toMatchObject({ modality: "audio", promptSet: null, rows: 36, dimensions: 8, compared: 36 });
    expect(rows[0]).toMatchObject(nearly(expected.space.audio) as object);
    expect(rows[1]).toMatchObject({ modality: "text", promptSet: "muscall_prompt", rows: 6, duplicates: 0 });
    expect(rows[1]).toMatchObject(nearly(expected.space.text) as object);
  });

  it("audio and text in the joint space", () => {
    const row = results.experiments["cross-modal"]!.find(
      (one) => one.model === name && one.promptSet === "muscall_prompt",
    )!;
    expect(row).toMatchObject(nearly(expected.crossModal) as object);
    expectAround(row.modalityGap, row.intervals.modalityGap);
    expectAround(row.alignment, row.intervals.alignment);
    expectAround(row.meanMargin, row.intervals.meanMargin);
    expect(row.answers.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  it("the ontology map: node by node, and the branch that fails", () => {
    const row = rowOf(results.experiments["ontology-map"]);
    expect(row.failingBranch).toBe(expected.ontologyMap.failingBranch);
    expect(row.mistakeSeverity).toBeCloseTo(expected.ontologyMap.mistakeSeverity, 12);
    const found = Object.fromEntries(row.nodes.map((one) => [one.node, comparable(one)]));
    expect(found).toEqual(nearly(expected.ontologyMap.nodes));
  });
});

function comparable({ height, labels: count, clips, triplets, zeroShot }: OntologyMapRow["nodes"][number]) {
  const { recall, withinBranch, mistakesHere, mistakeSeverity } = zeroShot!;
  const [joint] = triplets;
  return {
    ...{ height, labels: count, clips, recall, withinBranch, mistakesHere, mistakeSeverity },
    triplets: joint === undefined ? null : [joint.triplets, joint.correct],
  };
}

type ExpectedSensitivity = (typeof golden)["both"] | (typeof golden)["models"]["first"]["promptSensitivity"];

function expectSensitivity(row: PromptSensitivityRow, expected: ExpectedSensitivity): void {
  const { range, sd, labelAgreement, labelTau, promptAgreement } = row;
  const { order, best, worst, variance, ...numbers } = expected;
  expect({ range, sd, labelAgreement, labelTau, promptAgreement }).toEqual(nearly(numbers));
  expect(row.promptSets.map(({ promptSet }) => promptSet)).toEqual(order);
  expect(row.perLabel.map((one) => one.best.promptSet)).toEqual(best);
  expect(row.perLabel.map((one) => one.worst.promptSet)).toEqual(worst);
  expect(row.variance.map(({ share }) => share)).toEqual(nearly(variance));
  expectAround(range, row.intervals.range);
}

describe("of both models together", () => {
  it("prompt sensitivity has the agreement of models on prompts, and the share that goes with the model", () => {
    const row = results.experiments["prompt-sensitivity"]!.at(-1)!;
    expect(row.models).toEqual(["first", "second"]);
    expectSensitivity(row, golden.both);
    expect(row.variance.map(({ factors }) => factors.join(" x "))).toEqual([
      "model",
      "prompt",
      "label",
      "model x prompt",
      "model x label",
      "prompt x label",
      "model x prompt x label",
    ]);
  });
});

describe("negated prompt sets", () => {
  it("take no part in prompt sensitivity, where what a prompt says should matter", () => {
    for (const { promptSets: sets } of results.experiments["prompt-sensitivity"]!) {
      expect(sets.map(({ promptSet }) => promptSet).sort()).toEqual(promptSets);
    }
  });

  it("are all compared with what they deny: those of irec by their names, others by the manifest", async () => {
    const folder = newFolder();
    const text = (seed: number) => randomRows(seed, 6, 8);
    const arrays = {
      "audio/joint_space/d": randomRows(1, 36, 8),
      ...Object.fromEntries(
        ["the_sound_of", "no_the_sound_of", "label", "no", "plain", "never", "hardly"].map((set, i) => [
          `text/joint_space/${set}`,
          text(i),
        ]),
      ),
    };
    const entry = (negates?: string) => ({ labels, ...(negates === undefined ? {} : { negates }) });
    const manifest = {
      schemaVersion: 1,
      model: "m",
      datasets: {},
      promptSets: { plain: entry(), never: entry("plain"), hardly: entry("plain"), label: entry(), no: entry() },
    };
    const { experiments } = await evaluate({
      embeddings: writeStore(folder, { m: { arrays, manifest } }),
      groundTruth: writeOneHot(folder, labels, classes),
      experiments: ["negation", "audio-negation", "positive-negative"],
      draws: 10,
    });
    // The manifest has a set called "no" that denies nothing.
    const pairs = [
      ["plain", "never"],
      ["plain", "hardly"],
      ["the_sound_of", "no_the_sound_of"],
    ];
    for (const rows of [experiments["audio-negation"]!, experiments.negation!, experiments["positive-negative"]!]) {
      expect(rows.map(({ promptSet, negatedPromptSet }) => [promptSet, negatedPromptSet])).toEqual(pairs);
    }
  });
});

describe("a tower that has collapsed", () => {
  it("has duplicates, no spread and no rank", async () => {
    const folder = newFolder();
    const arrays = { "text/joint_space/p": labels.map(() => [1, 2, 3]) };
    const { experiments } = await evaluate({
      embeddings: writeStore(folder, { m: { arrays } }),
      groundTruth: writeOneHot(folder, labels, classes),
      experiments: ["space"],
    });
    expect(experiments.space![0]).toMatchObject({ duplicates: 5, effectiveRank: null, participationRatio: null });
    expect(experiments.space![0]!.spread).toBeCloseTo(0, 6);
    expect(experiments.space![0]!.anisotropy).toBeCloseTo(1, 12);
  });
});

describe.skipIf(!reference)(`on the study's own embeddings${needsReference}`, () => {
  it("spaces of text and of MusCALL's audio have rows, and the ontology map the 686 triplets of each space", async () => {
    const found = await evaluate({
      embeddings: referencePath("model_embeddings"),
      groundTruth: referencePath("tinysol_groundtruth_reordered.csv"),
      experiments: ["space", "cross-modal", "prompt-sensitivity", "audio-negation", "ontology-map"],
      draws: 20,
    });
    expect(Object.keys(found.experiments)).toEqual(["space", "ontology-map"]);
    const audio = found.experiments.space!.filter(({ modality }) => modality === "audio");
    expect(audio.map(({ model, space, rows, compared }) => [model, space, rows, compared])).toEqual([
      ["muscall", "pre_joint", 2913, 400],
    ]);
    for (const { nodes, failingBranch } of found.experiments["ontology-map"]!) {
      expect(failingBranch).toBeNull();
      for (const space of ["pre_joint", "joint_space"]) {
        const counts = nodes.flatMap(({ triplets }) => triplets.filter((one) => one.space === space));
        expect(counts.reduce((sum, { triplets }) => sum + triplets, 0)).toBe(686);
      }
    }
    for (const experiment of ["cross-modal", "prompt-sensitivity", "audio-negation"]) {
      expect(found.skipped).toContainEqual({
        experiment,
        model: "muscall",
        reason: "the store has no audio/joint_space/tinysol.npy for it",
      });
    }
  });
});
