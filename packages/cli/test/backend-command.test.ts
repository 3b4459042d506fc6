import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nativeBuildFolder } from "@irec/encoders";
import { describe, expect, it } from "vitest";
import { passStringLists } from "../src/backend-build/string-lists.ts";
import { irecProcess } from "./irec-process.ts";
import { paragraph } from "./one-paragraph.ts";
import { put, temporaryFolders } from "./temp-folder.ts";

const irec = irecProcess();
const newFolder = temporaryFolders();
const entry = nativeBuildFolder().split(/[/\\]/).at(-1)!;

/** A user's machine: what is on the PATH as shell scripts, and an empty cache. */
function machine(programs: Readonly<Record<string, string>>, variables: Readonly<Record<string, string>> = {}) {
  const cwd = newFolder();
  const bin = join(cwd, "bin");
  mkdirSync(bin);
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  const cache = join(cwd, "cache");
  const env = { PATH: bin, CXX: "", IREC_PYTHON: "", IREC_CACHE: cache, ...variables };
  return { cwd, env, cache, backends: join(cache, "backend"), folder: join(cache, "backend", entry) };
}

const compiler = 'echo "c++ 12"';
/** Gets any package, as an empty one. */
const npm = `case "$1" in pack) echo '[{"filename": "package.tgz"}]' ;; config) exit 1 ;; esac`;
/** A Python without TensorFlow that does what `pip` says when it is asked for pip. */
const pythonWith = (pip: string) => `case "$*" in *pip*) ${pip} ;; *importlib*) exit 1 ;; esac`;
/** Python waits on the wheel, and says so by a file in its own folder. */
const slowPython = pythonWith(
  'case "$*" in *download*) : > "$(dirname "$0")/waiting"; exec sleep 60 ;; esac',
).replaceAll(/\b(dirname|sleep)\b/g, "/usr/bin/$1");

describe("irec backend build", () => {
  it("names all that is missing at once, and how to get it", async () => {
    const { cwd, env, cache } = machine({});
    const { status, stdout, stderr } = await irec.run(["backend", "build"], { cwd, env });
    expect(status).toBe(6);
    expect(stdout).toBe("");
    expect(paragraph(stderr)).toBe(
      "the native backend cannot be built: what is missing is a C++ compiler (none of c++, g++, clang++ runs; Debian and " +
        'Ubuntu: "apt-get install g++", macOS: "xcode-select --install", others: name yours in CXX), and Python 3.8 or later ' +
        '(neither of python3, python runs; Debian and Ubuntu: "apt-get install python3-pip", others: name yours in ' +
        "IREC_PYTHON), and npm (it comes with Node).",
    );
    expect(existsSync(cache)).toBe(false);
  });

  it("says when a compiler or a Python that was named does not run, and looks for no other", async () => {
    const { cwd, env } = machine(
      { "c++": compiler, python3: "", npm },
      { CXX: "ccache /nowhere/g++", IREC_PYTHON: "/nowhere/python" },
    );
    const { status, stderr } = await irec.run(["backend", "build"], { cwd, env });
    expect(status).toBe(6);
    expect(paragraph(stderr)).toContain('CXX is "ccache /nowhere/g++", which does not run');
    expect(paragraph(stderr)).toContain('IREC_PYTHON is "/nowhere/python", which does not run');
    expect(stderr).not.toContain("npm");
  });

  it("says that there is no pip, and leaves nothing behind", async () => {
    const python3 = pythonWith('echo "python3: No module named pip" >&2; exit 1');
    const { cwd, env, backends } = machine({ "c++": compiler, python3, npm });
    const { status, stderr } = await irec.run(["backend", "build"], { cwd, env });
    expect(status).toBe(6);
    expect(stderr).toMatch(/^error: python3 -m pip does not run \(python3: No module named pip\), and .* --wheel\.$/m);
    expect(readdirSync(backends)).toEqual([]);
  });

  it("says in pip's own words why it does not download", async () => {
    const python3 = pythonWith(
      'case "$*" in *download*) echo "ERROR: No matching distribution found for tensorflow==1" >&2; exit 1 ;; esac',
    );
    const { cwd, env, backends } = machine({ g: "", "g++": compiler, python: python3, npm });
    const { status, stderr } = await irec.run(["backend", "build", "--tensorflow", "1.0"], { cwd, env });
    expect(status).toBe(6);
    expect(stderr).toContain("ERROR: No matching distribution found for tensorflow==1");
    expect(stderr).toContain("--tensorflow");
    expect(readdirSync(backends)).toEqual([]);
  });

  it("says in npm's own words why it does not get tfjs-node", async () => {
    const broken = 'case "$1" in pack) echo "npm error code ENOTFOUND" >&2; exit 1 ;; esac';
    const { cwd, env } = machine({ "c++": compiler, python3: "", npm: broken });
    const { status, stderr } = await irec.run(["backend", "build"], { cwd, env });
    expect(status).toBe(6);
    expect(stderr).toContain("error: npm does not get @tensorflow/tfjs-node@4.22.0: npm error code ENOTFOUND");
  });

  it("does nothing when the backend is there, whatever is missing", async () => {
    const { cwd, env, folder } = machine({});
    put(join(folder, "build.json"), JSON.stringify({ tensorflow: "2.21.0" }));
    const { status, stdout, stderr } = await irec.run(["backend", "build"], { cwd, env });
    expect(status).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toBe(
      `The native backend is there already, with TensorFlow 2.21.0; --force builds it again.\n${folder}\n`,
    );
    expect((await irec.run(["backend", "build", "--force"], { cwd, env })).status).toBe(6);
  });

  it("takes a folder without a description for no backend", async () => {
    const { cwd, env, folder } = machine({});
    put(join(folder, "tfjs_binding.node"), "half");
    expect((await irec.run(["backend", "build"], { cwd, env })).status).toBe(6);
  });

  it("leaves nothing behind when it is interrupted", async () => {
    const { cwd, env, backends } = machine({ "c++": compiler, python3: slowPython, npm });
    const { child, ended } = irec.start(["backend", "build"], { cwd, env });
    await until(() => existsSync(join(cwd, "bin", "waiting")));
    expect(readdirSync(backends)).toEqual([`${entry}.partial-${hostname()}-${child.pid}`]);
    child.kill("SIGINT");
    expect((await ended).status).toBe(130);
    expect(readdirSync(backends)).toEqual([]);
  });

  it("removes what a build left that was killed, and not what another one is making", async () => {
    const { cwd, env, backends } = machine({ "c++": compiler, python3: slowPython, npm });
    const killed = irec.start(["backend", "build"], { cwd, env });
    await until(() => existsSync(join(cwd, "bin", "waiting")));
    killed.child.kill("SIGKILL");
    await killed.ended;
    expect(readdirSync(backends)).toEqual([`${entry}.partial-${hostname()}-${killed.child.pid}`]);

    const running = `${entry}.partial-${hostname()}-${process.pid}`;
    const elsewhere = `${entry}.partial-another-host-1`;
    for (const name of [running, elsewhere]) mkdirSync(join(backends, name));
    const python3 = pythonWith("exit 1");
    writeFileSync(join(cwd, "bin", "python3"), `#!/bin/sh\n${python3}\n`);
    expect((await irec.run(["backend", "build"], { cwd, env })).status).toBe(6);
    expect(readdirSync(backends).sort()).toEqual([elsewhere, running].sort());
  });

  it("says which folder it cannot write, and how to name another", async () => {
    const { cwd, env } = machine({ "c++": compiler, python3: "", npm });
    const file = put(join(cwd, "file"), "");
    const { status, stderr } = await irec.run(["backend", "build"], { cwd, env: { ...env, IREC_CACHE: file } });
    expect(status).toBe(5);
    expect(paragraph(stderr)).toContain("IREC_CACHE names another folder");
  });
});

