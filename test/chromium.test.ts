import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { decodeAudio } from "../packages/encoders/src/audio/decode.ts";
import { nodeAudioCodecs } from "../packages/encoders/src/audio/node.ts";
import type { Waveform } from "../packages/encoders/src/two-tower.ts";
import { goldenValues, goldenWave, meta, tolerance } from "../packages/encoders/test/models/clap-goldens.ts";
import type { Embedded, Job } from "./browser/embed.ts";
import { type Browser, chromium, needsChromium, type Page, startChromium } from "./chromium.ts";
import { floatWav, largestGap, tinyClap } from "./golden-clap.ts";
import { type PageServer, servePages } from "./page-server.ts";

const workspace = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(join(workspace, path));
const clipNames = ["short", "mid", "exact", "long"] as const;
const encoded = ["stereo.flac", "stereo.mp3", "stereo.ogg", "stereo.opus", "stereo.aac"];

const html = (script: string) =>
  `<!doctype html><title>Test</title><link rel="icon" href="data:," /><script src="${script}"></script>`;

/** The files of a web application: pages, two bundles, the binaries, a model, and sounds. */
const files = new Map<string, string | Uint8Array>([
  ["/index.html", html("page.js")],
  ["/nested/index.html", html("code/page.js")],
  ...Object.entries(tinyClap.files).map(([name, path]): [string, Uint8Array] => [`/models/${name}`, read(path)]),
  ...["tfjs-backend-wasm.wasm", "tfjs-backend-wasm-simd.wasm"].map((name): [string, Uint8Array] => [
    `/wasm/${name}`,
    read(`node_modules/@tensorflow/tfjs-backend-wasm/dist/${name}`),
  ]),
  ...encoded.map((name): [string, Uint8Array] => [
    `/clips/${name}`,
    read(`packages/encoders/test/audio/goldens/encoded/${name}`),
  ]),
  ...clipNames.map((name): [string, Uint8Array] => [
    `/clips/${name}.wav`,
    floatWav(goldenWave(meta.models.tiny.clips[name]), 48_000),
  ]),
]);

/** All that has to be allowed: the page's own origin, and what ndarray does, which makes its classes out of strings. */
const policy = "default-src 'none'; script-src 'self' 'unsafe-eval'; connect-src 'self'; img-src data:";

const job: Job = {
  model: Object.keys(tinyClap.files).map((name) => `/models/${name}`),
  options: { ...tinyClap.options, wasmPaths: "/wasm/" },
  clips: clipNames.map((name) => `/clips/${name}.wav`),
  texts: meta.texts,
};

