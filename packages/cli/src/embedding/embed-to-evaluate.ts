import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ClipOptions, ClipTable } from "../datasets/dataset.ts";
import { termsText } from "../datasets/dataset-text.ts";
import { datasetPlaces, presentFolder } from "../datasets/locate.ts";
import { pullDataset } from "../datasets/pull.ts";
import { readClips } from "../datasets/read-clips.ts";
import { DATASETS } from "../datasets/registry.ts";
import type { LoadSettings } from "../models/check-model.ts";
import { resolveModel } from "../models/resolve-model.ts";
import type { Progress } from "../progress.ts";
import type { PromptSet } from "../prompts/prompt-set.ts";
import { packageVersions } from "../results/provenance.ts";
import { embed } from "./embed.ts";
import { promptSetsFor } from "./prompt-sets.ts";
import type { EmbedOptions, EmbedReport, EmbedRequest } from "./request.ts";
import { soundDigests } from "./sound-digest.ts";

/** What is to be evaluated, by names. */
export interface NamedEvaluation
  extends ClipOptions,
    Pick<EmbedRequest, "backend" | "lengthPolicy" | "jobs" | "skipBad"> {
  /** Names of the registry, paths of checkpoints, or `NAME=PATH`. */
  readonly models: readonly string[];
  /** A name of the registry, or the path of a folder or of a CSV. */
  readonly dataset: string;
  /** Where the data set is. */
  readonly path?: string | undefined;
  /** As `promptSetsFor` takes them. */
  readonly prompts?: readonly string[] | undefined;
  readonly tokenizer?: string | undefined;
  readonly settings?: LoadSettings | undefined;
  /** Where embeddings are kept; a place in irec's cache when left out. */
  readonly store?: string | undefined;
  readonly seed?: number | undefined;
}

/** What `evaluate` needs to know. */
export interface EmbeddedEvaluation {
  readonly embeddings: string;
  readonly models: readonly string[];
  readonly dataset: string;
  readonly promptSets: readonly string[];
  /** What became of each model's embeddings. */
  readonly reports: readonly EmbedReport[];
}

/**
 * Brings models, clips and prompts together in a store, so that they can be evaluated: fetches the models and the data set
 * where they are missing, and embeds what is not embedded yet.
 *
 * In irec's cache, embeddings of the same sounds, prompts and options share a store; others get one of their own.
 */
export async function embedToEvaluate(wanted: NamedEvaluation, options: EmbedOptions): Promise<EmbeddedEvaluation> {
  const { models, dataset, prompts, tokenizer, settings, seed = 0 } = wanted;
  const { say, progress } = options;
  // The models first: what is misspelt is known before gigabytes are fetched.
  const resolved = [];
  for (const model of models) resolved.push(await resolveModel(model, { tokenizer, pull: { say, progress } }));
  await pullIfMissing(wanted, options);
  const { path, groundTruth, excludeRetuned, split } = wanted;
  const clips = await readClips(dataset, { path, groundTruth, excludeRetuned, split });
  const promptSets = await promptSetsFor(clips, prompts, seed);
  const store = wanted.store ?? (await cachedStore(wanted, clips, promptSets, progress));
  const reports: EmbedReport[] = [];
  for (const model of resolved) {
    const request = { ...wanted, model: { ...model, loadOptions: { ...model.loadOptions, ...settings } } };
    reports.push(await embed({ ...request, store, clips, promptSets }, options));
  }
  return {
    embeddings: store,
    models: resolved.map(({ name }) => name),
    dataset: clips.dataset,
    promptSets: promptSets.map(({ name }) => name),
    reports,
  };
}

/** Fetches a data set that irec knows by name and that is not on this machine; of one with splits, the one that is wanted. */
async function pullIfMissing({ dataset: name, path, split }: NamedEvaluation, { say, progress }: EmbedOptions) {
  const dataset = DATASETS.find((one) => one.name === name || one.folder === name);
  if (dataset === undefined || dataset.files.length === 0 || path !== undefined) return;
  if (presentFolder(dataset) !== undefined) return;
  say?.(termsText(dataset));
  await pullDataset(dataset, {
    folder: datasetPlaces(dataset)[0]!,
    only: dataset.files.some(({ key }) => key === split) ? [split!] : undefined,
    mirror: process.env.IREC_DATASETS_MIRROR || undefined,
    progress,
    say,
  });
}

/** A folder of its own for each thing that could not share a store. */
async function cachedStore(
  wanted: NamedEvaluation,
  clips: ClipTable,
  promptSets: readonly PromptSet[],
  progress: Progress | undefined,
) {
  const { cacheFolder } = await import("@irec/encoders");
  const { lengthPolicy, backend, settings, seed, skipBad } = wanted;
  const key = JSON.stringify([
    ...[
      clips.clips.map(({ id, label, fold }) => [id, label, fold]),
      await soundDigests(clips.clips, progress),
      clips.labels,
      promptSets,
      lengthPolicy,
      backend,
      settings,
      seed,
    ],
    ...[skipBad === true, process.env.IREC_BACKEND, packageVersions()],
  ]);
  const digest = createHash("sha256").update(key).digest("hex").slice(0, 12);
  return join(cacheFolder(), "embeddings", `${clips.dataset}-${digest}`);
}
