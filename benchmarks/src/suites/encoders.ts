import { availableParallelism } from "node:os";
import type { ClapAnswer, ClapProcessSettings, ClapTask } from "../clap-process.ts";
import { LineProcess } from "../line-process.ts";
import { benchmarks, peer, runProcess } from "../process.ts";
import type { Side, Suite } from "../suite.ts";
import { CLAP_WEIGHT_BYTES, letterTexts, onnxTower, type SyntheticClap, syntheticClap } from "../synthetic-clap.ts";

/** What is embedded: a tower with its projection, or all of the way from a file. */
interface Work {
  readonly title: string;
  readonly task: (clap: SyntheticClap) => ClapTask;
  /** The name of the tower's ONNX file; without it, onnxruntime-node does not take part. */
  readonly onnx?: string;
}

const audio = (batch: number): Work => ({
  title: batch === 1 ? "one clip of 10 s" : `${batch} clips of 10 s`,
  task: ({ wav }) => ({ kind: "audio", wav, batch }),
  ...(batch === 1 && { onnx: "audio-1" }),
});
const text = (batch: number): Work => ({
  title: batch === 1 ? "one text of 77 tokens" : `${batch} texts of 77 tokens`,
  task: () => ({ kind: "text", texts: letterTexts(batch) }),
  onnx: `text-${batch}`,
});
const file: Work = {
  title: "WAV file of 10 s at 44.1 kHz to joint vector",
  task: ({ wav }) => ({ kind: "file", wav }),
};

/** Runs of each side; they take turns of a second. */
const REPEATS = 15;
const MODULES = ["torch", "transformers", "soundfile"];

/** Largest difference of two joint vectors, whose length is 1: ours are within 5e-6 of float64, and so are the peers'. */
const AGREEMENT = 1e-5;

/** What limits each, of a profile. */
const IN_AUDIO =
  "three quarters of it are oneDNN's products, with bias and GELU inside; the rest are 800 calls of TensorFlow for attention in small windows, layer norms and residuals, one after the other. The log-mel, which the peers do not make, takes 2 ms.";
const IN_TEXT =
  "85 to 90 % of it are oneDNN's products, with bias and GELU inside; one text alone is bound by reading the weights.";
const IN_FILE = "the audio tower; decoding, resampling and log-mel are 4 % of it.";
const IN_WASM =
  "products in SIMD of four numbers, which WebAssembly multiplies and adds in two steps; torch has sixteen, in one. They are 83 % of the audio tower and 91 % of the text tower.";
const IN_JOBS = "the caches and the memory, which the workers share; the main thread only hands out clips.";
const IN_LOADING =
  "the weights pass through the memory three times: read, handed to the backend, and transposed, which is a third of the time; a fifth is the start of TensorFlow, on the native side. torch.load reads the optimiser too; with mmap it does not, and copies each weight once, as it is.";
const IN_STARTING =
  "as loading; Node and the imports take a quarter of a second, Python, torch and transformers four seconds.";

const towers: readonly Suite[] = [
  { name: "native-audio", work: audio(1), threads: 1, limit: IN_AUDIO },
  { name: "native-audio-2", work: audio(1), threads: 2, limit: IN_AUDIO },
  { name: "native-audio-batch", work: audio(8), threads: 1, limit: IN_AUDIO },
  { name: "native-audio-batch-2", work: audio(8), threads: 2, limit: IN_AUDIO },
  { name: "native-text", work: text(14), threads: 1, limit: IN_TEXT },
  { name: "native-text-2", work: text(14), threads: 2, limit: IN_TEXT },
  { name: "native-text-one", work: text(1), threads: 1, limit: IN_TEXT },
  { name: "native-text-one-2", work: text(1), threads: 2, limit: IN_TEXT },
  { name: "native-file", work: file, threads: 1, limit: IN_FILE },
  { name: "native-file-2", work: file, threads: 2, limit: IN_FILE },
].map(({ name, work, threads, limit }) =>
  towerSuite(name, work, { threads, limit, backend: "tensorflow", targetRatio: 1, repeats: REPEATS }),
);

const onWasm: readonly Suite[] = [
  towerSuite("wasm-audio", audio(1), {
    threads: 1,
    backend: "wasm",
    targetRatio: 1 / 3,
    repeats: REPEATS,
    limit: IN_WASM,
  }),
  towerSuite("wasm-text", text(14), { threads: 1, backend: "wasm", targetRatio: 1 / 4, repeats: 7, limit: IN_WASM }),
  {
    name: "wasm-jobs",
    title: "16 clips on WebAssembly, two workers against one",
    targetRatio: 1.6,
    repeats: 5,
    needs: ["python"],
    needsModules: MODULES,
    limit: IN_JOBS,
    async prepare({ folder, python, quick, say }) {
      say("wasm-jobs: making a model of the published size, unless it is there");
      const clap = await syntheticClap(folder, python!);
      const settings = (jobs: number): ClapProcessSettings => ({
        checkpoint: clap.checkpoint,
        backend: "wasm",
        threads: 1,
        jobs,
        batchSize: 1,
        task: { kind: "audio", wav: clap.wav, batch: quick ? 2 : 16 },
      });
      return together([
        { name: "two workers", start: () => ours(settings(2)) },
        { name: "one worker", start: () => ours(settings(1)) },
      ]);
    },
  },
];

interface TowerSettings extends Pick<Suite, "targetRatio" | "repeats" | "limit"> {
  readonly backend: ClapProcessSettings["backend"];
  readonly threads: number;
}

