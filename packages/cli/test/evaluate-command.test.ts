import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import packageJson from "../package.json" with { type: "json" };
import { EXIT_CODES } from "../src/errors.ts";
import { EXPERIMENTS, type ZeroShotRow } from "../src/results/results.ts";
import { type Ended, irecProcess } from "./irec-process.ts";
import { headerText, npyFile } from "./npy-bytes.ts";
import { paragraph } from "./one-paragraph.ts";
import { schemaFaults } from "./results-schema.ts";
import { npyOf, type Rows, randomRows, writeOneHot, writeStore } from "./small-store.ts";
import { put, temporaryFolders } from "./temp-folder.ts";

const irec = irecProcess();
const newFolder = temporaryFolders();

const words = ["violin", "viola", "flute", "oboe"];
const own = [...Array(24).keys()].map((i) => i % 4);
const arrays: Record<string, Rows> = {
  "audio/joint_space/d": randomRows(1, 24, 5),
  "audio/pre_joint/d": randomRows(2, 24, 7),
  "text/joint_space/muscall_prompt": randomRows(3, 4, 5),
  "text/joint_space/negative_muscall_prompts": randomRows(4, 4, 5),
  "text/pre_joint/muscall_prompt": randomRows(5, 4, 6),
};

/** A folder with `store` and `truth.csv`, to run in. */
function workFolder(
  models: Record<string, { arrays: Record<string, Rows>; manifest?: unknown }> = { m: { arrays } },
): string {
  const folder = newFolder();
  writeStore(folder, models);
  writeOneHot(folder, words, own);
  return folder;
}
const inputs = ["-e", "store", "-g", "truth.csv"];
const evaluate = (cwd: string, ...args: string[]): Promise<Ended> =>
  irec.run(["evaluate", ...inputs, ...args], { cwd });

/** All files below a folder, hidden ones too, with their bytes. */
function filesOf(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    paths
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, "latin1")]),
  );
}

