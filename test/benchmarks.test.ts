import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { LineProcess } from "../benchmarks/src/line-process.ts";
import { report } from "../benchmarks/src/report.ts";
import { type Context, measure, median, type Suite } from "../benchmarks/src/suite.ts";
import { run } from "./run.ts";

const workspace = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "irec-benchmarks-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const context: Context = { quick: false, folder, python: "python3", reference: undefined, say: () => {} };

/** A suite whose sides take the seconds that are given for each run, and note when they ran. */
function timed(ours: number[], peer: number[], order: string[] = []): Suite {
  const side = (name: string, seconds: number[]) => ({
    name,
    async run() {
      order.push(name);
      return { seconds: seconds.shift()!, peakBytes: 50e6 };
    },
  });
  return {
    name: "toy",
    title: "a toy",
    targetRatio: 4,
    targetPeakBytes: 60e6,
    repeats: 3,
    needs: ["python"],
    limit: "nothing",
    prepare: async () => ({ ours: side("ours", ours), peers: [side("peer", peer)] }),
  };
}

it("takes turns between the sides and compares their medians", async () => {
  const order: string[] = [];
  const { sides } = await measure(timed([9, 1, 2], [8, 10, 90], order), context);
  expect(order).toEqual(["ours", "peer", "ours", "peer", "ours", "peer"]);
  expect(sides.map(({ medianSeconds, ratio }) => [medianSeconds, ratio])).toEqual([
    [2, 1],
    [10, 5],
  ]);
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
});

it("says how far the ratios of single turns lie apart", async () => {
  // Ratios 2, 4, 6, 8 and 10.
  const suite = { ...timed([1, 1, 1, 1, 1], [8, 2, 10, 4, 6]), repeats: 5 };
  const result = await measure(suite, context);
  expect(result.sides[1]).toMatchObject({ ratio: 6, quartiles: [4, 8] });
  expect(report([result])).toContain("| 6 x (4 to 8) |");
});

it("closes what a suite started, also when a side fails", async () => {
  let closed = 0;
  const close = async () => {
    closed += 1;
  };
  const failing = { name: "wrong", run: () => Promise.reject(new Error("wrong")) };
  const suite = timed([1, 1, 1], [1, 1, 1]);
  const sides = await suite.prepare(context);
  await measure({ ...suite, prepare: async () => ({ ...sides, close }) }, context);
  expect(closed).toBe(1);
  await expect(
    measure({ ...suite, prepare: async () => ({ ours: failing, peers: [], close }) }, context),
  ).rejects.toThrow("wrong");
  expect(closed).toBe(2);
});

it("keeps a process between the runs of its side, and says why it ended", async () => {
  const program = `console.log("{}");
    let count = 0;
    require("node:readline").createInterface({ input: process.stdin }).on("line", () => {
      if (++count === 3) { console.error("no more"); process.exit(1); }
      console.log(JSON.stringify({ count }));
    });`;
  const kept = await LineProcess.start<{ count: number }>(process.execPath, ["-e", program]);
  expect([await kept.run(), await kept.run()]).toEqual([{ count: 1 }, { count: 2 }]);
  await expect(kept.run()).rejects.toThrow("ended with 1\nno more");
  await kept.close();
  await expect(LineProcess.start("no-such-program", [])).rejects.toThrow(
    "no-such-program: spawn no-such-program ENOENT",
  );
});

it("runs each side once when it is in a hurry", async () => {
  const order: string[] = [];
  await measure(timed([1], [1], order), { ...context, quick: true });
  expect(order).toEqual(["ours", "peer"]);
});

it("passes on that a side came to a wrong result, instead of timing it", async () => {
  const suite = timed([1, 1, 1], [1, 1, 1]);
  const wrong = { name: "wrong", run: () => Promise.reject(new Error("top-1 is 0.3, expected 0.4")) };
  const prepare = async () => ({ ours: wrong, peers: [] });
  await expect(measure({ ...suite, prepare }, context)).rejects.toThrow("top-1 is 0.3, expected 0.4");
});

it("prints whether the target was met, in time and in memory", async () => {
  const met = await measure(timed([1, 1, 1], [4, 4, 4]), context);
  const slow = await measure(timed([1, 1, 1], [3, 3, 3]), context);
  const large = await measure({ ...timed([1, 1, 1], [4, 4, 4]), targetPeakBytes: 50e6 }, context);
  const rows = report([met, slow, large])
    .split("\n")
    .filter((line) => line.startsWith("| a toy"));
  expect(rows).toEqual([
    "| a toy | ours: 1 s, 50 MB | peer: 4 s, 50 MB | 4 x | at least 4 x, below 60 MB | met |",
    "| a toy | ours: 1 s, 50 MB | peer: 3 s, 50 MB | 3 x | at least 4 x, below 60 MB | missed |",
    "| a toy | ours: 1 s, 50 MB | peer: 4 s, 50 MB | 4 x | at least 4 x, below 50 MB | missed |",
  ]);
});

it("says what it cannot measure without Python, and does not fail", async () => {
  const bench = ["run", "bench", "--silent", "--workspace=benchmarks", "--", "--json", "--dir", folder];
  const { status, stdout } = await run("npm", bench, { cwd: workspace, env: { IREC_PYTHON: "no-such-python" } });
  const { results }: { results: { name: string; skipped: string }[] } = JSON.parse(stdout);
  expect(status).toBe(0);
  expect(results.map(({ name }) => name)).toEqual([
    "triplets-arrays",
    "published-csv",
    "evaluate-reference",
    "zero-shot-1m",
    "bootstrap",
    "audio-decode",
    "audio-resample",
    "audio-quantise",
    "audio-log-mel",
    "audio-wav",
    "audio-wav-60",
    "audio-wav-stereo",
    "audio-flac",
    "native-audio",
    "native-audio-2",
    "native-audio-batch",
    "native-audio-batch-2",
    "native-text",
    "native-text-2",
    "native-text-one",
    "native-text-one-2",
    "native-file",
    "native-file-2",
    "wasm-audio",
    "wasm-text",
    "wasm-jobs",
    "native-load",
    "native-start",
    "wasm-load",
    "wasm-start",
    "embed",
    "native-train",
    "native-train-2",
    "wasm-train",
  ]);
  for (const { skipped } of results)
    expect(skipped).toBe("no Python with numpy and scikit-learn found: set IREC_PYTHON to one");
});

it("refuses a suite that does not exist, and names those that do", async () => {
  const bench = ["run", "bench", "--silent", "--workspace=benchmarks", "--", "zero-shot"];
  const { status, stderr } = await run("npm", bench, { cwd: workspace });
  expect(status).toBe(2);
  expect(stderr).toContain('no suite is named "zero-shot"');
  expect(stderr).toContain("zero-shot-1m");
});
