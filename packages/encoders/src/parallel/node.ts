import { openBackend } from "../backend/node.ts";
import { type CheckpointInput, type LoadedTwoTower, planOf, stemOf, tokenizerOf } from "../models/load.ts";
import { loadModel, type NodeLoadOptions, openModel, pathOf } from "../models/node.ts";
import { requireParameters } from "../models/read-parameters.ts";
import { JobsOptionError } from "./errors.ts";
import { ParallelTwoTower } from "./parallel-two-tower.ts";
import { WorkerPool } from "./worker-pool.ts";

/** More workers than this are a slip of the pen: each holds the whole model. */
const MAX_JOBS = 256;

/** Options of `loadTwoTower` in Node. */
export interface ParallelLoadOptions extends NodeLoadOptions {
  /**
   * How many batches are embedded at the same time on WebAssembly, each by a thread with the model in its own memory. 1 when
   * left out. Without effect on libtensorflow, which uses all processors for every batch.
   */
  readonly jobs?: number;
}

/**
 * Loads LAION-CLAP (`.pt` of its trainer, or Hugging Face's ClapModel) or MusCALL from its original checkpoint; which
 * model it is, and of which size, is found from names and shapes. Only what the towers need is read.
 *
 * @param from - the path of a file, or of a folder as Hugging Face makes them; else as `CheckpointInput`. Beside the file
 *   config.json, tokenizer.json, vocab.json and merges.txt are found by themselves.
 * @throws {UnknownModelError} when the checkpoint is of no model that is known
 * @throws {CheckpointMismatchError} when something is missing, unexpected or of another shape
 * @throws {CheckpointError} another subclass, when the file cannot be read
 * @throws {NonFiniteWeightError} when a weight is NaN or infinite
 * @throws {TokenizerMismatchError} when the vocabulary is of another model
 * @throws {BackendUnavailableError} when the wanted backend does not start
 * @throws {ByteSourceError} when the bytes cannot be had
 * @example
 * const model = await loadTwoTower("music_audioset_epoch_15_esc_90.14.pt");
 * const { joint } = await model.encodeAudio([await decodeAudioFile("note.wav")]);
 * joint.shape; // [1, 512]
 */
export async function loadTwoTower(from: CheckpointInput, options: ParallelLoadOptions = {}): Promise<LoadedTwoTower> {
  const { jobs = 1, ...loadOptions } = options;
  if (!(Number.isInteger(jobs) && jobs >= 1 && jobs <= MAX_JOBS)) {
    throw new JobsOptionError(`jobs is ${jobs}, expected an integer from 1 to ${MAX_JOBS}`);
  }
  const parallel = jobs > 1 && (await openBackend(options.backend, options)).name === "wasm";
  return parallel ? await loadParallel(from, jobs, loadOptions) : await loadModel(from, loadOptions);
}

async function loadParallel(from: CheckpointInput, jobs: number, options: NodeLoadOptions): Promise<LoadedTwoTower> {
  const { onProgress, onWarning, signal, fetch, ...sendable } = options;
  if (typeof from !== "string" && !(from instanceof URL)) {
    throw new JobsOptionError("jobs is more than 1, which needs a path or URL that every thread can open");
  }
  if (typeof options.tokenizer === "object" && options.tokenizer !== null && "encodeBatch" in options.tokenizer) {
    throw new JobsOptionError(
      "jobs is more than 1, which needs the tokenizer's files: the tokenizer itself cannot be sent",
    );
  }
  if (fetch !== undefined) {
    throw new JobsOptionError(
      "jobs is more than 1, and the option fetch a function, which cannot be sent to the threads",
    );
  }
  // What can be wrong with the checkpoint is found here, before threads are started.
  const { checkpoint, companions } = await openModel(from, options);
  try {
    const plan = planOf(checkpoint, companions, options);
    requireParameters(checkpoint, plan.parameters, plan.names, plan.name);
    const tokenizer = tokenizerOf(plan, companions, options);
    const model = { from: pathOf(from) ?? String(from), options: { ...sendable, backend: "wasm" as const } };
    const { pool, health } = await WorkerPool.start(jobs, model, {
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    });
    for (const warning of health.warnings) onWarning?.(warning);
    return new ParallelTwoTower(options.name ?? stemOf(checkpoint.name), plan, tokenizer, health, pool);
  } finally {
    await checkpoint.close();
  }
}
