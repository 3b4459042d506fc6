import type { ChildProcess } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { backendReport, loadTwoTower } from "@irec/encoders";
import { beforeAll, describe, expect, it } from "vitest";
import { EXIT_CODES } from "../../src/errors.ts";
import { irecProcess } from "../irec-process.ts";
import { sineWav } from "../miniatures.ts";
import { paragraph } from "../one-paragraph.ts";
import { put, temporaryFolders } from "../temp-folder.ts";
import { putToneSet, TINY_MODEL } from "./tone-set.ts";

const irec = irecProcess();
const newFolder = temporaryFolders();
/** The backend that is there everywhere, and a cache of models without any. */
const env = { IREC_BACKEND: "wasm", HF_HOME: newFolder() };

/** Whether the native backend starts here. */
const native = await backendReport("tensorflow").then(
  () => true,
  () => false,
);

const RUN_FILES = ["best.safetensors", "checkpoint.safetensors", "config.json", "log.csv", "merges.txt", "vocab.json"];

/** The rows of log.csv by their columns; those of epochs have a validation loss. */
function logOf(run: string): Record<string, string>[] {
  const [header, ...rows] = readFileSync(join(run, "log.csv"), "utf8").trim().split("\n");
  const names = header!.split(",");
  return rows.map((row) => Object.fromEntries(row.split(",").map((cell, i) => [names[i]!, cell])));
}

const lines = (path: string) => (existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : 0);

/** Waits until a run has so many lines in its log. */
async function untilLogged(run: string, count: number, child: ChildProcess): Promise<void> {
  while (lines(join(run, "log.csv")) < count && child.exitCode === null) await sleep(2);
}

function expectSameRun(run: string, undisturbed: string): void {
  expect(readdirSync(run).sort()).toEqual(RUN_FILES);
  for (const name of RUN_FILES) {
    expect(readFileSync(join(run, name)).equals(readFileSync(join(undisturbed, name))), name).toBe(true);
  }
}

it("learns: the loss falls, pairs find each other both ways, and the best model is loaded with its tokenizer", async () => {
  const cwd = newFolder();
  putToneSet(cwd, { augmentation: null, epochs: 15 });
  const { status, stdout, stderr } = await irec.run(["train", "--config", "config.json"], { cwd, env });
  expect([status, stderr.split("\n")[0]]).toEqual([
    0,
    "6 clips to train on, 6 for validation; 2 steps of 3 clips an epoch; on wasm.",
  ]);
  const rows = logOf(join(cwd, "run"));
  const epochs = rows.filter((row) => row.validation_loss !== "");
  expect([rows.length, epochs.length]).toEqual([45, 15]);
  expect(Number(epochs[14]!.loss)).toBeLessThan(0.6 * Number(epochs[0]!.loss));
  const best = epochs.reduce((a, b) => (Number(b.text_to_audio_r10) > Number(a.text_to_audio_r10) ? b : a));
  expect(stdout).toContain(`The best one by text-to-audio-r10 is epoch ${best.epoch},`);
  expect(stdout).toMatch(/text to audio +R@1 +\d+\.\d {2}R@5 +\d+\.\d {2}R@10 100\.0 {2}median rank \d/);
  expect(stdout).toContain("  irec models check run/best.safetensors\n");

  for (const name of ["best", "checkpoint"]) {
    const model = await loadTwoTower(join(cwd, "run", `${name}.safetensors`), { backend: "wasm" });
    const { joint } = await model.encodeText(["a low tone"]);
    expect([model.sampleRate, model.contextLength, joint.shape]).toEqual([8000, 24, [1, 16]]);
    model.dispose();
  }
});

it("measures the mean of the batches' losses for an epoch, with the numbers that it writes for each step", async () => {
  const cwd = newFolder();
  putToneSet(cwd, { epochs: 2 });
  await irec.run(["train", "-c", "config.json", "-q"], { cwd, env });
  const rows = logOf(join(cwd, "run"));
  expect(rows.map(({ epoch, step }) => `${epoch}:${step}`)).toEqual(["1:1", "1:2", "1:2", "2:3", "2:4", "2:4"]);
  expect(Number(rows[2]!.loss)).toBe((Number(rows[0]!.loss) + Number(rows[1]!.loss)) / 2);
  expect(rows[0]!.learning_rate).toBe("0.003");
  expect(rows[2]!.learning_rate).toBe("");
});

