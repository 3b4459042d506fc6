import { createHash } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { diskError } from "../disk-error.ts";
import { InputError } from "../errors.ts";
import { npyHeader } from "../npy/write-npy.ts";
import { type Addition, addToStore, type NewArray } from "../store/add-arrays.ts";
import type { DatasetEntry, PromptSetEntry } from "../store/manifest.ts";
import { type ArrayPlan, type AudioPlan, arrayKey, batchCount, itemsOfBatch, type TextPlan } from "./array-plan.ts";
import { ensembleRows } from "./ensemble.ts";
import { type BatchRecord, type BatchRows, bytesOf, type RowLog } from "./row-log.ts";
import { UNREADABLE } from "./sound-digest.ts";

/**
 * Makes an array pair of its batches and adds it to the store.
 * @param logs - which together have every batch
 * @param place - path of files in the making, without an ending, on the disk of the store
 */
export async function completeArray(
  store: string,
  model: string,
  plan: ArrayPlan,
  logs: readonly RowLog[],
  place: string,
): Promise<void> {
  const sources = sourcesOf(plan, logs);
  const rows = plan.tower === "text" ? plan.labels.length : sources.reduce((sum, { rows }) => sum + rows, 0);
  if (rows === 0) throw new InputError(arrayKey(plan), "every clip was skipped; there is nothing to write.");
  const preJoint = await NpyWriter.create(`${place}.pre_joint.npy`, [rows, plan.preJointDim]);
  const joint = await NpyWriter.create(`${place}.joint_space.npy`, [rows, plan.jointDim]);
  try {
    for await (const part of plan.tower === "audio" ? partsOf(sources) : [await textRows(plan, sources)]) {
      await preJoint.write(part.preJoint);
      await joint.write(part.joint);
    }
    const { tower, name } = plan;
    const arrays: NewArray[] = [
      { tower, space: "joint_space", name, file: joint.path, sha256: await joint.close() },
      { tower, space: "pre_joint", name, file: preJoint.path, sha256: await preJoint.close() },
    ];
    await addToStore(store, model, additionOf(plan, sources, arrays));
  } catch (error) {
    await Promise.all([preJoint.discard(), joint.discard()]);
    throw diskError(store, error, "What was computed is kept; the same command continues.");
  }
}

/** Where a batch is. */
interface Source {
  readonly log: RowLog;
  readonly batch: number;
  readonly rows: number;
}

function sourcesOf(plan: ArrayPlan, logs: readonly RowLog[]): readonly Source[] {
  return Array.from({ length: batchCount(plan) }, (_, batch) => {
    for (const log of logs) {
      const record = log.record(batch);
      if (record === undefined) continue;
      const [start, end] = itemsOfBatch(plan, batch);
      if (record.rows + record.skipped.length === end - start) return { log, batch, rows: record.rows };
      throw new InputError(log.path, `batch ${batch} has ${record.rows} rows, expected ${end - start}.`);
    }
    throw new Error(`no log has batch ${batch} of ${arrayKey(plan)}`);
  });
}

async function* partsOf(sources: readonly Source[]): AsyncGenerator<BatchRows> {
  for (const { log, batch } of sources) yield await log.rows(batch);
}

/** One row a label: that of its prompt, or the average of its prompts'. */
async function textRows(plan: TextPlan, sources: readonly Source[]): Promise<BatchRows> {
  const parts: BatchRows[] = [];
  for await (const part of partsOf(sources)) parts.push(part);
  const joined = (field: keyof BatchRows) => {
    const whole = new Float32Array(parts.reduce((sum, part) => sum + part[field].length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part[field], at);
      at += part[field].length;
    }
    return whole;
  };
  return ensembleRows({ preJoint: joined("preJoint"), joint: joined("joint") }, plan);
}

