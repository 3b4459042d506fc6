import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { diskError } from "../disk-error.ts";
import { withFileLock } from "../download/file-lock.ts";
import { InputError } from "../errors.ts";
import { type Progress, silentProgress } from "../progress.ts";
import { firstDifference } from "../store/differences.ts";
import { SPACES } from "../store/embedding-store.ts";
import { arrayKey, batchCount, batchesOfShard, itemsOfBatch } from "./array-plan.ts";
import { completeArray } from "./complete-array.ts";
import { logName, RowLog } from "./row-log.ts";
import { WHOLE } from "./shard.ts";
import { type StoredArray, storedArray } from "./stored-array.ts";

/** What was merged. */
export interface MergeReport {
  readonly store: string;
  /** Such as `music-clap/audio/tinysol`. */
  readonly arrays: readonly string[];
  /** Those of `arrays` that were there already, of the same sounds and options. */
  readonly found: readonly string[];
}

/** The parts of one array. */
interface Group {
  readonly model: string;
  readonly key: string;
  readonly parts: RowLog[];
}

/**
 * Joins what the shards of a run have computed, wherever they have written it. The store has the same bytes as if one run
 * had computed everything. The parts are removed once all arrays are there.
 *
 * @param from - stores with parts in them
 * @param store - where the arrays go; it may be one of those
 * @throws {InputError} when a shard is missing, not finished, there twice, or computed something else than the others or
 *   than what the store has; naming it. Then no part is removed.
 */
export async function mergeShards(
  from: readonly string[],
  store: string,
  progress: Progress = silentProgress,
): Promise<MergeReport> {
  const parts = await openParts(from);
  try {
    if (parts.length === 0) {
      throw new InputError(
        from.join(", "),
        "no parts of a run with --shard here (<model>.<tower>.<name>.<i>-of-<n>.part).",
      );
    }
    const groups = grouped(parts);
    const missing: Group[] = [];
    for (const group of groups) {
      const { model, parts: logs } = group;
      // An earlier merge may have been stopped while it removed the parts.
      const stored = await Promise.all(logs.map(({ header }) => storedArray(store, model, header.plan, undefined)));
      if (stored.includes(undefined)) missing.push(group);
      else for (const [i, log] of logs.entries()) refuseOtherSounds(log, stored[i]!, join(store, model));
    }
    for (const group of missing) refuseIncomplete(group);
    refuseMissingArrays(groups, store);
    await mkdir(store, { recursive: true }).catch((error) => {
      throw diskError(store, error, "Nothing was merged.");
    });
    const bar = progress.start("merging", missing.length);
    try {
      for (const { model, parts: logs } of missing) {
        const { plan } = logs[0]!.header;
        const place = join(store, `${model}.${plan.tower}.${plan.name}`);
        await withFileLock(join(store, `.${logName(model, plan, WHOLE)}.lock`), () =>
          completeArray(store, model, plan, logs, place),
        );
        bar.advance(1);
      }
    } finally {
      bar.end();
    }
    for (const part of parts) await rm(part.path);
    const names = (some: readonly Group[]) => some.map(({ model, key }) => `${model}/${key}`);
    return { store, arrays: names(groups), found: names(groups.filter((group) => !missing.includes(group))) };
  } finally {
    await Promise.all(parts.map((part) => part.close()));
  }
}

/** A part may only go when the store has all that is in it. */
function refuseOtherSounds(log: RowLog, stored: StoredArray, place: string): void {
  const { plan } = log.header;
  if (plan.tower !== "audio") return; // the plan has the texts themselves
  const skipped = new Set(stored.skipped.map(({ clipId }) => clipId));
  for (let batch = 0; batch < batchCount(plan); batch++) {
    const record = log.record(batch);
    if (record === undefined) continue;
    const [start] = itemsOfBatch(plan, batch);
    const skippedHere = new Set(record.skipped.map(([item]) => item));
    const other = record.inputs.findIndex(
      (digest, i) =>
        digest !== stored.digests[start + i] || skippedHere.has(start + i) !== skipped.has(plan.clipIds[start + i]!),
    );
    if (other === -1) continue;
    throw new InputError(
      log.path,
      `has another sound of the clip ${plan.clipIds[start + other]} than ${place}, which has ${arrayKey(plan)} already. ` +
        "Merge into another --store, or remove the one of them that you do not want; nothing was removed.",
    );
  }
}

