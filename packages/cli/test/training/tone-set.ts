import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ndarray from "ndarray";
import { npyBytes } from "../../src/npy/write-npy.ts";
import { sineWav } from "../miniatures.ts";
import { put } from "../temp-folder.ts";

/** What is heard and said of each clip: WAV at the model's rate and at another, and longer .npy waveforms, one in stereo. */
const TONES = [
  { caption: "a very low tone", hertz: 150, kind: "wav" },
  { caption: "a low tone", hertz: 300, kind: "wav" },
  { caption: "a tone", hertz: 600, kind: "wav 16 kHz" },
  { caption: "a high tone", hertz: 1200, kind: "npy" },
  { caption: "a very high tone", hertz: 2400, kind: "npy stereo" },
  { caption: "a whistle", hertz: 3600, kind: "npy" },
] as const;

/** A model that is trained in a moment. */
export const TINY_MODEL = {
  sampleRate: 8000,
  clipSeconds: 0.15,
  melBins: 32,
  fftLength: 64,
  fMax: 4000,
  convolutionWidth: 4,
  blocks: [1, 1, 1, 1],
  audioDim: 16,
  textDim: 16,
  textLayers: 1,
  textHeads: 2,
  contextLength: 24,
  embedDim: 16,
};

/** A configuration in which every field that needs one has a value. */
export function tinyConfig(changes: object = {}): Record<string, unknown> {
  return {
    schemaVersion: 1,
    kind: "contrastive",
    out: "run",
    seed: 3,
    data: { train: { captions: "tones.json" }, validation: { captions: "tones.json" } },
    tokenizer: "clip",
    model: TINY_MODEL,
    epochs: 6,
    batchSize: 3,
    optimiser: { learningRate: 0.003 },
    schedule: { kind: "constant" },
    ...changes,
  };
}

/** Writes clips, captions, tokenizer and configuration; returns the configuration's path. */
export function putToneSet(folder: string, changes: object = {}): string {
  const list = TONES.map(({ caption, hertz, kind }, i) => {
    const name = `${i}.${kind.split(" ")[0]}`;
    put(join(folder, "audio", name), soundOf(hertz, kind));
    return { audio_id: i, caption, audio_path: name };
  });
  put(join(folder, "tones.json"), JSON.stringify(list));
  for (const name of ["vocab.json", "merges.txt"]) {
    const golden = new URL(`../../../encoders/test/text/goldens/clip-${name}`, import.meta.url);
    put(join(folder, "clip", name), readFileSync(fileURLToPath(golden)));
  }
  return put(join(folder, "config.json"), JSON.stringify(tinyConfig(changes)));
}

function soundOf(hertz: number, kind: (typeof TONES)[number]["kind"]): Uint8Array {
  if (kind === "wav") return sineWav(hertz);
  if (kind === "wav 16 kHz") return sineWav(hertz, 16_000);
  const n = 2000; // longer than the model reads, so that there is something to crop
  const wave = (phase: number) =>
    Array.from({ length: n }, (_, i) => 0.3 * Math.sin((2 * Math.PI * hertz * i) / TINY_MODEL.sampleRate + phase));
  if (kind === "npy") return npyBytes(ndarray(Float64Array.from(wave(0)), [n]));
  return npyBytes(ndarray(Float32Array.from([...wave(0), ...wave(0.1)]), [2, n]));
}
