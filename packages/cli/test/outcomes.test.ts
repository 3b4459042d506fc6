import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ndarray from "ndarray";
import { beforeAll, describe, expect, it } from "vitest";
import { type EvaluateOptions, evaluate } from "../src/evaluate.ts";
import { npyBytes } from "../src/npy/write-npy.ts";
import { clipAnswers } from "../src/outcomes/clip-answers.ts";
import { readOutcomes } from "../src/outcomes/read-outcomes.ts";
import { tripletAnswers } from "../src/outcomes/triplet-answers.ts";
import type { Results } from "../src/results/results.ts";
import { prepareRunFolder } from "../src/results/run-folder.ts";
import { writeOneHot, writeStore } from "./small-store.ts";
import { writeSyntheticStore } from "./synthetic-store.ts";
import { put, temporaryFolders } from "./temp-folder.ts";

const newFolder = temporaryFolders();

/** Evaluates into a run folder. */
async function run(options: Omit<EvaluateOptions, "outcomes">): Promise<{ path: string; results: Results }> {
  const folder = prepareRunFolder(join(newFolder(), "run"));
  const results = await evaluate({ draws: 2, ...options, outcomes: folder.write });
  folder.complete(results);
  return { path: folder.path, results };
}

function filesBelow(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), "latin1")]));
}

/** Four clips of two labels, whose audio and text vectors are plain enough to see every cosine. */
const arrays = {
  "audio/joint_space/d": [
    [1, 0],
    [0.6, 0.8],
    [0, 1],
    [0.8, 0.6],
  ],
  "text/joint_space/p": [
    [1, 0],
    [0, 1],
  ],
};

describe("the outcomes of a whole run", () => {
  let whole: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    whole = await run(writeSyntheticStore(newFolder()));
  });

  it("give each row of zero-shot and audio-only its top-k and confusion counts again, to the last digit", async () => {
    const { scores, clips } = await readOutcomes(whole.path);
    const { "zero-shot": zeroShot = [], "audio-only": audioOnly = [] } = whole.results.experiments;
    expect(scores.length).toBe(zeroShot.length + audioOnly.length);
    for (const one of scores) {
      const { row } = one;
      const expected =
        row.experiment === "zero-shot"
          ? zeroShot.find((r) => r.model === row.model && r.promptSet === row.promptSet)!
          : audioOnly.find((r) => r.model === row.model && r.space === row.space && r.rule === row.rule)!;
      const { predicted, ranks, margins } = clipAnswers(await one.similarities(), one.classes);
      const within = (k: number) => ranks.filter((rank) => rank <= k).length / ranks.length;
      expect([1, 2, 3, 4, 5].map(within)).toEqual(expected.topK);
      const confusion = one.labels.map((_, t) =>
        one.labels.map((_, p) => predicted.filter((found, i) => found === p && one.classes[i] === t).length),
      );
      expect(confusion).toEqual(expected.confusion);
      expect(margins.filter((margin) => margin > 0).length / ranks.length).toBe(expected.topK[0]);
    }
    expect(clips!.ids.length).toBe(560);
    expect(clips!.folds!.slice(0, 6)).toEqual(Int32Array.of(0, 1, 2, 3, 4, 0));
  });

  it("give each row of triplets its right answers and ties again", async () => {
    const { triplets } = await readOutcomes(whole.path);
    const expected = whole.results.experiments.triplets!;
    expect(triplets.length).toBe(expected.length);
    for (const [i, one] of triplets.entries()) {
      const { model, space, promptSet, rule, correct, ties, triplets: count } = expected[i]!;
      expect(one.row).toEqual({ model, space, promptSet, rule });
      const answers = tripletAnswers(await one.similarities(), await one.triplets());
      expect([answers.length, ...[1, 2].map((what) => answers.filter((answer) => answer === what).length)]).toEqual([
        ...[count, correct, ties],
      ]);
    }
  });

  it("hold each list of triplets once, and the similarities of a prompt set once for all rules", () => {
    const names = Object.keys(filesBelow(join(whole.path, "outcomes")));
    expect(names.filter((name) => name.startsWith("triplets/"))).toEqual([
      ...["triplets/lca.csv", "triplets/path.csv", "triplets/published-2024.csv", "triplets/wu-palmer.csv"],
    ]);
    const { triplets = [] } = whole.results.experiments;
    const promptSets = new Set(triplets.map(({ model, space, promptSet }) => `${model} ${space} ${promptSet}`));
    expect(names.filter((name) => name.startsWith("text/")).length).toBe(promptSets.size);
  });

  it("are the same bytes when the run is repeated", async () => {
    const again = await run(writeSyntheticStore(newFolder()));
    expect(filesBelow(join(again.path, "outcomes"))).toEqual(filesBelow(join(whole.path, "outcomes")));
    expect(again.results.outcomes).toEqual(whole.results.outcomes);
  });

  it("take 8 bytes a clip and label, and little beside", () => {
    const rows =
      (whole.results.experiments["zero-shot"]?.length ?? 0) + whole.results.experiments["audio-only"]!.length;
    const bytes = Object.values(filesBelow(join(whole.path, "outcomes"))).reduce((sum, file) => sum + file.length, 0);
    expect(bytes).toBeLessThan(rows * (560 * 14 * 8 + 128) + 200_000);
  });
});