describe("a run that is interrupted", () => {
  // With everything that is drawn: order, crops, changes of the sound, drop-outs.
  const changes = { epochs: 5, augmentation: { polarity: 0.5, gain: 0.5 }, checkpoints: { everySteps: 1 } };
  const set = newFolder();
  const undisturbed = join(newFolder(), "run");
  beforeAll(async () => {
    putToneSet(set, changes);
    await irec.run(["train", "-c", join(set, "config.json"), "-q", "-o", undisturbed], { cwd: set, env });
  });

  const backends = native ? (["wasm", "tensorflow"] as const) : (["wasm"] as const);
  it.each(backends)(
    "goes on to the same bytes on %s, whether it was killed or stopped",
    async (backend) => {
      const run = join(newFolder(), "run");
      const whole = backend === "wasm" ? undisturbed : join(newFolder(), "run");
      const args = ["train", "-c", join(set, "config.json"), "--backend", backend, "-o"];
      if (whole !== undisturbed) await irec.run([...args, whole, "-q"], { cwd: set });
      for (const [signal, count] of [
        ["SIGKILL", 3],
        ["SIGINT", 7],
        ["SIGKILL", 11],
      ] as const) {
        const { child, ended } = irec.start([...args, run, "-q"], { cwd: set });
        await untilLogged(run, count, child);
        child.kill(signal);
        expect((await ended).status).toBe(signal === "SIGKILL" ? null : EXIT_CODES.interrupted.code);
      }
      const { status, stderr } = await irec.run([...args, run], { cwd: set });
      expect(status).toBe(0);
      expect(stderr).toMatch(/\nContinuing behind epoch \d+, step \d of 2\.\n/);
      expectSameRun(run, whole);
    },
    120_000,
  ); // five processes, each of which starts a backend

  it("while a file was being written leaves nothing of it behind", async () => {
    const run = join(newFolder(), "run");
    mkdirSync(run);
    put(join(run, ".checkpoint.safetensors.partial-1"), "half of it");
    // Of a run that was killed before its first checkpoint.
    copyFileSync(join(undisturbed, "config.json"), join(run, "config.json"));
    await irec.run(["train", "-c", join(set, "config.json"), "-q", "-o", run], { cwd: set, env });
    expectSameRun(run, undisturbed);
  });

  it("is complete when it is complete: nothing is done again", async () => {
    const before = RUN_FILES.map((name) => readFileSync(join(undisturbed, name)));
    const { status, stdout, stderr } = await irec.run(["train", "-c", join(set, "config.json"), "-o", undisturbed], {
      cwd: set,
      env,
    });
    expect(status).toBe(0);
    expect(stderr).toContain("This run is complete; nothing was left to do.");
    expect(stdout).toContain("Trained 5 epochs of 2 steps.");
    expect(RUN_FILES.map((name) => readFileSync(join(undisturbed, name)))).toEqual(before);
  });

  it("is refused with another configuration, other pairs or another backend, and says which", async () => {
    const begin = async (config: object, edit: (folder: string) => void = () => {}) => {
      const cwd = newFolder();
      putToneSet(cwd, { ...changes, ...config });
      // The same paths as those of the run.
      const data = { train: { captions: join(set, "tones.json") }, validation: { captions: join(set, "tones.json") } };
      const text = JSON.parse(readFileSync(join(cwd, "config.json"), "utf8"));
      writeFileSync(
        join(cwd, "config.json"),
        JSON.stringify({ ...text, data, tokenizer: join(set, "clip"), ...config }),
      );
      edit(cwd);
      const { status, stderr } = await irec.run(["train", "-c", "config.json", "-q", "-o", undisturbed], { cwd, env });
      return status === 0 ? "" : paragraph(stderr);
    };
    expect(await begin({})).toBe("");
    expect(await begin({ checkpoints: { everySteps: null } })).toBe("");
    expect(await begin({ epochs: 6 })).toContain(
      "this run was begun with epochs 5, and now it is 6. Put it back, or choose another --out.",
    );
    expect(await begin({ seed: 4 })).toContain("begun with seed 3, and now it is 4.");
    expect(await begin({ optimiser: { learningRate: 0.003, betas: [0.9, 0.99] } })).toContain(
      "begun with optimiser.betas [0.9,0.98], and now it is [0.9,0.99].",
    );
    expect(await begin({ augmentation: null })).toMatch(
      /begun with augmentation \{"polarity":0\.5,.*\}, and now it is null\./,
    );
    const list = JSON.parse(readFileSync(join(set, "tones.json"), "utf8"));
    const [first, ...rest] = list;
    writeFileSync(join(set, "tones.json"), JSON.stringify([{ ...first, caption: "another caption" }, ...rest]));
    expect(await begin({})).toContain("this run was begun with other train pairs.");
    writeFileSync(join(set, "tones.json"), JSON.stringify(list));
  });
});

