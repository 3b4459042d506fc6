import { type ChildProcess, execFileSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { type Ended, irecProcess } from "./irec-process.ts";
import { sineWav } from "./miniatures.ts";
import { paragraph } from "./one-paragraph.ts";
import { CLAP_FLAGS, putSmallClap } from "./small-models.ts";
import { put, temporaryFolders } from "./temp-folder.ts";

const irec = irecProcess();
const newFolder = temporaryFolders();
const onWasm = { IREC_BACKEND: "wasm" };
const LABELS = ["violin", "flute", "oboe"];
const CLIPS = 20;
const BATCH = 2;

/** A folder with a small model and sounds of several pitches, below folders of their labels. */
function workFolder(clips = CLIPS): string {
  const folder = newFolder();
  putSmallClap(join(folder, "model"));
  for (let i = 0; i < clips; i++) put(join(folder, "sounds", LABELS[i % 3]!, `n${i}.wav`), sineWav(200 + 40 * i));
  return folder;
}

const MODEL_AND_SOUNDS = ["--model", "model/tiny.pt", "--dataset", "sounds", ...CLAP_FLAGS];
const args = (...more: readonly string[]) => [
  ...["embed", ...MODEL_AND_SOUNDS, "--store", "store", "--batch-size", String(BATCH)],
  ...["--prompts", "muscall_prompt,negative_muscall_prompts", ...more],
];
const embed = (cwd: string, ...more: readonly string[]): Promise<Ended> =>
  irec.run(args(...more), { cwd, env: onWasm });

/** Every file below a folder with its bytes, hidden ones too. */
function contentOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length), readFileSync(path, "base64")]).sort());
}

const manifestOf = (cwd: string, store = "store") =>
  JSON.parse(readFileSync(join(cwd, store, "tiny/manifest.json"), "utf8"));

