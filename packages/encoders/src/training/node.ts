import type { BackendChoice, BackendOptions } from "../backend/node.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { ContrastiveTrainer, TrainerOptions } from "./trainer.ts";

/** A trainer of a new model, or of the model in a checkpoint (a path or an open one; fine-tuning), on the backend of choice. */
export async function createContrastiveTrainer(
  options: TrainerOptions &
    BackendOptions & { readonly backend?: BackendChoice; readonly checkpoint?: Checkpoint | string },
): Promise<ContrastiveTrainer> {
  throw new Error(`not yet: ${options.seed}`);
}
