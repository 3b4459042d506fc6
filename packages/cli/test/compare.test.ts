import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, describe, expect, it } from "vitest";
import { compareRuns } from "../src/compare/compare-runs.ts";
import { comparisonTable, comparisonText } from "../src/compare/comparison-table.ts";
import {
  CLIP_MEASURES,
  COMPARED_EXPERIMENTS,
  COMPARISON_SCHEMA_VERSION,
  type Comparison,
  TESTS,
  TRIPLET_MEASURE,
} from "../src/compare/comparisons.ts";
import { type EvaluateOptions, evaluate } from "../src/evaluate.ts";
import { readOntology } from "../src/read-ontology.ts";
import { AUDIO_RULES, RESAMPLED_UNITS, TRIPLET_RULES } from "../src/results/results.ts";
import { prepareRunFolder } from "../src/results/run-folder.ts";
import golden from "./goldens/compare.json" with { type: "json" };
import { type Rows, writeStore } from "./small-store.ts";
import { writeSyntheticStore } from "./synthetic-store.ts";
import { put, temporaryFolders } from "./temp-folder.ts";

const newFolder = temporaryFolders();
const readSchema = () => JSON.parse(readFileSync(new URL("../schema/comparison.schema.json", import.meta.url), "utf8"));

/** Evaluates into a run folder; returns its path. */
async function run(options: Omit<EvaluateOptions, "outcomes" | "draws">): Promise<string> {
  const folder = prepareRunFolder(join(newFolder(), "run"));
  folder.complete(await evaluate({ experiments: COMPARED_EXPERIMENTS, ...options, draws: 1, outcomes: folder.write }));
  return folder.path;
}

/** A one-hot CSV of clips by name. */
function truth(labels: readonly string[], clips: readonly { readonly id: string; readonly own: number }[]): string {
  const lines = clips.map(({ id, own }) => [id, ...labels.map((_, c) => Number(c === own))].join(","));
  return put(join(newFolder(), "truth.csv"), `${[`song,${labels}`, ...lines].join("\n")}\n`);
}

/** The arrays of a model with one prompt set, p. */
const arrays = (audio: Rows, text: Rows) => ({ "audio/joint_space/d": audio, "text/joint_space/p": text });

/** Two dimensions, and what is in them is plain: text vectors are the axes, so that a clip is taken for its larger number. */
const axes = [
  [1, 0],
  [0, 1],
];
const right = (own: number) => (own === 0 ? [1, 0.5] : [0.5, 1]);
const wrong = (own: number) => right(1 - own);

/** A run of one model that has the given clips right. */
async function runOf(
  clips: readonly { readonly id: string; readonly own: number; readonly right: boolean }[],
  options: { readonly model?: string; readonly promptSet?: string; readonly labels?: readonly string[] } = {},
): Promise<string> {
  const { model = "m", promptSet = "p", labels = ["violin", "viola"] } = options;
  const audio = clips.map(({ own, right: isRight }) => (isRight ? right(own) : wrong(own)));
  const store = writeStore(newFolder(), {
    [model]: { arrays: { "audio/joint_space/d": audio, [`text/joint_space/${promptSet}`]: axes } },
  });
  return await run({ embeddings: store, groundTruth: truth(labels, clips), experiments: ["zero-shot"] });
}

/** Clips of which one side has the first `onlyA` right, the other the next `onlyB`, and both the rest. */
const answers = (side: "a" | "b", onlyA: number, onlyB: number, both: number) =>
  Array.from({ length: onlyA + onlyB + both }, (_, i) => ({
    id: `c${i}`,
    own: i % 2,
    right: i >= onlyA + onlyB || (side === "a" ? i < onlyA : i >= onlyA),
  }));

