import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { shippedPath } from "../src/models/shipped-path.ts";
import { cut } from "./file-server.ts";
import { hubServer, TOKEN } from "./hub-server.ts";
import { irecProcess } from "./irec-process.ts";
import { paragraph } from "./one-paragraph.ts";
import { temporaryFolders } from "./temp-folder.ts";

const irec = irecProcess();
const newFolder = temporaryFolders();
const hub = await hubServer();

const golden = (file: string) => readFileSync(fileURLToPath(new URL(`../../encoders/test/${file}`, import.meta.url)));
/** A small model with random weights in place of the published one, and what no shape tells of it. */
const WEIGHTS = golden("models/goldens/clap/tiny.pt");
const settings = ["--text-heads", "4", "--hop-length", "120", "--clip-seconds", "0.625"];
const SHA256 = createHash("sha256").update(WEIGHTS).digest("hex");
const CHECKPOINT = "music_audioset_epoch_15_esc_90.14.pt";

function publishAll() {
  hub.publish("lukewys/laion_clap", { [CHECKPOINT]: WEIGHTS });
  hub.publish("roberta-base", {
    "vocab.json": golden("text/goldens/roberta-vocab.json"),
    "merges.txt": golden("text/goldens/roberta-merges.txt"),
  });
}

function environment(home: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const none = {
    HF_HUB_CACHE: "",
    HUGGINGFACE_HUB_CACHE: "",
    HF_TOKEN: "",
    HF_HUB_OFFLINE: "",
    TRANSFORMERS_OFFLINE: "",
  };
  return { ...none, HF_HOME: home, HF_ENDPOINT: hub.url, IREC_BACKEND: "wasm", NO_PROXY: "127.0.0.1", ...more };
}

const models = (args: readonly string[], home: string, more: Readonly<Record<string, string>> = {}) =>
  irec.run(["models", ...args], { cwd: newFolder(), env: environment(home, more) });

