// Opens mutated checkpoints and says what came of it: npm run fuzz -- [--target safetensors] [--mutations 200000] [--seed 1] [--first 0]
// The bundle runs in a process of its own, with a small heap, and is ended when it hangs.
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const HEAP_MEBIBYTES = 512;
/** A thousand files take a second. */
const HANGS_AFTER_MILLISECONDS = 60_000;

const options = {
  target: { type: "string" },
  mutations: { type: "string" },
  seed: { type: "string" },
  first: { type: "string" },
};
const { target, mutations = "200000", seed = "1", first = "0" } = parseArgs({ options }).values;
const workspace = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "irec-fuzz-"));
const bundle = join(folder, "fuzz.mjs");
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const program = `
  import { fuzzCheckpoints, TARGETS } from "./tools/fuzz/checkpoint.ts";
  const { target, goldens, ...options } = JSON.parse(process.argv[2]);
  if (target === undefined) process.send({ targets: Object.keys(TARGETS) });
  else process.send({ report: await fuzzCheckpoints(target, goldens, { ...options, onProgress: (done) => process.send({ done }) }) });
  process.disconnect();
`;
await build({
  stdin: { contents: program, resolveDir: workspace, loader: "ts" },
  bundle: true,
  platform: "node",
  format: "esm",
  outfile: bundle,
  logLevel: "error",
});

/** The last message of a run of the bundle. */
function run(settings) {
  return new Promise((resolve, reject) => {
    const child = fork(bundle, [JSON.stringify(settings)], { execArgv: [`--max-old-space-size=${HEAP_MEBIBYTES}`] });
    let last;
    let timer;
    const watch = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        child.kill("SIGKILL");
        reject(new Error(`${settings.target} hangs after ${last?.done ?? 0} files`));
      }, HANGS_AFTER_MILLISECONDS);
    };
    watch();
    child.on("message", (message) => {
      last = message;
      watch();
    });
    child.on("exit", (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(last);
      else reject(new Error(`${settings.target} failed after ${last?.done ?? 0} files, exit code ${code}`));
    });
  });
}

const { targets } = await run({});
for (const name of target === undefined ? targets : [target]) {
  const started = performance.now();
  const { report } = await run({
    target: name,
    goldens: join(workspace, "packages/encoders/test/checkpoint/goldens"),
    mutations: Number(mutations),
    seed: Number(seed),
    first: Number(first),
  });
  const { files, opened, tensors, compared, errors, slowestMilliseconds, peakMebibytes } = report;
  console.log(`${name}: ${files} files in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  console.log(`  opened ${opened}, read ${tensors} tensors, compared ${compared}`);
  console.log(
    `  refused: ${Object.entries(errors)
      .map(([error, count]) => `${error} ${count}`)
      .join(", ")}`,
  );
  console.log(`  slowest file ${slowestMilliseconds.toFixed(1)} ms, peak memory ${peakMebibytes.toFixed(0)} MiB`);
}