describe("two models on the same clips and triplets", () => {
  it.each(golden.cases)("$name: the numbers are those of scipy, scikit-learn and statsmodels", async (one) => {
    const ontologyFile = put(
      join(newFolder(), "families.json"),
      JSON.stringify({
        name: "instruments",
        children: Object.entries(golden.families).map(([name, members]) => ({
          name,
          children: members.map((member) => ({ name: member })),
        })),
      }),
    );
    const models = Object.fromEntries(
      ["first", "second"].map((name, m) => [name, { arrays: arrays(one.audio[m]!, one.text[m]!) }]),
    );
    const path = await run({
      embeddings: writeStore(newFolder(), models),
      groundTruth: truth(golden.labels, one.clips),
      ...(await readOntology(ontologyFile)),
    });
    const { draws, seed } = golden;
    const asked = { runA: path, modelA: "first", modelB: "second", draws, seed, rules: ["lca"] as const };
    const found = await compareRuns(asked);
    for (const [experiment, expected] of [
      ["zero-shot", one.zeroShot],
      ["triplets", one.triplets],
    ] as const) {
      for (const row of expected) {
        const { interval, ...ours } = ofMeasure(found.comparisons, experiment, row.measure);
        const { low, high, ...numbers } = row as Row;
        for (const [name, value] of Object.entries({ ...numbers, low, high })) {
          const mine = name === "low" || name === "high" ? interval[name] : ours[name as keyof typeof ours];
          // 1e-12: sums in another order; the largest difference seen is 2.2e-16.
          if (typeof value === "number") expect(mine, `${row.measure} ${name}`).toBeCloseTo(value, 12);
          else expect(mine, `${row.measure} ${name}`).toEqual(value);
        }
      }
    }
    const all = await compareRuns({ ...asked, experiments: ["zero-shot"], measures: CLIP_MEASURES, draws: 10 });
    for (const { measure, scoreA, scoreB } of one.estimates) {
      const ours = ofMeasure(all.comparisons, "zero-shot", measure);
      expect(ours.scoreA).toBeCloseTo(scoreA, 12);
      expect(ours.scoreB).toBeCloseTo(scoreB, 12);
    }
  });
});

type Row = Record<string, unknown> & { readonly low: number; readonly high: number };
const ofMeasure = (comparisons: readonly Comparison[], experiment: string, measure: string): Comparison =>
  comparisons.find((one) => one.experiment === experiment && one.measure === measure && one.space !== "pre_joint")!;

it("all swaps of TinySOL's 14 anchors are counted, so that no seed changes a p-value of triplets", async () => {
  const path = await run({ ...writeSyntheticStore(newFolder()), experiments: ["triplets"] });
  const pValues = async (seed: number) => {
    const { comparisons } = await compareRuns({ runA: path, rules: ["lca"], draws: 50, seed });
    return comparisons.map(({ pValue }) => pValue);
  };
  const first = await pValues(1);
  expect(first.length).toBeGreaterThan(1);
  expect(await pValues(2)).toEqual(first);
  for (const p of first) expect(Number.isInteger(p * 2 ** 14)).toBe(true);
});