it("stops early when no epoch was better for as long as it was told, and says so", async () => {
  const cwd = newFolder();
  // With a learning rate of almost nothing, R@10 of 6 clips is 100 % from the first epoch on.
  putToneSet(cwd, { epochs: 20, optimiser: { learningRate: 1e-9 }, validation: { patience: 2 } });
  const { status, stdout } = await irec.run(["train", "-c", "config.json", "-q"], { cwd, env });
  expect(status).toBe(0);
  expect(stdout).toContain(
    "Trained 3 epochs of 2 steps, stopped: none of the last 2 epochs was better by text-to-audio-r10.",
  );
  expect(logOf(join(cwd, "run")).at(-1)!.epoch).toBe("3");
});

it("takes CLIP's vocabulary from the cache when none is named", async () => {
  const cwd = newFolder();
  putToneSet(cwd, { epochs: 1, tokenizer: null });
  const repository = join(cwd, "hub", "models--openai--clip-vit-base-patch32");
  put(join(repository, "refs", "main"), "abc");
  for (const name of ["vocab.json", "merges.txt"]) {
    put(join(repository, "snapshots", "abc", name), readFileSync(join(cwd, "clip", name)));
  }
  const { status, stderr } = await irec.run(["train", "-c", "config.json", "-q"], {
    cwd,
    env: { ...env, HF_HOME: cwd },
  });
  expect([status, stderr]).toEqual([0, ""]);
});

it("a validation set smaller than a batch is one batch, and says so", async () => {
  const cwd = newFolder();
  putToneSet(cwd, { epochs: 1, data: { train: { captions: "tones.json" }, validation: { captions: "two.json" } } });
  const two = JSON.parse(readFileSync(join(cwd, "tones.json"), "utf8")).slice(0, 2);
  put(join(cwd, "two.json"), JSON.stringify(two));
  const { status, stderr } = await irec.run(["train", "-c", "config.json"], { cwd, env });
  expect(status).toBe(0);
  expect(stderr).toContain("There are 2 clips for validation, less than a batch of 3: its loss is of one batch of 2.");
  expect(Number(logOf(join(cwd, "run")).at(-1)!.validation_loss)).toBeGreaterThan(0);
});

it("trains on parquet files, leaves missing sound out when told so, and goes on from a trained model", async () => {
  const cwd = newFolder();
  const source = {
    parquet: "mtt",
    split: "train",
    audio: "mp3",
    captionColumn: ["caption_writing", "caption_summary"],
  };
  const data = { train: source, validation: source, missingAudio: "skip" };
  putToneSet(cwd, { epochs: 1, data, batchSize: 3 });
  mkdirSync(join(cwd, "mtt"));
  const golden = fileURLToPath(new URL("goldens/captions-snappy.parquet", import.meta.url));
  copyFileSync(golden, join(cwd, "mtt", "train-00000-of-00001.parquet"));
  for (const [i, name] of ["v/violin", "f/flute", "o/oboe"].entries()) {
    put(join(cwd, "mp3", `${name}-0-29.mp3`), sineWav(200 * (i + 1))); // what it is, its content says
  }
  const { status, stderr } = await irec.run(["train", "-c", "config.json"], { cwd, env });
  expect([status, stderr]).toEqual([
    0,
    expect.stringMatching(/mtt: 1 of 4 clips are left out, without sound: .*tuba-0-29\.mp3 \(row 4\)\./),
  ]);

  putToneSet(cwd, { epochs: 1, data, out: "tuned", startFrom: "run/best.safetensors", model: { dropout: 0 } });
  const tuned = await irec.run(["train", "-c", "config.json", "-q"], { cwd, env });
  expect([tuned.status, tuned.stderr]).toEqual([0, ""]);
});

