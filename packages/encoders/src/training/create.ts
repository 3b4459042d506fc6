import type { WasmOptions } from "../backend/wasm/open.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { ContrastiveTrainer, TrainerOptions } from "./trainer.ts";

/** A trainer of a new model, or of the model in a checkpoint (fine-tuning), on WebAssembly. */
export async function createContrastiveTrainer(
  options: TrainerOptions & WasmOptions & { readonly checkpoint?: Checkpoint },
): Promise<ContrastiveTrainer> {
  throw new Error(`not yet: ${options.seed}`);
}