describe.skipIf(chromium === undefined)(`@irec/encoders in Chromium${needsChromium}`, () => {
  let server: PageServer;
  let browser: Browser;
  let page: Page | undefined;

  beforeAll(async () => {
    for (const name of ["page", "worker"]) files.set(`/${name}.js`, await bundle(`test/browser/${name}.ts`));
    files.set("/nested/code/page.js", files.get("/page.js")!);
    files.set("/nested/code/tfjs-backend-wasm-simd.wasm", files.get("/wasm/tfjs-backend-wasm-simd.wasm")!);
    server = await servePages(files, { "content-security-policy": policy });
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });
  afterEach(() => page?.close());

  const open = async (path = "/index.html") => {
    page = await browser.open(`${server.origin}${path}`);
    return page;
  };
  const run = async (name: "embed" | "embedInWorker", given: Job, on: Page) =>
    await on.evaluate<Embedded>(`${name}(${JSON.stringify(given)})`);

  it.each([
    ["the page's own thread", "embed"],
    ["a worker", "embedInWorker"],
  ] as const)("embeds WAV files and texts as PyTorch does, on %s", async (_where, name) => {
    const page = await open();
    const embedded = await run(name, job, page);
    await expectGolden(embedded);
    expect(embedded.name).toBe("tiny");
    // Nothing of a clip or a text stays, and nothing at all of a model that is disposed of.
    expect(embedded.tensors.loaded).toBeGreaterThan(100);
    expect(embedded.tensors).toEqual({
      loaded: embedded.tensors.loaded,
      encoded: embedded.tensors.loaded,
      disposed: 0,
    });
    expect(embedded.report).toMatchObject({ simd: true, threads: 1, heapInUse: 0 });
    const forModels = ["IrecAttention", "IrecGelu", "IrecLayerNorm", "IrecLinear"];
    const forTraining = ["IrecAdamW", "IrecBatchNorm", "IrecBatchNormGrad", "IrecReluGrad"];
    expect(embedded.ownKernels).toEqual([...forModels, ...forTraining].sort());
    expect(page.console).toEqual([]);
    expect(page.requests.filter((url) => !url.startsWith(`${server.origin}/`) && !url.startsWith("data:"))).toEqual([]);
    expect(page.requests).toContain(`${server.origin}/wasm/tfjs-backend-wasm-simd.wasm`);
  });

  it("reads a checkpoint in ranges from an address that counts from the page, and the vocabulary beside it", async () => {
    await expectGolden(await run("embed", { ...job, model: "models/tiny.pt" }, await open()));
  });

  it("finds the binary beside its script when it is not told a place", async () => {
    const page = await open("/nested/index.html");
    const { wasmPaths: _, ...options } = job.options;
    await expectGolden(await run("embed", { ...job, options }, page));
    expect(page.requests).toContain(`${server.origin}/nested/code/tfjs-backend-wasm-simd.wasm`);
  });

  it("takes the place of the one binary that is needed", async () => {
    const wasmPaths = { "tfjs-backend-wasm-simd.wasm": "/wasm/tfjs-backend-wasm-simd.wasm" };
    await expectGolden(await run("embed", { ...job, options: { ...job.options, wasmPaths } }, await open()));
  });

  it("says where it looked for the binary, prints nothing, and starts once it is told the right place", async () => {
    const page = await open();
    for (const [wasmPaths, place] of [
      ["/nowhere/", "/nowhere/"],
      [undefined, `${server.origin}/`],
    ])
      await expect(run("embed", { ...job, options: { ...job.options, wasmPaths: wasmPaths! } }, page)).rejects.toThrow(
        `WasmStartError: ${place}tfjs-backend-wasm-simd.wasm answers with status 404, expected tfjs-backend-wasm-simd.wasm ` +
          "of @tensorflow/tfjs-backend-wasm; name the folder that has it in the option wasmPaths",
      );
    expect(page.console.filter((line) => !line.includes("status of 404"))).toEqual([]);
    await expectGolden(await run("embed", job, page));
  });

  it("compiles at once only what old versions of Chromium allow on a page's own thread, 4 KiB", async () => {
    const page = await open();
    await run("embed", job, page);
    const sizes = await page.evaluate<number[]>("compiledAtOnce");
    expect(sizes.length).toBe(2);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4096);
  });

  it.each(encoded)("decodes %s as in Node, with a codec that the page brings", async (name) => {
    const page = await open();
    const { sampleRate, samples } = await page.evaluate<Waveform>(`decode("/clips/${name}")`);
    const inNode = await decodeAudio(files.get(`/clips/${name}`) as Uint8Array, { codecs: nodeAudioCodecs });
    expect(sampleRate).toBe(inNode.sampleRate);
    expect([...samples]).toEqual([...inNode.samples]);
    expect(page.console).toEqual([]);
  });
});

async function expectGolden({ audio, text }: Embedded): Promise<void> {
  const golden = await goldenValues("tiny");
  const clips = (values: "preJoint" | "joint") => clipNames.flatMap((name) => [...golden.read(`${name}.${values}`)]);
  expect(largestGap(audio.preJoint, clips("preJoint"))).toBeLessThan(tolerance.preJoint);
  expect(largestGap(audio.joint, clips("joint"))).toBeLessThan(tolerance.joint);
  expect(largestGap(text.preJoint, golden.read("text.preJoint"))).toBeLessThan(tolerance.preJoint);
  expect(largestGap(text.joint, golden.read("text.joint"))).toBeLessThan(tolerance.joint);
}

/** A program with the built packages, as a script for browsers. */
async function bundle(entry: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [join(workspace, entry)],
    bundle: true,
    platform: "browser",
    format: "iife",
    target: "es2022",
    write: false,
    logLevel: "silent",
  });
  return outputFiles[0]!.contents;
}
