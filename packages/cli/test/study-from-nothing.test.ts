import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { fileServer } from "./file-server.ts";
import { hubServer } from "./hub-server.ts";
import { irecProcess } from "./irec-process.ts";
import { TINYSOL_FILES } from "./miniatures.ts";
import { schemaFaults } from "./results-schema.ts";
import { temporaryFolders } from "./temp-folder.ts";

const md5 = (bytes: Buffer) => createHash("md5").update(bytes).digest("hex");

/** In place of TinySOL's own files, a miniature; it is compared with a checksum as they are. */
const irec = irecProcess({
  "36030a7fe389da86c3419e5ee48e3b7f": md5(TINYSOL_FILES.audio),
  a86c9bb115f69e61f2f25872e397fc4a: md5(TINYSOL_FILES.annotations),
});
const newFolder = temporaryFolders();
const hub = await hubServer();
const files = await fileServer();

const golden = (file: string) => readFileSync(fileURLToPath(new URL(`../../encoders/test/${file}`, import.meta.url)));
/** In place of Music CLAP, a small model with random weights, and what no shape tells of it. */
const WEIGHTS = golden("models/goldens/clap/tiny.pt");
const settings = ["--text-heads", "4", "--hop-length", "120", "--clip-seconds", "0.625"];

const STUDY_SETS = [
  "definition",
  "definition_no_label_word",
  "label_random_context",
  "muscall_prompt",
  "negative_muscall_prompts",
  "solo_musical_instrument_sound_of",
  "this_is_a_recording_of",
];

it("one command goes from nothing to the study's tables with the published numbers beside them, and a second fetches nothing", async () => {
  const home = newFolder();
  hub.publish("lukewys/laion_clap", { "music_audioset_epoch_15_esc_90.14.pt": WEIGHTS });
  hub.publish("roberta-base", {
    "vocab.json": golden("text/goldens/roberta-vocab.json"),
    "merges.txt": golden("text/goldens/roberta-merges.txt"),
  });
  files.files.set("/tinysol/TinySOL_metadata.csv", TINYSOL_FILES.annotations);
  files.files.set("/tinysol/TinySOL.tar.gz", TINYSOL_FILES.audio);
  const env = {
    HOME: home,
    HF_HOME: join(home, "hf"),
    HF_HUB_CACHE: "",
    HF_TOKEN: "",
    HF_ENDPOINT: hub.url,
    IREC_DATA: join(home, "data"),
    IREC_DATASETS_MIRROR: files.url,
    IREC_CACHE: join(home, "cache"),
    IREC_BACKEND: "wasm",
    NO_PROXY: "127.0.0.1,localhost",
  };
  const run = (out: string) =>
    irec.run(["evaluate", "--model", "music-clap", "--dataset", "tinysol", "--out", out, ...settings], {
      cwd: home,
      env,
    });

  const first = await run("first");
  expect(first.status, first.stderr).toBe(0);
  expect(first.stderr).toContain("Licence: CC0 1.0");
  expect(first.stderr).toContain("Licence: CC BY 4.0");

  const results = JSON.parse(readFileSync(join(home, "first/results.json"), "utf8"));
  expect(schemaFaults(results)).toEqual([]);
  expect(Object.keys(results.experiments)).toEqual(
    expect.arrayContaining(["zero-shot", "audio-only", "triplets", "positive-negative", "negation", "attribution"]),
  );
  expect(existsSync(join(home, "first/report.html"))).toBe(true);
  expect(results.dataset).toMatchObject({ name: "tinysol", clips: 6 });

  expect(first.stdout).toContain(
    "Ours beside the study's (ISMIR 2024, arXiv:2407.18058). Note: it has 2913 clips, this run 6; ",
  );
  expect(first.stdout).toMatch(/\n +zero-shot +\| music-clap +\| muscall_prompt +\| +0\.\d{4} \| 0\.4528 \|/);
  const table = readFileSync(join(home, "first/tables/published-comparison.csv"), "utf8").split("\n");
  const compared = table.slice(1, -1).map((line) => line.split(",")[2]);
  expect(compared.sort()).toEqual([...STUDY_SETS, "joint_space"].sort());
  expect(readdirSync(join(home, "first/tables"))).toEqual(
    expect.arrayContaining(["published-comparison.md", "published-comparison.tex", "published-comparison-all.csv"]),
  );

  hub.asked.length = 0;
  files.asked.length = 0;
  const second = await run("second");
  expect(second.status, second.stderr).toBe(0);
  expect([...hub.asked, ...files.asked]).toEqual([]);
  expect(JSON.parse(readFileSync(join(home, "second/results.json"), "utf8")).experiments).toEqual(results.experiments);
}, 120_000);