describe("irec models pull", () => {
  it("shows the licence and the citation, fetches, and says where the files are", async () => {
    const home = newFolder();
    publishAll();
    const { status, stdout, stderr } = await models(["pull", "music-clap"], home);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(
      new RegExp(
        `^${CHECKPOINT} of lukewys/laion_clap: 0\\.\\d MB, fetched, with the hub's checksum\n  ${home}/hub/models--`,
      ),
    );
    expect(stdout).toMatch(/\nmusic-clap is ready\.\n$/);
    expect(stderr).toMatch(
      /^Music CLAP, https:\/\/huggingface\.co\/lukewys\/laion_clap\nLicence: CC0 1\.0, .*\nPlease cite:\n@inproc/,
    );
    expect(stderr).toMatch(/\nwarning: music_audioset_.* has the sha256 .* at the hub, while /);
  });

  it("makes a model of which inspect and check need only the name", async () => {
    const home = newFolder();
    publishAll();
    await models(["pull", "music-clap", "--quiet"], home);
    const inspected = await models(["inspect", "music-clap", ...settings], home, { HF_HUB_OFFLINE: "1" });
    expect(inspected.stdout).toMatch(/\ncomplete +yes, everything that the model needs is there\n$/);
    const checked = await models(["check", "music-clap", ...settings], home, { HF_HUB_OFFLINE: "1" });
    expect(checked.status, checked.stderr).toBe(0);
    expect(checked.stdout).toMatch(/\ntext tower +mean cosine of unrelated texts/);
  });

  it("says how much there is to fetch, and fetches nothing, in a dry run", async () => {
    const home = newFolder();
    publishAll();
    const { status, stdout } = await models(["pull", "music-clap", "--dry-run", "--quiet"], home);
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${CHECKPOINT} of lukewys/laion_clap: 0\\.\\d MB, would be fetched\n`));
    expect(stdout).toMatch(/\n0\.\d MB to fetch\.\n$/);
    expect(existsSync(join(home, "hub"))).toBe(false);
  });

  it("prints the same as JSON", async () => {
    publishAll();
    const { stdout } = await models(["pull", "music-clap", "--json", "--quiet"], newFolder());
    expect(JSON.parse(stdout).files[0]).toMatchObject({
      name: CHECKPOINT,
      bytes: WEIGHTS.length,
      state: "fetched",
      verified: true,
      sha256: SHA256,
    });
  });

  it("in two processes at once fetches once, and both have the whole file", async () => {
    const home = newFolder();
    publishAll();
    // The first to ask for the bytes gets them slowly.
    hub.nextBytes.push((_request, response) => {
      response.writeHead(200, { "content-length": WEIGHTS.length, etag: '"1"' });
      response.write(WEIGHTS.subarray(0, 1000));
      setTimeout(() => response.end(WEIGHTS.subarray(1000)), 1500);
    });
    const both = await Promise.all([0, 1].map(() => models(["pull", "music-clap", "--json"], home)));
    expect(both.map(({ status }) => status)).toEqual([0, 0]);
    const [first, second] = both.map(({ stdout }) => JSON.parse(stdout).files[0]);
    expect([first.state, second.state].sort()).toEqual(["fetched", "there"]);
    expect(readFileSync(first.path)).toEqual(WEIGHTS);
    expect(second.path).toBe(first.path);
    expect(hub.asked.filter(({ path }) => path.startsWith(`/${SHA256}`))).toHaveLength(1);
    expect(both.map(({ stderr }) => stderr).join("")).toContain(
      `another process is downloading ${CHECKPOINT}; waiting for it\n`,
    );
  });

  it("that was killed leaves nothing under a name, and the next continues where it was", async () => {
    const home = newFolder();
    publishAll();
    hub.nextBytes.push(cut(WEIGHTS, 50_000, "falls silent"));
    const run = irec.start(["models", "pull", "music-clap"], { cwd: newFolder(), env: environment(home) });
    const blobs = join(home, "hub", "models--lukewys--laion_clap", "blobs");
    const part = join(blobs, `${SHA256}.part`);
    await expect.poll(() => (existsSync(part) ? statSync(part).size : 0), { timeout: 10_000 }).toBe(50_000);
    run.child.kill("SIGKILL");
    await run.ended;
    hub.asked.length = 0;
    const { status, stderr } = await models(["pull", "music-clap"], home);
    expect(status, stderr).toBe(0);
    expect(hub.asked.find(({ server }) => server === "storage")!.range).toBe("bytes=50000-");
    expect(readdirSync(blobs)).toEqual([SHA256]);
  });

  it("never prints the token, whatever goes wrong", async () => {
    publishAll();
    hub.repositories.get("lukewys/laion_clap")!.access = "terms";
    const { status, stdout, stderr } = await models(["pull", "music-clap", "--quiet", "--debug"], newFolder(), {
      HF_TOKEN: TOKEN,
    });
    expect({ status, stdout }).toEqual({ status: 3, stdout: "" });
    expect(stderr).toContain("The token of HF_TOKEN was sent, and is not enough.");
    expect(stderr).not.toContain(TOKEN);
  });

  it("names what is missing offline, and the variable", async () => {
    const { status, stderr } = await models(["pull", "music-clap", "--quiet"], newFolder(), { HF_HUB_OFFLINE: "1" });
    expect(status).toBe(3);
    expect(paragraph(stderr)).toMatch(
      /^music-clap: music_audioset_.* not in .*, and HF_HUB_OFFLINE=1 forbids to fetch\./,
    );
  });

  it("of MusCALL fetches the vocabulary, and says how to name one's own checkpoint", async () => {
    hub.publish("openai/clip-vit-base-patch32", { "vocab.json": "{}", "merges.txt": "" });
    const { status, stdout, stderr } = await models(["pull", "muscall"], newFolder());
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/\nThe vocabulary of muscall is ready, for muscall=PATH\.\n$/);
    expect(stderr).toContain("No weights of MusCALL are published. Give the path of your own checkpoint: muscall=PATH");
  });

  it("refuses a name that is none, and a revision that is none", async () => {
    const { status, stderr } = await models(["pull", "music-clop"], newFolder());
    expect(status).toBe(2);
    expect(paragraph(stderr)).toMatch(/^there is no model "music-clop"; there are music-clap, /);
    expect((await models(["pull", "music-clap", "--revision", "../x"], newFolder())).status).toBe(2);
  });
});

describe("irec models list", () => {
  it("says what there is, how large, and whether it is here", async () => {
    const home = newFolder();
    publishAll();
    await models(["pull", "music-clap", "--quiet"], home);
    const { status, stdout } = await models(["list"], home, { HF_HUB_OFFLINE: "1" });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^name +size +here +what it is\nmusic-clap +0\.\d MB +yes +LAION-CLAP with HTSAT-base, /);
    expect(stdout).toMatch(/\nmusic-speech-clap +2\.3 GB +no +/);
    expect(stdout).toMatch(/\nmuscall +\? +your own file +/);
    expect(stdout).toContain(`\nThe cache is ${join(home, "hub")}.\n`);
  });

  it("says the same as JSON, with licence, citation and where the files are", async () => {
    const home = newFolder();
    publishAll();
    await models(["pull", "music-clap", "--quiet"], home);
    const list = JSON.parse((await models(["list", "--json"], home)).stdout);
    expect(list[0]).toMatchObject({ name: "music-clap", licence: { name: "CC0 1.0" }, bytes: WEIGHTS.length });
    expect(list[0].checkpoint).toMatch(new RegExp(`^${home}.*${CHECKPOINT}$`));
    expect(list[1]).toMatchObject({ name: "music-speech-clap", checkpoint: null });
  });
});

it("files that come with the package are found from its sources", () => {
  expect(existsSync(shippedPath("schema/results.schema.json"))).toBe(true);
});