it("takes the loss weighted-clip with embeddings of the captions", async () => {
  const { default: ndarray } = await import("ndarray");
  const { npyBytes } = await import("../../src/npy/write-npy.ts");
  const cwd = newFolder();
  const source = { captions: "tones.json", captionEmbeddings: "captions.npy" };
  putToneSet(cwd, { epochs: 1, loss: "weighted-clip", data: { train: source, validation: source } });
  const rows = (count: number) =>
    npyBytes(
      ndarray(
        Float32Array.from({ length: 3 * count }, (_, i) => Math.cos(i)),
        [count, 3],
      ),
    );
  put(join(cwd, "captions.npy"), rows(6));
  expect((await irec.run(["train", "-c", "config.json", "-q"], { cwd, env })).status).toBe(0);
  for (const [value, message] of [
    [0, "row 2 (of entry 2): has zeros only, which are like nothing; embed the caption anew."],
    [Number.NaN, "row 2 (of entry 2): has NaN in column 1; expected finite numbers."],
  ] as const) {
    const matrix = ndarray(new Float32Array(18).fill(1).fill(value, 3, 6), [6, 3]);
    put(join(cwd, "captions.npy"), npyBytes(matrix));
    const { status, stderr } = await irec.run(["train", "-c", "config.json", "-q", "-o", "other"], { cwd, env });
    expect([status, existsSync(join(cwd, "other"))]).toEqual([EXIT_CODES.input.code, false]);
    expect(paragraph(stderr)).toContain(`captions.npy: ${message}`);
  }
  put(join(cwd, "captions.npy"), rows(5));
  const wrong = await irec.run(["train", "-c", "config.json", "-q", "-o", "other"], { cwd, env });
  expect(paragraph(wrong.stderr)).toMatch(
    /captions\.npy: has 5 rows; expected one for each of the 6 clips of .*tones\.json\.$/,
  );
});

describe("a configuration is refused,", () => {
  const train = { captions: "tones.json" };
  it.each<[string, object, string]>([
    [
      "with a key that nobody reads",
      { batchsize: 3 },
      'config: has no use for "batchsize" (did you mean "batchSize"?); it takes ',
    ],
    ["of another kind", { kind: "contrast" }, 'config.kind: expected "contrastive" or '],
    ["without data", { data: undefined }, "config.data: expected an object, found nothing."],
    [
      "with pairs from nowhere",
      { data: { train: {}, validation: train } },
      'config.data.train: expected either "captions" (a JSON list) or "parquet" (a file, or a folder with "split").',
    ],
    [
      "without a tokenizer",
      { tokenizer: undefined },
      "config.tokenizer: is left out, and CLIP's vocabulary is not on this machine. irec models pull muscall fetches it",
    ],
    [
      "with a tokenizer that is not there",
      { tokenizer: "bert" },
      "/bert. irec models pull muscall fetches it (vocab.json and merges.txt of openai/clip-vit-base-patch32).",
    ],
    ["with batches larger than the set", { batchSize: 7 }, "config.batchSize: is 7, and there are 6 clips to train on"],
    ["with a model that cannot be", { model: { clipSeconds: 0.01 } }, "config.model.clipSeconds "],
    ["with a model that is too large", { model: { ...TINY_MODEL, audioDim: 2 ** 24 } }, "config.model has "],
    [
      "with weights that would turn around",
      { optimiser: { learningRate: 1, weightDecay: 2 } },
      "config.optimiser.weightDecay is 2, expected 0 or more, and times the learning rate at most 1.",
    ],
    [
      "with pitches that cannot be",
      { augmentation: { pitchSemitones: [0.1, 0.2] } },
      "config.augmentation.pitchSemitones is [0.1, 0.2]",
    ],
    [
      "with a range upside down",
      { augmentation: { gainDecibels: [3, 1] } },
      "config.augmentation.gainDecibels: expected two numbers, the lower one first.",
    ],
    [
      "with sizes that its checkpoint has",
      { startFrom: "a.safetensors", model: { textDim: 16 } },
      'config.model.textDim: the checkpoint of "startFrom" says this; leave it out.',
    ],
    [
      "with the loss weighted-clip and nothing to weigh by",
      { loss: "weighted-clip" },
      'config.data.train: the loss "weighted-clip" weighs pairs by how alike their captions are, and needs "captionEmbeddings"',
    ],
    [
      "with a vocabulary of another size than its model",
      { model: { ...TINY_MODEL, vocabularySize: 700 } },
      "and the model's token embedding has 700 rows.",
    ],
    [
      "with a schedule of no kind",
      { schedule: { kind: "steps" } },
      'config.schedule.kind: expected "muscall" or "constant" or ',
    ],
  ])("%s", async (_, changes, message) => {
    const cwd = newFolder();
    putToneSet(cwd, changes);
    const { status, stdout, stderr } = await irec.run(["train", "-c", "config.json", "-q"], { cwd, env });
    expect([status, stdout]).toEqual([EXIT_CODES.input.code, ""]);
    expect(paragraph(stderr)).toContain(message);
    expect(existsSync(join(cwd, "run"))).toBe(false);
  });
});

