import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import {
  type BackendName,
  decodeAudioFile,
  type LoadedTwoTower,
  laionClapFrontEnd,
  loadTwoTower,
  readTokenizerFiles,
  resample,
  type Waveform,
} from "@irec/encoders";

// The process that is measured: @irec/encoders with a model of the published size. `peers/clap.py` is its peer.

/** What is embedded in each run; the first two begin with samples at the model's rate and with texts. */
export type ClapTask =
  | { readonly kind: "audio"; readonly wav: string; readonly batch: number }
  | { readonly kind: "text"; readonly texts: readonly string[] }
  | { readonly kind: "file"; readonly wav: string };

/** The process' only argument, as JSON. */
export interface ClapProcessSettings {
  readonly checkpoint: string;
  readonly backend: BackendName;
  readonly threads: number;
  readonly jobs?: number;
  /** Clips of one forward pass; default: the model's. */
  readonly batchSize?: number;
  readonly task: ClapTask;
  /** Folder of vocab.json and merges.txt. */
  readonly vocabulary?: string;
  /** Loads the model, embeds once, tells how long each took and the peak memory, and ends. */
  readonly once?: boolean;
}

/** What it answers: of each run, and of `once`. */
export interface ClapAnswer {
  /** Of embedding; of loading with `once`. */
  readonly seconds: number;
  /** Of the first embedding, with `once`. */
  readonly firstUse?: number;
  /** The joint embedding of the last input. */
  readonly vector: readonly number[];
  /** With `once`. */
  readonly peakBytes?: number;
}

const settings: ClapProcessSettings = JSON.parse(process.argv[2]!);
const { checkpoint, backend, threads, jobs = 1, vocabulary, once = false } = settings;

const tokenizer = vocabulary === undefined ? null : await readTokenizerFiles(vocabulary);
const [loading, model] = await timed(() =>
  loadTwoTower(checkpoint, { backend, threads, jobs, healthCheck: once, tokenizer }),
);
const embed = await runner(model, settings);
if (once) {
  const [firstUse, vector] = await timed(embed);
  answer({ seconds: loading, firstUse, vector, peakBytes: peakBytes() });
} else {
  answer({ ready: true });
  for await (const _ of createInterface({ input: process.stdin })) {
    const [seconds, vector] = await timed(embed);
    answer({ seconds, vector });
  }
}
model.dispose();

async function runner(
  model: LoadedTwoTower,
  { task, batchSize }: ClapProcessSettings,
): Promise<() => Promise<number[]>> {
  const options = batchSize === undefined ? {} : { batchSize };
  const lastOf = ({ joint: { data } }: { readonly joint: { readonly data: Float32Array } }) => [
    ...data.subarray(-model.embedDim),
  ];
  if (task.kind === "text") return async () => lastOf(await model.encodeText(task.texts, options));
  if (task.kind === "file")
    return async () => lastOf(await model.encodeAudio([await decodeAudioFile(task.wav)], options));
  const { samples, sampleRate } = await decodeAudioFile(task.wav);
  const clip: Waveform = {
    samples: resample(samples, sampleRate, laionClapFrontEnd.sampleRate),
    sampleRate: laionClapFrontEnd.sampleRate,
  };
  const clips = new Array<Waveform>(task.batch).fill(clip);
  return async () => lastOf(await model.encodeAudio(clips, options));
}

async function timed<T>(run: () => Promise<T>): Promise<[seconds: number, result: T]> {
  const start = process.hrtime.bigint();
  const result = await run();
  return [Number(process.hrtime.bigint() - start) / 1e9, result];
}

function answer(values: object): void {
  process.stdout.write(`${JSON.stringify(values)}\n`);
}

/** As in report-peak.mjs. */
function peakBytes(): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))![1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
