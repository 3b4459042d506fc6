import { createHash } from "node:crypto";
import { mkdirSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { InputError, UsageError } from "../src/errors.ts";
import { evaluate } from "../src/evaluate.ts";
import { openStore } from "../src/store/embedding-store.ts";
import { npyOf, type Rows, randomRows, writeOneHot, writeStore } from "./small-store.ts";
import { put, temporaryFolders } from "./temp-folder.ts";

const newFolder = temporaryFolders();
const words = ["violin", "viola", "flute", "oboe"];
const own = [0, 1, 2, 3, 0, 1, 2, 3];
const audio = randomRows(1, 8, 5);
const text = randomRows(2, 4, 5);
const arrays: Record<string, Rows> = { "audio/joint_space/d": audio, "text/joint_space/p": text };

/** A manifest for `arrays`, with anything in it replaced. */
const manifest = (changes: Record<string, unknown> = {}) => ({
  schemaVersion: 1,
  model: "m",
  datasets: { d: { clipIds: own.map((_, i) => `clip-${i}`) } },
  promptSets: { p: { labels: words } },
  ...changes,
});

/** Of the bytes of a stored array. */
const sha256 = (rows: Rows) => createHash("sha256").update(npyOf(rows)).digest("hex");

function run(model: { arrays?: Record<string, Rows>; manifest?: unknown }, options = {}) {
  const folder = newFolder();
  return evaluate({
    embeddings: writeStore(folder, { m: { arrays, ...model } }),
    groundTruth: writeOneHot(folder, words, own),
    draws: 10,
    ...options,
  });
}

describe("a store", () => {
  it("is found by its folders: towers, spaces and array names, sorted", async () => {
    const folder = newFolder();
    const one = [[1, 2]];
    const names = ["audio/joint_space/d", "audio/pre_joint/d", "audio/pre_joint/c", "text/pre_joint/p"];
    const path = writeStore(folder, {
      b: { arrays: Object.fromEntries(names.map((name) => [name, one])) },
      a: { arrays: { "text/joint_space/p": one } },
    });
    const { models } = await openStore(path);
    expect(models.map(({ name }) => name)).toEqual(["a", "b"]);
    const [a, b] = models;
    expect([
      b!.arrays("audio", "pre_joint"),
      b!.arrays("audio", "joint_space"),
      b!.arrays("text", "joint_space"),
    ]).toEqual([["c", "d"], ["d"], []]);
    expect(b!.path("audio", "pre_joint", "c")).toBe(join(path, "b/audio/pre_joint/c.npy"));
    expect(b!.path("audio", "pre_joint", "x")).toBeUndefined();
    expect([a!.manifest, b!.manifest]).toEqual([undefined, undefined]);
  });

  it("may hold hidden files, notes and empty folders, which are passed over, and links, which are followed", async () => {
    const folder = newFolder();
    const path = writeStore(folder, { m: { arrays } });
    put(join(path, "m/audio/joint_space/._d.npy"), "macOS");
    put(join(path, "m/audio/joint_space/.DS_Store"), "macOS");
    put(join(path, "m/text/joint_space/notes.txt"), "x");
    put(join(path, "m/text/joint_space/folder.npy/x"), "x");
    put(join(path, ".cache/audio/joint_space/d.npy"), "x");
    put(join(path, "README.md"), "x");
    put(join(path, "wrong/audio"), "a file");
    mkdirSync(join(path, "empty"));
    symlinkSync(join(path, "m"), join(path, "link"));
    const { models } = await openStore(path);
    expect(models.map(({ name }) => name)).toEqual(["link", "m"]);
    for (const model of models)
      expect([model.arrays("audio", "joint_space"), model.arrays("text", "joint_space")]).toEqual([["d"], ["p"]]);
  });

  it.each([
    [
      "missing",
      (folder: string) => join(folder, "none"),
      "no such file or folder. Check the path; relative paths start at the current folder.",
    ],
    [
      "a file",
      (folder: string) => put(join(folder, "file"), "x"),
      "expected the folder of an embedding store, found a file.",
    ],
    [
      "empty",
      (folder: string) => folder,
      "no model found; expected <model>/<audio|text>/<joint_space|pre_joint>/<name>.npy below this folder.",
    ],
    [
      "the folder of a model",
      (folder: string) => join(writeStore(folder, { m: { arrays } }), "m"),
      "this is the folder of one model; give the store that contains it, its parent folder.",
    ],
    [
      "the folder of a tower",
      (folder: string) => join(writeStore(folder, { m: { arrays } }), "m/audio"),
      "no model found; expected <model>/<audio|text>/<joint_space|pre_joint>/<name>.npy below this folder.",
    ],
  ])("that is %s is refused with what to give instead", async (_title, make, message) => {
    const path = make(newFolder());
    const error = await openStore(path).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toBe(`${path}: ${message}`);
  });
});

describe("names that the store does not have are usage errors that list what it has:", () => {
  it.each([
    ["a model", { models: ["n"] }, 'the store has no model "n"; it has m.'],
    ["a data set", { dataset: "e" }, 'the store has no audio data set "e"; it has d.'],
    ["a prompt set", { promptSets: ["p", "q"] }, 'the store has no prompt set "q"; it has p.'],
  ])("%s", async (_title, options, message) => {
    const error = await run({}, options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toBe(message);
  });
});

describe("with several audio data sets", () => {
  const several = { arrays: { ...arrays, "audio/joint_space/c": randomRows(7, 8, 5) } };

  it("one must be chosen", async () => {
    await expect(run(several)).rejects.toThrow(
      "the store has several audio data sets; choose one with --dataset: c, d.",
    );
    expect((await run(several, { dataset: "d" })).dataset?.name).toBe("d");
  });

  it("none needs to be chosen without ground truth, when only text is read", async () => {
    const results = await run({ ...several, manifest: manifest() }, { groundTruth: undefined });
    expect(Object.keys(results.experiments)).toEqual(["triplets", "space", "ontology-map"]);
    expect(results.dataset).toBeNull();
  });

  it("a model that lacks the chosen one is skipped, the others are scored", async () => {
    const folder = newFolder();
    const results = await evaluate({
      embeddings: writeStore(folder, { a: { arrays }, b: several }),
      groundTruth: writeOneHot(folder, words, own),
      dataset: "c",
      draws: 10,
    });
    expect(results.experiments["zero-shot"]!.map(({ model }) => model)).toEqual(["b"]);
    expect(results.skipped).toContainEqual({
      experiment: "zero-shot",
      model: "a",
      reason: "the store has no audio/joint_space/c.npy for it",
    });
  });
});

it("evaluates only the models and prompt sets that were asked for", async () => {
  const folder = newFolder();
  const both = { arrays: { ...arrays, "text/joint_space/q": randomRows(3, 4, 5) } };
  const results = await evaluate({
    embeddings: writeStore(folder, { a: both, b: both }),
    groundTruth: writeOneHot(folder, words, own),
    models: ["b"],
    promptSets: ["q"],
    experiments: ["zero-shot"],
  });
  expect(results.models).toEqual(["b"]);
  expect(results.experiments["zero-shot"]!.map(({ model, promptSet }) => `${model} ${promptSet}`)).toEqual(["b q"]);
  expect(results.provenance.inputs.map(({ path }) => path.slice(folder.length))).toEqual([
    "/truth.csv",
    "/store/b/audio/joint_space/d.npy",
    "/store/b/text/joint_space/q.npy",
  ]);
});

describe("without a manifest", () => {
  it("row i is clip i of the ground truth, and another number of rows is refused", async () => {
    await expect(run({ arrays: { ...arrays, "audio/joint_space/d": audio.slice(1) } })).rejects.toThrow(
      /joint_space\/d\.npy: has 7 rows, while the ground truth .*truth\.csv lists 8 clips; row i must be clip i\. Is it the right data set\?$/,
    );
  });

  it("row i is label i of the ground truth, and a prompt set with another number of rows is skipped", async () => {
    const results = await run({ arrays: { ...arrays, "text/joint_space/q": text.slice(1) } });
    expect(
      results.skipped
        .filter(({ promptSet }) => promptSet === "q")
        .map(({ experiment, reason }) => `${experiment}: ${reason}`),
    ).toEqual([
      "zero-shot: 3 rows, while the ground truth has 4 labels",
      "triplets: the store has no text/pre_joint/q.npy for it",
      "triplets: 3 rows, while the ground truth has 4 labels",
      ...["prompt-sensitivity", "space", "cross-modal"].map(
        (experiment) => `${experiment}: 3 rows, while the ground truth has 4 labels`,
      ),
    ]);
  });

  it("nothing can be scored without ground truth, and each experiment says so", async () => {
    const { experiments, skipped } = await run({}, { groundTruth: undefined });
    expect(experiments).toEqual({});
    expect([...new Set(skipped.map(({ experiment, reason }) => `${experiment}: ${reason}`))]).toEqual([
      "zero-shot: no ground truth was given (--groundtruth FILE)",
      "audio-only: no ground truth was given (--groundtruth FILE)",
      "triplets: the store has no text/pre_joint/p.npy for it",
      "triplets: nothing names the rows of p: give --groundtruth FILE, or a manifest in the store",
      "positive-negative: no ground truth was given (--groundtruth FILE)",
      expect.stringContaining("negation: the store has no prompt set with its negation in text/pre_joint"),
      expect.stringContaining("negation: the store has no prompt set with its negation in text/joint_space"),
      "attribution: no ground truth was given (--groundtruth FILE)",
      "prompt-sensitivity: no ground truth was given (--groundtruth FILE)",
      expect.stringContaining("audio-negation: the store has no prompt set with its negation in text/joint_space"),
      "space: no ground truth was given (--groundtruth FILE)",
      "space: nothing names the rows of p: give --groundtruth FILE, or a manifest in the store",
      "cross-modal: no ground truth was given (--groundtruth FILE)",
      "ontology-map: nothing names the rows of p: give --groundtruth FILE, or a manifest in the store",
    ]);
  });

  it("rows are not joined to labels of a foreign metadata CSV, whose order is that of its clips", async () => {
    const folder = newFolder();
    const rows = ["drums", "voice", "drums", "guitar"].map((word, i) => `clip-${i}.wav,${word}`);
    const results = await evaluate({
      embeddings: writeStore(folder, {
        m: { arrays: { "audio/joint_space/d": audio.slice(0, 4), "text/joint_space/p": text.slice(0, 3) } },
      }),
      groundTruth: put(join(folder, "foreign.csv"), `Path,Instrument (in full)\n${rows.join("\n")}\n`),
      draws: 10,
    });
    expect(Object.keys(results.experiments)).toEqual(["audio-only", "attribution", "space"]);
    expect(results.skipped).toContainEqual({
      ...{ experiment: "zero-shot", model: "m", promptSet: "p" },
      reason: expect.stringMatching(/^nothing says which row is which label: .* or a manifest in the store$/),
    });
  });
});

describe("with a manifest", () => {
  it("clips in another order and labels in other words and another order give the same numbers", async () => {
    const clipOrder = [6, 2, 7, 0, 3, 5, 1, 4];
    const labelOrder = [3, 0, 2, 1];
    const synonyms = ["Violin", "alto violin", "FLUTE", "oboe"].map((word, i) => (i === 1 ? "Viola" : word));
    const straight = await run({});
    const shuffled = await run({
      arrays: {
        "audio/joint_space/d": clipOrder.map((i) => audio[i]!),
        "text/joint_space/p": labelOrder.map((i) => text[i]!),
      },
      manifest: manifest({
        datasets: { d: { clipIds: clipOrder.map((i) => `clip-${i}`) } },
        promptSets: { p: { labels: labelOrder.map((i) => synonyms[i]!) } },
      }),
    });
    expect(shuffled.experiments["zero-shot"]).toEqual(straight.experiments["zero-shot"]);
    const scores = (results: typeof straight) =>
      results.experiments["audio-only"]!.map(({ rule, topK, rocAucMacro, confusion }) => ({
        rule,
        topK,
        rocAucMacro,
        confusion,
      }));
    expect(scores(shuffled)).toEqual(scores(straight));
    const micro = (results: typeof straight) =>
      results.experiments.triplets!.map(({ rule, micro, macro, triplets }) => ({ rule, micro, macro, triplets }));
    expect(micro(shuffled)).toEqual(micro(straight));
  });

  it("a cello is a violoncello", async () => {
    const folder = newFolder();
    const names = (labels: readonly string[]) => manifest({ promptSets: { p: { labels } } });
    const results = await evaluate({
      embeddings: writeStore(folder, { m: { arrays, manifest: names(["clarinet", "double bass", "cello", "flute"]) } }),
      groundTruth: writeOneHot(folder, ["violoncello", "Contrabass", "flute", "clarinet in B-flat"], own),
      experiments: ["zero-shot"],
    });
    expect(results.skipped).toEqual([]);
    expect(results.experiments["zero-shot"]![0]!.perClass.map(({ label }) => label)).toEqual([
      "violoncello",
      "Contrabass",
      "flute",
      "clarinet in B-flat",
    ]);
  });

  it.each([
    ["lacks", ["violin", "viola", "flute", "piano"], 'its labels lack "oboe" of the ground truth'],
    ["has too many of", [...words, "piano"], 'it has prompts for labels that the ground truth lacks: "piano"'],
  ])("a prompt set that %s the labels is skipped with the difference", async (_title, labels, reason) => {
    const results = await run({
      arrays: { ...arrays, "text/joint_space/p": randomRows(3, labels.length, 5) },
      manifest: manifest({ promptSets: { p: { labels } } }),
    });
    expect(results.skipped).toContainEqual({ experiment: "zero-shot", model: "m", promptSet: "p", reason });
    expect(results.experiments.triplets!.length).toBeGreaterThan(0);
  });

  it("the model's name is its folder's", async () => {
    expect((await run({ manifest: manifest({ model: "another" }) })).models).toEqual(["m"]);
  });

  it("results are marked as synthetic when the manifest says so", async () => {
    expect((await run({ manifest: manifest({ synthetic: true }) })).synthetic).toBe(true);
    expect((await run({ manifest: manifest({ synthetic: false }) })).synthetic).toBe(false);
    expect((await run({})).synthetic).toBe(false);
  });

  it("negation is found by `negates` as well as by the study's names", async () => {
    const results = await run({
      arrays: { ...arrays, "text/joint_space/q": randomRows(3, 4, 5) },
      manifest: manifest({ promptSets: { p: { labels: words }, q: { labels: words, negates: "p" } } }),
    });
    expect(results.experiments["positive-negative"]!.map((row) => [row.promptSet, row.negatedPromptSet])).toEqual([
      ["p", "q"],
    ]);
  });

  it("a sha256 that fits is recorded, one that does not is refused", async () => {
    const results = await run({
      manifest: manifest({ sha256: { "audio/joint_space/d": sha256(audio), "text/joint_space/p": sha256(text) } }),
    });
    const byFile = results.provenance.inputs.map(({ path, sha256 }) => [basename(path), sha256]);
    expect(byFile.map(([file]) => file)).toEqual(["truth.csv", "d.npy", "manifest.json", "p.npy"]);
    expect(Object.fromEntries(byFile)).toMatchObject({ "d.npy": sha256(audio), "p.npy": sha256(text) });
    const wrong = run({ manifest: manifest({ sha256: { "text/joint_space/p": sha256(audio) } }) });
    await expect(wrong).rejects.toThrow(InputError);
    await expect(wrong).rejects.toThrow(
      `text/joint_space/p.npy: its sha256 is ${sha256(text)}, while the manifest says ${sha256(audio)}; it was changed or damaged after it was written.`,
    );
  });

  it("a sha256 of an array that is not used is not checked", async () => {
    const results = await run({
      manifest: manifest({
        sha256: {
          "audio/pre_joint/gone": "0".repeat(64),
          "audio/joint_space/d": sha256(audio),
          "text/joint_space/p": sha256(text),
        },
      }),
    });
    expect(results.provenance.inputs).toHaveLength(4);
  });

  const refused: readonly [title: string, manifest: unknown, message: RegExp][] = [
    [
      "has more clips than rows",
      manifest({ datasets: { d: { clipIds: [...own.map((_, i) => `clip-${i}`), "x"] } } }),
      /d\.npy: has 8 rows, while the manifest names 9 clips\.$/,
    ],
    [
      "has a clip that the ground truth lacks",
      manifest({ datasets: { d: { clipIds: [..."1234567"].map((i) => `clip-${i}`).concat("x") } } }),
      /truth\.csv: has no line for clip "x", row 7 of .*d\.npy\.$/,
    ],
    [
      "has a clip twice",
      manifest({ datasets: { d: { clipIds: [..."12345671"].map((i) => `clip-${i}`) } } }),
      /d\.npy: rows 0 and 7 are the same clip, "clip-1", by the manifest\.$/,
    ],
    [
      "has fewer labels than rows",
      manifest({ promptSets: { p: { labels: words.slice(1) } } }),
      /p\.npy: has 4 rows, while the manifest names 3 labels for p\.$/,
    ],
    ["is no object", [], /manifest\.json: manifest: expected an object, found \[\]\.$/],
    [
      "has another version",
      manifest({ schemaVersion: 2 }),
      /manifest\.json: manifest\.schemaVersion: expected 1 \(written by a newer irec\?\), found 2\.$/,
    ],
    [
      "has no version",
      {},
      /manifest\.json: manifest\.schemaVersion: expected 1 \(written by a newer irec\?\), found nothing\.$/,
    ],
    [
      "has no model",
      manifest({ model: undefined }),
      /manifest\.json: manifest\.model: expected a string, found nothing\.$/,
    ],
    [
      "has clip ids that are numbers",
      manifest({ datasets: { d: { clipIds: [1, 2] } } }),
      /manifest\.json: manifest\.datasets\.d\.clipIds: expected a list of strings, found \[1,2\]\.$/,
    ],
    [
      "has labels that are a text",
      manifest({ promptSets: { p: { labels: "violin\nviola" } } }),
      /manifest\.json: manifest\.promptSets\.p\.labels: expected a list of strings, found "violin\\nviola"\.$/,
    ],
    [
      "negates a list",
      manifest({ promptSets: { p: { labels: words, negates: [] } } }),
      /manifest\.json: manifest\.promptSets\.p\.negates: expected a string, found \[\]\.$/,
    ],
    [
      "is synthetic in words",
      manifest({ synthetic: "yes" }),
      /manifest\.json: manifest\.synthetic: expected true or false, found "yes"\.$/,
    ],
    [
      "has a sha256 that is null",
      manifest({ sha256: { "text/joint_space/p": null } }),
      /manifest\.json: manifest\.sha256\.text\/joint_space\/p: expected a string, found null\.$/,
    ],
  ];
  it.each(refused)("that %s is refused with the place", async (_title, wrong, message) => {
    const error = await run({ manifest: wrong }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toMatch(message);
  });

  it("that is not JSON is refused in one line; a byte order mark is no reason", async () => {
    const folder = newFolder();
    const embeddings = writeStore(folder, { m: { arrays } });
    const path = put(join(embeddings, "m/manifest.json"), '{\n\n"schemaVersion": 1,\n}\n');
    await expect(openStore(embeddings)).rejects.toThrow(/manifest\.json: not valid JSON: [^\n]+\.$/);
    put(path, `\uFEFF${JSON.stringify(manifest())}`);
    expect((await openStore(embeddings)).models[0]!.manifest?.model).toBe("m");
  });

  it("may name data sets and prompt sets after the members of an object", async () => {
    const odd = Object.fromEntries(
      ["__proto__", "constructor", "toString"].map((name) => [`text/joint_space/${name}`, text]),
    );
    const names = { datasets: { constructor: { clipIds: own.map((_, i) => `clip-${i}`) } }, promptSets: {} };
    const results = await run({
      arrays: { ...odd, "audio/joint_space/constructor": audio },
      manifest: manifest(names),
    });
    expect(results.experiments["zero-shot"]!.map(({ promptSet }) => promptSet)).toEqual([
      "__proto__",
      "constructor",
      "toString",
    ]);
  });
});

describe("arrays that do not fit each other", () => {
  it("a text of another dimension than the audio names both files and sizes", async () => {
    await expect(run({ arrays: { ...arrays, "text/joint_space/p": randomRows(2, 4, 6) } })).rejects.toThrow(
      /text\/joint_space\/p\.npy: has embeddings of 6 numbers, while .*audio\/joint_space\/d\.npy has 5; the joint space has one size\. Is one of them a pre-joint array\?$/,
    );
  });

  it.each([
    [
      "NaN in audio",
      "audio/joint_space/d",
      Number.NaN,
      "cosine",
      /d\.npy: row 5, column 2 is NaN\. Was that item silent/,
    ],
    [
      "an infinity in text",
      "text/joint_space/p",
      Number.NEGATIVE_INFINITY,
      "euclidean",
      /p\.npy: row 3, column 2 is -Infinity\. Was that item silent/,
    ],
    [
      "NaN before the joint space",
      "audio/pre_joint/d",
      Number.NaN,
      "dot",
      /pre_joint\/d\.npy: row 5, column 2 is NaN\. Was that item silent/,
    ],
  ] as const)("%s is named with file, row and column", async (_title, name, value, similarity, message) => {
    const rows = (name.startsWith("audio") ? audio : text).map((row, i) =>
      row.map((x, j) => (i === (name.startsWith("audio") ? 5 : 3) && j === 2 ? value : x)),
    );
    await expect(run({ arrays: { ...arrays, [name]: rows } }, { similarity })).rejects.toThrow(message);
  });

  it("a zero vector is named with file and row where the similarity needs a direction, and is fine elsewhere", async () => {
    const rows = audio.map((row, i) => (i === 6 ? row.map(() => 0) : row));
    const zero = { arrays: { ...arrays, "audio/joint_space/d": rows } };
    await expect(run(zero)).rejects.toThrow(
      /d\.npy: row 6 has no direction \(a zero or constant vector\), so its cosine similarity is undefined\./,
    );
    await expect(run(zero, { similarity: "euclidean" })).resolves.toBeDefined();
  });

  it("an overflow names the file and what to do", async () => {
    const huge = (rows: Rows) => rows.map((row) => row.map((x) => x * 1e200));
    const error = await run(
      { arrays: { "audio/joint_space/d": huge(audio), "text/joint_space/p": huge(text) } },
      { similarity: "dot" },
    ).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(
      /d\.npy: dot similarity row 0, column \d is (NaN|-?Infinity), expected a finite number; scale the rows down\.$/,
    );
  });

  it("a bad row far into a file is counted over the whole file, by every experiment", async () => {
    const folder = newFolder();
    const count = 30_000; // 8 bytes x 8 columns: 1.8 MiB, two blocks
    const many = randomRows(3, count, 8);
    many[25_000]![3] = Number.NaN;
    const groundTruth = writeOneHot(
      folder,
      words,
      many.map((_, i) => i % 4),
    );
    for (const name of ["audio/joint_space/d", "audio/pre_joint/d"]) {
      const embeddings = writeStore(newFolder(), {
        m: { arrays: { [name]: many, "text/joint_space/p": randomRows(2, 4, 8) } },
      });
      await expect(evaluate({ embeddings, groundTruth })).rejects.toThrow("d.npy: row 25000, column 3 is NaN.");
    }
  });
});

describe("a manifest with a slip of the pen is refused, naming the entry:", () => {
  const digest = "0".repeat(64);
  it.each<[title: string, changes: Record<string, unknown>, message: string]>([
    [
      "a data set",
      { datasets: { dd: { clipIds: own.map((_, i) => `clip-${i}`) } } },
      'manifest.datasets: names "dd", which the store lacks, and not "d", which it has.',
    ],
    [
      "a prompt set",
      { promptSets: { pp: { labels: words } } },
      'manifest.promptSets: names "pp", which the store lacks, and not "p", which it has.',
    ],
    [
      "the file of a sha256",
      { sha256: { "audio/joint_space/d.npy": digest } },
      'manifest.sha256: names "audio/joint_space/d.npy", which the store lacks, and not "audio/joint_space/d", which it has.',
    ],
    [
      "a prompt set that negates another",
      { promptSets: { p: { labels: words, negates: "q" } } },
      'manifest.promptSets.p.negates: there is no prompt set "q".',
    ],
    [
      "a prompt set that negates itself",
      { promptSets: { p: { labels: words, negates: "p" } } },
      "manifest.promptSets.p.negates: a prompt set cannot negate itself.",
    ],
    [
      "a sha256",
      { sha256: { "audio/joint_space/d": "6d6e5b30" } },
      'manifest.sha256.audio/joint_space/d: expected a sha256, 64 hexadecimal digits, found "6d6e5b30".',
    ],
  ])("%s", async (_title, changes, message) => {
    const refused = run({ manifest: manifest(changes) });
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toThrow(message);
  });

  it("a sha256 in capitals is the same number", async () => {
    const results = await run({
      manifest: manifest({ sha256: { "audio/joint_space/d": sha256(audio).toUpperCase() } }),
    });
    expect(Object.keys(results.experiments)).toContain("zero-shot");
  });
});
