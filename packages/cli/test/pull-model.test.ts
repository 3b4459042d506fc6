import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ChecksumError, ConnectionError, DownloadError } from "../src/download/errors.ts";
import { EXIT_CODES } from "../src/errors.ts";
import { HubAccessError, HubNotFoundError, OfflineError } from "../src/hub/errors.ts";
import { type PulledFile, type PullModelOptions, pullModel } from "../src/models/pull-model.ts";
import { type ModelEntry, modelNamed } from "../src/models/registry.ts";
import { resolveModel } from "../src/models/resolve-model.ts";
import { cut, status } from "./file-server.ts";
import { hubServer, TOKEN } from "./hub-server.ts";
import { put, temporaryFolders } from "./temp-folder.ts";

const newFolder = temporaryFolders();
const hub = await hubServer();

const clap = modelNamed("music-clap")!;
const CHECKPOINT = "music_audioset_epoch_15_esc_90.14.pt";
const WEIGHTS = Buffer.concat(Array.from({ length: 2000 }, (_, i) => createHash("sha256").update(`${i}`).digest()));
const SHA256 = createHash("sha256").update(WEIGHTS).digest("hex");
const VOCABULARY = { "vocab.json": '{"a": 0}', "merges.txt": "#version: 0.2\n" };
/** `printf '{"a": 0}' | git hash-object --stdin` */
const VOCAB_GIT_NAME = "ac1121d84e8d3115b222bcfaeb858637d4bcbbf6";

const QUICK = { firstWait: 1, longestWait: 2, idle: 500, attempts: 3 };

function publishAll(weights: Buffer | string = WEIGHTS) {
  return {
    checkpoint: hub.publish("lukewys/laion_clap", { [CHECKPOINT]: weights, "README.md": "hello" }),
    vocabulary: hub.publish("roberta-base", VOCABULARY),
  };
}

interface Pulled {
  readonly lines: string[];
  readonly outcome: Awaited<ReturnType<typeof pullModel>> | Error;
}

/** Pulls a model into a home of Hugging Face's tools, and tells what was said meanwhile. */
async function pull(
  home: string,
  { env, entry = clap, ...options }: PullModelOptions & { readonly entry?: ModelEntry } = {},
): Promise<Pulled> {
  const lines: string[] = [];
  const outcome = await pullModel(entry, {
    env: environment(home, env),
    timing: QUICK,
    say: (line) => lines.push(line),
    ...options,
  }).catch((error: Error) => error);
  return { lines, outcome };
}

const environment = (home: string, more: PullModelOptions["env"] = {}) => ({
  HF_HOME: home,
  HF_ENDPOINT: `${hub.url}/`,
  ...more,
});

const clapFolder = (home: string) => join(home, "hub", "models--lukewys--laion_clap");
const robertaFolder = (home: string) => join(home, "hub", "models--roberta-base");

