import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { BackendOptionError, BackendUnavailableError } from "../../src/backend/errors.ts";
import { openBackend } from "../../src/backend/node.ts";
import { nativeBuildFolder } from "../../src/backend/tensorflow/build-folder/node.ts";
import { onTensorflow } from "../backends.ts";

afterEach(() => vi.unstubAllEnvs());

describe("the choice of the backend", () => {
  test("is the option's before the environment variable's", async () => {
    vi.stubEnv("IREC_BACKEND", "cuda");
    const { name, report } = await openBackend("wasm");
    expect(name).toBe("wasm");
    expect(report).toMatchObject({
      name: "wasm",
      reason: "the option backend asks for it",
      threads: 1,
      passedOver: [],
    });
    expect(report.versions).toEqual({ "tfjs-core": "4.22.0", "tfjs-backend-wasm": "4.22.0" });
  });

  test("is the environment variable's without an option, and an empty one is none", async () => {
    vi.stubEnv("IREC_BACKEND", "wasm");
    expect((await openBackend()).report.reason).toBe("IREC_BACKEND asks for it");
    vi.stubEnv("IREC_BACKEND", "");
    expect((await openBackend()).report.reason).toMatch(/^the fastest that there is|^no native backend starts$/);
  });

  test("is refused when it is none, and says where it came from", async () => {
    vi.stubEnv("IREC_BACKEND", "cuda");
    await expect(openBackend()).rejects.toThrow(BackendOptionError);
    await expect(openBackend()).rejects.toThrow('IREC_BACKEND is "cuda", expected one of: auto, tensorflow, wasm');
    await expect(openBackend("gpu" as "auto")).rejects.toThrow('the option backend is "gpu", expected one of');
  });

  test.each([0, -1, 1.5, 1025, Number.NaN])("with %d threads is refused", async (threads) => {
    await expect(openBackend("wasm", { threads })).rejects.toThrow(
      `the option threads is ${threads}, expected a whole number from 1 to 1024`,
    );
  });

  test("with a number of threads in the environment that is none is refused", async () => {
    vi.stubEnv("IREC_THREADS", "many");
    await expect(openBackend("wasm")).rejects.toThrow('IREC_THREADS is "many", expected a whole number from 1 to 1024');
  });
});

onTensorflow((open) => {
  test("says where TensorFlow is from, and which one it is", async () => {
    await open();
    const { report } = await openBackend("tensorflow");
    expect(report.binding).toMatch(/tfjs_binding\.node$/);
    expect(report.versions).toMatchObject({ "tfjs-core": "4.22.0", "tfjs-node": "4.22.0" });
    expect(report.versions.tensorflow).toMatch(/^2\.\d+\.\d+/);
    expect(report.threads).toBeGreaterThan(0);
  });
});

describe("in a process of its own", () => {
  const folder = mkdtempSync(join(tmpdir(), "irec-backend-test-"));
  // Where it finds the packages that stay outside of it.
  const bundle = join(import.meta.dirname, `../../dist-test/choice-${process.pid}.mjs`);
  beforeAll(async () => {
    await build({
      stdin: {
        contents: `
          import { openBackend } from "./src/backend/node.ts";
          const { report } = await openBackend(process.argv[2]).catch((error) => ({ report: { error } }));
          const { name, threads, passedOver, error } = report;
          process.stdout.write(JSON.stringify({ name, threads, passedOver, message: error?.message, class: error?.name }));`,
        resolveDir: join(import.meta.dirname, "../.."),
      },
      outfile: bundle,
      bundle: true,
      packages: "external",
      platform: "node",
      format: "esm",
      logLevel: "silent",
    });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
    rmSync(bundle, { force: true });
  });
  const run = (choice: string, env: Record<string, string> = {}) => {
    const { IREC_BACKEND, IREC_THREADS, TF_CPP_MIN_LOG_LEVEL, ...others } = process.env;
    const ended = spawnSync(process.execPath, [bundle, choice], { env: { ...others, ...env }, encoding: "utf8" });
    expect(ended.stderr).toBe("");
    return JSON.parse(ended.stdout);
  };

  test("WebAssembly runs where no native backend was built, without a word", { timeout: 30_000 }, () => {
    const { name, passedOver } = run("auto", { IREC_CACHE: folder });
    expect(name).toBe("wasm");
    expect(passedOver[0]).toMatchObject({ reason: "not built" });
    expect(passedOver[0].place.startsWith(folder)).toBe(true);
  });

  test("a native backend that is asked for and is not there is an error that says what to do", {
    timeout: 30_000,
  }, () => {
    const found = run("tensorflow", { IREC_CACHE: folder });
    expect(found.class).toBe(BackendUnavailableError.name);
    expect(found.message).toContain("the option backend asks for tensorflow, which does not start");
    expect(found.message).toContain("Build it with: irec backend build; or use wasm");
  });

  onTensorflow(() => {
    test("TensorFlow starts without a word, with the threads that are asked for", { timeout: 30_000 }, () => {
      expect(run("auto", { IREC_THREADS: "1" })).toMatchObject({ name: "tensorflow", threads: 1, passedOver: [] });
    });
  });
});

describe("nativeBuildFolder", () => {
  test("is in the folder that IREC_CACHE names, or in the user's cache, and is one for each kind of machine", () => {
    vi.stubEnv("IREC_CACHE", "/somewhere");
    expect(nativeBuildFolder()).toBe(
      join("/somewhere", "backend", `tfjs-node-4.22.0-${process.platform}-${process.arch}-napi8-2`),
    );
    vi.stubEnv("IREC_CACHE", "here");
    expect(nativeBuildFolder().startsWith(join(process.cwd(), "here"))).toBe(true);
    vi.stubEnv("IREC_CACHE", "");
    vi.stubEnv("XDG_CACHE_HOME", "/xdg");
    if (process.platform === "linux") expect(nativeBuildFolder().startsWith("/xdg/irec/backend/")).toBe(true);
  });
});