describe("irec embed", () => {
  let cwd: string;
  let first: Ended;
  let reference: Record<string, string>;
  beforeAll(async () => {
    cwd = workFolder();
    first = await embed(cwd);
    reference = contentOf(join(cwd, "store"));
  });

  it("writes the arrays of both towers in both spaces, a manifest, and nothing else", () => {
    expect([first.status, first.stderr]).toEqual([0, ""]);
    expect(first.stdout).toBe(
      "tiny: LAION-CLAP HTSAT (width 8, depths 2 2 2) on wasm, length policy same-input\n" +
        "audio/sounds: 20 clips\ntext: 2 prompt sets, 28 prompts, 28 computed\n" +
        "Wrote store/tiny. Now: irec evaluate --embeddings store\n",
    );
    expect(Object.keys(reference)).toEqual([
      "/tiny/audio/joint_space/sounds.npy",
      "/tiny/audio/pre_joint/sounds.npy",
      "/tiny/manifest.json",
      "/tiny/text/joint_space/muscall_prompt.npy",
      "/tiny/text/joint_space/negative_muscall_prompts.npy",
      "/tiny/text/pre_joint/muscall_prompt.npy",
      "/tiny/text/pre_joint/negative_muscall_prompts.npy",
    ]);
  });

  it("records what made the arrays, which clip is which row, and the prompts", () => {
    const checksum = execFileSync("sha256sum", [join(cwd, "model/tiny.pt")], { encoding: "utf8" }).slice(0, 64);
    const manifest = manifestOf(cwd);
    expect(manifest.madeBy).toMatchObject({ checkpoint: checksum, backend: "wasm", sampleRate: 48_000 });
    expect(manifest.datasets.sounds.clipIds.slice(0, 3)).toEqual(["flute/n1", "flute/n10", "flute/n13"]);
    expect(manifest.datasets.sounds.groundTruth).toMatchObject({ labels: ["flute", "oboe", "violin"] });
    expect(manifest.promptSets.muscall_prompt.prompts[0]).toBe("A bass tuba track");
    expect(manifest.promptSets.negative_muscall_prompts.negates).toBe("muscall_prompt");
  });

  it("gives irec evaluate all that it needs", async () => {
    const evaluated = await irec.run(["evaluate", "-e", "store", "--draws", "5", "--json"], { cwd });
    expect(evaluated.status, evaluated.stderr).toBe(0);
    const results = JSON.parse(evaluated.stdout);
    // Of three labels and one affirming prompt set.
    expect(results.skipped.map(({ experiment }: { experiment: string }) => experiment)).toEqual([
      "attribution",
      "prompt-sensitivity",
    ]);
    expect(results.dataset).toMatchObject({ name: "sounds", clips: CLIPS });
    expect(results.dataset.clipsPerLabel.filter((count: number) => count > 0)).toEqual([7, 7, 6]);
  });

  it("leaves alone what is there", async () => {
    const before = statSync(join(cwd, "store/tiny/manifest.json")).mtimeMs;
    const { status, stdout } = await embed(cwd);
    expect(status).toBe(0);
    expect(stdout).toContain("audio/sounds: 20 clips, all there before\ntext: 2 prompt sets, 28 prompts, 0 computed\n");
    expect(statSync(join(cwd, "store/tiny/manifest.json")).mtimeMs).toBe(before);
  });

  it("adds other prompts to a store, and the order of the runs leaves no trace", async () => {
    const other = newFolder();
    cpSync(cwd, other, { recursive: true });
    const both = ["--prompts", "label"];
    expect((await embed(other, ...both)).status).toBe(0);
    expect((await embed(other, "--store", "again", ...both)).status).toBe(0);
    expect((await embed(other, "--store", "again")).status).toBe(0);
    expect(contentOf(join(other, "again"))).toEqual(contentOf(join(other, "store")));
  });

  it("says with --dry-run what it would do, and writes nothing", async () => {
    const { status, stdout } = await embed(cwd, "--store", "dry", "--dry-run");
    expect(status).toBe(0);
    expect(stdout).toContain(
      "audio/sounds: 20 clips, 0 there, 20 to compute\ntext: 2 prompt sets, 28 prompts, 28 to compute",
    );
    expect(existsSync(join(cwd, "dry"))).toBe(false);
  });

  it("knows its own prompt sets from a folder of the same name", async () => {
    const folder = workFolder(2);
    put(join(folder, "muscall_prompt/notes.txt"), "");
    const { status, stdout, stderr } = await embed(folder, "--dry-run");
    expect(status, stderr).toBe(0);
    expect(stdout).toContain("text: 2 prompt sets, 28 prompts, 28 to compute");
  });

  it.each([
    ["before the first batch", 0],
    ["after a few batches", 3],
    ["shortly before its end", 9],
  ])("killed %s, continues, repeats at most one batch, and gives the same bytes", async (_when, batches) => {
    const killed = workFolder();
    const { child } = irec.start(args(), { cwd: killed, env: onWasm });
    const log = join(killed, "store/tiny.audio.sounds.part");
    await untilBatches(child, log, batches);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
    if (!existsSync(log)) expect(contentOf(join(killed, "store"))).toEqual(reference); // it was quicker
    const done = existsSync(log) ? batchesIn(log) : CLIPS / BATCH;
    expect(done).toBeGreaterThanOrEqual(batches);
    const { status, stdout } = await embed(killed, "--json");
    expect(status).toBe(0);
    const audio = JSON.parse(stdout).arrays.at(-1);
    expect(audio).toMatchObject({ array: "audio/sounds", kept: done * BATCH, computed: CLIPS - done * BATCH });
    expect(contentOf(join(killed, "store"))).toEqual(reference);
  });

  it("killed while the arrays get their names, completes them", async () => {
    const stopped = newFolder();
    cpSync(cwd, stopped, { recursive: true });
    // The manifest comes first: it names an array that has not got its name yet.
    rmSync(join(stopped, "store/tiny/audio/pre_joint/sounds.npy"));
    expect((await embed(stopped)).status).toBe(0);
    expect(contentOf(join(stopped, "store"))).toEqual(reference);
  });

  it("takes a log that was damaged up to the damage", async () => {
    const damaged = workFolder();
    expect((await embed(damaged, "--shard", "1/2", "--store", "store")).status).toBe(0);
    const log = join(damaged, "store/tiny.audio.sounds.1-of-2.part");
    const bytes = readFileSync(log);
    const before = batchesIn(log);
    bytes[bytes.length - 100]! ^= 1;
    writeFileSync(log, bytes);
    const { stdout } = await embed(damaged, "--shard", "1/2", "--json");
    expect(JSON.parse(stdout).arrays.at(-1)).toMatchObject({ kept: (before - 1) * BATCH, computed: BATCH });
    expect((await embed(damaged, "--shard", "2/2")).status).toBe(0);
    expect((await irec.run(["embed", "merge", "store"], { cwd: damaged })).status).toBe(0);
    expect(contentOf(join(damaged, "store"))).toEqual(reference);
  });

  it("computes a batch again when a sound of it has changed since, at the same size", async () => {
    const begun = workFolder();
    expect((await embed(begun, "--shard", "1/2")).status).toBe(0);
    for (let i = 0; i < CLIPS; i++) put(join(begun, "sounds", LABELS[i % 3]!, `n${i}.wav`), sineWav(2000 + i));
    const { stdout } = await embed(begun, "--shard", "1/2", "--json");
    expect(JSON.parse(stdout).arrays.at(-1)).toMatchObject({ kept: 0, computed: CLIPS / 2 });
  });

  it("joins parts once; parts of other sounds or options than what is there stay where they are", async () => {
    const merge = () => irec.run(["embed", "merge", "a", "--store", "out"], { cwd: begun });
    const parts = () => readdirSync(join(begun, "a")).filter((name) => name.endsWith(".part"));
    const begun = workFolder(6);
    const shard = (index: number) => embed(begun, "--store", "a", "--shard", `${index}/2`);
    for (const index of [1, 2]) expect((await shard(index)).status).toBe(0);
    cpSync(join(begun, "a"), join(begun, "kept"), { recursive: true });
    const before = parts().length;
    expect((await merge()).stdout).toMatch(/^Merged 3 arrays: tiny\/audio\/sounds, /);
    expect(parts()).toEqual([]);

    cpSync(join(begun, "kept"), join(begun, "a"), { recursive: true });
    expect((await merge()).stdout).toMatch(/^Was there already: tiny\/audio\/sounds, .*\nNothing was added to out\./);
    expect(parts()).toEqual([]);

    put(join(begun, "sounds/oboe/n2.wav"), sineWav(999));
    for (const index of [1, 2]) expect((await shard(index)).status).toBe(0);
    const of = await merge();
    expect(of.status).toBe(3);
    expect(paragraph(of.stderr)).toMatch(
      /\.part: has another sound of the clip oboe\/n2 than .*out\/tiny, which has audio\/sounds already/,
    );
    expect(parts()).toHaveLength(before);
    rmSync(join(begun, "a"), { recursive: true });

    cpSync(join(begun, "kept"), join(begun, "a"), { recursive: true });
    rmSync(join(begun, "a/tiny.audio.sounds.2-of-2.part"));
    expect((await embed(begun, "--store", "a", "--shard", "2/2", "--batch-size", "4")).status).toBe(0);
    const differing = await merge();
    expect(differing.status).toBe(3);
    expect(paragraph(differing.stderr)).toMatch(/another embedding\.batchSize: 2, now 4/);
    expect(parts()).toHaveLength(before);
  });

  it("lets two runs on one store take turns", async () => {
    const shared = workFolder();
    const both = await Promise.all([embed(shared), embed(shared)]);
    expect(both.map(({ status }) => status)).toEqual([0, 0]);
    expect(contentOf(join(shared, "store"))).toEqual(reference);
  });

  describe("refuses to mix", () => {
    it.each([
      [
        "another length policy",
        ["--length-policy", "study-pre-joint"],
        /audio\/sounds is there and was made with another embedding.lengthPolicy: "same-input", now "study-pre-joint"/,
      ],
      ["another size of batches", ["--batch-size", "3"], /another embedding.batchSize: 2, now 3/],
      [
        "another setting of the model",
        ["--clip-seconds", "0.6"],
        /were made with another settings.clipSeconds: 0.625, now 0.6/,
      ],
      [
        "another data set with another policy",
        ["--dataset-name", "more", "--length-policy", "muscall-centre"],
        /data set sounds of this model was made with another lengthPolicy/,
      ],
    ])("%s, by name", async (_title, more, message) => {
      const { status, stderr, stdout } = await embed(cwd, ...more);
      expect([status, stdout]).toEqual([3, ""]);
      expect(paragraph(stderr)).toMatch(message);
      expect(contentOf(join(cwd, "store"))).toEqual(reference);
    });

    it("another checkpoint", async () => {
      const other = newFolder();
      cpSync(cwd, other, { recursive: true });
      const bytes = readFileSync(join(other, "model/tiny.pt"));
      writeFileSync(join(other, "model/tiny.pt"), Buffer.concat([bytes.subarray(0, -22), endOfZip(bytes)]));
      const { status, stderr } = await embed(other);
      expect(status).toBe(3);
      expect(paragraph(stderr)).toMatch(
        /manifest\.json: the arrays of this model were made with another checkpoint: "[0-9a-f]{64}", now/,
      );
    });

    it("another set of clips, and clips that have changed", async () => {
      const other = newFolder();
      cpSync(cwd, other, { recursive: true });
      put(join(other, "sounds/oboe/n2.wav"), sineWav(300)); // of the same size
      expect(paragraph((await embed(other)).stderr)).toMatch(
        /audio\/sounds is there, and sound files have changed since: oboe\/n2\. Give another --store/,
      );
      put(join(other, "sounds/oboe/new.wav"), sineWav(300));
      expect(paragraph((await embed(other)).stderr)).toMatch(/another clipIds\[13\]: "violin\/n0", now "oboe\/new"/);
    });

    it("what was begun with other options", async () => {
      const begun = workFolder();
      expect((await embed(begun, "--shard", "1/2")).status).toBe(0);
      const { status, stderr } = await embed(begun, "--shard", "1/2", "--batch-size", "4");
      expect(status).toBe(3);
      expect(paragraph(stderr)).toMatch(
        /tiny\.audio\.sounds\.1-of-2\.part: was begun with another batchSize: 2, now 4\./,
      );
    });

    it("a store of which nobody knows what made it", async () => {
      const foreign = workFolder();
      cpSync(join(cwd, "store"), join(foreign, "store"), { recursive: true });
      rmSync(join(foreign, "store/tiny/manifest.json"));
      expect(paragraph((await embed(foreign)).stderr)).toMatch(
        /store\/tiny: there are arrays of this model, and nothing says/,
      );
    });
  });

  describe("with a clip that cannot be embedded", () => {
    const damaged = () => {
      const folder = workFolder();
      put(join(folder, "sounds/oboe/n5.wav"), "no sound");
      put(join(folder, "sounds/violin/n9.wav"), sineWav(560).subarray(0, 44));
      return folder;
    };

    it("stops, names it and keeps the rest; repaired, continues to the same bytes", async () => {
      const folder = damaged();
      const { status, stdout, stderr } = await embed(folder);
      expect([status, stdout]).toEqual([3, ""]);
      expect(paragraph(stderr)).toMatch(
        /^sounds\/oboe\/n5\.wav: the clip "oboe\/n5" cannot be embedded: .*--skip-bad\.$/,
      );
      expect(batchesIn(join(folder, "store/tiny.audio.sounds.part"))).toBeGreaterThan(0);
      put(join(folder, "sounds/oboe/n5.wav"), sineWav(400));
      put(join(folder, "sounds/violin/n9.wav"), sineWav(560));
      expect((await embed(folder)).status).toBe(0);
      expect(contentOf(join(folder, "store"))).toEqual(reference);
    });

    it("leaves it out with --skip-bad and says so; its rows are absent, and the others in their places", async () => {
      const folder = damaged();
      const { status, stdout } = await embed(folder, "--skip-bad");
      expect(status).toBe(0);
      expect(stdout).toMatch(/audio\/sounds: 18 clips, 2 SKIPPED\n/);
      expect(stdout).toMatch(/skipped oboe\/n5: .*\nskipped violin\/n9: /);
      const { clipIds, skipped, groundTruth } = manifestOf(folder).datasets.sounds;
      const all: string[] = manifestOf(cwd).datasets.sounds.clipIds;
      expect(clipIds).toEqual(all.filter((id) => id !== "oboe/n5" && id !== "violin/n9"));
      expect(groundTruth.classes).toHaveLength(18);
      expect(skipped.map(({ clipId }: { clipId: string }) => clipId)).toEqual(["oboe/n5", "violin/n9"]);
      const array = "tiny/audio/joint_space/sounds.npy";
      const kept = [...all.keys()].filter((row) => clipIds.includes(all[row]!));
      const [rows, whole] = [rowsOf(join(folder, "store", array)), rowsOf(join(cwd, "store", array))];
      for (const [row, original] of kept.entries()) {
        // A batch of one clip less can differ in the last digit.
        for (const [k, value] of rows[row]!.entries()) expect(value).toBeCloseTo(whole[original]![k]!, 5);
      }
      const evaluated = await irec.run(["evaluate", "-e", "store", "--draws", "5", "--json"], { cwd: folder });
      expect(JSON.parse(evaluated.stdout).dataset.clips).toBe(18);
    });

    it("does not take a store with gaps for a whole one", async () => {
      const folder = damaged();
      expect((await embed(folder, "--skip-bad")).status).toBe(0);
      expect((await embed(folder, "--skip-bad")).status).toBe(0);
      const { status, stderr } = await embed(folder);
      expect(status).toBe(3);
      expect(paragraph(stderr)).toMatch(/is there without 2 clip\(s\) that were skipped, the first is "oboe\/n5"/);
    });
  });

  describe("in shards, as docs/clusters.md has them", () => {
    const page = readFileSync(fileURLToPath(new URL("../../../docs/clusters.md", import.meta.url)), "utf8");

    /** A command of the page, with our model, data and store in place of its own. */
    function commandOf(scheduler: string, shards: number): string {
      const line = page.split("\n").find((one) => one.includes(scheduler) && one.includes(" embed --model"))!;
      const own = args().slice(1).join(" ");
      return `$IREC embed ${own} --quiet ${line.slice(line.indexOf("--shard"))}`.replace(/\/8"$/, `/${shards}"`);
    }

    it.each([
      [
        "a Slurm array",
        "SLURM_ARRAY_TASK_ID",
        (i: number) => ({ SLURM_ARRAY_TASK_ID: `${i}`, SLURM_ARRAY_TASK_COUNT: "3" }),
      ],
      ["a Kubernetes indexed job", "JOB_COMPLETION_INDEX", (i: number) => ({ JOB_COMPLETION_INDEX: `${i}` })],
    ])("%s on one store, merged, gives the bytes of one run", async (_title, scheduler, env) => {
      const folder = workFolder();
      const command = commandOf(scheduler, 3);
      const parts = await Promise.all(
        [0, 1, 2].map((i) => irec.shell(command, { cwd: folder, env: { ...onWasm, ...env(i) } })),
      );
      expect(parts.map(({ status, stderr }) => [status, stderr])).toEqual([
        [0, ""],
        [0, ""],
        [0, ""],
      ]);
      const merged = await irec.run(["embed", "merge", "store"], { cwd: folder });
      expect([merged.status, merged.stderr]).toEqual([0, ""]);
      expect(contentOf(join(folder, "store"))).toEqual(reference);
    });

    it("in stores of their own, and a part that is missing, unfinished, twice or of something else is named", async () => {
      const folder = workFolder();
      const shard = (part: string, store: string, ...more: string[]) =>
        embed(folder, "--shard", part, "--store", store, ...more);
      const merge = (...stores: string[]) =>
        irec.run(["embed", "merge", ...stores, "--store", "whole"], { cwd: folder });
      expect((await shard("1/3", "a")).status).toBe(0);
      expect((await shard("3/3", "c")).status).toBe(0);
      const missing = await merge("a", "c");
      expect(missing.status).toBe(3);
      expect(paragraph(missing.stderr)).toMatch(/^tiny\/.*: .*(shard 2\/3 is missing|no shard of it is here)/);
      expect(existsSync(join(folder, "whole"))).toBe(false);

      expect((await shard("2/3", "other", "--seed", "1", "--length-policy", "study")).status).toBe(0);
      expect(paragraph((await merge("a", "other", "c")).stderr)).toMatch(/was computed with another lengthPolicy than/);

      expect((await shard("2/3", "b")).status).toBe(0);
      cpSync(join(folder, "a"), join(folder, "copy"), { recursive: true });
      expect(paragraph((await merge("a", "b", "c", "copy")).stderr)).toMatch(
        /^copy\/tiny\..*1-of-3\.part: is shard 1\/3 of tiny\/.*, as is a\//,
      );

      const log = join(folder, "b/tiny.audio.sounds.2-of-3.part");
      const bytes = readFileSync(log);
      writeFileSync(log, bytes.subarray(0, -50));
      expect(paragraph((await merge("a", "b", "c")).stderr)).toMatch(/shard 2\/3 is not finished: \d of \d batches/);
      writeFileSync(log, bytes);

      const merged = await merge("a", "b", "c");
      expect(merged.status, merged.stderr).toBe(0);
      expect(merged.stdout).toMatch(/^Merged 3 arrays: .*tiny\/audio\/sounds/);
      expect(contentOf(join(folder, "whole"))).toEqual(reference);
      expect(readdirSync(join(folder, "a"))).toEqual([]);

      // As if it had been stopped when it had removed some of the parts.
      expect((await merge("copy")).status).toBe(0);
      expect(contentOf(join(folder, "whole"))).toEqual(reference);
      expect(readdirSync(join(folder, "copy"))).toEqual([]);
    });
  });

  it.each([
    [["--shard", "4/3"], "--shard 4/3: expected i/n with i from 1 to n, such as 3/8."],
    [["--length-policy", "middle"], /there is no length policy "middle"; there are same-input, .*study/],
    [["--prompts", "nothing"], /there is no prompt set "nothing"; there are muscall_prompt, /],
    [["--dataset-name", "a/b"], /the data set's name, "a\/b", becomes a file name; .*--dataset-name\./],
    [["--model", "nothing"], /there is no model "nothing"/],
  ])("refuses %j", async (more, message) => {
    const { status, stderr } = await embed(cwd, "--store", "none", ...more);
    expect(status).toBe(2);
    expect(paragraph(stderr)).toMatch(message);
    expect(existsSync(join(cwd, "none"))).toBe(false);
  });

  it("says that texts need a vocabulary", async () => {
    const folder = workFolder();
    rmSync(join(folder, "model/vocab.json"));
    const { status, stderr } = await embed(folder);
    expect(status).toBe(3);
    expect(paragraph(stderr)).toMatch(/no vocabulary beside it .*--tokenizer, or embed no texts with --prompts none/);
    const withoutTexts = ["embed", ...MODEL_AND_SOUNDS, "--store", "store", "--prompts", "none"];
    expect((await irec.run(withoutTexts, { cwd: folder, env: onWasm })).status).toBe(0);
    expect(manifestOf(folder).promptSets).toEqual({});
  });
});

/** Waits until a log has so many batches, or is complete. */
async function untilBatches(child: ChildProcess, log: string, batches: number): Promise<void> {
  while (child.exitCode === null && !(existsSync(log) && batchesIn(log) >= batches)) await sleep(2);
}

function batchesIn(log: string): number {
  return readFileSync(log, "latin1").split(/[0-9a-f]{64} \{"batch":/).length - 1;
}

/** Rows of a float32 .npy file of ours, read naively. */
function rowsOf(path: string): number[][] {
  const bytes = readFileSync(path);
  const start = 10 + bytes.readUInt16LE(8);
  const [, rows, columns] = /\((\d+), (\d+)\)/.exec(bytes.toString("latin1", 10, start))!.map(Number) as [
    number,
    number,
    number,
  ];
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, k) => bytes.readFloatLE(start + 4 * (row * columns + k))),
  );
}

/** The end of a ZIP file with a comment: another file with the same content. */
function endOfZip(bytes: Buffer): Buffer {
  const end = Buffer.from(bytes.subarray(-22));
  end.writeUInt16LE(2, 20);
  return Buffer.concat([end, Buffer.from("hi")]);
}