describe("a model that is pulled", () => {
  it("lies in the cache as Hugging Face's tools have it: blobs by their hash, links in the commit, the branch", async () => {
    const home = newFolder();
    const commits = publishAll();
    const { outcome } = await pull(home);
    expect(outcome).toMatchObject([
      {
        repository: "lukewys/laion_clap",
        name: CHECKPOINT,
        bytes: WEIGHTS.length,
        state: "fetched",
        verified: true,
        sha256: SHA256,
      },
      { repository: "roberta-base", name: "vocab.json", bytes: 8, state: "fetched", verified: true },
      { repository: "roberta-base", name: "merges.txt", state: "fetched", verified: true },
    ]);
    const snapshot = join(clapFolder(home), "snapshots", commits.checkpoint);
    expect(readlinkSync(join(snapshot, CHECKPOINT))).toBe(join("..", "..", "blobs", SHA256));
    expect(readFileSync(join(snapshot, CHECKPOINT))).toEqual(WEIGHTS);
    expect(readFileSync(join(clapFolder(home), "refs", "main"), "utf8")).toBe(commits.checkpoint);
    expect(readdirSync(join(clapFolder(home), "blobs"))).toEqual([SHA256]);
    expect(readdirSync(join(robertaFolder(home), "blobs"))).toContain(VOCAB_GIT_NAME);
    expect(readdirSync(join(home, "hub", ".locks", "models--roberta-base"))).toEqual([]);
  });

  it("is then found by resolveModel, with the sha256 that the hub published", async () => {
    const home = newFolder();
    const { checkpoint } = publishAll();
    await pull(home);
    expect(await resolveModel("music-clap", { env: environment(home) })).toMatchObject({
      checkpoint: join(clapFolder(home), "snapshots", checkpoint, CHECKPOINT),
      sha256: SHA256,
    });
  });

  it("is pulled by resolveModel when asked to, and the network is left alone the next time", async () => {
    const env = environment(newFolder());
    publishAll();
    const lines: string[] = [];
    const first = await resolveModel("music-clap", { env, pull: { timing: QUICK, say: (line) => lines.push(line) } });
    expect(first.sha256).toBe(SHA256);
    expect(lines[0]).toMatch(/^Music CLAP, .*\nLicence: CC0 1\.0, .*\nPlease cite:\n/);
    expect(lines[1]).toMatch(/^warning: music_audioset_/);
    hub.asked.length = 0;
    expect(await resolveModel("music-clap", { env, pull: { timing: QUICK } })).toEqual(first);
    expect(hub.asked).toEqual([]);
  });

  it("of one's own needs its vocabulary only", async () => {
    const home = newFolder();
    hub.publish("openai/clip-vit-base-patch32", VOCABULARY);
    const env = environment(home);
    const { checkpoint, tokenizer } = await resolveModel("muscall=my.pth.tar", { env, pull: { timing: QUICK } });
    expect(checkpoint).toBe("my.pth.tar");
    expect(readdirSync(tokenizer!)).toEqual(["merges.txt", "vocab.json"]);
  });

  it("is asked for again, but not fetched again", async () => {
    const home = newFolder();
    publishAll();
    await pull(home);
    hub.asked.length = 0;
    const ref = statSync(join(clapFolder(home), "refs", "main")).ino;
    const { outcome } = await pull(home);
    expect(statSync(join(clapFolder(home), "refs", "main")).ino).toBe(ref); // written anew, it would be another file
    expect((outcome as readonly PulledFile[]).map(({ state }) => state)).toEqual(["there", "there", "there"]);
    expect(hub.asked.map(({ method, server }) => `${method} ${server}`)).toEqual(["HEAD hub"]);
  });

  it("gives way to a new commit of the branch, without fetching what has not changed", async () => {
    const home = newFolder();
    publishAll();
    await pull(home);
    hub.asked.length = 0;
    const second = hub.publish("lukewys/laion_clap", { [CHECKPOINT]: WEIGHTS, "README.md": "changed" });
    await pull(home);
    expect(readFileSync(join(clapFolder(home), "refs", "main"), "utf8")).toBe(second);
    expect(readdirSync(join(clapFolder(home), "blobs"))).toEqual([SHA256]);
    expect(hub.asked.filter(({ server }) => server === "storage")).toEqual([]);
  });

  it("can be of a tag or a commit, beside the one of the branch", async () => {
    const home = newFolder();
    const { checkpoint: first } = publishAll();
    hub.repositories.get("lukewys/laion_clap")!.refs.set("v1", first);
    const second = hub.publish("lukewys/laion_clap", { [CHECKPOINT]: Buffer.from(WEIGHTS).reverse() });
    await pull(home, { revision: "v1" });
    await pull(home);
    await pull(home, { revision: first });
    const env = environment(home);
    const commits = await Promise.all(
      ["music-clap@v1", "music-clap", `music-clap@${first}`].map(
        async (name) => (await resolveModel(name, { env })).checkpoint,
      ),
    );
    expect(commits.map((path) => path.split(/[/\\]/).at(-2))).toEqual([first, second, first]);
    expect(readdirSync(join(clapFolder(home), "refs")).sort()).toEqual(["main", "v1"]);
  });

  it("has the weights that the repository has, all files of one commit", async () => {
    const home = newFolder();
    const entry = modelNamed("clap-htsat-unfused")!;
    hub.publish("laion/clap-htsat-unfused", { "pytorch_model.bin": WEIGHTS, "config.json": "{}", ...VOCABULARY });
    const { outcome } = await pull(home, { entry });
    expect((outcome as readonly PulledFile[]).map(({ name }) => name)).toEqual([
      "pytorch_model.bin",
      "config.json",
      "vocab.json",
      "merges.txt",
    ]);
    const { checkpoint, tokenizer } = await resolveModel("clap-htsat-unfused", { env: environment(home) });
    expect(readdirSync(join(checkpoint, ".."))).toEqual([
      "config.json",
      "merges.txt",
      "pytorch_model.bin",
      "vocab.json",
    ]);
    expect(tokenizer).toBe(join(checkpoint, ".."));
  });

  it("takes the place of its blob where there are no links", async () => {
    const home = newFolder();
    const { checkpoint } = publishAll();
    await pull(home, { env: { HF_HUB_DISABLE_SYMLINKS: "1" } });
    const path = join(clapFolder(home), "snapshots", checkpoint, CHECKPOINT);
    expect(lstatSync(path).isFile()).toBe(true);
    expect(readdirSync(join(clapFolder(home), "blobs"))).toEqual([]);
    expect((await pull(home)).outcome).toMatchObject([{ state: "there" }, { state: "there" }, { state: "there" }]);
  });

  it("mends a link that leads nowhere", async () => {
    const home = newFolder();
    publishAll();
    await pull(home);
    rmSync(join(clapFolder(home), "blobs", SHA256));
    expect((await pull(home)).outcome).toMatchObject([{ state: "fetched" }, { state: "there" }, { state: "there" }]);
  });

  it("is announced, and not fetched, in a dry run", async () => {
    const home = newFolder();
    publishAll();
    const { outcome } = await pull(home, { dryRun: true });
    expect(outcome).toMatchObject([
      { name: CHECKPOINT, bytes: WEIGHTS.length, state: "missing", path: null },
      { name: "vocab.json", bytes: 8, state: "missing" },
      { name: "merges.txt", state: "missing" },
    ]);
    expect(existsSync(join(home, "hub"))).toBe(false);
  });

  it("warns when the hub's file is not the one that others expect", async () => {
    publishAll();
    const { outcome } = await pull(newFolder());
    expect((outcome as readonly PulledFile[])[0]!.warning).toMatch(
      new RegExp(`has the sha256 ${SHA256} at the hub, while code of other users of the file expects fae3e9c087f2`),
    );
  });
});

