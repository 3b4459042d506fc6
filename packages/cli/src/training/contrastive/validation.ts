import type { ContrastiveTrainer, LogMel } from "@irec/encoders";
import { pairwiseSimilarity, retrievalBothWays } from "@irec/metrics";
import ndarray from "ndarray";
import { turn } from "../../npy/byte-source.ts";
import type { Batches } from "./batches.ts";
import type { SelectionMetric } from "./contrastive-config.ts";
import { drawsFor, shuffled } from "./draws.ts";
import type { PairSet } from "./training-data.ts";

/** How good a model is after an epoch. */
export interface ValidationScores {
  /** Mean over the batches. */
  readonly loss: number;
  readonly textToAudio: RetrievalScores;
  readonly audioToText: RetrievalScores;
}

/** Of one pair, the other one is what is sought among all clips, or all texts. */
export interface RetrievalScores {
  /** Shares in [0, 1]; ties count against. */
  readonly r1: number;
  readonly r5: number;
  readonly r10: number;
  readonly medianRank: number;
}

/** The batches of a validation set, and the clips that retrieval is measured on: the same in each epoch. */
export interface ValidationPlan {
  readonly batches: readonly Int32Array[];
  readonly retrieval: Int32Array;
}

/**
 * Whole batches, as in the reference, since the loss depends on their size; of a set that is smaller than a batch, all of it.
 * @param retrievalClips - how many clips retrieval is measured on, at most; of more, some are drawn
 */
export function planValidation(
  count: number,
  {
    batchSize,
    retrievalClips,
    seed,
  }: { readonly batchSize: number; readonly retrievalClips: number; readonly seed: number },
): ValidationPlan {
  const rows = Int32Array.from({ length: count }, (_, i) => i);
  const size = Math.min(batchSize, count);
  const batches = Array.from({ length: Math.floor(count / size) }, (_, i) => rows.subarray(i * size, (i + 1) * size));
  const drawn = shuffled(count, drawsFor(seed, "retrieval")).slice(0, retrievalClips).sort();
  return { batches, retrieval: drawn };
}

/** Measures loss and retrieval. `advance` is called with how many clips were dealt with. */
export async function validate(
  trainer: ContrastiveTrainer,
  maker: Batches,
  set: PairSet,
  plan: ValidationPlan,
  advance: (clips: number) => void,
): Promise<ValidationScores> {
  let loss = 0;
  for (const rows of plan.batches) {
    loss += (await trainer.loss(await maker.validation(set, rows))) / plan.batches.length;
    advance(rows.length);
    await turn();
  }
  return { loss, ...(await retrieval(trainer, maker, set, plan.retrieval, advance)) };
}

/** So many clips are encoded at once. */
const CLIPS_AT_ONCE = 32;

async function retrieval(
  trainer: ContrastiveTrainer,
  maker: Batches,
  set: PairSet,
  rows: Int32Array,
  advance: (clips: number) => void,
): Promise<Omit<ValidationScores, "loss">> {
  const width = trainer.config.embedDim;
  const audio = ndarray(new Float32Array(rows.length * width), [rows.length, width]);
  const text = ndarray(new Float32Array(rows.length * width), [rows.length, width]);
  for (let start = 0; start < rows.length; start += CLIPS_AT_ONCE) {
    const some = rows.subarray(start, start + CLIPS_AT_ONCE);
    const { logMels, tokenIds } = await maker.validation(set, some);
    const options = { batchSize: some.length };
    const encoded = await trainer.encodeAudio(logMels as readonly LogMel[], options);
    audio.data.set(encoded.joint.data, start * width);
    text.data.set((await trainer.encodeText(tokenIds, options)).joint.data, start * width);
    advance(some.length);
    await turn();
  }
  const ways = retrievalBothWays(pairwiseSimilarity(audio, text), { ks: [1, 5, 10] });
  return { textToAudio: scoresOf(ways.columnsToRows), audioToText: scoresOf(ways.rowsToColumns) };
}

function scoresOf({ recallAt, medianRank }: ReturnType<typeof retrievalBothWays>["rowsToColumns"]): RetrievalScores {
  return { r1: recallAt.get(1)!, r5: recallAt.get(5)!, r10: recallAt.get(10)!, medianRank };
}

/** What the best model has most of. */
export function selectionValue(metric: SelectionMetric, { loss, textToAudio, audioToText }: ValidationScores): number {
  if (metric === "validation-loss") return -loss;
  const scores = metric.startsWith("text-to-audio") ? textToAudio : audioToText;
  return scores[metric.slice(metric.lastIndexOf("r")) as "r1" | "r5" | "r10"];
}