describe("what is said", () => {
  const top = { experiments: ["zero-shot"], measures: ["top-1"], draws: 999 } as const;

  it("is better, with the numbers, when one run has many more of the same clips right", async () => {
    const [runA, runB] = [await runOf(answers("a", 12, 1, 20)), await runOf(answers("b", 12, 1, 20))];
    const { comparisons, notes, families } = await compareRuns({ runA, runB, ...top });
    expect(comparisons).toHaveLength(1);
    const [one] = comparisons;
    // 13 of 33 clips tell; two-sided, 1 or fewer of 13 throws of a coin: 2 (1 + 13) / 2^13.
    expect(one).toMatchObject({
      ...{ scoreA: 32 / 33, scoreB: 21 / 33, discordant: { onlyA: 12, onlyB: 1 }, test: "mcnemar" },
      ...{ pValue: 28 / 8192, adjustedPValue: 28 / 8192, verdict: "better" },
      items: { kind: "clips", shared: 33, onlyA: 0, onlyB: 0 },
    });
    expect(one!.difference).toBeCloseTo(1 / 3, 15);
    const { low, high } = one!.interval;
    expect(one!.sentence).toBe(
      `zero-shot, p: by top-1, m (${runA}) is better than m (${runB}): 0.9697 against 0.6364, a difference of 0.3333 ` +
        `(95 % interval ${low.toFixed(4)} to ${high.toFixed(4)}; p = 0.0034 after Holm's correction).`,
    );
    expect([notes, families]).toEqual([[], [{ experiment: "zero-shot", tests: 1 }]]);
  });

  it("is worse the other way around, with the interval turned around", async () => {
    const [runA, runB] = [await runOf(answers("a", 12, 1, 20)), await runOf(answers("b", 12, 1, 20))];
    const there = (await compareRuns({ runA, runB, ...top })).comparisons[0]!;
    const back = (await compareRuns({ runA: runB, runB: runA, ...top })).comparisons[0]!;
    expect(back.verdict).toBe("worse");
    expect(back.interval.low).toBeCloseTo(-there.interval.high, 12);
    expect([back.pValue, back.cohensH]).toEqual([there.pValue, -there.cohensH!]);
  });

  it("is not distinguishable when the runs differ by what chance does", async () => {
    const [runA, runB] = [await runOf(answers("a", 5, 3, 20)), await runOf(answers("b", 5, 3, 20))];
    const [one] = (await compareRuns({ runA, runB, ...top })).comparisons;
    // 2 (1 + 8 + 28 + 56) / 2^8
    expect([one!.pValue, one!.verdict]).toEqual([186 / 256, "not distinguishable"]);
    expect(one!.sentence).toContain(" are not distinguishable: 0.8929 against 0.8214, a difference of 0.0714 ");
  });

  it("is not distinguishable of a run and its repetition, whose differences are all 0", async () => {
    const [runA, runB] = [await runOf(answers("a", 5, 3, 20)), await runOf(answers("a", 5, 3, 20))];
    for (const one of (await compareRuns({ runA, runB, draws: 50 })).comparisons) {
      expect(one).toMatchObject({
        difference: 0,
        interval: { low: 0, high: 0 },
        pValue: 1,
        verdict: "not distinguishable",
      });
    }
  });

  it("asks more of the same difference when more is tested", async () => {
    const [runA, runB] = [await runOf(answers("a", 8, 1, 20)), await runOf(answers("b", 8, 1, 20))];
    const alone = (await compareRuns({ runA, runB, ...top })).comparisons[0]!;
    expect([alone.pValue, alone.verdict]).toEqual([20 / 512, "better"]);
    const measures = ["top-1", "balanced-accuracy", "f1-weighted"] as const;
    const among = (await compareRuns({ runA, runB, ...top, measures })).comparisons;
    const holm = among.map(({ adjustedPValue }) => adjustedPValue);
    // Both others come by the bootstrap with smaller p-values, so that top-1 comes last or near it.
    const rank = among.filter(({ pValue }) => pValue < alone.pValue).length;
    expect(holm[0]).toBeGreaterThanOrEqual(alone.pValue * (3 - rank));
  });

  it("uses an interval of level 1 - alpha", async () => {
    const [runA, runB] = [await runOf(answers("a", 8, 1, 20)), await runOf(answers("b", 8, 1, 20))];
    const found = await compareRuns({ runA, runB, ...top, alpha: 0.01 });
    expect([found.level, found.comparisons[0]!.interval.level, found.comparisons[0]!.verdict]).toEqual([
      ...[0.99, 0.99, "not distinguishable"],
    ]);
  });

  it("says when the draws are too few for so many tests", async () => {
    const [runA, runB] = [await runOf(answers("a", 8, 1, 20)), await runOf(answers("b", 8, 1, 20))];
    expect((await compareRuns({ runA, runB, draws: 100 })).notes).toEqual([
      "zero-shot: with 3 tests, 100 draws cannot show a difference at 0.05; take more --draws",
    ]);
  });
});