describe("a token", () => {
  it("is sent to the hub and not to where it redirects", async () => {
    publishAll();
    hub.repositories.get("lukewys/laion_clap")!.access = "token";
    const { outcome } = await pull(newFolder(), { env: { HF_TOKEN: ` ${TOKEN}\n` } });
    expect(outcome).toMatchObject([{ state: "fetched" }, { state: "fetched" }, { state: "fetched" }]);
    const of = (server: string) =>
      new Set(hub.asked.filter((one) => one.server === server).map((one) => one.authorization));
    expect(of("hub")).toEqual(new Set([`Bearer ${TOKEN}`]));
    expect(of("storage")).toEqual(new Set([undefined]));
  });

  it("is the one of the login, when there is no variable", async () => {
    const home = newFolder();
    put(join(home, "token"), `${TOKEN}\n`);
    publishAll();
    await pull(home);
    expect(hub.asked[0]!.authorization).toBe(`Bearer ${TOKEN}`);
    hub.asked.length = 0;
    await pull(home, { env: { HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" } });
    expect(hub.asked[0]!.authorization).toBeUndefined();
  });

  it("is not sent from a mirror to the hub that it redirects to", async () => {
    publishAll();
    const mirrored = (path: string) => ({ location: `${hub.url.replace("127.0.0.1", "localhost")}${path}` });
    hub.next.push((request, response) => void response.writeHead(308, mirrored(request.url!)).end());
    const { outcome } = await pull(newFolder(), { env: { HF_TOKEN: TOKEN }, dryRun: true });
    expect(outcome).toMatchObject([{ name: CHECKPOINT, bytes: WEIGHTS.length }, {}, {}]);
    expect(hub.asked.slice(0, 2).map(({ authorization }) => authorization)).toEqual([`Bearer ${TOKEN}`, undefined]);
  });

  it("that is missing is asked for, with the page where terms are accepted", async () => {
    publishAll();
    hub.repositories.get("lukewys/laion_clap")!.access = "terms";
    const { outcome, lines } = await pull(newFolder());
    expect(outcome).toBeInstanceOf(HubAccessError);
    expect((outcome as HubAccessError).message).toBe(
      `${hub.url}/lukewys/laion_clap/resolve/main/${CHECKPOINT}: lukewys/laion_clap is given only to those who accept its ` +
        `terms, at ${hub.url}/lukewys/laion_clap (401). Set HF_TOKEN to a token of yours (${hub.url}/settings/tokens), or ` +
        'say "hf auth login".',
    );
    expect((outcome as HubAccessError).exitCode).toBe(EXIT_CODES.input.code);
    expect(lines).toEqual([]);
  });

  it("that is not enough is said to be so, and never shown", async () => {
    publishAll();
    hub.repositories.get("lukewys/laion_clap")!.access = "terms";
    const { outcome } = await pull(newFolder(), { env: { HF_TOKEN: TOKEN } });
    expect(outcome).toBeInstanceOf(HubAccessError);
    expect((outcome as Error).message).toContain("(403). The token of HF_TOKEN was sent, and is not enough.");
    expect(JSON.stringify([outcome, (outcome as Error).stack])).not.toContain(TOKEN);
  });

  it("that cannot be sent is refused before anything is asked", async () => {
    const { outcome } = await pull(newFolder(), { env: { HF_TOKEN: "hf_a\r\nx-evil: 1" } });
    expect((outcome as Error).message).toBe("HF_TOKEN: holds no token, but text with other characters.");
    expect(hub.asked).toEqual([]);
  });
});

describe("what goes wrong", () => {
  it("a break is continued where it was, by the same call and by the next", async () => {
    const home = newFolder();
    publishAll();
    hub.nextBytes.push(cut(WEIGHTS, 10_000), cut(WEIGHTS, 0), cut(WEIGHTS, 0));
    const first = await pull(home);
    expect(first.outcome).toBeInstanceOf(ConnectionError);
    expect(readdirSync(join(clapFolder(home), "blobs")).sort()).toEqual([`${SHA256}.part`, `${SHA256}.part.json`]);
    expect(existsSync(join(clapFolder(home), "refs", "main"))).toBe(false);
    hub.asked.length = 0;
    expect((await pull(home)).outcome).toMatchObject([{ state: "fetched", verified: true }, {}, {}]);
    expect(hub.asked.find(({ server }) => server === "storage")!.range).toBe("bytes=10000-");
  });

  it("other bytes than the hub has described are not kept: a large file by its sha256", async () => {
    const home = newFolder();
    publishAll();
    const wrong = Buffer.from(WEIGHTS).fill(0, 100, 200);
    hub.nextBytes.push(
      (_request, response) => void response.writeHead(200, { "content-length": wrong.length }).end(wrong),
    );
    const { outcome } = await pull(home);
    expect(outcome).toBeInstanceOf(ChecksumError);
    expect((outcome as Error).message).toMatch(new RegExp(`has the sha256 [0-9a-f]{64}, expected ${SHA256}`));
    expect(readdirSync(join(clapFolder(home), "blobs"))).toEqual([]);
  });

  it("other bytes than the hub has described are not kept: a small file by git's name of it", async () => {
    const home = newFolder();
    publishAll();
    hub.tampered.set("vocab.json", '{"a": 1}');
    const { outcome } = await pull(home);
    expect(outcome).toBeInstanceOf(ChecksumError);
    expect((outcome as Error).message).toMatch(new RegExp(`has the git-sha1 [0-9a-f]{40}, expected ${VOCAB_GIT_NAME}`));
    expect(readdirSync(join(robertaFolder(home), "blobs"))).toEqual([]);
  });

  it("a hub that is busy is asked again", async () => {
    publishAll();
    hub.next.push(status(503), status(429, { "retry-after": "0" }));
    const { outcome, lines } = await pull(newFolder());
    expect(outcome).toMatchObject([{ state: "fetched" }, {}, {}]);
    expect(lines).toEqual([
      "the server answers 503; trying again in 1 s",
      "the server answers 429; trying again in 1 s",
    ]);
  });

  it.each([
    [
      "a file",
      { "other.pt": "x" },
      "main",
      `lukewys/laion_clap has no file ${CHECKPOINT} at the revision "main" (404).`,
    ],
    ["a revision", { [CHECKPOINT]: "x" }, "v7", 'lukewys/laion_clap has no revision "v7" (404).'],
  ])("%s that is not there is named", async (_what, files, revision, words) => {
    hub.publish("lukewys/laion_clap", files as Record<string, string>);
    const { outcome } = await pull(newFolder(), { revision });
    expect(outcome).toBeInstanceOf(HubNotFoundError);
    expect((outcome as Error).message).toContain(words);
  });

  it("a repository that is not there may be a private one, for all that the hub says", async () => {
    const { outcome } = await pull(newFolder());
    expect((outcome as Error).message).toContain(
      "lukewys/laion_clap is private, gated, or not there (401). Set HF_TOKEN",
    );
  });

  it("a server that is no hub is noticed", async () => {
    hub.next.push((_request, response) => void response.writeHead(200, { etag: '"1"' }).end("<html>log in</html>"));
    const { outcome } = await pull(newFolder());
    expect(outcome).toBeInstanceOf(DownloadError);
    expect((outcome as Error).message).toContain(
      "the answer is not that of a hub: X-Repo-Commit and an ETag are expected.",
    );
  });

  it.each(["../../evil", "..", "a/b"])("an ETag %s does not become a path", async (etag) => {
    publishAll();
    hub.next.push((_request, response) => {
      response.writeHead(200, { etag: `"${etag}"`, "x-repo-commit": "0".repeat(40) }).end();
    });
    expect((await pull(newFolder())).outcome).toBeInstanceOf(DownloadError);
  });
});

describe("without the network", () => {
  it.each(["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])("%s: what the cache has is enough", async (name) => {
    const home = newFolder();
    publishAll();
    await pull(home);
    hub.asked.length = 0;
    expect((await pull(home, { env: { [name]: "1" } })).outcome).toMatchObject([
      { state: "there", name: CHECKPOINT },
      { state: "there", name: "vocab.json" },
      { state: "there", name: "merges.txt" },
    ]);
    expect(hub.asked).toEqual([]);
  });

  it("what is missing is named, and the variable that forbids to fetch it", async () => {
    const home = newFolder();
    publishAll();
    const { outcome } = await pull(home, { env: { HF_HUB_OFFLINE: "true" } });
    expect(outcome).toBeInstanceOf(OfflineError);
    expect((outcome as Error).message).toBe(
      `music-clap: ${CHECKPOINT} of lukewys/laion_clap, vocab.json of roberta-base, merges.txt of roberta-base not in ` +
        `${join(home, "hub")}, and HF_HUB_OFFLINE=true forbids to fetch. Unset it, or bring the files there.`,
    );
    expect(hub.asked).toEqual([]);
    const dry = await pull(home, { env: { HF_HUB_OFFLINE: "true" }, dryRun: true });
    expect(dry.outcome).toMatchObject([{ state: "missing", bytes: null }, { state: "missing" }, { state: "missing" }]);
  });

  it("what the cache has is enough when the hub is not reached, and else the error is that of the connection", async () => {
    const home = newFolder();
    publishAll();
    await pull(home);
    const nowhere = { HF_ENDPOINT: "http://127.0.0.1:9" };
    const { outcome, lines } = await pull(home, { env: nowhere });
    expect(outcome).toMatchObject([{ state: "there" }, { state: "there" }, { state: "there" }]);
    expect(lines).toEqual(["the hub is not reached; what the cache has of lukewys/laion_clap is used"]);
    expect((await pull(newFolder(), { env: nowhere })).outcome).toBeInstanceOf(ConnectionError);
  });
});
