import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { irecProcess } from "./irec-process.ts";
import { paragraph } from "./one-paragraph.ts";
import { writeOneHot, writeStore } from "./small-store.ts";
import { temporaryFolders } from "./temp-folder.ts";

const irec = irecProcess();
const newFolder = temporaryFolders();

const words = ["violin", "viola", "flute"];
const own = [...Array(30).keys()].map((i) => i % 3);
const prompts = [
  [1, 0.1, 0],
  [0.8, 0.6, 0],
  [0, 0.1, 1],
];
/** Model good has every clip right, model bad each third one. */
const audio = (hits: (i: number) => boolean) => own.map((label, i) => prompts[hits(i) ? label : (label + 1) % 3]!);
const arrays = (hits: (i: number) => boolean) => ({
  "audio/joint_space/d": audio(hits),
  "text/joint_space/p": prompts,
  "text/joint_space/q": prompts.toReversed(),
});

/** Where `run` is, of two models. */
let cwd: string;
beforeAll(async () => {
  cwd = newFolder();
  writeStore(cwd, { good: { arrays: arrays(() => true) }, bad: { arrays: arrays((i) => i % 4 === 0) } });
  writeOneHot(cwd, words, own);
  const args = [
    "evaluate",
    "-e",
    "store",
    "-g",
    "truth.csv",
    "-x",
    "zero-shot,audio-only,triplets",
    "--draws",
    "5",
    "-q",
    "--out",
    "run",
  ];
  expect((await irec.run(args, { cwd })).status).toBe(0);
});

const compare = (...args: string[]) => irec.run(["compare", ...args], { cwd });
const quick = ["--draws", "1000", "-q"];