function additionOf(plan: ArrayPlan, sources: readonly Source[], arrays: readonly NewArray[]): Addition {
  const { madeBy, name } = plan;
  return plan.tower === "audio"
    ? { madeBy, arrays, datasets: { [name]: audioEntry(plan, sources) } }
    : { madeBy, arrays, promptSets: { [name]: textEntry(plan, sources) } };
}

function audioEntry(plan: AudioPlan, sources: readonly Source[]): DatasetEntry {
  const records = sources.map(({ log, batch }) => log.record(batch)!);
  const skipped = new Map(records.flatMap((record) => record.skipped));
  return datasetEntry(
    plan,
    skipped,
    records.flatMap(({ inputs }) => inputs),
  );
}

/**
 * What the manifest says of a data set.
 * @param digests - of the sound file of each clip
 */
export function datasetEntry(
  { clipIds, groundTruth, lengthPolicy, seed, batchSize }: AudioPlan,
  skipped: ReadonlyMap<number, string>,
  digests: readonly string[],
): DatasetEntry {
  const kept = <T>(values: readonly T[]) => values.filter((_, item) => !skipped.has(item));
  const { folds, classes, labels, labelOrder } = groundTruth;
  return {
    clipIds: kept(clipIds),
    embedding: { lengthPolicy, ...(seed === undefined ? {} : { seed }), batchSize, sha256: kept(digests) },
    groundTruth: {
      labelOrder,
      labels,
      classes: kept(classes),
      ...(folds === undefined ? {} : { folds: kept(folds) }),
    },
    ...(skipped.size === 0
      ? {}
      : {
          skipped: [...skipped].map(([item, reason]) => ({
            clipId: clipIds[item]!,
            reason,
            ...(digests[item] === UNREADABLE ? {} : { sha256: digests[item]! }),
          })),
        }),
  };
}

function textEntry(plan: TextPlan, sources: readonly Source[]): PromptSetEntry {
  const lostTokens = lostByLabel(
    plan,
    sources.map(({ log, batch }) => log.record(batch)!),
  );
  return { ...promptSetEntry(plan), ...(lostTokens.some((lost) => lost > 0) ? { lostTokens } : {}) };
}

/** What the manifest says of a prompt set, as far as it is known before it is embedded. */
export function promptSetEntry({ labels, prompts, negates }: TextPlan): PromptSetEntry {
  return {
    labels,
    prompts: prompts.map((texts) => (texts.length === 1 ? texts[0]! : texts)),
    ...(negates === undefined ? {} : { negates }),
  };
}

/** How many tokens the prompts of each label lost, as far as the batches that are there say. */
export function lostByLabel(plan: TextPlan, records: readonly BatchRecord[]): readonly number[] {
  const labelOfPrompt = plan.prompts.flatMap((texts, label) => texts.map(() => label));
  const lost = plan.labels.map(() => 0);
  for (const { batch, lostTokens = [] } of records) {
    const [start] = itemsOfBatch(plan, batch);
    for (const [i, tokens] of lostTokens.entries()) lost[labelOfPrompt[start + i]!]! += tokens;
  }
  return lost;
}

/** A .npy file that is written part by part. */
class NpyWriter {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #hash = createHash("sha256");

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  static async create(path: string, shape: readonly [number, number]): Promise<NpyWriter> {
    const writer = new NpyWriter(path, await open(path, "w"));
    await writer.#writeBytes(npyHeader("<f4", shape));
    return writer;
  }

  async write(values: Float32Array): Promise<void> {
    await this.#writeBytes(bytesOf(values));
  }

  async #writeBytes(bytes: Uint8Array): Promise<void> {
    await this.#handle.writeFile(bytes);
    this.#hash.update(bytes);
  }

  /** Returns the sha256 of the file, which is on the disk by then. */
  async close(): Promise<string> {
    await this.#handle.sync();
    await this.#handle.close();
    return this.#hash.digest("hex");
  }

  async discard(): Promise<void> {
    await this.#handle.close().catch(() => {});
    await rm(this.path, { force: true });
  }
}
