import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { afterAll, beforeAll, vi } from "vitest";
import { plainEnvironment } from "../../../test/run.ts";

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProcessOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Irec {
  /** Runs `irec` to its end. */
  run(args: readonly string[], options: ProcessOptions): Promise<Ended>;
  /** Starts `irec`; `ended` settles when it does. */
  start(
    args: readonly string[],
    options: ProcessOptions,
  ): { readonly child: ChildProcess; readonly ended: Promise<Ended> };
  /** Runs a line of bash in which `$IREC` stands for the command; a pipe fails when any part of it does. */
  shell(line: string, options: ProcessOptions): Promise<Ended>;
}

const folder = fileURLToPath(new URL("..", import.meta.url));

/**
 * The command as its own process, from the sources: nothing needs to be built. The bundle lies one folder below
 * package.json, as src and dist do, so that the command finds its version.
 * @param replaced - see `Replacements`
 */
export function irecProcess(replaced: Replacements = {}): Irec {
  const bundle = join(folder, "dist-test", `irec-${process.pid}-${bundles++}.mjs`);
  // A process takes a third of a second; on a machine that is busy with all other tests, ten times that.
  vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });
  beforeAll(async () => {
    await build({
      stdin: {
        contents: 'import { main } from "./src/main.ts"; await main(process.argv.slice(2));',
        resolveDir: folder,
      },
      outfile: bundle,
      bundle: true,
      platform: "node",
      format: "esm",
      conditions: ["@irec/source"],
      logLevel: "silent",
      plugins: [othersStayOutside, replacing(replaced)],
    });
  });
  afterAll(() => rmSync(bundle, { force: true }));

  const start = (command: string, args: readonly string[], { cwd, env }: ProcessOptions) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...plainEnvironment(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (status) => resolve({ status, stdout, stderr }));
    });
    return { child, ended };
  };
  return {
    run: (args, options) => start(process.execPath, [bundle, ...args], options).ended,
    start: (args, options) => start(process.execPath, [bundle, ...args], options),
    shell: (line, options) => {
      const env = { ...options.env, IREC: `${process.execPath} ${bundle}` };
      return start("bash", ["-o", "pipefail", "-c", line], { ...options, env }).ended;
    },
  };
}

let bundles = 0;

/** Literal pieces of sources that are others in the process under test, such as the checksum of a file of gigabytes. */
export type Replacements = Readonly<Record<string, string>>;

const replacing = (replaced: Replacements): Plugin => ({
  name: "replacing",
  setup({ onLoad }) {
    if (Object.keys(replaced).length === 0) return;
    onLoad({ filter: /[/\\]packages[/\\]cli[/\\]src[/\\].*\.ts$/ }, ({ path }) => {
      let contents = readFileSync(path, "utf8");
      for (const [from, to] of Object.entries(replaced)) contents = contents.replaceAll(from, to);
      return { contents, loader: "ts" };
    });
  },
});

const othersStayOutside: Plugin = {
  name: "others stay outside",
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path }) => (path.startsWith("@irec/") ? undefined : { path, external: true }));
  },
};