describe("which clips", () => {
  const top = { experiments: ["zero-shot"], measures: ["top-1"], draws: 99 } as const;

  it("are joined by their id, in whatever order they are", async () => {
    const clips = answers("a", 6, 2, 9);
    const runA = await runOf(clips);
    const runB = await runOf(answers("b", 6, 2, 9).toReversed());
    const [one] = (await compareRuns({ runA, runB, ...top })).comparisons;
    expect(one).toMatchObject({ discordant: { onlyA: 6, onlyB: 2 }, items: { shared: 17, onlyA: 0, onlyB: 0 } });
  });

  it("are those of both runs, and it is said how many are not", async () => {
    const runA = await runOf(answers("a", 6, 2, 9).slice(1));
    const runB = await runOf(answers("b", 6, 2, 9).slice(0, -4));
    const { comparisons, notes } = await compareRuns({ runA, runB, ...top });
    expect(comparisons[0]).toMatchObject({
      ...{ discordant: { onlyA: 5, onlyB: 2 }, items: { shared: 12, onlyA: 4, onlyB: 1 } },
      scoreA: 10 / 12,
    });
    expect(notes).toEqual(["12 clips in both runs are compared; 4 are only in a, 1 only in b"]);
  });

  it("are refused when there are none in both", async () => {
    const other = answers("b", 6, 2, 9).map((clip) => ({ ...clip, id: `other-${clip.id}` }));
    const [runA, runB] = [await runOf(answers("a", 6, 2, 9)), await runOf(other)];
    await expect(compareRuns({ runA, runB, ...top })).rejects.toThrow(
      `${join(runB, "outcomes/clips.csv")}: has no clip of ${join(runA, "outcomes/clips.csv")}; ` +
        'the first are "other-c0" and "c0". Two data sets?',
    );
  });

  it("are refused when one has another label in the other run", async () => {
    const other = answers("b", 6, 2, 9).map((clip, i) => (i === 3 ? { ...clip, own: 1 - clip.own } : clip));
    const [runA, runB] = [await runOf(answers("a", 6, 2, 9)), await runOf(other)];
    await expect(compareRuns({ runA, runB, ...top })).rejects.toThrow(
      `the clip "c3" is "violin", while it is "viola" in ${join(runA, "outcomes/clips.csv")}. Two ground truths?`,
    );
  });

  it("of one instrument and pitch are swapped together, where names say so", async () => {
    // Three notes a pitch, alike: 8 pitches tell, all for a; of 2^8 swaps two are as uneven.
    const notes = (side: "a" | "b") =>
      answers(side, 24, 0, 12).map((clip, i) => ({
        ...clip,
        id: `Vn-ord-${"ABCDEFG"[Math.floor(i / 3) % 7]}${Math.floor(i / 21)}-${i % 3}-N-N`.replace(
          /-(\d)-N/,
          (_, d) => `-${["pp", "mf", "ff"][d]}-N`,
        ),
      }));
    const [runA, runB] = [await runOf(notes("a")), await runOf(notes("b"))];
    const [one] = (await compareRuns({ runA, runB, ...top, draws: 4096 })).comparisons;
    expect(one).toMatchObject({ test: "sign-flip", pValue: 2 / 256, interval: { unit: "instrument-pitch group" } });
  });

  it("are not compared when the sides choose among other labels", async () => {
    const runA = await runOf(answers("a", 6, 2, 9));
    const clips = answers("b", 6, 2, 9).map((clip) => (clip.own === 0 ? clip : { ...clip, id: `cello-${clip.id}` }));
    const runB = await runOf(clips, { labels: ["violin", "cello"] });
    const { comparisons, notes } = await compareRuns({ runA, runB, ...top });
    expect([comparisons, notes]).toEqual([
      [],
      ["zero-shot, p: not compared, as the two sides choose among other labels"],
    ]);
  });

  it("are not compared when one run has no such row, which is said", async () => {
    const runA = await runOf(answers("a", 6, 2, 9));
    const runB = await runOf(answers("b", 6, 2, 9), { model: "n", promptSet: "q" });
    const { comparisons, notes } = await compareRuns({ runA, runB, ...top });
    expect([comparisons, notes]).toEqual([[], [`zero-shot: n in ${runB} lacks p`, `zero-shot: m in ${runA} lacks q`]]);
  });
});

