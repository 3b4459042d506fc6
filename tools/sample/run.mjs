/**
 * Makes the sample that ships with the command line, from the sound font to the trained model: npm run sample
 *
 * It needs fluidsynth, fluid-soundfont-gm and opus-tools (Debian's names). The whole data set, with the sounds of training,
 * stays in node_modules/.cache/irec-sample/; what ships goes to packages/cli/sample/. With --only data or --only model,
 * that part alone.
 */
import { spawn } from "node:child_process";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const { only } = parseArgs({ options: { only: { type: "string" } } }).values;
if (only !== undefined && only !== "data" && only !== "model")
  throw new Error(`--only is "${only}", not data or model`);

const tools = fileURLToPath(new URL(".", import.meta.url));
const workspace = fileURLToPath(new URL("../..", import.meta.url));
const work = join(workspace, "node_modules/.cache/irec-sample");
const places = { dataset: join(work, "dataset"), shipped: join(workspace, "packages/cli/sample"), tools };
const say = (line) => process.stderr.write(`${line}\n`);

if (only !== "model") {
  const bundle = join(work, "make.mjs");
  await mkdir(work, { recursive: true });
  await build({
    entryPoints: [join(tools, "make.ts")],
    outfile: bundle,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "error",
  });
  const { makeDataset, makeCaptions } = await import(bundle);
  await makeDataset(places, say);
  await makeCaptions(places);
}

if (only !== "data") {
  const run = join(work, "run");
  await rm(run, { recursive: true, force: true });
  await irec("train", "--config", join(tools, "train.json"), "--out", run);
  await copyFile(join(run, "best.safetensors"), join(places.shipped, "model.safetensors"));
  await writeFile(join(tools, "training-log.csv"), epochsOf(await readFile(join(run, "log.csv"), "utf8")));
}

/** Of the log of every step, the header and the steps at the end of an epoch: those with a loss of validation. */
function epochsOf(log) {
  const [header, ...steps] = log.trimEnd().split("\n");
  const column = header.split(",").indexOf("validation_loss");
  return `${[header, ...steps.filter((step) => step.split(",")[column] !== "")].join("\n")}\n`;
}

function irec(...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(workspace, "packages/cli/bin/irec.js"), ...args], { stdio: "inherit" });
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`irec ${args[0]} ended with ${code}`))));
  });
}
