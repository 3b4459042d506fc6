import { createHash } from "node:crypto";
import { UsageError } from "../errors.ts";

/** One of several runs that share the work. */
export interface Shard {
  /** From 1 to `count`. */
  readonly index: number;
  readonly count: number;
}

/** All of the work. */
export const WHOLE: Shard = { index: 1, count: 1 };

/** More than any scheduler starts. */
const MAX_SHARDS = 100_000;

/** Reads `3/8`. @throws {UsageError} when it is none of the shards 1/8 to 8/8 */
export function parseShard(text: string): Shard {
  const [, first = "", second = ""] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  const [index, count] = [Number(first), Number(second)];
  if (index >= 1 && index <= count && count <= MAX_SHARDS) return { index, count };
  throw new UsageError(`--shard ${text}: expected i/n with i from 1 to n, such as 3/8.`);
}

/**
 * The shard that computes a batch of an array. They take turns, so that long and short clips, which data sets have in
 * runs, are spread evenly; not all arrays begin with the same one, or the first would get every small array.
 */
export function shardOfBatch(array: string, batch: number, count: number): number {
  const offset = createHash("sha256").update(array).digest().readUInt32LE(0);
  return ((batch + offset) % count) + 1;
}