describe("which models and prompt sets", () => {
  let two: string;
  let other: string;
  beforeAll(async () => {
    const clips = answers("a", 4, 4, 8);
    const model = (seed: number) => ({
      "audio/joint_space/d": clips.map(({ own }, i) => ((i * seed) % 5 === 0 ? wrong(own) : right(own))),
      "text/joint_space/p": axes,
      "text/joint_space/q": [
        [1, 0.2],
        [0.4, 1],
      ],
    });
    const groundTruth = truth(["violin", "viola"], clips);
    two = await run({
      embeddings: writeStore(newFolder(), {
        x: { arrays: model(1) },
        y: { arrays: model(2) },
        z: { arrays: model(3) },
      }),
      groundTruth,
    });
    other = await run({
      embeddings: writeStore(newFolder(), { y: { arrays: model(4) }, w: { arrays: model(1) } }),
      groundTruth,
    });
  });
  const sidesOf = async (options: object) => {
    const quick = { measures: ["top-1"], draws: 9, experiments: ["zero-shot"] } as const;
    const { comparisons } = await compareRuns({ runA: two, ...quick, ...options });
    return comparisons.map(({ a, b }) => `${a.model} ${a.promptSet} - ${b.model} ${b.promptSet}`);
  };

  it("of one run are every two models, each prompt set with itself", async () => {
    expect(await sidesOf({})).toEqual(["x p - y p", "x q - y q", "x p - z p", "x q - z q", "y p - z p", "y q - z q"]);
  });

  it("are the models that are named, in that order", async () => {
    expect(await sidesOf({ modelA: "z", modelB: "x" })).toEqual(["z p - x p", "z q - x q"]);
    expect(await sidesOf({ modelB: "x" })).toEqual(["y p - x p", "y q - x q", "z p - x p", "z q - x q"]);
  });

  it("are two prompt sets of each model", async () => {
    expect(await sidesOf({ promptsA: "q", promptsB: "p" })).toEqual(["x q - x p", "y q - y p", "z q - z p"]);
  });

  it("of two runs are the models of the same name, unless others are named", async () => {
    expect(await sidesOf({ runB: other })).toEqual(["y p - y p", "y q - y q"]);
    expect(await sidesOf({ runB: other, modelA: "x", modelB: "w" })).toEqual(["x p - w p", "x q - w q"]);
    expect(await sidesOf({ runB: other, modelA: "y", promptsA: "p", promptsB: "q" })).toEqual(["y p - y q"]);
  });

  it.each([
    [{ modelA: "nobody" }, 'has no model "nobody"; it has x, y, z.'],
    [{ promptsA: "r", promptsB: "p" }, 'has no prompt set "r"; it has p, q.'],
    [{ promptsA: "p" }, "--prompts-a and --prompts-b are given together: a prompt set of each side."],
    [{ modelA: "x", modelB: "x" }, "is compared with itself; name two models, two prompt sets or two runs."],
    [{ runB: "other", modelA: "x" }, 'has no model "x"; choose with --model-b: w, y.'],
  ])("are refused when it is %j", async (options, says) => {
    const asked = sidesOf("runB" in options ? { ...options, runB: other } : options);
    await expect(asked).rejects.toMatchObject({ name: "UsageError", message: expect.stringContaining(says) });
  });

  it("are refused when a run has a single model and nothing else is said", async () => {
    const runA = await runOf(answers("a", 1, 1, 8));
    await expect(compareRuns({ runA })).rejects.toThrow(
      "has a single model; give a second run, or two prompt sets of it with --prompts-a and --prompts-b.",
    );
  });
});