/** A suite of sides that have the model in memory: ours, torch, and onnxruntime-node where it is installed. */
function towerSuite(name: string, work: Work, { backend, threads, ...facts }: TowerSettings): Suite {
  const threadsTitle = threads === 1 ? "one thread" : `${threads} threads`;
  return {
    name,
    title: `${backend === "wasm" ? "WebAssembly" : "native"}: ${work.title}, ${threadsTitle}`,
    ...facts,
    needs: ["python"],
    needsModules: MODULES,
    async prepare({ folder, python, say }) {
      say(`${name}: making a model of the published size, unless it is there`);
      const clap = await syntheticClap(folder, python!);
      const { checkpoint, vocabulary } = clap;
      const task = work.task(clap);
      const sides: Starting[] = [
        { name: "@irec/encoders", start: () => ours({ checkpoint, backend, threads, task, vocabulary }) },
        {
          name: "torch",
          start: () =>
            LineProcess.start(python!, [peer("clap.py"), "serve", checkpoint, JSON.stringify(task), String(threads)]),
        },
      ];
      const onnxruntime = process.env.IREC_ONNXRUNTIME;
      if (work.onnx !== undefined && backend !== "wasm") {
        if (onnxruntime === undefined) say(`${name}: without onnxruntime-node; IREC_ONNXRUNTIME can name its folder`);
        else {
          say(`${name}: converting the tower to ONNX, unless it is there`);
          const model = await onnxTower(clap, work.onnx, task, python!);
          const args = [peer("onnx.mjs"), onnxruntime, model, String(threads)];
          sides.push({ name: "onnxruntime-node", start: () => LineProcess.start(process.execPath, args) });
        }
      }
      return together(sides);
    },
  };
}

interface Starting {
  readonly name: string;
  readonly start: () => Promise<LineProcess<ClapAnswer>>;
}

/** Starts the processes of the sides, lets each embed twice, and compares their vectors from then on. */
async function together(starting: readonly Starting[]): ReturnType<Suite["prepare"]> {
  const started: LineProcess<ClapAnswer>[] = [];
  const close = async () => {
    for (const one of started) await one.close();
  };
  const check = agreement();
  try {
    const sides: Side[] = [];
    for (const { name, start } of starting) {
      const child = await start();
      started.push(child);
      const run = async () => {
        const { seconds, vector } = await child.run();
        check(name, vector);
        return { seconds };
      };
      // The first pass makes buffers and compiles.
      for (let pass = 0; pass < 2; pass++) await run();
      sides.push({ name, run });
    }
    const [first, ...peers] = sides;
    return { ours: first!, peers, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Throws when a vector is not that of whoever ran first. */
function agreement(): (name: string, vector: readonly number[]) => void {
  let expected: readonly number[] | undefined;
  return (name, vector) => {
    expected ??= vector;
    const difference = Math.max(...expected.map((value, i) => Math.abs(value - vector[i]!)));
    if (!(difference <= AGREEMENT && vector.length === expected.length)) {
      throw new Error(`the vector of ${name} is ${difference} away from that of the other side`);
    }
  };
}

function ours(settings: ClapProcessSettings): Promise<LineProcess<ClapAnswer>> {
  return LineProcess.start(process.execPath, clapProcess(settings));
}

function clapProcess(settings: ClapProcessSettings): string[] {
  return [`${benchmarks}dist/clap-process.js`, JSON.stringify(settings)];
}

const loading: readonly Suite[] = [
  loadSuite("native-load", { backend: "tensorflow", whole: false, limit: IN_LOADING }),
  loadSuite("native-start", { backend: "tensorflow", whole: true, limit: IN_STARTING }),
  loadSuite("wasm-load", { backend: "wasm", whole: false, limit: IN_LOADING }),
  loadSuite("wasm-start", { backend: "wasm", whole: true, limit: IN_STARTING }),
];

interface LoadSettings extends Pick<Suite, "limit"> {
  readonly backend: ClapProcessSettings["backend"];
  /** Whether the time is that of the process, imports and the first vector included, and not that of loading alone. */
  readonly whole: boolean;
}

/** A suite of processes that open the checkpoint and embed one file; their peak memory is at most so many times the weights. */
function loadSuite(name: string, { backend, whole, limit }: LoadSettings): Suite {
  const place = backend === "wasm" ? "WebAssembly" : "native";
  return {
    name,
    title: `${place}: ${whole ? "a process from its start to the vector of a WAV file" : "a checkpoint of 2.3 GB to a model that is ready"}`,
    targetRatio: 1,
    targetPeakBytes: (backend === "wasm" ? 2.5 : 1.5) * CLAP_WEIGHT_BYTES,
    repeats: 5,
    needs: ["python"],
    needsModules: MODULES,
    limit,
    async prepare({ folder, python, say }) {
      say(`${name}: making a model of the published size, unless it is there`);
      const { checkpoint, wav } = await syntheticClap(folder, python!);
      const threads = availableParallelism();
      const check = agreement();
      const side = (what: string, command: string, args: readonly string[]): Side => ({
        name: what,
        async run() {
          const finished = await runProcess(command, args);
          const { seconds, vector, peakBytes }: ClapAnswer = JSON.parse(finished.stdout);
          check(what, vector);
          return { seconds: whole ? finished.seconds : seconds, peakBytes: peakBytes! };
        },
      });
      const torch = (what: string, way: "default" | "mmap") =>
        side(what, python!, [peer("clap.py"), "load", checkpoint, way, String(threads), wav]);
      const settings: ClapProcessSettings = { checkpoint, backend, threads, task: { kind: "file", wav }, once: true };
      return {
        ours: side("@irec/encoders", process.execPath, clapProcess(settings)),
        peers: [torch("torch.load", "default"), torch("torch.load with mmap", "mmap")],
      };
    },
  };
}

/** LAION-CLAP of the published size: towers, from file to vector, and opening the checkpoint. */
export const encoders: readonly Suite[] = [...towers, ...onWasm, ...loading];
