import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { diskError } from "../disk-error.ts";
import { withFileLock } from "../download/file-lock.ts";
import { type Encoders, withEncoders } from "../encoders.ts";
import { InputError } from "../errors.ts";
import { silentProgress } from "../progress.ts";
import { type ArrayPlan, arrayKey, batchesOfShard, itemsOfBatch } from "./array-plan.ts";
import { computedReport, embedReport, foundReport } from "./array-report.ts";
import { workOf } from "./batch-work.ts";
import { completeArray } from "./complete-array.ts";
import { inLanes } from "./lanes.ts";
import { makePlans, type Plans } from "./make-plans.ts";
import { ModelOnDemand } from "./model-on-demand.ts";
import type { ArrayReport, EmbedOptions, EmbedReport, EmbedRequest } from "./request.ts";
import { logHeader, logName, RowLog } from "./row-log.ts";
import { WHOLE } from "./shard.ts";
import { type StoredArray, storedArray } from "./stored-array.ts";

/** Without a sign of life for this long, a run on another machine is taken to be dead; a batch may take as long. */
const LOCK_TIMING = { stale: 180_000 };

/**
 * Embeds clips and prompts into a store. What the store has is not computed again. Stopped at any moment, the same request
 * continues, repeats at most a batch for each job, and gives the bytes that it had given undisturbed.
 *
 * @throws {InputError} when the store was made with something else, naming what differs
 * @throws {BadClipError} for a clip that cannot be embedded, unless `skipBad`
 * @throws {ModelInputError} when the model's files cannot be used
 * @throws {OutputError} when the disk says no
 * @throws {UsageError} when an option makes no sense
 */
export async function embed(request: EmbedRequest, options: EmbedOptions = {}): Promise<EmbedReport> {
  const { store } = request;
  return await withEncoders(async (encoders) => {
    const plans = await makePlans(encoders, request, options);
    // Whatever is refused is refused before hours of work.
    for (const plan of plans.arrays) await foundBefore(request, plan, options);
    await mkdir(store, { recursive: true }).catch((error) => {
      throw diskError(store, error, "Nothing was computed.");
    });
    const model = new ModelOnDemand(encoders, request, plans, options);
    try {
      const arrays: ArrayReport[] = [];
      for (const plan of plans.arrays) arrays.push(await embedArray(encoders, request, plan, plans, model, options));
      return embedReport(request, plans, arrays);
    } finally {
      await model.dispose();
    }
  });
}

/** What `embed` would do: nothing is computed, and nothing is written. It throws what `embed` throws before its work. */
export async function planEmbedding(request: EmbedRequest, options: EmbedOptions = {}): Promise<EmbedReport> {
  return await withEncoders(async (encoders) => {
    const plans = await makePlans(encoders, request, options);
    const arrays: ArrayReport[] = [];
    for (const plan of plans.arrays) arrays.push(await foresee(encoders, request, plan, options));
    return embedReport(request, plans, arrays);
  });
}

async function foresee(
  encoders: Encoders,
  request: EmbedRequest,
  plan: ArrayPlan,
  options: EmbedOptions,
): Promise<ArrayReport> {
  const { clips, skipBad = false, shard = WHOLE } = request;
  const found = await foundBefore(request, plan, options);
  if (found !== undefined) return foundReport(plan, found);
  const batches = batchesOfShard(plan, shard);
  const path = logPath(request, plan);
  if (!existsSync(path)) return computedReport(plan, { kept: 0, computed: itemsIn(plan, batches) });
  const log = await RowLog.read(path);
  try {
    log.refuseOther(headerOf(request, plan, []));
    const work = workOf(encoders, plan, clips?.clips ?? [], { skipBad });
    const missing = await missingBatches(log, batches, work);
    const computed = itemsIn(plan, missing);
    return computedReport(plan, { kept: itemsIn(plan, batches) - computed, computed });
  } finally {
    await log.close();
  }
}