describe("irec", () => {
  it.each([[["--help"]], [["help"]]])("%s shows the commands and every exit code, and ends with 0", async (args) => {
    const { status, stdout, stderr } = await irec.run(args, { cwd: newFolder() });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("evaluate [options]");
    expect(stdout).toContain("triplets [options]");
    for (const { code, meaning } of Object.values(EXIT_CODES))
      expect(stdout).toContain(`  ${String(code).padEnd(4)} ${meaning}\n`);
  });

  it("without a command shows the same as an error of usage", async () => {
    const { status, stdout, stderr } = await irec.run([], { cwd: newFolder() });
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Usage: irec [options] [command]");
  });

  it("--version prints the version of the package", async () => {
    expect(await irec.run(["--version"], { cwd: newFolder() })).toEqual({
      status: 0,
      stdout: `${packageJson.version}\n`,
      stderr: "",
    });
  });

  it.each(["evaluate", "triplets"])("%s --help shows every option and examples", async (command) => {
    const { status, stdout } = await irec.run([command, "--help"], { cwd: newFolder() });
    expect(status).toBe(0);
    expect(stdout).toContain(`\nExamples:\n  $ irec ${command}`);
    const examples = stdout
      .split("Examples:\n")[1]!
      .split("\n")
      .filter((line) => line.startsWith("  $ irec"));
    expect(examples.length).toBeGreaterThan(3);
    // An example that speaks of an option that is not there would be worse than none.
    for (const option of examples.join(" ").match(/ --?[a-z-]+/g) ?? [])
      expect(stdout.split("Examples:")[0]).toContain(option.trim());
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  it.each([
    [["evalute"], "unknown command 'evalute'\n(Did you mean evaluate?)"],
    [["evaluate", "--embedings", "x"], "unknown option '--embedings'\n(Did you mean --embeddings?)"],
    [["triplets", "--rul", "lca"], "unknown option '--rul'\n(Did you mean --rule?)"],
    [
      ["evaluate", "-s", "cosin"],
      "option '-s, --similarity <kind>' argument 'cosin' is invalid. Allowed choices are cosine, dot, euclidean, manhattan, angular, pearson.",
    ],
    [
      ["evaluate", "-x", "zero-shoot"],
      `option '-x, --experiments <names>' argument 'zero-shoot' is invalid. "zero-shoot" is none of: zero-shot, audio-only, triplets, positive-negative, negation, attribution, prompt-sensitivity, audio-negation, space, cross-modal, ontology-map.`,
    ],
    [
      ["evaluate", "--seed", "-1"],
      "option '--seed <n>' argument '-1' is invalid. Expected a whole number from 0 to 4294967295.",
    ],
    [
      ["evaluate", "--draws", "0"],
      "option '--draws <n>' argument '0' is invalid. Expected a whole number from 1 to 10000000.",
    ],
    [
      ["evaluate", "-m", "a,,b"],
      "option '-m, --model <names>' argument 'a,,b' is invalid. Expected names separated by commas.",
    ],
    [
      ["evaluate", "-e", ""],
      "option '-e, --embeddings <store>' argument '' is invalid. Expected a path, found nothing.",
    ],
    [["evaluate", "-o", ""], "option '-o, --out <dir>' argument '' is invalid. Expected a path, found nothing."],
    [["evaluate", "store"], "too many arguments for 'evaluate'. Expected 0 arguments but got 1."],
    [["evaluate", "--out"], "option '-o, --out <dir>' argument missing"],
  ])("%j is an error of usage that says what to write", async (args, message) => {
    const cwd = newFolder();
    const { status, stdout, stderr } = await irec.run(args, { cwd });
    expect([status, stdout]).toEqual([2, ""]);
    expect(paragraph(stderr)).toBe(`${message}\n(irec <command> --help shows the options and examples)`);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it.each(["groundtruth", "dataset", "prompts"])(
    "evaluate --%s without a store is an error of usage",
    async (option) => {
      const cwd = newFolder();
      const { status, stderr } = await irec.run(["evaluate", `--${option}`, "x"], { cwd });
      expect([status, paragraph(stderr)]).toEqual([2, `--${option} needs --embeddings, the store that it speaks of.`]);
      expect(readdirSync(cwd)).toEqual([]);
    },
  );
});

it("evaluate --store alone is an error of usage, and no store is spoken of that there is not", async () => {
  const { status, stderr } = await irec.run(["evaluate", "--store", "x"], { cwd: newFolder() });
  const message = "--store is for a --model that is run on a --dataset; without them the sample is evaluated.";
  expect([status, paragraph(stderr)]).toEqual([2, message]);
});

describe("irec evaluate", () => {
  let cwd: string;
  let ended: Ended;
  beforeAll(async () => {
    cwd = workFolder();
    ended = await evaluate(cwd, "--draws", "50");
  });

  it("prints the tables, what was skipped and where it wrote, and ends with 0 and a silent stderr", () => {
    expect([ended.status, ended.stderr]).toEqual([0, ""]);
    expect(ended.stdout).toMatch(
      /Models: m\nData set: d, 24 clips, 4 labels\nMajority baseline: always answering "violin" scores 0\.2500 top-1, 0\.2500 balanced\n/,
    );
    for (const table of [
      "Zero-shot: ",
      "Audio only: ",
      "Triplets: ",
      "Positive against negative: ",
      "Negation, text against text: ",
    ]) {
      expect(ended.stdout).toContain(`\n${table}`);
    }
    expect(ended.stdout).toContain("\nSkipped:\n");
    expect(ended.stdout).toContain(
      "\nWrote irec-run/results.json, irec-run/tables/ (CSV, Markdown, LaTeX) and irec-run/figures/ (SVG, CSV).\n",
    );
    expect(ended.stdout).not.toContain("SYNTHETIC");
  });

  it("writes results.json, the study's tables and ours, with the modes of ordinary files, and nothing beside them", () => {
    expect(readdirSync(cwd).sort()).toEqual(["irec-run", "store", "truth.csv"]);
    const names = Object.keys(filesOf(join(cwd, "irec-run")));
    expect(names).toEqual(
      expect.arrayContaining(["results.json", "tables/zeroshot_baseline/m.csv", "tables/audio_only/m.csv"]),
    );
    for (const table of ["zero-shot", "audio-only", "triplets", "positive-negative", "negation"]) {
      for (const form of ["csv", "md", "tex"]) expect(names).toContain(`tables/${table}.${form}`);
    }
    expect(statSync(join(cwd, "irec-run")).mode).toBe(statSync(join(cwd, "store")).mode);
    expect(names.filter((name) => name.includes("partial"))).toEqual([]);
  });

  it("writes results that fit the schema and record the command, the versions and the inputs", () => {
    const results = JSON.parse(readFileSync(join(cwd, "irec-run/results.json"), "utf8"));
    expect(schemaFaults(results)).toEqual([]);
    expect(results.provenance).toMatchObject({
      command: ["evaluate", ...inputs, "--draws", "50"],
      packages: { "@irec/cli": packageJson.version },
      node: process.versions.node,
      bootstrap: { seed: 0, draws: 50, level: 0.95 },
    });
    expect(results.provenance.inputs.map(({ path }: { path: string }) => path)).toEqual([
      "truth.csv",
      ...Object.keys(arrays)
        .map((name) => `store/m/${name}.npy`)
        .sort(),
    ]);
  });

  it("takes the next free name on the next run, and gives the same bytes", async () => {
    const again = await evaluate(cwd, "--draws", "50");
    expect(again.stdout).toBe(ended.stdout.replaceAll("irec-run", "irec-run-2"));
    expect(filesOf(join(cwd, "irec-run-2"))).toEqual(filesOf(join(cwd, "irec-run")));
  });

  it("--json prints the very text of results.json, and writes a folder only with --out", async () => {
    const folder = workFolder();
    const alone = await evaluate(folder, "--json");
    expect([alone.status, alone.stderr, readdirSync(folder).sort()]).toEqual([0, "", ["store", "truth.csv"]]);
    expect(schemaFaults(JSON.parse(alone.stdout))).toEqual([]);
    const both = await evaluate(folder, "--json", "--out", "run");
    expect(both.stdout).toBe(readFileSync(join(folder, "run/results.json"), "utf8"));
  });

  it("keeps every text of results.json as it is, brackets and numbers in them too", async () => {
    const folder = newFolder();
    writeStore(join(folder, "[ 1,  2 ]"), { m: { arrays } });
    writeOneHot(folder, words, own);
    const { stdout } = await irec.run(["evaluate", "-e", "[ 1,  2 ]/store", "-g", "truth.csv", "--json"], {
      cwd: folder,
    });
    expect(JSON.parse(stdout).provenance.command).toContain("[ 1,  2 ]/store");
    expect(JSON.parse(stdout).provenance.inputs[1].path).toBe("[ 1,  2 ]/store/m/audio/joint_space/d.npy");
    expect(stdout).toMatch(/"clipsPerLabel": \[6, 6, 6, 6\]/);
  });

  it("without arguments evaluates the sample that ships, says what it is and what comes next, and leaves no temporary files", async () => {
    const folder = newFolder();
    mkdirSync(join(folder, "tmp"));
    const { status, stdout, stderr } = await irec.run(["evaluate", "--draws", "50", "--quiet"], {
      cwd: folder,
      env: { TMPDIR: join(folder, "tmp") },
    });
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("\n246 notes, 14 instruments.\n");
    expect(stdout).toMatch(/^It shows what irec does, and is for demonstration: /m);
    for (const question of [
      "text find audio",
      "the audio tower good",
      "the text tower know instruments",
      '"no" understood',
    ])
      expect(stdout).toMatch(new RegExp(`^ {2}(Does|Is) ${question}\\? +\\| .* \\| 0\\.\\d{4} \\| `, "m"));
    expect(stdout).toContain(
      "\nWrote irec-run/results.json, irec-run/tables/ (CSV, Markdown, LaTeX) and irec-run/figures/ (SVG, CSV).\n",
    );
    expect(stdout).toMatch(
      /^sample scores \d+\.\d of 100; .* lost in the text tower, .* in the projection, .* in audio\.$/m,
    );
    expect(stdout).toMatch(/^Next, .*: irec evaluate --model music-clap --dataset tinysol$/m);
    expect(readdirSync(folder).sort()).toEqual(["irec-run", "tmp"]);
    expect(readdirSync(join(folder, "tmp"))).toEqual([]);
    const results = JSON.parse(readFileSync(join(folder, "irec-run/results.json"), "utf8"));
    expect([results.synthetic, results.models, schemaFaults(results)]).toEqual([false, ["sample"], []]);
    expect(Object.keys(results.experiments)).toHaveLength(EXPERIMENTS.length);
    expect(results.provenance.inputs[0].path).toMatch(/^<sample>\//);
    const scores = results.experiments["zero-shot"].map((row: ZeroShotRow) => [row.promptSet, row.topK[0]]);
    expect(scores).toHaveLength(23); // all built-in sets but those of families
    const top1 = Object.fromEntries(scores);
    expect(top1.muscall_prompt).toBeGreaterThan(0.7); // always the most frequent: .085
    const card = readFileSync(new URL("../sample/MODEL_CARD.md", import.meta.url), "utf8");
    const figures = [...card.matchAll(/^\| (\w+) \| (\.\d{3}) \|/gm)];
    expect(figures.map(([, promptSet]) => promptSet).sort()).toEqual(Object.keys(top1).sort());
    // One or two clips may be as near to two labels as backends differ.
    for (const [, promptSet, figure] of figures)
      expect(Math.abs(top1[promptSet!] - Number(figure))).toBeLessThan(3 / 246);
  });

  it("ends with 4 when an experiment that was asked for by name could not be run, and writes the others", async () => {
    const folder = workFolder({
      m: { arrays: { "text/joint_space/muscall_prompt": arrays["text/joint_space/muscall_prompt"]! } },
    });
    const { status, stdout, stderr } = await evaluate(folder, "-x", "triplets,zero-shot", "--out", "run");
    expect([status, stderr]).toEqual([4, ""]);
    expect(stdout).toContain("zero-shot: the store has no audio/joint_space/<dataset>.npy for it (m)");
    expect(Object.keys(JSON.parse(readFileSync(join(folder, "run/results.json"), "utf8")).experiments)).toEqual([
      "triplets",
    ]);
    expect((await evaluate(folder, "--out", "all")).status).toBe(0);
  });

  it("ends with 4 when nothing at all could be run, and claims no tables", async () => {
    const folder = workFolder();
    const args = ["evaluate", "-e", "store", "--out", "run"];
    const { status, stdout } = await irec.run(args, { cwd: folder });
    expect(status).toBe(4);
    expect(stdout).toMatch(/\nWrote run\/results\.json\.\n$/);
    expect(readdirSync(join(folder, "run")).sort()).toEqual(["outcomes", "results.json"]);
  });

  it("reads an own ontology from JSON, and names file and line of what is wrong with one", async () => {
    const folder = workFolder();
    const tree = {
      name: "all",
      children: [
        { name: "strings", children: [{ name: "violin" }, { name: "viola" }] },
        { name: "flute" },
        { name: "oboe" },
      ],
    };
    put(join(folder, "own.json"), JSON.stringify(tree));
    const good = await evaluate(folder, "--ontology", "own.json", "--json");
    const { ontology, provenance, experiments } = JSON.parse(good.stdout);
    expect(ontology).toBe("own.json");
    expect(provenance.inputs.map(({ path }: { path: string }) => path).slice(0, 2)).toEqual(["truth.csv", "own.json"]);
    const [row] = experiments.triplets;
    expect([row.rule, row.triplets, row.perNode[0].label]).toEqual(["lca", 4, "strings"]);
    put(join(folder, "bad.csv"), "id,parent\nall,\nviolin,all\nviola,string\n");
    const bad = await evaluate(folder, "--ontology", "bad.csv");
    expect(bad.status).toBe(3);
    expect(paragraph(bad.stderr)).toMatch(
      /^bad\.csv: taxonomy .* cannot be built: 1 problem\n {2}- line 4: .*"string"/,
    );
  });
});

describe("the run folder", () => {
  it("is refused when it is not empty, and stays untouched", async () => {
    const cwd = workFolder();
    put(join(cwd, "run/notes.txt"), "mine");
    const { status, stdout, stderr } = await evaluate(cwd, "--out", "run");
    expect([status, stdout]).toEqual([5, ""]);
    expect(paragraph(stderr)).toBe(
      "run: already there and not empty; nothing is overwritten. Choose another --out, or remove it.",
    );
    expect(filesOf(join(cwd, "run"))).toEqual({ "notes.txt": "mine" });
    expect(readdirSync(cwd).sort()).toEqual(["run", "store", "truth.csv"]);
  });

  it("may be an empty folder, a link to one or the current folder, which stays the same folder", async () => {
    const cwd = workFolder();
    mkdirSync(join(cwd, "empty"));
    const { ino } = statSync(join(cwd, "empty"));
    expect((await evaluate(cwd, "--out", "empty", "--draws", "5")).status).toBe(0);
    expect(statSync(join(cwd, "empty")).ino).toBe(ino);
    expect(readdirSync(join(cwd, "empty")).sort()).toEqual([
      "figures",
      "outcomes",
      "report.html",
      "results.json",
      "tables",
    ]);

    mkdirSync(join(cwd, "real"));
    symlinkSync("real", join(cwd, "link"));
    expect((await evaluate(cwd, "--out", "link", "--draws", "5")).status).toBe(0);
    expect(readdirSync(join(cwd, "real")).sort()).toEqual([
      "figures",
      "outcomes",
      "report.html",
      "results.json",
      "tables",
    ]);

    mkdirSync(join(cwd, "here"));
    const args = ["evaluate", "-e", "../store", "-g", "../truth.csv", "--draws", "5", "--out", "."];
    expect((await irec.run(args, { cwd: join(cwd, "here") })).status).toBe(0);
    expect(readdirSync(join(cwd, "here")).sort()).toEqual([
      "figures",
      "outcomes",
      "report.html",
      "results.json",
      "tables",
    ]);
  });

  it("is made with the folders above it", async () => {
    const cwd = workFolder();
    expect((await evaluate(cwd, "--out", "a/b/run", "--draws", "5")).status).toBe(0);
    expect(readdirSync(join(cwd, "a/b"))).toEqual(["run"]);
  });

  it.each([
    ["a file of its name", "truth.csv", "truth.csv: a file is in the way. Nothing was left behind."],
    ["a path below a file", "truth.csv/deep/run", "truth.csv/deep/run: a file is in the way. Nothing was left behind."],
    ["a link to nowhere", "nowhere", "nowhere: a link to nowhere is in the way. Nothing was left behind."],
    ["a place where nobody can write", "/proc/run", "/proc/run: cannot be written (ENOENT). Nothing was left behind."],
  ])("is not made over %s, and that is known before the inputs are read", async (_title, out, message) => {
    const cwd = newFolder();
    put(join(cwd, "truth.csv"), "no ground truth");
    symlinkSync("gone", join(cwd, "nowhere"));
    const { status, stdout, stderr } = await evaluate(cwd, "--out", out);
    expect([status, stdout, paragraph(stderr)]).toEqual([5, "", message]);
    expect(readdirSync(cwd).sort()).toEqual(["nowhere", "truth.csv"]);
    expect(readFileSync(join(cwd, "truth.csv"), "utf8")).toBe("no ground truth");
  });

  it("keeps a complete run when standard output cannot be written, and ends with 5", async () => {
    const cwd = workFolder();
    const { status, stderr } = await irec.shell(`$IREC evaluate ${inputs.join(" ")} --out run > /dev/full`, { cwd });
    expect([status, paragraph(stderr)]).toEqual([5, "standard output: the disk is full."]);
    expect(existsSync(join(cwd, "run/results.json"))).toBe(true);
  });
});

describe("bad input gives one paragraph with file and place, the exit code 3, and leaves nothing behind:", () => {
  const audio = arrays["audio/joint_space/d"]!;
  const whole = npyOf(audio);
  const cases: readonly [title: string, files: Record<string, string | Uint8Array>, message: string | RegExp][] = [
    [
      "a truncated array",
      { "store/m/audio/joint_space/d.npy": whole.subarray(0, -8) },
      "store/m/audio/joint_space/d.npy: its header says float64 of shape (24, 5), which takes 1088 bytes, but the file has 1080: 8 are missing. Truncated while copying or downloading?",
    ],
    [
      "a foreign file",
      { "store/m/audio/joint_space/d.npy": "PK\u0003\u0004 a checkpoint" },
      "store/m/audio/joint_space/d.npy: expected a .npy file; this is a zip archive: an .npz or a torch checkpoint? Save each array with numpy.save.",
    ],
    [
      "a pickled object array",
      { "store/m/text/joint_space/muscall_prompt.npy": npyFile(headerText({ descr: "'|O'" })) },
      "store/m/text/joint_space/muscall_prompt.npy: holds pickled Python objects. They can run code when opened, so they are refused; save a float array.",
    ],
    [
      "embeddings of absurd size",
      {
        "store/m/text/joint_space/muscall_prompt.npy": npyFile(
          headerText({ shape: "(1, 2097152)" }),
          new Uint8Array(2 ** 23),
        ),
      },
      "store/m/text/joint_space/muscall_prompt.npy: has embeddings of 2097152 numbers; at most 1048576 are read. Transposed?",
    ],
    [
      "a misspelt label",
      { "truth.csv": "song,violin,vioal,flute,oboe\na,1,0,0,0\n" },
      'truth.csv: line 1, column 3: taxonomy "doktorski" has no term "vioal"; nearest: "viola". Correct the label, give an ontology that knows it (--ontology FILE), or choose experiments that need none (--experiments zero-shot,audio-only).',
    ],
    [
      "a manifest that is no text",
      { "store/m/manifest.json": new Uint8Array([0x7b, 0xff, 0x7d]) },
      "store/m/manifest.json: is not UTF-8 text. Save it as UTF-8.",
    ],
    [
      "another number of clips",
      { "store/m/audio/joint_space/d.npy": npyOf(audio.slice(1)) },
      "store/m/audio/joint_space/d.npy: has 23 rows, while the ground truth truth.csv lists 24 clips; row i must be clip i. Is it the right data set?",
    ],
    [
      "another dimension",
      { "store/m/text/joint_space/muscall_prompt.npy": npyOf(randomRows(1, 4, 6)) },
      "store/m/text/joint_space/muscall_prompt.npy: has embeddings of 6 numbers, while store/m/audio/joint_space/d.npy has 5; the joint space has one size. Is one of them a pre-joint array?",
    ],
    [
      "a NaN row",
      { "store/m/audio/joint_space/d.npy": npyOf(audio.map((row, i) => (i === 17 ? row.map(() => Number.NaN) : row))) },
      "store/m/audio/joint_space/d.npy: row 17, column 0 is NaN. Was that item silent, unreadable or skipped? Embed it again or leave it out.",
    ],
    [
      "a clip without label",
      { "truth.csv": "song,violin,viola,flute,oboe\na,0,0,0,0\n" },
      'truth.csv: line 2: clip "a" has no label; expected one 1 in its row.',
    ],
    [
      "a clip with two labels",
      { "truth.csv": "song,violin,viola,flute,oboe\na,0,1,1,0\n" },
      'truth.csv: line 2: clip "a" has two labels, "viola" and "flute"; expected one.',
    ],
    [
      "a clip twice",
      { "truth.csv": "song,violin,viola\na,0,1\nb,1,0\na,0,1\n" },
      'truth.csv: line 4: the clip id "a" is already on line 2; every clip must be listed once.',
    ],
    ["a broken manifest", { "store/m/manifest.json": "{" }, /^store\/m\/manifest\.json: not valid JSON: .+$/],
    [
      "a store without models",
      { "other/x": "" },
      "other: no model found; expected <model>/<audio|text>/<joint_space|pre_joint>/<name>.npy below this folder.",
    ],
  ];
  it.each(cases)("%s", async (title, files, message) => {
    const cwd = workFolder();
    for (const [path, content] of Object.entries(files)) put(join(cwd, path), content);
    const before = filesOf(cwd);
    const store = title === "a store without models" ? ["-e", "other"] : [];
    const { status, stdout, stderr } = await evaluate(cwd, ...store, "--out", "new/deep/run");
    expect([status, stdout]).toEqual([3, ""]);
    expect(paragraph(stderr)).toEqual(message instanceof RegExp ? expect.stringMatching(message) : message);
    expect(filesOf(cwd)).toEqual(before);
    expect(existsSync(join(cwd, "new"))).toBe(false);
  });

  it.each([
    [["-e", "none"], "none: no such file or folder. Check the path; relative paths start at the current folder."],
    [
      ["-g", "none.csv"],
      "none.csv: no such file or folder. Check the path; relative paths start at the current folder.",
    ],
    [
      ["-e", "store/m"],
      "store/m: this is the folder of one model; give the store that contains it, its parent folder.",
    ],
    [
      ["--ontology", "none.json"],
      "none.json: no such file or folder. Check the path; relative paths start at the current folder.",
    ],
    [
      ["--ontology", "doctorski"],
      "doctorski: no such ontology; expected doktorski, audioset, hornbostel-sachs, musicbrainz-types, agreed, or a file of your " +
        "own: .csv, .json, .jsonld, .ttl.",
    ],
  ])("%j", async (args, message) => {
    const cwd = workFolder();
    const { status, stderr } = await evaluate(cwd, ...args);
    expect([status, paragraph(stderr)]).toEqual([3, message]);
    expect(readdirSync(cwd).sort()).toEqual(["store", "truth.csv"]);
  });

  it.each([
    ["--model", "n", 'the store has no model "n"; it has m.'],
    ["--dataset", "e", 'the store has no audio data set "e"; it has d.'],
    ["--prompts", "q", 'the store has no prompt set "q"; it has muscall_prompt, negative_muscall_prompts.'],
  ])("a name that the store lacks is an error of usage: %s %s", async (option, name, message) => {
    const cwd = workFolder();
    const { status, stderr } = await evaluate(cwd, option, name);
    expect([status, paragraph(stderr)]).toEqual([2, message]);
    expect(readdirSync(cwd).sort()).toEqual(["store", "truth.csv"]);
  });

  it("a stack trace is printed with --debug or IREC_DEBUG=1, before or after the command", async () => {
    const cwd = workFolder();
    const runs = await Promise.all([
      irec.run(["evaluate", "-e", "none", "--debug"], { cwd }),
      irec.run(["--debug", "evaluate", "-e", "none"], { cwd }),
      irec.run(["evaluate", "-e", "none"], { cwd, env: { IREC_DEBUG: "1" } }),
    ]);
    for (const { status, stderr } of runs) {
      expect(status).toBe(3);
      expect(stderr).toMatch(/^error: none: no such file or folder\.[^\n]*\nInputError: none: [^\n]+\n {4}at /);
      expect(stderr).toContain("\ncaused by Error: ENOENT");
    }
    expect(readdirSync(cwd).sort()).toEqual(["store", "truth.csv"]);
  });
});

describe("an interrupt", () => {
  /** A store that takes seconds to score: 200,000 clips of zeros, a file with a hole instead of data. */
  function bigFolder(): string {
    const cwd = newFolder();
    const count = 200_000;
    const path = put(join(cwd, "store/m/audio/joint_space/d.npy"), "");
    const header = npyFile(headerText({ shape: `(${count}, 256)` }));
    const file = openSync(path, "w");
    writeSync(file, header);
    ftruncateSync(file, header.length + count * 256 * 4);
    closeSync(file);
    put(join(cwd, "store/m/text/joint_space/p.npy"), npyOf(randomRows(1, 4, 256)));
    writeOneHot(
      cwd,
      words,
      Array.from({ length: count }, (_, i) => i % 4),
    );
    return cwd;
  }

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await sleep(2);
  }
  const hasPartial = (folder: string) =>
    existsSync(folder) && readdirSync(folder).some((name) => name.includes("partial"));

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "by %s ends with 130 and leaves no folder and no file",
    async (signal) => {
      const cwd = bigFolder();
      const { child, ended } = irec.start(["evaluate", ...inputs, "-s", "dot", "--out", "new/deep/run"], { cwd });
      await until(() => hasPartial(join(cwd, "new/deep")));
      await sleep(signal === "SIGINT" ? 0 : 300); // at the start, and in the middle of the work
      child.kill(signal);
      const { status, stdout, stderr } = await ended;
      expect({ status, stdout, stderr }).toEqual({ status: 130, stdout: "", stderr: "" });
      expect(readdirSync(cwd).sort()).toEqual(["store", "truth.csv"]);
    },
  );

  it("leaves an empty folder empty that was given as the run folder", async () => {
    const cwd = bigFolder();
    mkdirSync(join(cwd, "run"));
    const { child, ended } = irec.start(["evaluate", ...inputs, "-s", "dot", "--out", "run"], { cwd });
    await until(() => hasPartial(join(cwd, "run")));
    child.kill("SIGINT");
    expect((await ended).status).toBe(130);
    expect(readdirSync(join(cwd, "run"))).toEqual([]);
  });

  it("is heard while intervals are drawn, when no file is read", async () => {
    const cwd = workFolder();
    const args = ["evaluate", ...inputs, "-x", "triplets", "--draws", "10000000", "--out", "new/run"];
    const { child, ended } = irec.start(args, { cwd });
    await until(() => hasPartial(join(cwd, "new")));
    await sleep(1000);
    child.kill("SIGTERM");
    expect((await ended).status).toBe(130);
    expect(readdirSync(cwd).sort()).toEqual(["store", "truth.csv"]);
  });

  it("is heard while the sample is embedded, and leaves nothing of its store", async () => {
    const cwd = newFolder();
    mkdirSync(join(cwd, "tmp"));
    const { child, ended } = irec.start(["evaluate", "--quiet"], { cwd, env: { TMPDIR: join(cwd, "tmp") } });
    const isAtWork = (name: string) => name.endsWith(".part");
    await until(() => readdirSync(join(cwd, "tmp"), { recursive: true }).map(String).some(isAtWork));
    child.kill("SIGTERM");
    expect(await ended).toEqual({ status: 130, stdout: "", stderr: "" });
    expect(readdirSync(cwd)).toEqual(["tmp"]);
    expect(readdirSync(join(cwd, "tmp"))).toEqual([]);
  });
});