describe("the files", () => {
  it("are a float64 .npy as numpy writes it, and a CSV of clips", async () => {
    const folder = newFolder();
    const { path } = await run({
      embeddings: writeStore(folder, { m: { arrays } }),
      groundTruth: writeOneHot(folder, ["violin", "viola"], [0, 1, 1, 0]),
    });
    const files = filesBelow(join(path, "outcomes"));
    const scores = ndarray(Float64Array.of(1, 0, 0.6, 0.8, 0, 1, 0.8, 0.6), [4, 2]);
    expect(files["zero-shot/m/p.npy"]).toBe(Buffer.from(npyBytes(scores)).toString("latin1"));
    expect(files["clips.csv"]).toBe(
      "clip,label,unit\nclip-0,violin,0\nclip-1,viola,1\nclip-2,viola,2\nclip-3,violin,3\n",
    );
    const index = JSON.parse(files["outcomes.json"]!);
    expect(index.scores[0]).toEqual({
      ...{ experiment: "zero-shot", model: "m", promptSet: "p", labels: 0, file: "outcomes/zero-shot/m/p.npy" },
    });
    expect(index.labels).toEqual([["violin", "viola"]]);
    expect(index.sha256["outcomes/clips.csv"]).toBe(
      createHash("sha256").update(files["clips.csv"]!, "latin1").digest("hex"),
    );
  });

  it("are in the order of the ground truth, whatever the order of a model's rows is", async () => {
    const folder = newFolder();
    const { path } = await run({
      embeddings: writeStore(folder, {
        m: {
          arrays,
          manifest: {
            schemaVersion: 1,
            model: "m",
            datasets: { d: { clipIds: ["clip-2", "clip-0", "clip-3", "clip-1"] } },
            promptSets: { p: { labels: ["violin", "viola"] } },
          },
        },
      }),
      groundTruth: writeOneHot(folder, ["violin", "viola"], [0, 1, 1, 0]),
    });
    const { scores, clips } = await readOutcomes(path);
    expect(clips!.ids).toEqual(["clip-0", "clip-1", "clip-2", "clip-3"]);
    expect([...(await scores[0]!.similarities()).data]).toEqual([0.6, 0.8, 0.8, 0.6, 1, 0, 0, 1]);
  });

  it("keep official folds, and labels and clips with commas and quotes", async () => {
    const folder = newFolder();
    const { path } = await run({
      embeddings: writeStore(folder, {
        m: { arrays, manifest: { schemaVersion: 1, model: "m", datasets: {}, promptSets: { p: { labels: odd } } } },
      }),
      groundTruth: put(
        join(folder, "metadata.csv"),
        'Path,Fold,Instrument (in full)\n"a, b.wav",4,"horn, in F"\nc.wav,0,tuba\nd.wav,4,tuba\ne.wav,0,"horn, in F"\n',
      ),
    });
    const { clips, scores } = await readOutcomes(path);
    expect(clips!.ids[0]).toBe("a, b");
    expect(clips!.labels).toEqual([odd[0], odd[1], odd[1], odd[0]]);
    expect(clips!.folds).toEqual(Int32Array.of(4, 0, 4, 0));
    expect(scores[0]!.labels).toEqual(odd);
  });
});
const odd = ["horn, in F", "tuba"];

