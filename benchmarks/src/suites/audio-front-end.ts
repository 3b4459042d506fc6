import { existsSync } from "node:fs";
import { decodeAudioFile, laionClapFrontEnd, logMel, quantise, resample } from "@irec/encoders";
import { peer, runProcess } from "../process.ts";
import { median, type Side, type Suite } from "../suite.ts";
import { syntheticSound } from "../synthetic-sound.ts";

type Stage = "decode" | "resample" | "quantise" | "log-mel" | "whole";

interface Case {
  readonly name: string;
  readonly stage: Stage;
  readonly title: string;
  readonly seconds?: number;
  readonly channels?: number;
  readonly flac?: boolean;
  readonly limit: string;
}

const cases: readonly Case[] = [
  {
    name: "audio-decode",
    stage: "decode",
    title: "decode a WAV file (10 s, 44.1 kHz, mono, 16 bits)",
    limit:
      "opening the file, its size, its bytes and its end, each a turn through Node's thread pool: half of the time.",
  },
  {
    name: "audio-resample",
    stage: "resample",
    title: "resample 10 s from 44.1 to 48 kHz",
    limit:
      "6.7 million multiplications in float64, two at a time, and as many additions; torch multiplies sixteen float32 at a time, but by eleven zeros for each tap.",
  },
  {
    name: "audio-quantise",
    stage: "quantise",
    title: "quantise 10 s at 48 kHz to 16 bits and back",
    limit: "memory: first touching a new array of 1.9 MB, and copying into the module and out of it.",
  },
  {
    name: "audio-log-mel",
    stage: "log-mel",
    title: "log-mel of 10 s at 48 kHz, 1001 frames",
    limit:
      "half of it are the transforms, in float64 and two at a time; the peers' are in float32, at up to sixteen at a time.",
  },
  { name: "audio-wav", stage: "whole", title: "WAV file to log-mel, 10 s mono", limit: "the log-mel is half of it." },
  {
    name: "audio-wav-60",
    stage: "whole",
    title: "WAV file to log-mel, 60 s mono",
    seconds: 60,
    limit: "the log-mel is half of it.",
  },
  {
    name: "audio-wav-stereo",
    stage: "whole",
    title: "WAV file to log-mel, 10 s stereo",
    channels: 2,
    limit: "the log-mel is half of it.",
  },
  {
    name: "audio-flac",
    stage: "whole",
    title: "FLAC file to log-mel, 10 s mono",
    flac: true,
    limit: "the FLAC codec of audio-decode, two thirds of it finding frames in JavaScript: libsndfile's is native.",
  },
];

/** From a sound file to the log-mel of LAION-CLAP, stage by stage and whole, in warm processes of one thread. */
export const audioFrontEnd: readonly Suite[] = cases.map(({ name, stage, title, limit, ...sound }) => ({
  name,
  title,
  targetRatio: 1,
  repeats: 5,
  needs: ["python"],
  needsModules: ["librosa", "soundfile", "torch"],
  limit,
  async prepare({ folder, python, say }) {
    const { seconds = 10, channels = 1, flac = false } = sound;
    say(`${name}: making ${seconds} s of notes, unless they are there`);
    const wav = syntheticSound(folder, seconds, channels);
    const file = flac ? wav.replace(/wav$/, "flac") : wav;
    if (!existsSync(file)) await runProcess(python!, [peer("audio_front_end.py"), "flac", wav, file]);
    /** Ours runs first. */
    let expected: Result | undefined;
    const byPython = (library: string, tolerance: number): Side => ({
      name: library,
      async run() {
        const { stdout } = await runProcess(python!, [peer("audio_front_end.py"), library, stage, file]);
        const { seconds, ...own }: Result & { seconds: number } = JSON.parse(stdout);
        const sameSize = expected !== undefined && Math.abs(own.size - expected.size) <= 1;
        if (!sameSize || !(Math.abs(own.number - expected!.number) <= tolerance)) {
          throw new Error(`${name}: ${library} has ${JSON.stringify(own)}, ours ${JSON.stringify(expected)}`);
        }
        return { seconds };
      },
    });
    return {
      ours: {
        name: "@irec/encoders",
        async run() {
          const { seconds, result } = await ours(stage, file);
          expected = result;
          return { seconds };
        },
      },
      // torch rounds quiet bins to float32; librosa resamples in another way, to one sample more.
      peers: [byPython("torch", 0.001), byPython("librosa", 0.1)],
    };
  },
}));

/** One number of a result, by which the sides are compared: the root mean square of samples, or the mean of decibels. */
interface Result {
  readonly number: number;
  readonly size: number;
}

const WARM = 10;
const RUNS = 20;

async function ours(stage: Stage, file: string): Promise<{ seconds: number; result: Result }> {
  const { sampleRate } = laionClapFrontEnd;
  const decode = () => decodeAudioFile(file);
  const decoded = await decode();
  const prepare = ({ samples, sampleRate: own }: typeof decoded) => resample(samples, own, sampleRate);
  const resampled = prepare(decoded);
  const quantised = quantise(resampled);
  const run: () => Float32Array | Promise<Float32Array> = {
    decode: async () => (await decode()).samples,
    resample: () => prepare(decoded),
    quantise: () => quantise(resampled),
    "log-mel": () => logMel(quantised, laionClapFrontEnd).data,
    whole: async () => logMel(quantise(prepare(await decode())), laionClapFrontEnd).data,
  }[stage];
  const times: number[] = [];
  let last: Float32Array = decoded.samples;
  for (let i = 0; i < WARM + RUNS; i++) {
    const start = process.hrtime.bigint();
    const made = run();
    last = made instanceof Promise ? await made : made;
    times.push(Number(process.hrtime.bigint() - start) / 1e9);
  }
  const decibels = stage === "log-mel" || stage === "whole";
  const mean = last.reduce((sum, value) => sum + (decibels ? value : value * value), 0) / last.length;
  return {
    seconds: median(times.slice(WARM)),
    result: { number: decibels ? mean : Math.sqrt(mean), size: last.length },
  };
}
