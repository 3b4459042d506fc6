import { createHash } from "node:crypto";
import type { LoadedTwoTower } from "@irec/encoders";
import type { Clip } from "../datasets/dataset.ts";
import type { Encoders } from "../encoders.ts";
import { type ArrayPlan, type AudioPlan, itemsOfBatch, type TextPlan } from "./array-plan.ts";
import { AudioEncoder, loadBatch } from "./audio-batch.ts";
import type { BatchRecord, BatchRows } from "./row-log.ts";
import { soundDigests } from "./sound-digest.ts";

/** How the batches of an array are computed. */
export interface BatchWork {
  /** Whether a batch of an earlier run is as good as computed now. */
  isGood(record: BatchRecord): Promise<boolean>;
  /** Reads what a batch needs; returns what computes it. Nothing is thrown for a clip before it is computed. */
  prepare(batch: number): Promise<(model: LoadedTwoTower) => Promise<ComputedBatch>>;
}

export interface ComputedBatch {
  readonly record: BatchRecord;
  readonly rows: BatchRows;
}

export function audioWork(
  encoders: Encoders,
  plan: AudioPlan,
  clips: readonly Clip[],
  { skipBad, signal }: { readonly skipBad: boolean; readonly signal?: AbortSignal | undefined },
): BatchWork {
  const clipsOf = (batch: number) => clips.slice(...itemsOfBatch(plan, batch));
  return {
    async isGood({ batch, inputs, skipped }) {
      // Without --skip-bad, what was skipped is tried again.
      if (!skipBad && skipped.length > 0) return false;
      return String(inputs) === String(await soundDigests(clipsOf(batch)));
    },
    async prepare(batch) {
      const loaded = await loadBatch(encoders, clipsOf(batch));
      return async (model) => {
        const { rows, skipped, ...values } = await new AudioEncoder(encoders, model, plan, skipBad, signal).encode(
          loaded,
        );
        const [start] = itemsOfBatch(plan, batch);
        const record = {
          batch,
          rows,
          inputs: loaded.inputs,
          skipped: skipped.map(([clip, reason]) => [start + clip, reason] as const),
        };
        return { record, rows: values };
      };
    },
  };
}

export function textWork(plan: TextPlan, signal: AbortSignal | undefined): BatchWork {
  const prompts = plan.prompts.flat();
  const textsOf = (batch: number) => prompts.slice(...itemsOfBatch(plan, batch));
  const digest = (texts: readonly string[]) => createHash("sha256").update(JSON.stringify(texts)).digest("hex");
  return {
    isGood: async ({ batch, inputs }) => inputs[0] === digest(textsOf(batch)),
    async prepare(batch) {
      const texts = textsOf(batch);
      return async (model) => {
        const { preJoint, joint, lostTokens } = await model.encodeText(texts, {
          batchSize: plan.batchSize,
          ...(signal && { signal }),
        });
        const record = {
          batch,
          rows: texts.length,
          inputs: [digest(texts)],
          skipped: [],
          ...(lostTokens.some((lost) => lost > 0) ? { lostTokens: [...lostTokens] } : {}),
        };
        return { record, rows: { preJoint: preJoint.data, joint: joint.data } };
      };
    },
  };
}

/** How the batches of a plan are computed; an audio plan has clips. */
export function workOf(
  encoders: Encoders,
  plan: ArrayPlan,
  clips: readonly Clip[],
  options: { readonly skipBad: boolean; readonly signal?: AbortSignal | undefined },
): BatchWork {
  return plan.tower === "audio" ? audioWork(encoders, plan, clips, options) : textWork(plan, options.signal);
}