describe("sound that cannot be used is named,", () => {
  const trained = async (edit: (cwd: string) => void, changes: object = {}) => {
    const cwd = newFolder();
    putToneSet(cwd, { epochs: 1, ...changes });
    edit(cwd);
    const { status, stderr } = await irec.run(["train", "-c", "config.json", "-q"], { cwd, env });
    return { status, message: status === 0 ? stderr : paragraph(stderr) };
  };

  it("when it is missing", async () => {
    const { status, message } = await trained((cwd) => rmSync(join(cwd, "audio/2.wav")));
    expect(status).toBe(EXIT_CODES.input.code);
    expect(message).toMatch(
      /tones\.json: 1 of its 6 sound files are missing or empty: .*2\.wav \(entry 3\)\. Get them, or/,
    );
  });

  it("when it is damaged, and can be excluded", async () => {
    const damage = (cwd: string) => put(join(cwd, "audio/1.wav"), "no sound");
    const { status, message } = await trained(damage);
    expect(status).toBe(EXIT_CODES.input.code);
    expect(message).toMatch(/audio\/1\.wav: .* To train without it, put it into "exclude"\.$/);
    const train = { captions: "tones.json" };
    expect((await trained(damage, { data: { train, validation: train, exclude: ["1.wav"] } })).status).toBe(0);
  });

  it("when a .npy file is no waveform, or has a hole", async () => {
    const { default: ndarray } = await import("ndarray");
    const { npyBytes } = await import("../../src/npy/write-npy.ts");
    const replaced = (shape: number[], value: number) => (cwd: string) => {
      put(
        join(cwd, "audio/3.npy"),
        npyBytes(ndarray(new Float32Array(shape[0]! * (shape[1] ?? 1)).fill(value), shape)),
      );
    };
    expect((await trained(replaced([3, 5], 0))).message).toContain("3.npy: has the shape (3, 5); expected a waveform");
    expect((await trained(replaced([0], 0))).message).toContain("3.npy: has no samples; expected at least one.");
    expect((await trained(replaced([9], Number.NaN))).message).toContain(
      "3.npy: sample 0 is NaN; expected a finite number.",
    );
  });
});

it("does not train into a folder that has something else in it", async () => {
  const cwd = newFolder();
  putToneSet(cwd);
  put(join(cwd, "run", "thesis.tex"), "do not overwrite");
  const { status, stderr } = await irec.run(["train", "-c", "config.json", "-q"], { cwd, env });
  expect(status).toBe(EXIT_CODES.output.code);
  expect(paragraph(stderr)).toMatch(
    /run: has other files in it, and no run of irec train: thesis\.tex\. Choose another --out\.$/,
  );
  expect(readdirSync(join(cwd, "run"))).toEqual(["thesis.tex"]);
});

it.each<[string, string, string]>([
  ["a model of Hugging Face", '{"model_type":"clip"}', "config.schemaVersion: expected 1"],
  ["another kind of training", '{"schemaVersion":1,"kind":"projection"}', 'config.kind: expected "contrastive"'],
  ["nobody knows what", "{", "not valid JSON"],
])("does not train into the folder of %s, and touches none of its files", async (_, config, reason) => {
  const cwd = newFolder();
  putToneSet(cwd);
  const theirs = { "config.json": config, "merges.txt": "their merges", "vocab.json": "their vocabulary" };
  for (const [name, text] of Object.entries(theirs)) put(join(cwd, "run", name), text);
  const { status, stderr } = await irec.run(["train", "-c", "config.json", "-q"], { cwd, env });
  expect(status).toBe(EXIT_CODES.output.code);
  expect(paragraph(stderr)).toContain(`run: is no run of irec train: its config.json is of something else (${reason}`);
  expect(paragraph(stderr)).toContain("It has: config.json, merges.txt, vocab.json. Choose another --out.");
  const found = readdirSync(join(cwd, "run")).map((name) => [name, readFileSync(join(cwd, "run", name), "utf8")]);
  expect(Object.fromEntries(found)).toEqual(theirs);
});