describe("passStringLists", () => {
  it("refuses a binding that it does not know", () => {
    const folder = newFolder();
    put(join(folder, "binding", "tfjs_backend.cc"), "int main() {}");
    expect(() => passStringLists(folder)).toThrow("is not the one that irec knows");
  });
});

describe("irec doctor", () => {
  it("says that WebAssembly runs where nothing else does, why, and what would be faster", async () => {
    const { cwd, env } = machine({}, { IREC_BACKEND: "", IREC_THREADS: "" });
    const { status, stdout, stderr } = await irec.run(["doctor", "--json"], { cwd, env });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const found = JSON.parse(stdout);
    expect(found.inUse).toMatchObject({ name: "wasm", reason: "no native backend starts", simd: true });
    expect(found.inUse.passedOver[0]).toEqual({ place: join(env.IREC_CACHE, "backend", entry), reason: "not built" });
    expect(found.backends).toMatchObject([
      { name: "tensorflow", starts: false },
      { name: "wasm", starts: true },
    ]);
    expect(found.backends[1].gflops).toBeGreaterThan(0.1);
    expect(found.cache).toEqual({ folder: env.IREC_CACHE, bytes: 0 });
    expect(found.advice).toEqual([
      "irec backend build makes the native backend, on which models run several times faster",
    ]);
  });

  it("repeats what the loader said of a backend that was built and does not load", async () => {
    const { cwd, env, folder } = machine({}, { IREC_BACKEND: "" });
    put(join(folder, "build.json"), JSON.stringify({ tensorflow: "2.21.0" }));
    put(join(folder, "loader.node"), "no library");
    const { status, stdout } = await irec.run(["doctor"], { cwd, env });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^tensorflow +does not start: .*loader\.node: /m);
    expect(stdout).toContain("irec backend build --force builds it again");
  });

  it("says that a backend of an unknown name was asked for", async () => {
    const { cwd, env } = machine({}, { IREC_BACKEND: "cuda" });
    const { status, stdout } = await irec.run(["doctor"], { cwd, env });
    // A model would not load either.
    expect(status).toBe(6);
    expect(stdout).toContain('backend     none: IREC_BACKEND is "cuda", expected one of: auto, tensorflow, wasm');
    expect(stdout).toContain("change IREC_BACKEND");
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}
