import type { BackendChoice } from "../backend/backend.ts";
import { type BackendOptions, openBackend } from "../backend/node.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { openCheckpointFile } from "../checkpoint/node.ts";
import { type CreateTrainerOptions, createTrainerOn } from "./create.ts";
import type { ContrastiveTrainer } from "./trainer.ts";

/** Options of a trainer in Node. */
export interface NodeTrainerOptions extends Omit<CreateTrainerOptions, "checkpoint">, BackendOptions {
  /** What computes. Default: the environment variable `IREC_BACKEND`, else libtensorflow if it loads, else WebAssembly. */
  readonly backend?: BackendChoice;
  /** A MusCALL model to begin with, instead of new weights: its path, or an open one, which stays open. */
  readonly checkpoint?: Checkpoint | string;
}

/**
 * A trainer of a new model, or of that in a checkpoint (fine-tuning).
 * @throws {TrainingConfigError} when nothing can be trained with these options
 * @throws {CheckpointError} when the checkpoint is not that of a whole MusCALL model
 * @throws {BackendError} when the backend that was asked for does not start
 */
export async function createContrastiveTrainer(options: NodeTrainerOptions): Promise<ContrastiveTrainer> {
  const { checkpoint, ...rest } = options;
  const backend = await openBackend(options.backend, options);
  if (typeof checkpoint !== "string") {
    return await createTrainerOn(backend, { ...rest, ...(checkpoint !== undefined && { checkpoint }) });
  }
  const opened = await openCheckpointFile(checkpoint);
  try {
    return await createTrainerOn(backend, { ...rest, checkpoint: opened });
  } finally {
    await opened.close();
  }
}
