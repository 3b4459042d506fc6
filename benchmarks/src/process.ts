import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Results } from "@irec/cli";

/** The folder of this workspace; the same from src and from the bundle in dist. */
export const benchmarks = fileURLToPath(new URL("..", import.meta.url));

export interface Finished {
  /** Wall time from the start of the process to its end. */
  readonly seconds: number;
  readonly stdout: string;
}

/** Runs a program to its end. Rejects, with what it said on stderr, when it fails. */
export function runProcess(command: string, args: readonly string[], environment = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint();
    const child = spawn(command, args, { env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve({ seconds: Number(process.hrtime.bigint() - start) / 1e9, stdout });
      else reject(new Error(`${command} ${args.join(" ")}: ended with ${signal ?? code}\n${stderr}`));
    });
  });
}

/** Runs one whole `irec` process, as built, and tells its peak memory too. */
export async function runIrec(args: readonly string[]): Promise<Finished & { readonly peakBytes: number }> {
  const cli = dirname(createRequire(import.meta.url).resolve("@irec/cli/package.json"));
  const folder = mkdtempSync(join(tmpdir(), "irec-bench-"));
  try {
    const peakFile = join(folder, "peak");
    const reporter = new URL("./src/report-peak.mjs", new URL("../", import.meta.url)).href;
    const finished = await runProcess(process.execPath, ["--import", reporter, join(cli, "bin/irec.js"), ...args], {
      IREC_PEAK_FILE: peakFile,
    });
    return { ...finished, peakBytes: Number(readFileSync(peakFile, "utf8")) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One whole `irec evaluate` with its run folder, which is taken away afterwards, and what it found. */
export async function runIrecEvaluate(
  store: string,
  groundTruth: string,
  ...options: readonly string[]
): Promise<{ readonly seconds: number; readonly peakBytes: number; readonly results: Results }> {
  const folder = mkdtempSync(join(tmpdir(), "irec-bench-"));
  try {
    const out = join(folder, "run");
    const inputs = ["--embeddings", store, "--groundtruth", groundTruth, "--out", out];
    const { seconds, peakBytes } = await runIrec(["evaluate", ...inputs, ...options]);
    return { seconds, peakBytes, results: JSON.parse(readFileSync(join(out, "results.json"), "utf8")) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A script of ours in peers/. */
export function peer(name: string): string {
  return join(benchmarks, "peers", name);
}

/** `IREC_PYTHON`, else the `python3` on the PATH; undefined when it has no numpy or scikit-learn. */
export function findPython(): string | undefined {
  const python = process.env.IREC_PYTHON ?? "python3";
  return hasModules(python, ["numpy", "sklearn"]) ? python : undefined;
}

/** Whether a Python can find modules; they are not loaded, which can take seconds. */
export function hasModules(python: string, modules: readonly string[]): boolean {
  const find = "import sys\nfrom importlib.util import find_spec\nsys.exit(not all(map(find_spec, sys.argv[1:])))";
  return spawnSync(python, ["-c", find, ...modules]).status === 0;
}