describe("other runs", () => {
  it("without outcomes are to be evaluated again", async () => {
    const runA = await runOf(answers("a", 1, 1, 8));
    const path = join(runA, "results.json");
    const { outcomes, ...older } = JSON.parse(readFileSync(path, "utf8"));
    expect(outcomes.index).toBe("outcomes/outcomes.json");
    writeFileSync(path, JSON.stringify(older));
    await expect(compareRuns({ runA })).rejects.toThrow("Run irec evaluate again, into a new folder");
  });

  it("of another ontology are compared on clips, not on triplets", async () => {
    const labels = ["violin", "viola", "flute"];
    const clips = [...Array(9).keys()].map((i) => ({ id: `c${i}`, own: i % 3 }));
    const vectors = [
      [1, 0.1],
      [0.8, 0.5],
      [0, 1],
    ];
    const embeddings = writeStore(newFolder(), {
      m: {
        arrays: arrays(
          clips.map(({ own }) => vectors[own]!),
          vectors,
        ),
      },
    });
    const groundTruth = truth(labels, clips);
    const runA = await run({ embeddings, groundTruth });
    const runB = await run({ embeddings, groundTruth, ...(await readOntology("audioset")), similarity: "dot" });
    const { comparisons, notes, families } = await compareRuns({ runA, runB, draws: 1000 });
    expect(families.map(({ experiment }) => experiment)).toEqual(["zero-shot", "audio-only"]);
    expect(comparisons.every(({ experiment }) => experiment !== "triplets")).toBe(true);
    expect(notes).toContain(`${runA} compares embeddings by cosine, ${runB} by dot`);
    expect(notes).toContain(
      `triplets: not compared, as they are of two ontologies, doktorski in ${runA} and audioset in ${runB}`,
    );
  });
});

describe("comparison.json", () => {
  it("is valid by its schema, and the same bytes again", async () => {
    const [runA, runB] = [await runOf(answers("a", 8, 1, 20)), await runOf(answers("b", 8, 1, 20))];
    const found = await compareRuns({ runA, runB, draws: 200 });
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(readSchema());
    validate(JSON.parse(JSON.stringify(found)));
    expect(validate.errors).toBeNull();
    expect(await compareRuns({ runA, runB, draws: 200 })).toEqual(found);
    const sha256 = createHash("sha256")
      .update(readFileSync(join(runA, "results.json")))
      .digest("hex");
    expect(found.provenance.runs[0]).toEqual({ run: runA, sha256 });
  });

  it("has a schema with the words of the sources", () => {
    const { properties, $defs } = readSchema();
    const { properties: fields } = $defs.Comparison;
    expect(properties.schemaVersion.const).toBe(COMPARISON_SCHEMA_VERSION);
    expect(fields.experiment.enum).toEqual(COMPARED_EXPERIMENTS);
    expect(fields.measure.enum).toEqual([...CLIP_MEASURES, TRIPLET_MEASURE]);
    expect(fields.rule.enum).toEqual([...AUDIO_RULES, ...TRIPLET_RULES]);
    expect(fields.test.enum).toEqual(TESTS);
    expect($defs.Interval.properties.unit.enum).toEqual(RESAMPLED_UNITS);
  });

  it("is shown as a table, and in words where there are few comparisons or a difference", async () => {
    const [runA, runB] = [await runOf(answers("a", 12, 1, 20)), await runOf(answers("b", 12, 1, 20))];
    const found = await compareRuns({ runA, runB, draws: 999 });
    expect(comparisonTable(found).rows.map((row) => row.slice(3, 4))).toEqual([
      ...[["top-1"], ["balanced-accuracy"], ["roc-auc"]],
    ]);
    const many = { ...found, comparisons: Array(5).fill(found.comparisons).flat() as Comparison[] };
    expect(comparisonText(found)).toContain(found.comparisons[0]!.sentence);
    const same = many.comparisons.map((one) => ({ ...one, verdict: "not distinguishable" as const, sentence: "dull" }));
    expect(comparisonText({ ...many, comparisons: [...same, found.comparisons[0]!] })).toMatch(
      /is better than[^\n]*\n15 of 16 comparisons are not distinguishable\.\n/,
    );
  });
});
