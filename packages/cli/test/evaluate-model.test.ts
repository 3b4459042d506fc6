import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { DatasetModule } from "../src/datasets/dataset.ts";
import { tinysol } from "../src/datasets/tinysol.ts";
import { embedToEvaluate } from "../src/embedding/embed-to-evaluate.ts";
import { evaluate } from "../src/evaluate.ts";
import { fileServer } from "./file-server.ts";
import { hubServer } from "./hub-server.ts";
import { irecProcess } from "./irec-process.ts";
import { servedFrom, sineWav, TINYSOL_FILES, writeTinysol } from "./miniatures.ts";
import { paragraph } from "./one-paragraph.ts";
import { CLAP_FLAGS, CLAP_SETTINGS, putSmallClap } from "./small-models.ts";
import { put, temporaryFolders } from "./temp-folder.ts";

const known = vi.hoisted((): { datasets: DatasetModule[] } => ({ datasets: [] }));
vi.mock("../src/datasets/registry.ts", () => ({
  DATASETS: known.datasets,
  datasetNamed: (name: string) => known.datasets.find((dataset) => dataset.name === name),
}));

const irec = irecProcess();
const newFolder = temporaryFolders();
afterEach(() => vi.unstubAllEnvs());

describe("a model and a data set by their names", () => {
  it("are fetched when they are missing, embedded, and evaluated by every experiment; a second time nothing is computed", async () => {
    const home = newFolder();
    putSmallClap(join(home, "model"));
    const file = (name: string) => readFileSync(join(home, "model", name));
    const hub = await hubServer();
    hub.publish("lukewys/laion_clap", { "music_audioset_epoch_15_esc_90.14.pt": file("tiny.pt") });
    hub.publish("roberta-base", { "vocab.json": file("vocab.json"), "merges.txt": file("merges.txt") });
    const server = await fileServer();
    const served = servedFrom(tinysol, server.url, TINYSOL_FILES);
    for (const [path, content] of served.files) server.files.set(path, content);
    known.datasets.splice(0, Infinity, served.dataset);
    vi.stubEnv("HF_ENDPOINT", hub.url);
    vi.stubEnv("HF_HUB_CACHE", join(home, "hub"));
    vi.stubEnv("IREC_DATA", join(home, "data"));
    vi.stubEnv("IREC_CACHE", join(home, "cache"));

    const said: string[] = [];
    const wanted = { models: ["music-clap"], dataset: "tinysol", settings: CLAP_SETTINGS, backend: "wasm" } as const;
    const run = () => embedToEvaluate(wanted, { say: (line) => said.push(line) });
    const { reports, ...embedded } = await run();
    expect(said.join("\n")).toMatch(/TinySOL.*CC BY 4\.0/s);
    expect(embedded).toMatchObject({ models: ["music-clap"], dataset: "tinysol" });
    expect(embedded.promptSets).toHaveLength(11);
    expect(embedded.embeddings.startsWith(join(home, "cache", "embeddings", "tinysol-"))).toBe(true);
    expect(reports[0]!.arrays.at(-1)).toMatchObject({ array: "audio/tinysol", rows: 6, computed: 6 });

    const results = await evaluate({ ...embedded, draws: 5 });
    expect(Object.keys(results.experiments)).toEqual(
      expect.arrayContaining(["zero-shot", "audio-only", "triplets", "positive-negative", "negation"]),
    );
    expect(results.dataset).toMatchObject({ name: "tinysol", clips: 6 });
    expect(results.dataset!.labels).toHaveLength(14);

    const asked = hub.asked.length;
    const again = await run();
    expect(again.embeddings).toBe(embedded.embeddings);
    expect(again.reports[0]!.arrays.every(({ found }) => found)).toBe(true);
    expect(hub.asked.length).toBe(asked);
  });
});

describe("irec evaluate --model --dataset", () => {
  const inputs = () => {
    const cwd = newFolder();
    putSmallClap(join(cwd, "model"));
    writeTinysol(join(cwd, "data/tinysol"));
    const env = { IREC_BACKEND: "wasm", IREC_DATA: join(cwd, "data"), IREC_CACHE: join(cwd, "cache") };
    const run = (...args: readonly string[]) =>
      irec.run(["evaluate", "--model", "model/tiny.pt", ...CLAP_FLAGS, "--draws", "5", ...args], { cwd, env });
    return { cwd, run };
  };

  it("embeds into the cache, one store for each choice of clips, and writes a run folder", async () => {
    const { cwd, run } = inputs();
    const first = await run("--dataset", "tinysol", "--out", "run");
    expect(first.status, first.stderr).toBe(0);
    expect(first.stdout).toMatch(/^\nModels: tiny\nData set: tinysol, 6 clips, 14 labels\n/);
    expect(first.stdout).toContain("Wrote run/results.json");
    expect(first.stderr).toMatch(/^warning: text\/definition, "bass tuba": the end is cut, \d+ tokens are lost$/m);
    const part = await run("--dataset", "tinysol", "--exclude-retuned", "--json");
    expect(JSON.parse(part.stdout).dataset.clips).toBe(4);
    expect(readdirSync(join(cwd, "cache/embeddings"))).toHaveLength(2);
  });

  it("hears the sounds that are there now: others of the same names and sizes get a store of their own", async () => {
    const { cwd, run } = inputs();
    const write = (folder: string, hertz: number) =>
      ["violin/a", "violin/b", "flute/a", "flute/b"].forEach((clip, i) => {
        put(join(cwd, folder, "notes", `${clip}.wav`), sineWav(hertz + 100 * i));
      });
    const stores = () => readdirSync(join(cwd, "cache/embeddings")).length;
    write("one", 200);
    write("two", 250);
    expect((await run("--dataset", "one/notes")).status).toBe(0);
    expect((await run("--dataset", "two/notes")).status).toBe(0);
    expect(stores()).toBe(2);
    write("one", 300);
    const { status, stderr } = await run("--dataset", "one/notes");
    expect(status, stderr).toBe(0);
    expect(stores()).toBe(3);
  });

  it("keeps embeddings where --store says, and takes prompts by their names", async () => {
    const { cwd, run } = inputs();
    const { status, stdout, stderr } = await run(
      ...["--dataset", "tinysol", "--store", "mine", "--prompts", "label,follow_up_ensemble", "--json"],
    );
    expect([status, stderr]).toEqual([0, ""]);
    const promptSets = JSON.parse(stdout).experiments["zero-shot"].map((row: { promptSet: string }) => row.promptSet);
    expect(promptSets.sort()).toEqual(["follow_up_ensemble", "label"]);
    expect(readdirSync(join(cwd, "mine"))).toEqual(["tiny"]);
  });

  it.each([
    [[], "--model needs --dataset, what it is to hear, or --embeddings, the store that it is in."],
    [
      ["--embeddings", "store"],
      "--text-heads is for a --model that is run on a --dataset; a store has been computed before.",
    ],
  ])("refuses %j, which lacks or has something idle", async (args, message) => {
    const { run } = inputs();
    const { status, stderr } = await run(...args);
    expect(status).toBe(2);
    expect(paragraph(stderr)).toBe(message);
  });
});
