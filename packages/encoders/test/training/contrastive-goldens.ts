import { readFileSync } from "node:fs";
import ndarray from "ndarray";
import type { Backend } from "../../src/backend/backend.ts";
import { bufferSource } from "../../src/bytes/buffer-source.ts";
import { type Checkpoint, openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import { createTrainerOn } from "../../src/training/create.ts";
import type { MuscallConfig } from "../../src/training/muscall-config.ts";
import type { ContrastiveTrainer, TrainerOptions, TrainingBatch } from "../../src/training/trainer.ts";
import { goldenValues, openGolden as openModel } from "../models/muscall-goldens.ts";

/** Files made by `python tools/goldens/training.py`. */
export async function openGolden(name: "operations" | "losses" | "steps"): Promise<Checkpoint> {
  const bytes = readFileSync(new URL(`goldens/contrastive/${name}.safetensors`, import.meta.url));
  return await openCheckpoint(bufferSource(`${name}.safetensors`, bytes));
}

/** The first four clips and texts of the small model's goldens. */
export async function goldenBatch(): Promise<TrainingBatch> {
  const { clips, ids, idsShape } = await goldenValues("tiny");
  const pairs = 4;
  return {
    waveforms: clips.slice(0, pairs),
    tokenIds: ndarray(ids.slice(0, pairs * idsShape[1]), [pairs, idsShape[1]]),
  };
}

/** A trainer of the small model's checkpoint. */
export async function goldenTrainer(
  backend: Backend,
  options: Partial<TrainerOptions> = {},
): Promise<ContrastiveTrainer> {
  return await createTrainerOn(backend, {
    checkpoint: await openModel("tiny.pth.tar"),
    seed: 1,
    schedule: { kind: "constant" },
    ...options,
    config: { textHeads: 4, dropout: 0, attentionDropout: 0, ...options.config },
  });
}

/** The sizes of that model. */
export const tinyConfig: Partial<MuscallConfig> = {
  clipSeconds: 1,
  fftLength: 256,
  melBins: 64,
  convolutionWidth: 4,
  blocks: [2, 1, 1, 1],
  audioDim: 12,
  textDim: 32,
  textLayers: 2,
  textHeads: 4,
  contextLength: 16,
  vocabularySize: 520,
  embedDim: 16,
};
