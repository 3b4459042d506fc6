import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import {
  type BackendName,
  createContrastiveTrainer,
  type LogMel,
  muscallConfig,
  writeSafetensors,
} from "@irec/encoders";
import ndarray from "ndarray";

// The process that is measured: a step of training a MusCALL of the published size. `peers/training.py` is its peer.

/** The process' only argument, as JSON. */
export interface TrainingProcessSettings {
  readonly backend: BackendName;
  readonly threads: number;
  readonly pairs: number;
  /** Where the new model is written to before the first step, for the peer to begin with. */
  readonly model?: string;
}

/** What it answers for each step. */
export interface TrainingAnswer {
  readonly seconds: number;
  readonly loss: number;
}

const settings: TrainingProcessSettings = JSON.parse(process.argv[2]!);
const { backend, threads, pairs, model } = settings;
const { melBins, fftLength, clipSeconds, sampleRate, contextLength, vocabularySize } = muscallConfig;

const trainer = await createContrastiveTrainer({
  backend,
  threads,
  seed: 1,
  schedule: { kind: "constant" },
  // Drawn differently on the two sides, it would hide a wrong result.
  config: { dropout: 0, attentionDropout: 0 },
});
if (model !== undefined) writeFileSync(model, writeSafetensors(trainer.modelState(), trainer.modelMetadata()));

const frames = Math.floor((clipSeconds * sampleRate) / (fftLength / 2)) + 1;
const logMels: LogMel[] = Array.from({ length: pairs }, (_, pair) => ({
  // As peers/training.py has it.
  data: Float32Array.from({ length: frames * melBins }, (_, i) => {
    const [frame, bin] = [Math.floor(i / melBins), i % melBins];
    return ((7919 * pair + 10_471 * frame + 1299 * bin + frame * bin * (pair + 1)) % 4001) / 100 - 60;
  }),
  frames,
  melBins,
}));
const ids = Int32Array.from({ length: pairs * contextLength }, (_, i) => {
  if (i % contextLength === contextLength - 1) return vocabularySize - 1;
  return (7919 * i) % (vocabularySize - 2);
});
const batch = { logMels, tokenIds: ndarray(ids, [pairs, contextLength]) };

answer({ ready: true });
for await (const _ of createInterface({ input: process.stdin })) {
  const start = performance.now();
  const { loss } = await trainer.step(batch);
  answer({ seconds: (performance.now() - start) / 1000, loss });
}
trainer.dispose();

function answer(value: TrainingAnswer | { readonly ready: true }): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
