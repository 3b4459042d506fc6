import type { Checkpoint, ContrastiveTrainer, NamedArray } from "@irec/encoders";
import type { Encoders } from "../../encoders.ts";
import { InputError } from "../../errors.ts";
import type { ValidationScores } from "./validation.ts";

/** Where a run is, besides what its trainer knows. */
export interface RunState {
  /** The configuration with every default, as JSON. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly seed: number;
  /** What computes: another backend rounds differently. */
  readonly backend: string;
  /** Digests of the pairs and of the vocabulary. */
  readonly data: Readonly<Record<"train" | "validation" | "tokenizer", string>>;
  /** Epochs that are complete, validation included. */
  readonly epoch: number;
  /** Steps that are made of the epoch after these. */
  readonly step: number;
  /** Sum of the losses of these steps. */
  readonly lossSum: number;
  readonly best: BestEpoch | null;
  /** Whether there is nothing left to do: all epochs are complete, or none got better for too long. */
  readonly finished: boolean;
  /** How long log.csv is. */
  readonly logBytes: number;
}

/** The best epoch so far, counted from 1. */
export interface BestEpoch {
  readonly epoch: number;
  /** What it was chosen by; the higher the better. */
  readonly value: number;
  readonly scores: ValidationScores;
}

/** The key of the state in a checkpoint's metadata. */
const STATE = "irec.run";
/** What the optimiser's tensors are called, besides the model's. */
const OPTIMISER = "optimiser.";

/** All that a run needs to go on, as one file. */
export function checkpointBytes(encoders: Encoders, trainer: ContrastiveTrainer, state: RunState): Uint8Array {
  const optimiser = trainer.optimiserState().map((array) => ({ ...array, name: OPTIMISER + array.name }));
  return encoders.writeSafetensors([...trainer.modelState(), ...optimiser], {
    ...trainer.modelMetadata(),
    [STATE]: JSON.stringify(state),
  });
}

/**
 * The state in an open checkpoint.
 * @throws {InputError} when there is none
 */
export function runStateOf({ name, metadata }: Checkpoint): RunState {
  const text = metadata.get(STATE);
  if (typeof text !== "string")
    throw new InputError(name, "is no checkpoint of irec train; choose another run folder.");
  try {
    return JSON.parse(text) as RunState; // nobody else writes it
  } catch (error) {
    throw new InputError(name, "its state is no JSON; is it damaged?", { cause: error });
  }
}

/** Puts a trainer where a checkpoint was taken. */
export async function restoreFrom(
  encoders: Encoders,
  checkpoint: Checkpoint,
  trainer: ContrastiveTrainer,
): Promise<void> {
  const arrays = await encoders.readNamedArrays(checkpoint);
  const isOptimisers = ({ name }: NamedArray) => name.startsWith(OPTIMISER);
  trainer.restore({
    model: arrays.filter((array) => !isOptimisers(array)),
    optimiser: arrays.filter(isOptimisers).map((array) => ({ ...array, name: array.name.slice(OPTIMISER.length) })),
  });
}

/** What may change from one call to the next, since no number depends on it. */
const FREE = ["config.data.cacheBytes", "config.checkpoints.everySteps"];

/**
 * Throws when a run was begun with something else than it is to go on with.
 * @throws {InputError} naming the first difference
 */
export function requireSameRun(folder: string, before: RunState, now: Omit<RunState, Progressing>): void {
  refuseDifference(
    folder,
    { config: before.config, seed: before.seed, data: before.data, backend: before.backend },
    { config: now.config, seed: now.seed, data: now.data, backend: now.backend },
  );
}

/**
 * The same of a run of which nothing is known but its configuration.
 * @throws {InputError} naming the first difference
 */
export function requireSameConfig(
  folder: string,
  before: Pick<RunState, "config" | "seed">,
  now: Pick<RunState, "config" | "seed">,
): void {
  refuseDifference(folder, before, now);
}

function refuseDifference(folder: string, before: object, now: object): void {
  const difference = firstDifference(before, now, "");
  if (difference === undefined) return;
  const { place, was, is } = difference;
  const [kind, key] = place.split(".");
  const what =
    kind === "data"
      ? `other ${key === "tokenizer" ? "tokenizer files" : `${key} pairs`}`
      : kind === "backend"
        ? `the backend ${was}, and this is ${is}`
        : `${place.replace(/^config\./, "")} ${was}, and now it is ${is}`;
  const advice = kind === "backend" ? `Continue with --backend ${String(was).replaceAll('"', "")}` : "Put it back";
  throw new InputError(folder, `this run was begun with ${what}. ${advice}, or choose another --out.`);
}

type Progressing = "epoch" | "step" | "lossSum" | "best" | "finished" | "logBytes";

interface Difference {
  readonly place: string;
  readonly was: string;
  readonly is: string;
}

function firstDifference(before: unknown, now: unknown, place: string): Difference | undefined {
  if (FREE.includes(place)) return undefined;
  if (isObject(before) && isObject(now)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
      const found = firstDifference(before[key], now[key], place === "" ? key : `${place}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const [was, is] = [before, now].map((value) => (value === undefined ? "left out" : JSON.stringify(value)));
  return was === is ? undefined : { place, was: was!, is: is! };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