describe("irec compare", () => {
  it("shows a table and sentences, and writes nothing unless told to", async () => {
    const before = readdirSync(cwd);
    const { status, stdout, stderr } = await compare("run", "--prompts-a", "p", "--prompts-b", "p", ...quick);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/ {2}zero-shot, p +\| bad +\| good \| top-1 +\| 0\.2667 \| 1\.0000 \| +-0\.7333 \|/);
    expect(stdout).toMatch(
      /\nzero-shot, p: by top-1, bad is worse than good: 0\.2667 against 1\.0000, a difference of -0\.7333 /,
    );
    expect(readdirSync(cwd)).toEqual(before);
  });

  it("--json prints the very bytes of comparison.json, with the command in it", async () => {
    const args = ["run", "--model-a", "good", "--model-b", "bad", "--json", "--out", "compared", ...quick];
    const { status, stdout } = await compare(...args);
    expect(status).toBe(0);
    expect(stdout).toBe(readFileSync(join(cwd, "compared/comparison.json"), "utf8"));
    const { provenance, comparisons } = JSON.parse(stdout);
    expect(provenance.command).toEqual(["compare", ...args]);
    expect(comparisons[0]).toMatchObject({ a: { run: "run", model: "good", promptSet: "p" }, verdict: "better" });
    expect(readdirSync(join(cwd, "compared")).sort()).toEqual(
      ["csv", "json", "md", "tex"].map((end) => `comparison.${end}`),
    );
    expect(readFileSync(join(cwd, "compared/comparison.tex"), "utf8")).toContain("\\toprule");
    expect(readFileSync(join(cwd, "compared/comparison.md"), "utf8")).toContain("| comparison ");
    const [header, line] = readFileSync(join(cwd, "compared/comparison.csv"), "utf8").split("\n");
    expect(header).toBe(
      "comparison,a,b,measure,score of a,score of b,difference,low,high,p,p by Holm,Cohen's h,test,drawn,items,a is,in words",
    );
    expect(line).toContain('"zero-shot, p",good,bad,top-1,1,0.26666666666666666,0.7333333333333334,');
  });

  it("--out with the end of a form writes that one file, and overwrites none", async () => {
    expect((await compare("run", "--out", "one.md", ...quick)).status).toBe(0);
    const before = readFileSync(join(cwd, "one.md"), "utf8");
    const again = await compare("run", "--out", "one.md", ...quick);
    expect([again.status, paragraph(again.stderr)]).toEqual([
      5,
      "one.md: already there; nothing is overwritten. Choose another name, or remove it.",
    ]);
    expect(readFileSync(join(cwd, "one.md"), "utf8")).toBe(before);
  });

  it("--rules and --measures narrow what is tested, which makes the family of tests smaller", async () => {
    const all = JSON.parse((await compare("run", "--json", ...quick)).stdout);
    const few = await compare("run", "--rules", "lca", "--measures", "top-1", "--json", ...quick);
    const { families, comparisons } = JSON.parse(few.stdout);
    expect(comparisons.every(({ rule }: { rule?: string }) => rule === undefined || rule === "lca")).toBe(true);
    expect(all.families.map(({ tests }: { tests: number }) => tests)).toEqual([6, 6, 6]);
    expect(families).toEqual([
      { experiment: "zero-shot", tests: 2 },
      { experiment: "triplets", tests: 2 },
    ]);
  });

  it("ends with 4 when an experiment that was asked for has nothing in common", async () => {
    const args = ["run", "--experiments", "audio-only,zero-shot", "--rules", "by-fold", ...quick];
    const { status, stdout } = await compare(...args);
    expect(status).toBe(4);
    expect(stdout).toContain("zero-shot, p");
  });

  it.each([
    [["run", "--model-a", "nobody"], 2, 'error: run has no model "nobody"; it has bad, good.'],
    [
      ["run", "--out", "x.pdf"],
      2,
      "error: --out x.pdf: a file is one of .json, .csv, .md, .tex; a folder has no dot in its name.",
    ],
    [
      ["run", "--out", "run"],
      5,
      "error: run: already there and not empty; nothing is overwritten. Choose another --out, or remove it.",
    ],
    [
      ["nowhere"],
      3,
      "error: nowhere/results.json: no such file or folder. Check the path; relative paths start at the current folder.",
    ],
    [
      ["run", "--alpha", "5"],
      2,
      "error: option '--alpha <share>' argument '5' is invalid. Expected a number between 0 and 1, such as 0.05. " +
        "(irec <command> --help shows the options and examples)",
    ],
    [[], 2, "error: missing required argument 'run-a' (irec <command> --help shows the options and examples)"],
  ])("%j is refused, with nothing left behind", async (args, code, message) => {
    const before = readdirSync(cwd);
    const { status, stdout, stderr } = await compare(...args);
    expect([status, stdout, stderr.trim().replace(/\s+/g, " ")]).toEqual([code, "", message]);
    expect(readdirSync(cwd)).toEqual(before);
  });

  it("leaves no folder behind when an outcome turns out to be damaged", async () => {
    const file = join(cwd, "run/outcomes/zero-shot/good/p.npy");
    const bytes = readFileSync(file);
    try {
      writeFileSync(file, bytes.subarray(0, -1));
      const { status, stderr } = await compare("run", "--out", "damaged", ...quick);
      expect(status).toBe(3);
      expect(stderr).toMatch(/^error: run\/outcomes\/zero-shot\/good\/p\.npy: its sha256 is [0-9a-f]{64}, while/);
      expect(stderr).toContain("it was changed or damaged after the run was written. Run irec evaluate again");
      expect(existsSync(join(cwd, "damaged"))).toBe(false);
    } finally {
      writeFileSync(file, bytes);
    }
  });

  it("fills an empty folder that is already there", async () => {
    mkdirSync(join(cwd, "empty"));
    expect((await compare("run", "--out", "empty", ...quick)).status).toBe(0);
    expect(readdirSync(join(cwd, "empty"))).toContain("comparison.json");
    rmSync(join(cwd, "empty"), { recursive: true });
  });

  it("--help shows examples whose options are there, in lines of at most 120 characters", async () => {
    const { status, stdout } = await compare("--help");
    expect(status).toBe(0);
    const [options, examples] = stdout.split("Examples:");
    for (const option of examples!.match(/ --[a-z-]+/g) ?? []) expect(options).toContain(option.trim());
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
  });
});
