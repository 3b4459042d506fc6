import { packageVersions } from "../../results/provenance.ts";
import type { DatasetEntry, Manifest, PromptSetEntry } from "../../store/manifest.ts";
import type { StoredSource } from "./stored-source.ts";

/** What a new model's manifest says of how it was made; two runs of the same configuration on the same files say the same. */
export interface TrainingRecord {
  readonly kind: string;
  /** What of the configuration decides the result, with every default filled in. */
  readonly config: object;
  readonly backend: string;
}

/**
 * The manifest of a new model: the clips, labels and prompts of the one that it was made from. Where that had no manifest, the
 * ground truth names the clips and the rows of the prompt sets that were learned from.
 * @param otherInputs - files that were read besides those of the store and the ground truth
 */
export async function newManifest(
  source: StoredSource,
  name: string,
  training: TrainingRecord,
  otherInputs: readonly string[] = [],
): Promise<Omit<Manifest, "path" | "sha256">> {
  const { model, dataset, groundTruth, promptSets } = source;
  const { manifest } = model;
  const { clipIds, labels, labelOrder, classes, folds } = groundTruth;
  const clips: DatasetEntry = {
    clipIds,
    groundTruth: { labelOrder, labels, classes: [...classes], ...(folds && { folds: [...folds] }) },
  };
  const named: Record<string, PromptSetEntry> = Object.fromEntries(promptSets.map((set) => [set, { labels }]));
  const known = dataset === undefined ? undefined : manifest?.datasets[dataset];
  // The rows are those of the source, whose manifest knows their order; labels are added where only a CSV had them.
  const described = known === undefined ? clips : known.groundTruth === undefined ? inOrderOf(known, clips) : known;
  return {
    schemaVersion: 1,
    model: name,
    ...(manifest?.synthetic === undefined ? {} : { synthetic: manifest.synthetic }),
    madeBy: {
      training: {
        ...training,
        dataset,
        promptSets,
        inputs: await source.digests(otherInputs),
        packages: packageVersions(),
      },
      from: { model: model.name, ...(manifest?.madeBy && { madeBy: manifest.madeBy }) },
    },
    datasets: { ...manifest?.datasets, ...(dataset !== undefined && { [dataset]: described }) },
    promptSets: { ...named, ...manifest?.promptSets },
  };
}

/** The labels of `clips` for the rows of another entry. */
function inOrderOf(entry: DatasetEntry, { clipIds, groundTruth }: DatasetEntry): DatasetEntry {
  const { classes, folds, ...rest } = groundTruth!;
  const rowOf = new Map(clipIds.map((id, row) => [id, row]));
  const rows = entry.clipIds.map((id) => rowOf.get(id)!);
  return {
    ...entry,
    groundTruth: {
      ...rest,
      classes: rows.map((row) => classes[row]!),
      ...(folds && { folds: rows.map((row) => folds[row]!) }),
    },
  };
}