describe("readOutcomes refuses", () => {
  let made: string;
  /** Damages a fresh run, and tells what is said of it. */
  async function refusal(damage: (path: string) => void): Promise<string> {
    damage(made);
    const { scores, triplets } = await readOutcomes(made).catch((error) => ({ scores: error, triplets: error }));
    if (scores instanceof Error) throw scores;
    for (const one of scores) await one.similarities();
    for (const one of triplets) await Promise.all([one.similarities(), one.triplets()]);
    return "nothing";
  }
  const edit = (path: string, change: (text: string) => string) =>
    writeFileSync(path, change(readFileSync(path, "utf8")));
  const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
  /** Changes a file and every sha256 that speaks of it, as somebody does who means it. */
  const forge = (path: string, name: string, change: (text: string) => string) => {
    edit(join(path, name), change);
    const index = join(path, "outcomes/outcomes.json");
    if (name !== "outcomes/outcomes.json") {
      edit(index, (text) => {
        const value = JSON.parse(text);
        value.sha256[name] = sha256(join(path, name));
        return JSON.stringify(value);
      });
    }
    edit(join(path, "results.json"), (text) =>
      JSON.stringify({ ...JSON.parse(text), outcomes: { index: "outcomes/outcomes.json", sha256: sha256(index) } }),
    );
  };
  const change = (text: string, from: string, to: string) => {
    expect(text).toContain(from);
    return text.replace(from, to);
  };

  const words = ["violin", "viola", "tuba"];
  const three = {
    "audio/joint_space/d": [
      [1, 0],
      [0.6, 0.8],
      [0, 1],
      [0.8, 0.6],
    ],
    "text/joint_space/p": [
      [1, 0],
      [0, 1],
      [0.6, 0.8],
    ],
  };
  async function fresh(): Promise<void> {
    const folder = newFolder();
    const store = writeStore(folder, { m: { arrays: three } });
    made = (await run({ embeddings: store, groundTruth: writeOneHot(folder, words, [0, 1, 2, 0]) })).path;
  }

  const index = "outcomes/outcomes.json";
  const cases: readonly [title: string, damage: (path: string) => void, says: string][] = [
    ["no folder", (path) => rmSync(path, { recursive: true }), "results.json: no such file or folder"],
    [
      "a run of an irec that kept no outcomes",
      (path) =>
        edit(join(path, "results.json"), (text) => JSON.stringify({ ...JSON.parse(text), outcomes: undefined })),
      "has no outcomes: the run was written by an older irec, which did not keep what every clip scored. " +
        "Run irec evaluate again, into a new folder.",
    ],
    ["a folder without the outcomes", (path) => rmSync(join(path, index)), "outcomes.json: no such file or folder"],
    [
      "an index that was changed",
      (path) => edit(join(path, index), (text) => change(text, '"m"', '"n"')),
      "while results.json says",
    ],
    [
      "outcomes of another version",
      (path) => forge(path, index, (text) => change(text, '"1.0.0"', '"2.0.0"')),
      'outcomes.schemaVersion: is "2.0.0", while this irec reads 1.x',
    ],
    [
      "scores that were changed",
      (path) => edit(join(path, "outcomes/zero-shot/m/p.npy"), (text) => `${text} `),
      "while outcomes/outcomes.json says",
    ],
    [
      "scores that are gone",
      (path) => rmSync(join(path, "outcomes/zero-shot/m/p.npy")),
      "p.npy: no such file or folder",
    ],
    [
      "a file outside of the run",
      (path) => forge(path, index, (text) => change(text, "outcomes/zero-shot/m/p.npy", "outcomes/../../store.npy")),
      'names "outcomes/../../store.npy", which is not in the folder outcomes',
    ],
    [
      "a list of labels that is not there",
      (path) => forge(path, index, (text) => change(text, '"labels": 0', '"labels": 7')),
      "labels: expected a whole number from 0 to 0, found 7",
    ],
    [
      "a clip whose label its rows do not know",
      (path) => forge(path, "outcomes/clips.csv", (text) => change(text, "clip-1,viola", "clip-1,kazoo")),
      'clip 1 has the label "kazoo", which is none of its row\'s',
    ],
    [
      "a clip that is there twice",
      (path) => forge(path, "outcomes/clips.csv", (text) => change(text, "clip-1,", "clip-0,")),
      'line 3: the clip id "clip-0" is already on line 2',
    ],
    [
      "fewer clips than scores",
      (path) => forge(path, "outcomes/clips.csv", (text) => change(text, "clip-3,violin,3\n", "")),
      "is float64 of shape (4, 3); expected float64 of shape (3, 3), clips and labels",
    ],
    [
      "a unit that is no number",
      (path) => forge(path, "outcomes/clips.csv", (text) => change(text, "violin,0", "violin,-1")),
      'line 2: unit: expected a whole number, found "-1"',
    ],
    [
      "clips with other columns",
      (path) => forge(path, "outcomes/clips.csv", (text) => change(text, "clip,label,unit", "clip,unit,label")),
      "line 1: has the columns clip,unit,label; expected clip,label,unit,fold",
    ],
    [
      "a triplet of a label that its rows do not have",
      (path) =>
        forge(path, "outcomes/triplets/lca.csv", (text) => change(text, "violin,viola,tuba", "kazoo,viola,tuba")),
      'line 2: "kazoo" is none of its row\'s labels',
    ],
  ];
  it.each(cases)("%s", async (_, damage, says) => {
    await fresh();
    await expect(refusal(damage)).rejects.toMatchObject({ name: "InputError" });
    await fresh();
    await expect(refusal(damage)).rejects.toThrow(says);
  });

  it("nothing of a run that is whole", async () => {
    await fresh();
    expect(await refusal(() => {})).toBe("nothing");
  });
});
