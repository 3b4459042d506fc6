import { bootstrapRatio, majorityBaseline, type SimilarityKind } from "@irec/metrics";
import { doktorski } from "@irec/ontology";
import { InputError, UsageError } from "./errors.ts";
import { attribution } from "./experiments/attribution.ts";
import { audioNegation } from "./experiments/audio-negation.ts";
import { audioOnly } from "./experiments/audio-only.ts";
import { crossModal } from "./experiments/cross-modal.ts";
import type { ExperimentContext, Outcome } from "./experiments/experiment.ts";
import { negation } from "./experiments/negation.ts";
import { ontologyMap } from "./experiments/ontology-map.ts";
import { positiveNegative } from "./experiments/positive-negative.ts";
import { promptSensitivity } from "./experiments/prompt-sensitivity.ts";
import { ClipResampling, definedInterval, INTERVAL_LEVEL } from "./experiments/resampling.ts";
import { space } from "./experiments/space.ts";
import { triplets } from "./experiments/triplets.ts";
import { zeroShot } from "./experiments/zero-shot.ts";
import { sha256OfFiles } from "./file-digest.ts";
import { inPublishedOrder } from "./ground-truth/class-order.ts";
import { clipUnits } from "./ground-truth/clip-units.ts";
import type { GroundTruth } from "./ground-truth/ground-truth.ts";
import { readGroundTruth } from "./ground-truth/read-ground-truth.ts";
import { choiceName, labelOntology, type OntologyChoice, ontologiesOf } from "./ontology-choice.ts";
import { refuseMisspeltLabels } from "./ontology-terms.ts";
import { type OutcomeSink, OutcomeWriter } from "./outcomes/outcome-writer.ts";
import { type Progress, silentProgress } from "./progress.ts";
import { packageVersions } from "./results/provenance.ts";
import {
  type DatasetSummary,
  EXPERIMENTS,
  type ExperimentName,
  RESULTS_SCHEMA_VERSION,
  type Results,
  type Skip,
} from "./results/results.ts";
import { openStore, SPACES, type StoredModel } from "./store/embedding-store.ts";
import { ModelInputs } from "./store/model-inputs.ts";
import { storedGroundTruth, withoutSkipped } from "./store/stored-ground-truth.ts";

export interface EvaluateOptions {
  /** The folder of an embedding store: `<model>/<audio|text>/<joint_space|pre_joint>/<name>.npy`. */
  readonly embeddings: string;
  /**
   * The study's one-hot CSV or TinySOL's metadata CSV, instead of what the store's manifest says of the data set. Without
   * either, only experiments on text alone can run.
   */
  readonly groundTruth?: string | undefined;
  /** Which audio array the ground truth belongs to; needed only when the store has several. */
  readonly dataset?: string | undefined;
  /** Only these models; all of the store when left out. */
  readonly models?: readonly string[] | undefined;
  /** Only these prompt sets; all of the store when left out. */
  readonly promptSets?: readonly string[] | undefined;
  /** Only these experiments; all when left out. */
  readonly experiments?: readonly ExperimentName[] | undefined;
  readonly similarity?: SimilarityKind;
  /**
   * What instruments have to do with each other; Doktorski's when left out. Of several, only the triplets that all of them
   * confirm are scored.
   */
  readonly ontology?: OntologyChoice;
  /** The file that the ontology was read from, for the provenance. */
  readonly ontologyFile?: string | undefined;
  /** Seed of the bootstrap; 0 when left out. */
  readonly seed?: number;
  /** Draws of the bootstrap; 1,000 when left out. */
  readonly draws?: number;
  /**
   * How many bytes of zero-shot scores are held at a time, 256 MiB when left out. A prompt set takes 8 bytes a clip and label;
   * when they do not all fit, the audio file is read again for every few prompt sets.
   */
  readonly scoreBytes?: number;
  /** Takes what every clip and triplet scored, file by file; nothing is kept of it when left out. */
  readonly outcomes?: OutcomeSink | undefined;
  readonly progress?: Progress;
  /** Recorded in the provenance. */
  readonly command?: readonly string[];
  /** How the provenance names an input; by its path when left out. */
  readonly nameInput?: (path: string) => string;
}

const RUN: { readonly [Name in ExperimentName]: (context: ExperimentContext) => Promise<Outcome<unknown>> } = {
  "zero-shot": zeroShot,
  "audio-only": audioOnly,
  triplets,
  "positive-negative": positiveNegative,
  negation,
  attribution,
  "prompt-sensitivity": promptSensitivity,
  "audio-negation": audioNegation,
  space,
  "cross-modal": crossModal,
  "ontology-map": ontologyMap,
};

/**
 * Runs every experiment that an embedding store can serve and says which it cannot, and why.
 * Nothing is written or printed, but for what `outcomes` does.
 * @throws {InputError} when a file is missing, damaged or does not fit the others
 * @throws {UsageError} when an option names something that the store does not have
 */
