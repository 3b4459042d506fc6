import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Clip } from "../datasets/dataset.ts";
import { InputError } from "../errors.ts";
import type { Progress } from "../progress.ts";
import { manifestFor } from "../store/add-arrays.ts";
import { firstDifference } from "../store/differences.ts";
import { SPACES } from "../store/embedding-store.ts";
import type { DatasetEntry, Manifest, SkippedClip } from "../store/manifest.ts";
import { type ArrayPlan, type AudioPlan, arrayKey, type TextPlan } from "./array-plan.ts";
import { datasetEntry, promptSetEntry } from "./complete-array.ts";
import { soundDigests, UNREADABLE } from "./sound-digest.ts";

/** An array that a store has. */
export interface StoredArray {
  readonly rows: number;
  readonly skipped: readonly SkippedClip[];
  /** Tokens that each label's prompts lost; empty when none did. */
  readonly lostTokens: readonly number[];
  /** Of the sound file of each clip of the plan, those without a row too; empty for texts. */
  readonly digests: readonly string[];
}

/**
 * What a store says of an array that it has; undefined when it has none of this name.
 * @param clips - of an audio plan, to see whether they are still the same
 * @throws {InputError} when the array, or the model in the store, was made in another way: naming what differs
 */
export async function storedArray(
  store: string,
  model: string,
  plan: ArrayPlan,
  clips: readonly Clip[] | undefined,
  progress?: Progress,
): Promise<StoredArray | undefined> {
  const manifest = await manifestFor(store, model, plan.madeBy);
  if (manifest === undefined) return undefined;
  if (plan.tower === "audio") refuseOtherPolicy(manifest, plan);
  const paths = SPACES.map((space) => join(store, model, plan.tower, space, `${plan.name}.npy`));
  if (!paths.every((path) => existsSync(path))) return undefined;
  return plan.tower === "text" ? storedTexts(manifest, plan) : await storedClips(manifest, plan, clips, progress);
}

/** Data sets of one model are compared with each other; they are all prepared in the same way. */
function refuseOtherPolicy(manifest: Manifest, { name, lengthPolicy, seed }: AudioPlan): void {
  for (const [other, { embedding }] of Object.entries(manifest.datasets)) {
    if (embedding === undefined || other === name) continue;
    const found = firstDifference(
      { lengthPolicy: embedding.lengthPolicy, seed: embedding.seed },
      { lengthPolicy, seed },
    );
    if (found === undefined) continue;
    throw new InputError(
      manifest.path,
      `the data set ${other} of this model was made with another ${found.place}: ${found.first}, now ${found.second}. Give ` +
        "another --store; they are not mixed.",
    );
  }
}

function storedTexts(manifest: Manifest, plan: TextPlan): StoredArray {
  const { lostTokens = [], ...entry } = manifest.promptSets[plan.name] ?? refuseUndescribed(manifest, plan);
  refuseDifference(manifest, plan, entry, promptSetEntry(plan));
  return { rows: plan.labels.length, skipped: [], lostTokens, digests: [] };
}

async function storedClips(
  manifest: Manifest,
  plan: AudioPlan,
  clips: readonly Clip[] | undefined,
  progress: Progress | undefined,
): Promise<StoredArray> {
  const entry = manifest.datasets[plan.name] ?? refuseUndescribed(manifest, plan);
  const { skipped = [], clipIds } = entry;
  const reasons = new Map(skipped.map(({ clipId, reason }) => [clipId, reason]));
  const items = plan.clipIds.flatMap((id, item) => (reasons.has(id) ? [[item, reasons.get(id)!] as const] : []));
  const digests = storedDigests(plan, entry);
  refuseDifference(manifest, plan, entry, datasetEntry(plan, new Map(items), digests));
  if (clips !== undefined) refuseChangedSounds(manifest, plan, digests, await soundDigests(clips, progress));
  return { rows: clipIds.length, skipped, lostTokens: [], digests };
}

/** By the clips of the plan, what the manifest says by rows and by skipped clips. */
function storedDigests(plan: AudioPlan, { clipIds, skipped = [], embedding }: DatasetEntry): readonly string[] {
  const byClip = new Map(clipIds.map((id, row) => [id, embedding?.sha256?.[row]]));
  for (const { clipId, sha256 } of skipped) byClip.set(clipId, sha256);
  return plan.clipIds.map((id) => byClip.get(id) ?? UNREADABLE);
}

/** As many as a reader looks at. */
const MAX_NAMED_CLIPS = 10;

function refuseChangedSounds(
  manifest: Manifest,
  plan: AudioPlan,
  before: readonly string[],
  now: readonly string[],
): void {
  const changed = plan.clipIds.filter((_, item) => before[item] !== now[item]);
  if (changed.length === 0) return;
  const rest = changed.length - MAX_NAMED_CLIPS;
  throw new InputError(
    manifest.path,
    `${arrayKey(plan)} is there, and sound files have changed since: ${changed.slice(0, MAX_NAMED_CLIPS).join(", ")}` +
      `${rest > 0 ? ` and ${rest} more` : ""}. Give another --store to embed them as they are now, or bring back the files ` +
      "of that time.",
  );
}

function refuseUndescribed(manifest: Manifest, plan: ArrayPlan): never {
  throw new InputError(
    manifest.path,
    `says nothing of ${arrayKey(plan)}, which is there. Give another --store, or remove its arrays.`,
  );
}

function refuseDifference(manifest: Manifest, plan: ArrayPlan, before: object, now: object): void {
  const found = firstDifference(before, now);
  if (found === undefined) return;
  throw new InputError(
    manifest.path,
    `${arrayKey(plan)} is there and was made with another ${found.place}: ${found.first}, now ${found.second}. Give another ` +
      "--store or another name, or remove its arrays.",
  );
}
