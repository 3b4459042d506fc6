import { join } from "node:path";
import {
  argmax,
  bootstrapDistributionInterval,
  bootstrapRatio,
  holmCorrection,
  type PrototypeOptions,
  pairedPermutationTest,
  prototypeSimilarities,
} from "@irec/metrics";
import { doktorski } from "@irec/ontology";
import type { NdArray } from "ndarray";
import { classificationScores } from "../../packages/cli/src/experiments/classification-scores.ts";
import { clipFolds } from "../../packages/cli/src/experiments/clip-folds.ts";
import { ClipResampling } from "../../packages/cli/src/experiments/resampling.ts";
import { inPublishedOrder } from "../../packages/cli/src/ground-truth/class-order.ts";
import { clipUnits } from "../../packages/cli/src/ground-truth/clip-units.ts";
import { readGroundTruth } from "../../packages/cli/src/ground-truth/read-ground-truth.ts";
import { readNpyMatrix } from "../../packages/cli/src/npy/npy-file.ts";
import { silentProgress } from "../../packages/cli/src/progress.ts";
import type { ClassificationScores, Interval } from "../../packages/cli/src/results/results.ts";
import { type Ends, mean } from "./anchor-statistics.ts";
import type { AudioPair, AudioRow, DatasetNumbers, FoldSplits } from "./findings.ts";
import { DRAWS, groundTruthOf, type ReferenceRuns, SEED, STUDY_ONTOLOGY } from "./reference-runs.ts";

/** The only audio of the public data. */
const MODEL = "muscall";
const SPACE = "pre_joint";

/** Random splits of the clips into folds. */
const SPLITS = 5;

/** Sign patterns behind each p-value. */
const PATTERNS = 9999;

export interface AudioFindings {
  readonly dataset: DatasetNumbers;
  readonly audio: readonly AudioRow[];
  readonly audioPairs: readonly AudioPair[];
  readonly foldSplits: FoldSplits;
}

/**
 * MusCALL's audio before the projection against class centroids. As published and with the clip left out it comes from the
 * evaluation. The public ground truth has no official folds, so that centroids of other clips are by five seeded ones, which
 * keep all dynamics of one pitch together.
 */
export async function audioFindings({ folder, results }: ReferenceRuns): Promise<AudioFindings> {
  const run = results.get(STUDY_ONTOLOGY)!;
  const { labels, classes, clipIds } = inPublishedOrder(await readGroundTruth(groundTruthOf(folder)), doktorski);
  const units = clipUnits(clipIds);
  const resampling = new ClipResampling({ seed: SEED, draws: DRAWS }).of(units);
  const embeddings = await readNpyMatrix(
    join(folder, "published/model_embeddings", MODEL, "audio", SPACE, "tinysol.npy"),
  );
  const folds = clipFolds({ classes, units, folds: undefined }, SEED);
  const similarities: Readonly<Record<string, NdArray<Float64Array>>> = {
    published: compared("nothing"),
    "leave-one-out": compared("self"),
    "by-fold": compared({ folds: folds.ofClip }),
  };
  const byFold = await classificationScores(similarities["by-fold"]!, classes, labels, resampling, silentProgress);
  const rows = run.experiments["audio-only"]!.map((row) => audioRow(row.rule, 0, row));
  const { majorityBaseline, clips, clipsPerLabel } = run.dataset!;
  const majorityClass = run.dataset!.labels.indexOf(majorityBaseline.label);

  const hits = new Map<string, Float64Array>();
  for (const [rule, matrix] of Object.entries(similarities)) {
    hits.set(
      rule,
      Float64Array.from(argmax(matrix), (answer, clip) => (answer === classes[clip] ? 1 : 0)),
    );
  }
  hits.set(
    "majority",
    Float64Array.from(classes, (c) => (c === majorityClass ? 1 : 0)),
  );
  for (const { rule, top1 } of rows) {
    if (mean(hits.get(rule)!) !== top1) throw new Error(`${rule}: the evaluation has another top-1 than its clips`);
  }

  return {
    dataset: {
      clips,
      labels: labels.length,
      groups: new Set(units.groups).size,
      majorityLabel: majorityBaseline.label,
      majorityClips: clipsPerLabel[majorityClass]!,
      majority: majorityBaseline.accuracy,
      majorityInterval: endsOf(majorityBaseline.interval),
    },
    audio: [...rows, audioRow("by-fold", folds.count, byFold)],
    audioPairs: pairs(),
    foldSplits: foldSplits(),
  };

  function hitsOf(matrix: NdArray<Float64Array>): Float64Array {
    return Float64Array.from(argmax(matrix), (answer, clip) => (answer === classes[clip] ? 1 : 0));
  }

  function foldSplits(): FoldSplits {
    const top1 = Array.from({ length: SPLITS }, (_, split) => {
      const { ofClip } = clipFolds({ classes, units, folds: undefined }, SEED + split);
      return mean(hitsOf(compared({ folds: ofClip })));
    });
    return { splits: SPLITS, lowest: Math.min(...top1), mean: mean(top1), highest: Math.max(...top1) };
  }

  function compared(exclude: NonNullable<PrototypeOptions["exclude"]>): NdArray<Float64Array> {
    return prototypeSimilarities(embeddings, classes, labels.length, { exclude }) as NdArray<Float64Array>;
  }

  function pairs(): AudioPair[] {
    const tested = PAIRS.map(([first, second]) => {
      const [a, b] = [hits.get(first)!, hits.get(second)!];
      const differences = a.map((hit, clip) => hit - b[clip]!);
      const { estimate, low, high } = bootstrapDistributionInterval(bootstrapRatio(differences, resampling.resamples));
      const { pValue: p } = pairedPermutationTest(a, b, { draws: PATTERNS, seed: SEED, clusters: units.groups });
      return { first, second, difference: estimate, interval: [low, high] as const, p };
    });
    const holm = holmCorrection(tested.map(({ p }) => p));
    return tested.map((pair, i) => ({ ...pair, holm: holm[i]! }));
  }
}

/** One family. */
const PAIRS = [
  ["published", "majority"],
  ["leave-one-out", "majority"],
  ["by-fold", "majority"],
  ["published", "leave-one-out"],
  ["leave-one-out", "by-fold"],
] as const;

function audioRow(rule: string, folds: number, scores: ClassificationScores): AudioRow {
  const { intervals } = scores;
  return {
    ...{ model: MODEL, space: SPACE, rule, folds },
    top1: scores.topK[0]!,
    top1Interval: endsOf(intervals.topK[0]!),
    balanced: scores.balancedAccuracy,
    balancedInterval: endsOf(intervals.balancedAccuracy),
    f1Weighted: scores.f1Weighted,
    f1WeightedInterval: endsOf(intervals.f1Weighted),
    rocAuc: scores.rocAucMacro,
    rocAucInterval: endsOf(intervals.rocAucMacro!),
    averagePrecision: scores.averagePrecisionMacro,
    averagePrecisionInterval: endsOf(intervals.averagePrecisionMacro),
  };
}

export const endsOf = ({ low, high }: Interval): Ends => [low, high];
