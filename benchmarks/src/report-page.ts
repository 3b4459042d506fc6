/**
 * How long report.html of a run of TinySOL's size takes: 2,913 clips, 14 labels, 7 prompt sets, 3 models, made up. Prints
 * the seconds of `irec report` as a whole process, the size of the page, and the milliseconds until Chromium has it ready
 * for use. There is no peer, so it is no suite: `npm run bench-report --workspace benchmarks`.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { npyBytes } from "@irec/cli";
import { tinysolTerms, xoshiro128 } from "@irec/ontology";
import ndarray from "ndarray";
import { chromium, startChromium } from "../../test/chromium.ts";
import { runIrec } from "./process.ts";
import { median } from "./suite.ts";

const CLIPS = 2913;
const DIMENSIONS = 64;
const MODELS = ["first", "second", "third"];
const PROMPT_SETS = 7;
const REPEATS = 7;

const folder = mkdtempSync(join(tmpdir(), "irec-bench-report-"));
try {
  writeStore(folder);
  const run = join(folder, "run");
  const made = ["-e", join(folder, "store"), "-g", join(folder, "truth.csv"), "--draws", "20", "--out", run];
  await runIrec(["evaluate", ...made, "--no-report", "--quiet"]);
  const page = join(run, "report.html");
  const seconds: number[] = [];
  for (let i = 0; i < REPEATS; i++) seconds.push((await runIrec(["report", run])).seconds);
  print(`irec report, whole process: ${median(seconds).toFixed(2)} s; ${(statSync(page).size / 1e6).toFixed(2)} MB`);
  if (chromium === undefined) print("Chromium is not installed: not opened");
  else print(`ready for use in Chromium: ${median(await readyTimes(page)).toFixed(0)} ms`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** From the start of the navigation until the script has run, which is before the event DOMContentLoaded. */
async function readyTimes(page: string): Promise<number[]> {
  const browser = await startChromium();
  const times: number[] = [];
  try {
    for (let i = 0; i < REPEATS; i++) {
      const opened = await browser.open(pathToFileURL(page).href);
      times.push(
        await opened.evaluate<number>("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"),
      );
      const isReady = await opened.evaluate<boolean>("document.documentElement.dataset.ready !== undefined");
      if (!isReady) throw new Error("the script of the page has not run to its end");
      await opened.close();
    }
  } finally {
    await browser.close();
  }
  return times;
}

function writeStore(root: string): void {
  const random = xoshiro128(2407);
  const noise = () => random.nextDouble() - 0.5;
  const directions = tinysolTerms.map(() => Array.from({ length: DIMENSIONS }, noise));
  const matrix = (path: string, rows: number, spread: number) => {
    const values = Float32Array.from({ length: rows * DIMENSIONS }, (_, i) => {
      const row = Math.floor(i / DIMENSIONS);
      return directions[row % directions.length]![i % DIMENSIONS]! + spread * noise();
    });
    const file = join(root, "store", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, npyBytes(ndarray(values, [rows, DIMENSIONS])));
  };
  for (const model of MODELS) {
    for (const space of ["joint_space", "pre_joint"]) {
      matrix(`${model}/audio/${space}/tinysol.npy`, CLIPS, 1.5);
      for (let set = 0; set < PROMPT_SETS; set++)
        matrix(`${model}/text/${space}/prompts_${set}.npy`, 14, 0.5 + set / 3);
    }
  }
  const lines = Array.from({ length: CLIPS }, (_, i) => {
    const { name, label } = tinysolTerms[i % tinysolTerms.length]!;
    return `Family/${label}/ordinario/${name}-ord-C${i % 6}-mf-N-R100d-${i}.wav,${i % 5},${label}`;
  });
  writeFileSync(join(root, "truth.csv"), `Path,Fold,Instrument (in full)\n${lines.join("\n")}\n`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
