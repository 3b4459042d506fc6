import { type ArrayPlan, arrayKey, itemCount } from "./array-plan.ts";
import { lostByLabel } from "./complete-array.ts";
import type { Plans } from "./make-plans.ts";
import type { ArrayReport, EmbedReport, EmbedRequest } from "./request.ts";
import type { BatchRecord } from "./row-log.ts";
import { WHOLE } from "./shard.ts";
import type { StoredArray } from "./stored-array.ts";

export function embedReport(
  { store, model, shard = WHOLE }: EmbedRequest,
  plans: Plans,
  arrays: readonly ArrayReport[],
): EmbedReport {
  const { figures, backend, lengthPolicy } = plans;
  return { store, model: model.name, architecture: figures.name, backend, lengthPolicy, shard, arrays };
}

const basics = (plan: ArrayPlan) => ({
  array: arrayKey(plan),
  items: itemCount(plan),
  preJointDim: plan.preJointDim,
  jointDim: plan.jointDim,
});

const cutLabels = (plan: ArrayPlan, lostTokens: readonly number[]): ArrayReport["cut"] =>
  plan.tower === "audio"
    ? []
    : plan.labels
        .map((label, i) => ({ label, lostTokens: lostTokens[i] ?? 0 }))
        .filter(({ lostTokens: lost }) => lost > 0);

/** Of an array that was in the store before. */
export function foundReport(plan: ArrayPlan, { rows, skipped, lostTokens }: StoredArray): ArrayReport {
  const kept = itemCount(plan);
  return { ...basics(plan), found: true, rows, kept, computed: 0, skipped, cut: cutLabels(plan, lostTokens) };
}

/**
 * Of an array that was computed, or would be.
 * @param records - what its batches, or those of a shard, became
 */
export function computedReport(
  plan: ArrayPlan,
  counts: { readonly kept: number; readonly computed: number },
  records: readonly BatchRecord[] = [],
): ArrayReport {
  const skipped = records.flatMap((record) =>
    plan.tower === "audio" ? record.skipped.map(([item, reason]) => ({ clipId: plan.clipIds[item]!, reason })) : [],
  );
  const all = plan.tower === "audio" ? itemCount(plan) : plan.labels.length;
  const lost = plan.tower === "text" ? lostByLabel(plan, records) : [];
  return { ...basics(plan), found: false, rows: all - skipped.length, ...counts, skipped, cut: cutLabels(plan, lost) };
}
