import type { Tower } from "../store/embedding-store.ts";
import type { MadeBy, RowLabels } from "../store/manifest.ts";
import { type Shard, shardOfBatch } from "./shard.ts";

/**
 * What is computed for one name of a tower: a pre-joint and a joint array. All that the numbers, or the manifest, depend on;
 * two runs with the same plan give the same bytes on the same machine.
 */
export type ArrayPlan = AudioPlan | TextPlan;

interface CommonPlan {
  readonly tower: Tower;
  /** Of the data set or the prompt set. */
  readonly name: string;
  readonly madeBy: MadeBy;
  readonly preJointDim: number;
  readonly jointDim: number;
  /**
   * Items that are computed together. The last digit of a row can depend on the rows beside it, so the boundaries are those
   * of the whole list, whoever computes a batch and whatever was done before.
   */
  readonly batchSize: number;
}

export interface AudioPlan extends CommonPlan {
  readonly tower: "audio";
  readonly lengthPolicy: string;
  /** Of the policies that take a part at random. */
  readonly seed?: number;
  readonly clipIds: readonly string[];
  readonly groundTruth: RowLabels;
}

export interface TextPlan extends CommonPlan {
  readonly tower: "text";
  readonly labels: readonly string[];
  readonly prompts: readonly (readonly string[])[];
  readonly negates?: string;
}

/** How many items there are: clips or prompts. */
export const itemCount = (plan: ArrayPlan): number =>
  plan.tower === "audio" ? plan.clipIds.length : plan.prompts.reduce((sum, prompts) => sum + prompts.length, 0);

export const batchCount = (plan: ArrayPlan): number => Math.ceil(itemCount(plan) / plan.batchSize);

/** The items of a batch: from the first, up to but without the second. */
export function itemsOfBatch(plan: ArrayPlan, batch: number): readonly [start: number, end: number] {
  return [batch * plan.batchSize, Math.min((batch + 1) * plan.batchSize, itemCount(plan))];
}

/** The batches that a shard computes. */
export function batchesOfShard(plan: ArrayPlan, { index, count }: Shard): readonly number[] {
  const batches = Array.from({ length: batchCount(plan) }, (_, batch) => batch);
  return batches.filter((batch) => shardOfBatch(arrayKey(plan), batch, count) === index);
}

/** Such as `audio/tinysol`. */
export const arrayKey = ({ tower, name }: Pick<ArrayPlan, "tower" | "name">): string => `${tower}/${name}`;
