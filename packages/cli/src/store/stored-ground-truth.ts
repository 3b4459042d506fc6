import { InputError } from "../errors.ts";
import type { GroundTruth } from "../ground-truth/ground-truth.ts";
import { quoted } from "../quoted.ts";
import { firstDifference } from "./differences.ts";
import type { StoredModel } from "./embedding-store.ts";

/**
 * Which clip of a data set has which label, as the manifests of the models say; undefined when none does.
 * @throws {InputError} when two models say different things
 */
export function storedGroundTruth(models: readonly StoredModel[], dataset: string): GroundTruth | undefined {
  const found = models.flatMap(({ manifest }) => {
    const entry = manifest?.datasets[dataset];
    return manifest === undefined || entry?.groundTruth === undefined
      ? []
      : [{ path: manifest.path, clipIds: entry.clipIds, truth: entry.groundTruth }];
  });
  const [first, ...others] = found;
  if (first === undefined) return undefined;
  for (const other of others) {
    const difference = firstDifference(
      { clipIds: first.clipIds, groundTruth: first.truth },
      { clipIds: other.clipIds, groundTruth: other.truth },
    );
    if (difference === undefined) continue;
    throw new InputError(
      other.path,
      `${dataset}: ${difference.place} is ${difference.second}, and ${difference.first} in ${first.path}. Models are compared ` +
        "on the same clips: choose one with --model, or give --groundtruth.",
    );
  }
  const { labels, labelOrder, classes, folds } = first.truth;
  return {
    path: first.path,
    format: "data-set",
    clipIds: first.clipIds,
    labelOrder,
    labels,
    labelPlaces: labels.map((_, i) => `manifest.datasets.${dataset}.groundTruth.labels[${i}]`),
    classes: Int32Array.from(classes),
    ...(folds === undefined ? {} : { folds: Int32Array.from(folds) }),
  };
}

/**
 * Ground truth without the clips that were skipped when the models embedded the data set.
 * @throws {InputError} when the models skipped different clips
 */
export function withoutSkipped(
  groundTruth: GroundTruth,
  models: readonly StoredModel[],
  dataset: string | undefined,
): GroundTruth {
  const lists = models.flatMap(({ manifest }) => {
    const entry = dataset === undefined ? undefined : manifest?.datasets[dataset];
    return manifest === undefined || entry === undefined
      ? []
      : [{ path: manifest.path, ids: new Set(entry.skipped?.map(({ clipId }) => clipId)) }];
  });
  const [first, ...others] = lists;
  if (first === undefined) return groundTruth;
  for (const { path, ids } of others) {
    const only = [...ids].find((id) => !first.ids.has(id)) ?? [...first.ids].find((id) => !ids.has(id));
    if (only === undefined) continue;
    throw new InputError(
      path,
      `the clip ${quoted(only)} was skipped by one model, and by another (${first.path}) not. Models are compared on the same ` +
        "clips: choose one with --model.",
    );
  }
  if (first.ids.size === 0) return groundTruth;
  const rows = [...groundTruth.clipIds.keys()].filter((row) => !first.ids.has(groundTruth.clipIds[row]!));
  const pick = (values: Int32Array) => Int32Array.from(rows, (row) => values[row]!);
  const { clipPaths, folds } = groundTruth;
  return {
    ...groundTruth,
    clipIds: rows.map((row) => groundTruth.clipIds[row]!),
    classes: pick(groundTruth.classes),
    ...(clipPaths === undefined ? {} : { clipPaths: rows.map((row) => clipPaths[row]!) }),
    ...(folds === undefined ? {} : { folds: pick(folds) }),
  };
}
