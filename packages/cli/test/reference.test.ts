import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { needsReference, reference, referencePath } from "../../../test/reference.ts";
import { evaluate } from "../src/evaluate.ts";
import type { AudioOnlyRow, AudioRule, Results, TripletRow, TripletRule } from "../src/results/results.ts";
import type { Space } from "../src/store/embedding-store.ts";
import { schemaFaults } from "./results-schema.ts";

describe.skipIf(!reference)(`on the study's own embeddings${needsReference}`, () => {
  let results: Results;
  beforeAll(async () => {
    results = await evaluate({
      embeddings: referencePath("model_embeddings"),
      groundTruth: referencePath("tinysol_groundtruth_reordered.csv"),
      draws: 200,
    });
  });

  const audioRow = (rule: AudioRule): AudioOnlyRow =>
    results.experiments["audio-only"]!.find((row) => row.rule === rule)!;

  it("only MusCALL's pre-joint audio can be scored, by the published rule and by leave-one-out", () => {
    expect(results.models).toEqual(["muscall", "music_laion_clap"]);
    expect(results.experiments["audio-only"]!.map(({ model, space, rule }) => [model, space, rule])).toEqual([
      ["muscall", "pre_joint", "published"],
      ["muscall", "pre_joint", "leave-one-out"],
    ]);
  });

  it("the published row comes out again: top-1 to 5 exactly, F1 to 1e-12, ROC-AUC and average precision to 1e-6", () => {
    const csv = readFileSync(referencePath("evaluation_output/audio_only/muscall.csv"), "utf8");
    const line = csv.split(/\r?\n/).find((row) => row.startsWith("muscall,pre_joint,"))!;
    const published = line.split(",").slice(2).map(Number);
    expect(published).toHaveLength(8);
    const row = audioRow("published");
    expect(row.topK).toEqual(published.slice(0, 5));
    expect(Math.abs(row.f1Weighted - published[5]!)).toBeLessThan(1e-12);
    // The study summed in float32, which moves the seventh digit.
    expect(Math.abs(row.rocAucMacro - published[6]!)).toBeLessThan(1e-6);
    expect(Math.abs(row.averagePrecisionMacro - published[7]!)).toBeLessThan(1e-6);
  });

  it("what the study did not print: balanced accuracy .4352, leave-one-out .4648, majority baseline .2365", () => {
    expect(audioRow("published").balancedAccuracy.toFixed(4)).toBe("0.4352");
    expect(audioRow("leave-one-out").topK[0]!.toFixed(4)).toBe("0.4648");
    expect(results.dataset).toMatchObject({
      name: "tinysol",
      clips: 2913,
      majorityBaseline: { label: "accordion", accuracy: 689 / 2913 },
    });
    expect((689 / 2913).toFixed(4)).toBe("0.2365");
    // datasets.md, in the order of the ground truth's columns.
    expect(results.dataset!.clipsPerLabel).toEqual([
      108, 134, 117, 96, 689, 309, 284, 309, 291, 126, 126, 118, 107, 99,
    ]);
  });

  it("top-1 .4837 lies between .454 and .512, when notes of one instrument and pitch are drawn together", () => {
    const [top] = audioRow("published").intervals.topK;
    expect(top!.unit).toBe("instrument-pitch group");
    // benchmarks/peers/evaluate_reference.py, from other random numbers; the ends of 200 draws err by .003.
    expect(Math.abs(top!.low - 0.4541)).toBeLessThan(0.009);
    expect(Math.abs(top!.high - 0.5116)).toBeLessThan(0.009);
    expect(audioRow("leave-one-out").intervals.topK[0]!.low).toBeLessThan(audioRow("leave-one-out").topK[0]!);
  });

  const triplets = (model: string, space: Space, rule: TripletRule): TripletRow =>
    results.experiments.triplets!.find(
      (row) => row.model === model && row.promptSet === "muscall_prompt" && row.space === space && row.rule === rule,
    )!;

  // triplets.md, section 5: number of triplets; Music CLAP pre-joint and joint, MusCALL pre-joint and joint.
  it.each([
    ["published-2024", 237, 10, [".5780590717", ".5696202532", ".4303797468", ".4135021097"]],
    ["lca", 686, 10, [".6967930029", ".7215743440", ".4577259475", ".4693877551"]],
    ["path", 686, 3, [".671", ".711", ".448", ".466"]],
    ["wu-palmer", 722, 3, [".681", ".706", ".449", ".458"]],
  ] as const)("the triplet accuracies of %s are the golden ones", (rule, count, digits, accuracies) => {
    const rows = ["music_laion_clap", "muscall"].flatMap((model) =>
      (["pre_joint", "joint_space"] as const).map((space) => triplets(model, space, rule)),
    );
    expect(rows.map((row) => row.micro.toFixed(digits).slice(1))).toEqual(accuracies);
    expect(rows.map((row) => row.triplets)).toEqual(Array(4).fill(count));
    for (const row of rows) {
      expect(row.micro).toBe(row.correct / row.triplets);
      expect(row.macroInterval.low).toBeLessThanOrEqual(row.macro);
      expect(row.macroInterval.high).toBeGreaterThanOrEqual(row.macro);
      expect(row.perAnchor.reduce((sum, anchor) => sum + anchor.correct, 0)).toBe(row.correct);
      expect(row.perNode.reduce((sum, node) => sum + node.triplets, 0)).toBe(count);
    }
  });

  it("zero-shot and positive-negative are skipped for both models, for want of joint audio", () => {
    for (const experiment of ["zero-shot", "positive-negative"] as const) {
      expect(results.experiments[experiment]).toBeUndefined();
      for (const model of results.models) {
        expect(results.skipped).toContainEqual({
          experiment,
          model,
          reason: "the store has no audio/joint_space/tinysol.npy for it",
        });
      }
    }
  });

  it("prompt sets for families of instruments are skipped, as they have other rows than there are labels", () => {
    const reasons = results.skipped.filter(
      (skip) => skip.promptSet === "muscall_prompt_instruments" && skip.model === "muscall",
    );
    expect(reasons.map(({ experiment, space }) => [experiment, space])).toEqual(
      ["triplets", "space"].flatMap((experiment) => [
        [experiment, "pre_joint"],
        [experiment, "joint_space"],
      ]),
    );
    expect(new Set(reasons.map(({ reason }) => reason))).toEqual(
      new Set(["4 rows, while the ground truth has 14 labels"]),
    );
  });

  it("negation is scored in both spaces of both models", () => {
    expect(results.experiments.negation!.map(({ model, space, pairs }) => [model, space, pairs])).toEqual(
      ["muscall", "music_laion_clap"].flatMap((model) =>
        ["pre_joint", "joint_space"].map((space) => [model, space, 182]),
      ),
    );
  });

  it("results fit the schema, and name every array that was read with its sha256", () => {
    expect(schemaFaults(JSON.parse(JSON.stringify(results)))).toEqual([]);
    const paths = results.provenance.inputs.map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths).toContain(referencePath("model_embeddings/muscall/audio/pre_joint/tinysol.npy"));
    expect(paths).toContain(referencePath("tinysol_groundtruth_reordered.csv"));
  });
});
