import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { UsageError } from "../src/errors.ts";
import { hubSettings } from "../src/hub/environment.ts";
import { MODELS } from "../src/models/registry.ts";
import { ModelNotHereError, resolveModel } from "../src/models/resolve-model.ts";
import { put, temporaryFolders } from "./temp-folder.ts";

const newFolder = temporaryFolders();

const COMMIT = "b370834a5a0b3ba6b6c1b5bb9b14bd3d0f2b3fcd";
const CHECKPOINT = "music_audioset_epoch_15_esc_90.14.pt";

/** A cache as Hugging Face's tools leave it, on a system without links. */
function cacheWith(files: Readonly<Record<string, readonly string[]>>): string {
  const cache = newFolder();
  for (const [repository, names] of Object.entries(files)) {
    const folder = join(cache, `models--${repository.replaceAll("/", "--")}`);
    put(join(folder, "refs", "main"), COMMIT);
    for (const name of names) put(join(folder, "snapshots", COMMIT, name), name);
  }
  return cache;
}

describe("resolveModel", () => {
  it("finds a model of the registry in the cache, with its vocabulary", async () => {
    const cache = cacheWith({ "lukewys/laion_clap": [CHECKPOINT], "roberta-base": ["vocab.json", "merges.txt"] });
    expect(await resolveModel("music-clap", { env: { HF_HUB_CACHE: cache } })).toEqual({
      name: "music-clap",
      checkpoint: join(cache, "models--lukewys--laion_clap", "snapshots", COMMIT, CHECKPOINT),
      tokenizer: join(cache, "models--roberta-base", "snapshots", COMMIT),
      loadOptions: {},
      entry: MODELS[0],
    });
  });

  it("takes tokenizer.json alone, and a repository under its other name", async () => {
    const cache = cacheWith({ "lukewys/laion_clap": [CHECKPOINT], "FacebookAI/roberta-base": ["tokenizer.json"] });
    const { tokenizer } = await resolveModel("music-clap", { env: { HF_HUB_CACHE: cache } });
    expect(tokenizer).toBe(join(cache, "models--FacebookAI--roberta-base", "snapshots", COMMIT));
  });

  it("takes the weights that the repository has, and wants config.json beside them", async () => {
    const repository = "laion/clap-htsat-unfused";
    const vocabulary = ["vocab.json", "merges.txt"];
    const whole = cacheWith({ [repository]: ["pytorch_model.bin", "config.json", ...vocabulary] });
    const { checkpoint } = await resolveModel("clap-htsat-unfused", { env: { HF_HUB_CACHE: whole } });
    expect(checkpoint).toMatch(/pytorch_model\.bin$/);
    const part = cacheWith({ [repository]: ["pytorch_model.bin", ...vocabulary] });
    await expect(resolveModel("clap-htsat-unfused", { env: { HF_HUB_CACHE: part } })).rejects.toThrow(
      ModelNotHereError,
    );
  });

  it("says where it looked and what fetches it, when a model is not here", async () => {
    const cache = newFolder();
    await expect(resolveModel("music-clap", { env: { HF_HUB_CACHE: cache } })).rejects.toThrow(
      `music-clap: its checkpoint is not on this machine; looked in ${cache}. Fetch it with "irec models pull music-clap", ` +
        "or give the path of a checkpoint. HF_HOME and HF_HUB_CACHE say where else to look.",
    );
    const half = cacheWith({ "lukewys/laion_clap": [CHECKPOINT] });
    await expect(resolveModel("music-clap", { env: { HF_HUB_CACHE: half } })).rejects.toThrow(
      "the vocabulary of its text tower (roberta-base) is not on this machine",
    );
  });

  it("takes another revision than main", async () => {
    const cache = cacheWith({ "lukewys/laion_clap": [CHECKPOINT], "roberta-base": ["tokenizer.json"] });
    const env = { HF_HUB_CACHE: cache };
    expect((await resolveModel(`music-clap@${COMMIT}`, { env })).checkpoint).toContain(COMMIT);
    await expect(resolveModel("music-clap@v2", { env })).rejects.toThrow(ModelNotHereError);
    await expect(resolveModel("music-clap@../../etc", { env })).rejects.toThrow(
      '"../../etc" is no branch, tag or commit.',
    );
  });

  it("leaves a path as it is, and names it by its file, or by its folder when the file is called as all are", async () => {
    const names = await Promise.all(
      ["runs/best_model.pth.tar", "a/b/model.safetensors", "https://example.org/clap.pt?download=1", "hf-clap/"].map(
        async (path) => (await resolveModel(path)).name,
      ),
    );
    expect(names).toEqual(["best_model", "b", "clap", "hf-clap"]);
    expect(await resolveModel("runs/x.pt", { tokenizer: "vocabulary" })).toEqual({
      name: "x",
      checkpoint: "runs/x.pt",
      tokenizer: "vocabulary",
      loadOptions: {},
    });
  });

  it("gives a checkpoint of one's own the name and the vocabulary of a model", async () => {
    const cache = cacheWith({ "openai/clip-vit-base-patch32": ["vocab.json", "merges.txt"] });
    expect(await resolveModel("muscall=runs/a=b.pth.tar", { env: { HF_HUB_CACHE: cache } })).toMatchObject({
      name: "muscall",
      checkpoint: "runs/a=b.pth.tar",
      tokenizer: join(cache, "models--openai--clip-vit-base-patch32", "snapshots", COMMIT),
    });
  });

  it("says that MusCALL has no published weights", async () => {
    await expect(resolveModel("muscall")).rejects.toThrow(
      "muscall: no weights of MusCALL are published. Give the path of your own checkpoint: muscall=PATH",
    );
  });

  it("knows neither the name nor the file", async () => {
    await expect(resolveModel("music-clop")).rejects.toThrow(UsageError);
    await expect(resolveModel("music-clop")).rejects.toThrow(
      'there is no model "music-clop", and no file of this name; there are music-clap, music-speech-clap,',
    );
  });
});

describe("the settings of the hub", () => {
  it.each([
    [{ HF_HUB_CACHE: "/a", HUGGINGFACE_HUB_CACHE: "/b", HF_HOME: "/c" }, "/a"],
    [{ HUGGINGFACE_HUB_CACHE: "/b", HF_HOME: "/c" }, "/b"],
    [{ HF_HOME: "/c", XDG_CACHE_HOME: "/d" }, join("/c", "hub")],
    [{ HF_HOME: "", XDG_CACHE_HOME: "/d" }, join("/d", "huggingface", "hub")],
    [{ HF_HOME: "$DATA/$TEAM", DATA: "/d", TEAM: "mir" }, join("/d/mir", "hub")],
  ])("%o: the cache is in %s", (env, cache) => {
    expect(hubSettings(env).cache).toBe(cache);
  });

  it("name the variable that forbids the network", () => {
    expect(hubSettings({ HF_HUB_OFFLINE: "1" }).offline).toBe("HF_HUB_OFFLINE=1");
    expect(hubSettings({ HF_HUB_OFFLINE: "", TRANSFORMERS_OFFLINE: "yes" }).offline).toBe("TRANSFORMERS_OFFLINE=yes");
    expect(hubSettings({ HF_HUB_OFFLINE: "0", TRANSFORMERS_OFFLINE: "yes" }).offline).toBeUndefined();
  });
});
