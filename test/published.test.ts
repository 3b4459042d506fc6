import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { type Context, createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { goldenValues, goldenWave, meta, tolerance } from "../packages/encoders/test/models/clap-goldens.ts";
import { floatWav, largestGap, tinyClap } from "./golden-clap.ts";
import { run, succeed } from "./run.ts";
import { writeSmallStore } from "./small-store.ts";

const workspace = fileURLToPath(new URL("..", import.meta.url));
const tsc = join(workspace, "node_modules/typescript/bin/tsc");
/** The folder of somebody who has installed the packages and knows nothing of this workspace. */
const consumer = mkdtempSync(join(tmpdir(), "irec-consumer-"));

/** What `consumer/use-libraries.ts` returns, wherever it runs. */
const expected = {
  cello: "instrument/stringed/bowed/violoncello",
  leaves: ["wind", "stringed"],
  depth: 2,
  triplets: 686,
  csv: "tuba,French horn,trombone",
  judged: 686,
  intervalHoldsEstimate: true,
  rocAuc: 0.75,
  top2: 0.5,
  errors: ["UnknownTermError", "ShapeError"],
};

beforeAll(async () => {
  writeFileSync(join(consumer, "package.json"), JSON.stringify({ private: true, type: "module" }));
  cpSync(join(workspace, "test/consumer"), consumer, { recursive: true });
  const tarballs = inject("tarballs").map(({ file }) => file);
  const quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
  await succeed("npm", ["install", ...tarballs, ...quietly], { cwd: consumer });
});

afterAll(() => rmSync(consumer, { recursive: true, force: true }));

describe("each tarball", () => {
  it.each(inject("tarballs"))(
    "of $name has its licence, README, sources and build, and nothing else",
    ({ contents }) => {
      for (const path of ["LICENSE", "README.md", "package.json", "dist/index.js", "dist/index.d.ts", "src/index.ts"])
        expect(contents).toContain(path);
      const expectedPlaces =
        /^(LICENSE|README\.md|CHANGELOG\.md|package\.json|bin\/[\w-]+\.js|schema\/[\w.-]+\.json|sample\/(audio\/[\w/]+\/[\w#-]+\.opus|[\w.-]+)|src\/[\w/-]+(\.(wasm|bundle))?\.(ts|json|css)|dist\/[\w/-]+(\.(wasm|bundle))?\.(js|d\.ts)(\.map)?|dist\/[\w/-]+\.json)$/;
      expect(contents.filter((path) => !expectedPlaces.test(path) || path.includes(".test."))).toEqual([]);
    },
  );

  it.each(inject("tarballs"))("of $name names no folder of the machine that made it", ({ name, contents }) => {
    const places = [workspace, homedir(), tmpdir(), consumer].filter((place) => place.length > 1);
    const installed = join(consumer, "node_modules", name);
    const telling = contents.filter((path) => {
      const text = readFileSync(join(installed, path), "utf8");
      return places.some((place) => text.includes(place.replace(/[/\\]$/, "") + sep));
    });
    expect(telling).toEqual([]);
  });

  it.each(inject("tarballs"))("of $name has every source that its maps point to", ({ name, contents }) => {
    const installed = join(consumer, "node_modules", name);
    const maps = contents.filter((path) => path.endsWith(".map"));
    expect(maps.length).toBeGreaterThan(0);
    for (const map of maps) {
      const { sources, sourceRoot }: { sources: string[]; sourceRoot?: string } = JSON.parse(
        readFileSync(join(installed, map), "utf8"),
      );
      for (const source of sources)
        expect(existsSync(join(installed, dirname(map), sourceRoot ?? "", source)), `${map}: ${source}`).toBe(true);
    }
  });
});

describe("a consumer of the packages", () => {
  const strict = ["--strict", "--target", "es2022", "--skipLibCheck", "false", "--pretty", "false"];
  const files = readdirSync(join(workspace, "test/consumer"));

  it.each([
    ["Node", ["--module", "nodenext", "--moduleResolution", "nodenext"]],
    ["a bundler", ["--module", "esnext", "--moduleResolution", "bundler"]],
  ])("type-checks with the resolution of %s, declarations of dependencies included", async (_who, resolution) => {
    const checked = await run(process.execPath, [tsc, "--noEmit", ...strict, ...resolution, ...files], {
      cwd: consumer,
    });
    expect(checked).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  it("reads no type of TensorFlow.js, whose declarations do not check: tensors stay inside of the encoders", () => {
    const dist = join(consumer, "node_modules/@irec/encoders/dist");
    const modules = new Set(["index.d.ts", "node.d.ts"].map((name) => join(dist, name)));
    // A set grows while it is walked.
    for (const path of modules) {
      const { importedFiles } = ts.preProcessFile(readFileSync(path, "utf8"), true, true);
      for (const { fileName } of importedFiles) {
        expect(fileName, `${path}: what names a tensor is @internal`).not.toMatch(/^@tensorflow\//);
        if (fileName.startsWith(".")) modules.add(join(dirname(path), fileName.replace(/\.[jt]s$/, ".d.ts")));
      }
    }
    expect(modules.size).toBeGreaterThan(20);
  });

  it("is told of wrong types", async () => {
    writeFileSync(join(consumer, "wrong.ts"), 'import { rocAuc } from "@irec/metrics";\nrocAuc("0.5", [1]);\n');
    const wrong = [tsc, "--noEmit", ...strict, "--module", "nodenext", "wrong.ts"];
    expect((await run(process.execPath, wrong, { cwd: consumer })).stdout).toContain("wrong.ts(2,8): error TS2345");
  });

  it("runs in Node", async () => {
    const options = ["--module", "nodenext", "--target", "es2022", "--skipLibCheck", "--outDir", "built"];
    await succeed(process.execPath, [tsc, ...options, ...files], { cwd: consumer });
    writeSmallStore(consumer);
    writeFileSync(
      join(consumer, "main.js"),
      `import { evaluateFiles } from "./built/use-cli.js";
      import { useLibraries } from "./built/use-libraries.js";
      console.log(JSON.stringify([await useLibraries(), await evaluateFiles("store", "truth.csv")]));`,
    );
    const printed = await succeed(process.execPath, ["main.js"], { cwd: consumer });
    expect(JSON.parse(printed)).toEqual([expected, { top1: 27 / 28, experiments: ["zero-shot"], missing: true }]);
  });

  it("embeds sounds and texts in Node as PyTorch does", async () => {
    writeFileSync(
      join(consumer, "embed.js"),
      `import { openAsBlob } from "node:fs";
      import { embed } from "./built/use-encoders.js";
      const { files, options, texts } = JSON.parse(process.argv[2]);
      const open = async ([name, path]) => new File([await openAsBlob(path)], name);
      const model = await Promise.all(Object.entries(files).map(open));
      console.log(JSON.stringify(await embed(model, options, [await openAsBlob("exact.wav")], texts)));`,
    );
    writeFileSync(join(consumer, "exact.wav"), floatWav(goldenWave(meta.models.tiny.clips.exact), 48_000));
    const files = Object.entries(tinyClap.files).map(([name, path]) => [name, join(workspace, path)]);
    const given = { files: Object.fromEntries(files), options: tinyClap.options, texts: meta.texts };
    const printed = await succeed(process.execPath, ["--no-warnings", "embed.js", JSON.stringify(given)], {
      cwd: consumer,
    });
    const { progress, audio, text } = JSON.parse(printed);
    const golden = await goldenValues("tiny");
    expect(progress).toBe(1);
    expect(largestGap(audio, golden.read("exact.joint"))).toBeLessThan(tolerance.joint);
    expect(largestGap(text, golden.read("text.joint"))).toBeLessThan(tolerance.joint);
  });

  it("is bundled for browsers without any module of Node, and runs where nothing of Node is there", async () => {
    const bundle = await bundleForBrowsers(
      'import { useLibraries } from "./use-libraries.ts"; globalThis.result = useLibraries();',
    );
    const packages = new Set(bundle.inputs.flatMap((path) => /node_modules\/(@irec\/\w+)/.exec(path)?.[1] ?? []));
    expect([...packages].sort()).toEqual(["@irec/metrics", "@irec/ontology"]);

    const browser = emptyBrowser();
    runInContext(bundle.code, browser);
    const result = JSON.parse(JSON.stringify(await browser.result));
    expect(result).toEqual(expected);
    expect(runInContext("typeof process + typeof require + typeof Buffer", browser)).toBe(
      "undefinedundefinedundefined",
    );
  });

  it("finds everything that the browser-safe packages export in a browser bundle", async () => {
    for (const name of ["@irec/ontology", "@irec/metrics", "@irec/encoders"]) {
      const { code } = await bundleForBrowsers(`import * as all from "${name}"; globalThis.result = Object.keys(all);`);
      const browser = emptyBrowser();
      runInContext(code, browser);
      // In a process of its own: a second copy of TensorFlow.js beside that of the tests would print that it is one.
      const print = `import * as all from "./node_modules/${name}/dist/index.js"; console.log(Object.keys(all).join());`;
      const inNode = await succeed(process.execPath, ["--input-type=module", "--eval", print], { cwd: consumer });
      expect([...browser.result].sort(), name).toEqual(inNode.trim().split(",").sort());
    }
  });

  it("sees the bundler refuse a module of Node, so that the tests above mean something", async () => {
    await expect(
      bundleForBrowsers('import { readFileSync } from "node:fs"; globalThis.x = readFileSync;'),
    ).rejects.toThrow('Could not resolve "node:fs"');
  });
});

/** A global object with the language's own names and that of itself, which pages and workers have. */
function emptyBrowser(): Context {
  const browser = createContext({});
  browser.self = browser;
  return browser;
}

/** A bundle of one program against the installed packages, as a script, and the files that went into it. */
async function bundleForBrowsers(contents: string): Promise<{ code: string; inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: consumer, loader: "ts" },
    absWorkingDir: consumer,
    bundle: true,
    platform: "browser",
    format: "iife",
    target: "es2022",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  return { code: outputFiles[0]!.text, inputs: Object.keys(metafile.inputs) };
}

describe("the installed command line", () => {
  const irec = (...args: string[]) => run("npx", ["--no-install", "irec", ...args], { cwd: consumer });

  it("explains itself", async () => {
    const { status, stdout } = await irec("--help");
    expect(status).toBe(0);
    expect(stdout).toContain("evaluate");
    expect(stdout).toContain("triplets");
  });

  it("counts triplets", async () => {
    const { status, stdout } = await irec("triplets", "--terms", "tinysol", "--count");
    expect(status).toBe(0);
    expect(stdout).toContain("686");
  });

  it("evaluates a store of the consumer's", async () => {
    writeSmallStore(consumer);
    const inputs = ["--embeddings", "store", "--groundtruth", "truth.csv", "--out", "run"];
    const { status, stdout } = await irec("evaluate", ...inputs);
    expect(status).toBe(0);
    expect(stdout).toContain("muscall_prompt");
    const { experiments } = JSON.parse(readFileSync(join(consumer, "run/results.json"), "utf8"));
    expect(experiments["zero-shot"][0].topK[0]).toBe(27 / 28);
    expect(experiments.triplets.find(({ rule }: { rule: string }) => rule === "lca")).toMatchObject({
      triplets: 686,
      correct: 0,
      ties: 686,
    });
  });

  it("evaluates the sample that ships, without any network, on WebAssembly", async () => {
    // No address is reachable by this proxy, which nothing may ask.
    const env = { IREC_BACKEND: "wasm", HTTPS_PROXY: "http://127.0.0.1:9", HTTP_PROXY: "http://127.0.0.1:9" };
    const ended = await run("npx", ["--no-install", "irec", "evaluate", "--out", "sample-run"], { cwd: consumer, env });
    expect(ended.status).toBe(0);
    expect(ended.stdout).toContain("246 notes, 14 instruments");
    const { dataset, experiments } = JSON.parse(readFileSync(join(consumer, "sample-run/results.json"), "utf8"));
    const [main] = experiments["zero-shot"];
    expect(main.promptSet).toBe("muscall_prompt");
    expect(dataset.majorityBaseline.accuracy).toBeCloseTo(21 / 246, 12);
    expect(main.topK[0]).toBeGreaterThan(0.7);
    expect(Object.keys(experiments)).toEqual(
      expect.arrayContaining(["audio-only", "triplets", "negation", "attribution"]),
    );
  });

  it("fails on a mistake, with a hint and without a stack trace", async () => {
    const { status, stdout, stderr } = await irec("triplets", "--ruel", "lca");
    expect(status).not.toBe(0);
    expect(stdout).toBe("");
    expect(stderr).toContain("--rule");
    expect(stderr).not.toContain("    at ");
  });
});