async function embedArray(
  encoders: Encoders,
  request: EmbedRequest,
  plan: ArrayPlan,
  plans: Plans,
  model: ModelOnDemand,
  { signal, say, progress = silentProgress }: EmbedOptions,
): Promise<ArrayReport> {
  const { store, clips, skipBad = false, jobs = 1, shard = WHOLE } = request;
  const batches = batchesOfShard(plan, shard);
  if (batches.length === 0) return computedReport(plan, { kept: 0, computed: 0 }); // more shards than batches
  const path = logPath(request, plan);

  const compute = async (log: RowLog) => {
    const work = workOf(encoders, plan, clips?.clips ?? [], { skipBad, signal });
    const missing = await missingBatches(log, batches, work);
    const computed = itemsIn(plan, missing);
    const kept = itemsIn(plan, batches) - computed;
    if (missing.length === 0) return { kept, computed };
    const loaded = await model.get();
    const unit = plan.tower === "audio" ? "clips" : "prompts";
    const bar = progress.start(`embedding ${arrayKey(plan)}`, kept + computed, { unit, done: kept });
    try {
      await inLanes(
        missing,
        jobs,
        (batch) => work.prepare(batch),
        async (computeRows) => {
          signal?.throwIfAborted();
          const { record, rows } = await computeRows(loaded);
          await log.append(record, rows);
          bar.advance(itemsIn(plan, [record.batch]));
        },
      );
    } finally {
      bar.end();
    }
    return { kept, computed };
  };

  const lock = join(store, `.${logName(request.model.name, plan, shard)}.lock`);
  const onWait = () => say?.(`another process is embedding ${arrayKey(plan)}; waiting for it`);
  const work = async () => {
    const found = await foundBefore(request, plan, { progress });
    if (found !== undefined) {
      await rm(path, { force: true }); // of a run that was stopped at its very end
      return foundReport(plan, found);
    }
    const log = await RowLog.resume(path, headerOf(request, plan, plans.arrays.map(arrayKey)));
    try {
      const counts = await compute(log);
      const report = computedReport(
        plan,
        counts,
        batches.map((batch) => log.record(batch)!),
      );
      if (shard.count > 1) return report;
      await completeArray(store, request.model.name, plan, [log], path.replace(/\.part$/, ""));
      await rm(path);
      return report;
    } finally {
      await log.close();
    }
  };
  return await withFileLock(lock, work, { onWait, timing: LOCK_TIMING });
}

const logPath = ({ store, model, shard = WHOLE }: EmbedRequest, plan: ArrayPlan): string =>
  join(store, logName(model.name, plan, shard));

const headerOf = ({ model, shard = WHOLE }: EmbedRequest, plan: ArrayPlan, run: readonly string[]) =>
  logHeader({ model: model.name, shard, plan, run });

async function foundBefore(
  { store, model, clips, skipBad = false }: EmbedRequest,
  plan: ArrayPlan,
  { progress }: EmbedOptions,
): Promise<StoredArray | undefined> {
  const found = await storedArray(store, model.name, plan, clips?.clips, progress);
  if (found === undefined || found.skipped.length === 0 || skipBad) return found;
  throw new InputError(
    join(store, model.name),
    `${arrayKey(plan)} is there without ${found.skipped.length} clip(s) that were skipped, the first is ` +
      `${JSON.stringify(found.skipped[0]!.clipId)}. Say --skip-bad to leave it so, or give another --store.`,
  );
}

async function missingBatches(
  log: RowLog,
  batches: readonly number[],
  work: ReturnType<typeof workOf>,
): Promise<readonly number[]> {
  const missing: number[] = [];
  for (const batch of batches) {
    const record = log.record(batch);
    if (record === undefined || !(await work.isGood(record))) missing.push(batch);
  }
  return missing;
}

const itemsIn = (plan: ArrayPlan, batches: readonly number[]): number =>
  batches.reduce((sum, batch) => {
    const [start, end] = itemsOfBatch(plan, batch);
    return sum + end - start;
  }, 0);