export async function evaluate(options: EvaluateOptions): Promise<Results> {
  const { similarity = "cosine", ontology: choice = doktorski, seed = 0, draws = 1000 } = options;
  const ontology = labelOntology(choice);
  const { scoreBytes = 256 << 20 } = options;
  const { command = [], experiments = EXPERIMENTS, progress = silentProgress, nameInput = (path) => path } = options;
  const store = await openStore(options.embeddings);
  const stored = chosen("model", options.models, store.models);
  const given = options.groundTruth === undefined ? undefined : await readGroundTruth(options.groundTruth);
  const dataset = datasetOf(stored, options.dataset, given !== undefined || stored.some(namesLabels));
  const found = given ?? (dataset === undefined ? undefined : storedGroundTruth(stored, dataset));
  const groundTruth = found && withoutSkipped(inPublishedOrder(found, ontology), stored, dataset);
  checkPromptSets(stored, options.promptSets);
  if (groundTruth !== undefined && experiments.includes("triplets")) refuseMisspeltLabels(groundTruth, ontology);
  const models = stored.map(
    (model) => new ModelInputs(model, { dataset, groundTruth, ontology, promptSets: options.promptSets }),
  );
  const tripletOntologies = ontologiesOf(choice);
  const clipResampling = new ClipResampling({ seed, draws });
  const outcomes = options.outcomes && new OutcomeWriter(groundTruth, options.outcomes);
  const context = {
    ...{ models, groundTruth, ontology, tripletOntologies, similarity, seed, draws, scoreBytes, progress },
    ...{ clipResampling, outcomes },
  };

  const rows: Record<string, readonly unknown[]> = {};
  const skipped: Skip[] = [];
  for (const name of EXPERIMENTS.filter((experiment) => experiments.includes(experiment))) {
    const outcome = await RUN[name](context);
    if (outcome.rows.length > 0) rows[name] = outcome.rows;
    skipped.push(...outcome.skipped);
  }
  return {
    schemaVersion: RESULTS_SCHEMA_VERSION,
    synthetic: stored.some((model) => model.manifest?.synthetic === true),
    provenance: {
      command,
      packages: packageVersions(),
      node: process.versions.node,
      platform: `${process.platform} ${process.arch}`,
      bootstrap: { seed, draws, level: INTERVAL_LEVEL },
      inputs: (await digests(options, models)).map(({ path, sha256 }) => ({
        path: nameInput(path),
        sha256,
      })),
    },
    dataset: groundTruth === undefined ? null : summary(groundTruth, clipResampling, dataset),
    models: models.map((model) => model.name),
    similarity,
    ontology: choiceName(choice),
    experiments: rows as Results["experiments"],
    skipped,
    ...(outcomes === undefined ? {} : { outcomes: outcomes.finish() }),
  };
}

function chosen(
  what: string,
  wanted: readonly string[] | undefined,
  present: readonly StoredModel[],
): readonly StoredModel[] {
  const names = present.map((model) => model.name);
  for (const name of wanted ?? []) {
    if (!names.includes(name)) throw new UsageError(`the store has no ${what} "${name}"; it has ${names.join(", ")}.`);
  }
  return wanted === undefined ? present : present.filter((model) => wanted.includes(model.name));
}

/** Whether a manifest has ground truth. */
const namesLabels = ({ manifest }: StoredModel): boolean =>
  Object.values(manifest?.datasets ?? {}).some((entry) => entry.groundTruth !== undefined);

/** The one audio data set of the models, or the one that was asked for. */
function datasetOf(models: readonly StoredModel[], wanted: string | undefined, isNeeded: boolean): string | undefined {
  const names = [...new Set(models.flatMap((model) => SPACES.flatMap((space) => model.arrays("audio", space))))].sort();
  if (wanted !== undefined && !names.includes(wanted)) {
    throw new UsageError(`the store has no audio data set "${wanted}"; it has ${names.join(", ") || "none"}.`);
  }
  if (wanted === undefined && names.length > 1) {
    if (!isNeeded) return undefined; // without ground truth no audio is read
    throw new UsageError(`the store has several audio data sets; choose one with --dataset: ${names.join(", ")}.`);
  }
  return wanted ?? names[0];
}

function checkPromptSets(models: readonly StoredModel[], wanted: readonly string[] | undefined): void {
  const names = [...new Set(models.flatMap((model) => SPACES.flatMap((space) => model.arrays("text", space))))].sort();
  for (const name of wanted ?? []) {
    if (!names.includes(name)) {
      throw new UsageError(`the store has no prompt set "${name}"; it has ${names.join(", ") || "none"}.`);
    }
  }
}

function summary(groundTruth: GroundTruth, resampling: ClipResampling, dataset: string | undefined): DatasetSummary {
  const { classes, clipIds, labels } = groundTruth;
  const clipsPerLabel = labels.map(() => 0);
  for (const label of classes) clipsPerLabel[label]! += 1;
  const majority = majorityBaseline(classes, labels.length);
  const { resamples, unit } = resampling.of(clipUnits(clipIds));
  const hits = classes.map((label) => (label === majority.label ? 1 : 0));
  const interval = definedInterval(bootstrapRatio(hits, resamples), unit);
  return {
    name: dataset ?? null,
    clips: classes.length,
    labels,
    clipsPerLabel,
    majorityBaseline: { label: labels[majority.label]!, accuracy: majority.accuracy, interval },
  };
}

/** The sha256 of every file that was read; a manifest's own claims are checked on the way. */
async function digests({ groundTruth, ontologyFile }: EvaluateOptions, models: readonly ModelInputs[]) {
  const named = [groundTruth, ontologyFile].filter((path) => path !== undefined);
  const paths = [...named, ...models.flatMap((model) => model.usedPaths)];
  const found = await sha256OfFiles(paths);
  for (const model of models) {
    for (const path of model.usedPaths) {
      const claimed = model.claimedSha256(path);
      if (claimed !== undefined && claimed !== found.get(path)) {
        throw new InputError(
          path,
          `its sha256 is ${found.get(path)}, while the manifest says ${claimed}; it was changed or damaged after it was written.`,
        );
      }
    }
  }
  return paths.map((path) => ({ path, sha256: found.get(path) as string }));
}