async function openParts(from: readonly string[]): Promise<RowLog[]> {
  const parts: RowLog[] = [];
  try {
    for (const store of from) {
      const names = await readdir(store).catch((error) => {
        throw new InputError(store, `cannot be listed (${error.code}); expected a store that a shard has written to.`);
      });
      for (const name of names.filter((one) => PART_NAME.test(one)).sort()) {
        parts.push(await RowLog.read(join(store, name)));
      }
    }
    return parts;
  } catch (error) {
    await Promise.all(parts.map((part) => part.close()));
    throw error;
  }
}

const PART_NAME = /\.\d+-of-\d+\.part$/;

function grouped(parts: readonly RowLog[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const part of parts) {
    const { model, plan } = part.header;
    const key = arrayKey(plan);
    const group = groups.get(`${model}/${key}`) ?? { model, key, parts: [] };
    group.parts.push(part);
    groups.set(`${model}/${key}`, group);
  }
  // What is denied comes before what denies it, as in one run.
  return [...groups.values()].sort((a, b) => Number(denies(a)) - Number(denies(b)));
}

function denies({ parts }: Group): boolean {
  const { plan } = parts[0]!.header;
  return plan.tower === "text" && plan.negates !== undefined;
}

function refuseIncomplete({ model, key, parts }: Group): void {
  const [first, ...others] = parts as [RowLog, ...RowLog[]];
  const { count } = first.header.shard;
  for (const other of others) {
    if (other.header.shard.count !== count) {
      throw new InputError(
        other.path,
        `is one of ${other.header.shard.count} shards, while ${first.path} is one of ${count}; merge those of one division.`,
      );
    }
    const found = firstDifference(first.header.plan, other.header.plan);
    if (found === undefined) continue;
    throw new InputError(
      other.path,
      `was computed with another ${found.place} than ${first.path}: ${found.second}, there ${found.first}.`,
    );
  }
  const { plan } = first.header;
  for (let index = 1; index <= count; index++) {
    const batches = batchesOfShard(plan, { index, count });
    const [part, second] = parts.filter(({ header }) => header.shard.index === index);
    if (second !== undefined) {
      throw new InputError(
        second.path,
        `is shard ${index}/${count} of ${model}/${key}, as is ${part!.path}; merge one of them.`,
      );
    }
    if (batches.length === 0) continue;
    if (part === undefined) {
      throw new InputError(
        `${model}/${key}`,
        `shard ${index}/${count} is missing; run it, or name the store that has it.`,
      );
    }
    const done = batches.filter((batch) => part.record(batch) !== undefined);
    if (done.length === batches.length) continue;
    throw new InputError(
      part.path,
      `shard ${index}/${count} is not finished: ${done.length} of ${batches.length} batches. Run its command again.`,
    );
  }
}

/** An array of which no shard has left anything would be forgotten in silence. */
function refuseMissingArrays(groups: readonly Group[], store: string): void {
  const present = new Set(groups.map(({ model, key }) => `${model}/${key}`));
  for (const { model, parts } of groups) {
    for (const { header, path } of parts) {
      const missing = header.run.find((key) => !present.has(`${model}/${key}`) && !hasArrays(store, model, key));
      if (missing === undefined) continue;
      throw new InputError(`${model}/${missing}`, `no shard of it is here, while ${path} is of a run that has it too.`);
    }
  }
}

function hasArrays(store: string, model: string, key: string): boolean {
  const [tower = "", name = ""] = key.split("/");
  return SPACES.every((space) => existsSync(join(store, model, tower, space, `${name}.npy`)));
}