describe("a run folder from which a file was deleted", () => {
  const set = newFolder();
  const whole = join(set, "run");
  beforeAll(async () => {
    putToneSet(set, { epochs: 2 });
    await irec.run(["train", "-c", "config.json", "-q"], { cwd: set, env });
  });
  const without = async (name: string, changes: object = {}) => {
    const run = join(newFolder(), "run");
    cpSync(whole, run, { recursive: true });
    rmSync(join(run, name));
    putToneSet(set, { epochs: 2, ...changes });
    const { status, stderr } = await irec.run(["train", "-c", "config.json", "-q", "-o", run], { cwd: set, env });
    for (const left of RUN_FILES.filter((one) => one !== name)) {
      expect(readFileSync(join(run, left)).equals(readFileSync(join(whole, left))), left).toBe(true);
    }
    return { status, message: paragraph(stderr) };
  };

  it("is not trained anew when that was the checkpoint, and what to do is said", async () => {
    const { status, message } = await without("checkpoint.safetensors");
    expect(status).toBe(EXIT_CODES.output.code);
    expect(message).toMatch(
      /run: has best\.safetensors and log\.csv of a run, and no checkpoint\.safetensors: .* delete the folder or choose another --out\.$/,
    );
    const other = await without("checkpoint.safetensors", { epochs: 1 });
    expect(other.status).toBe(EXIT_CODES.input.code);
    expect(other.message).toContain("this run was begun with epochs 2, and now it is 1. Put it back, or choose");
  });

  it("is not said to be complete when that was the best model", async () => {
    const { status, message } = await without("best.safetensors");
    expect(status).toBe(EXIT_CODES.input.code);
    expect(message).toMatch(
      /best\.safetensors: is gone, and this run is complete: it was the model of epoch [12]\. checkpoint\.safetensors has that of the last epoch, 2,/,
    );
  });

  it("has a best model in the end when it was not complete", async () => {
    const cwd = newFolder();
    putToneSet(cwd, { epochs: 12 });
    const args = ["train", "-c", "config.json"];
    const { child, ended } = irec.start(args, { cwd, env });
    await untilLogged(join(cwd, "run"), 5, child);
    child.kill("SIGINT");
    expect((await ended).status).toBe(EXIT_CODES.interrupted.code);
    rmSync(join(cwd, "run", "best.safetensors"));
    const { status, stderr } = await irec.run(args, { cwd, env });
    expect([status, readdirSync(join(cwd, "run")).sort()]).toEqual([0, RUN_FILES]);
    expect(stderr).toContain("best.safetensors is gone: the best epoch is chosen among those that are still to come.");
  });
});

it("says so when clips for validation are trained on, too", async () => {
  const cwd = newFolder();
  putToneSet(cwd, { epochs: 1, data: { train: { captions: "tones.json" }, validation: { captions: "two.json" } } });
  const two = JSON.parse(readFileSync(join(cwd, "tones.json"), "utf8")).slice(0, 2);
  put(join(cwd, "two.json"), JSON.stringify(two));
  const { stderr } = await irec.run(["train", "-c", "config.json"], { cwd, env });
  expect(stderr).toContain("2 of the 2 clips for validation are trained on, too: scores on them say nothing about");
});

it("says what is missing on the command line, and prints a configuration to start from", async () => {
  const cwd = newFolder();
  const none = await irec.run(["train"], { cwd });
  expect(none.status).toBe(EXIT_CODES.usage.code);
  expect(paragraph(none.stderr)).toContain("--config FILE is missing. irec train --print-default-config > FILE");
  const { status, stdout } = await irec.run(["train", "--print-default-config"], { cwd });
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, kind: "contrastive", epochs: 100, batchSize: 256 });
  const wrong = await irec.run(["train", "--print-default-config", "clap"], { cwd });
  expect(paragraph(wrong.stderr)).toContain('--print-default-config: "clap" is none of: contrastive');
});
