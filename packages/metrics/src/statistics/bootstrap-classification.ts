import type { NdArray } from "ndarray";
import type { Vector } from "../array-views.ts";
import { argmax } from "../classification/argmax.ts";
import { balancedAccuracy } from "../classification/balanced-accuracy.ts";
import { readLabelledScores } from "../classification/class-input.ts";
import { f1Scores } from "../classification/f1-scores.ts";
import { majorityBaseline } from "../classification/majority-baseline.ts";
import { macroAverage } from "../classification/per-class.ts";
import { rocAucAndAveragePrecision } from "../classification/roc-auc-and-average-precision.ts";
import { trueClassRanks } from "../classification/true-class-ranks.ts";
import { OptionError } from "../errors.ts";
import { checkInteger, checkWord } from "../option-checks.ts";
import type { BootstrapDistribution } from "./bootstrap-distribution.ts";
import { type BootstrapResamples, readResamples } from "./bootstrap-resamples.ts";
import { sumWeights } from "./weight-sums.ts";
import { type ThresholdOrder, ThresholdWalk, thresholdOrder } from "./weighted-thresholds.ts";

/** Options of `bootstrapClassification`. */
export interface BootstrapClassificationOptions {
  /** For which k top-k accuracy is wanted, each at least 1; 1 to 5 when left out. */
  readonly ks?: readonly number[];
  /**
   * What the macro averages of a resample are that lacks a class of the sample: undefined, as in scikit-learn, so that
   * the resample does not count (`"exclude"`, the default); or the average over the classes that it has (`"skip"`).
   */
  readonly absent?: "exclude" | "skip";
  /** Whether the numbers of each class are wanted too; they take 32 C bytes a draw. */
  readonly perClass?: boolean;
}

/** The bootstrap distributions of all scores of a classifier, on the same resamples. */
export interface BootstrappedClassification {
  /** Top-k accuracy for each k that was asked for. */
  readonly topK: ReadonlyMap<number, BootstrapDistribution>;
  /** F1 averages over all C classes; a class without true and predicted items has F1 0. */
  readonly f1Weighted: BootstrapDistribution;
  readonly f1Macro: BootstrapDistribution;
  /** Over the classes that the sample, or resample, has. */
  readonly balancedAccuracy: BootstrapDistribution;
  /** Accuracy of always answering the most frequent class of the sample, or of the resample. */
  readonly majorityBaseline: BootstrapDistribution;
  /** Over the classes that have a value in the sample; see `absent`. */
  readonly rocAucMacro: BootstrapDistribution;
  readonly averagePrecisionMacro: BootstrapDistribution;
  /** When asked for. */
  readonly perClass: BootstrappedClasses | undefined;
}

/** Entry c belongs to class c, and is undefined when the sample gives it no value. */
export interface BootstrappedClasses {
  readonly recall: readonly (BootstrapDistribution | undefined)[];
  readonly f1: readonly BootstrapDistribution[];
  readonly rocAuc: readonly (BootstrapDistribution | undefined)[];
  readonly averagePrecision: readonly (BootstrapDistribution | undefined)[];
}

/**
 * The bootstrap distributions of a classifier's scores; each number of each resample is, to the last bit, what
 * `topKAccuracy`, `f1Scores` and the other metrics say about the repeated rows.
 *
 * Scores are sorted once, and no resample is ever written out: the metrics are counted from how often each row was drawn,
 * for 16 or 32 resamples at a time.
 *
 * @param scores - shape [n, C]; higher means more likely
 * @param labels - shape [n]; class indices
 * @param resamples - of n items; the same for everything that is to be compared
 * @throws {ShapeError} when the shapes do not fit
 * @throws {NotFiniteError} when a score is NaN or infinite
 * @throws {LabelError} when a label is not an integer from 0 to C - 1
 * @throws {OptionError} when an option is out of range
 * @throws {UndefinedMetricError} when all items have one class
 * @example
 * const resamples = bootstrapResamples(labels.length, { draws: 10_000 });
 * const { topK, rocAucMacro } = bootstrapClassification(scores, labels, resamples);
 * bootstrapDistributionInterval(topK.get(1)!); // { estimate: 0.31, low: 0.29, high: 0.33, ... }
 * @see scikit-learn top_k_accuracy_score, f1_score, roc_auc_score, average_precision_score with `sample_weight`
 */
export function bootstrapClassification(
  scores: NdArray,
  labels: Vector,
  resamples: BootstrapResamples,
  options: BootstrapClassificationOptions = {},
): BootstrappedClassification {
  const steps = bootstrapClassificationSteps(scores, labels, resamples, options);
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/**
 * `bootstrapClassification` in steps, so that a program can show progress, answer an interrupt or leave the page usable
 * between them. A step is one class sorted or some draws done: a few milliseconds for a thousand items, a fraction of a
 * second for a million. It throws, if it does, in its first step.
 * @returns a generator of the share that is done, from 0 to 1, and of the distributions at its end
 * @throws the errors of `bootstrapClassification`
 * @example
 * const steps = bootstrapClassificationSteps(scores, labels, resamples);
 * let step = steps.next();
 * for (; !step.done; step = steps.next()) await new Promise((resolve) => setTimeout(resolve, 0));
 * step.value.topK.get(1);
 */
export function* bootstrapClassificationSteps(
  scores: NdArray,
  labels: Vector,
  resamples: BootstrapResamples,
  options: BootstrapClassificationOptions = {},
): Generator<number, BootstrappedClassification> {
  const { ks = DEFAULT_KS, absent = "exclude", perClass = false } = options;
  if (!Array.isArray(ks)) throw new OptionError("ks", ks, "an array of integers, such as [1, 5]");
  for (const k of ks) checkInteger("ks", k, 1);
  checkWord("absent", absent, ["exclude", "skip"]);
  const { scores: dense, labels: classes } = readLabelledScores(scores, labels);
  const packed = readResamples(resamples, "scores", dense.rows);
  const { places, draws, blockDraws } = packed;
  const classCount = dense.columns;

  const predictions = argmax(scores);
  const ranks = trueClassRanks(scores, labels);
  const everyClass = Array.from({ length: classCount }, (_, c) => c);
  const f1 = f1Scores(classes, predictions, { classes: everyClass });
  const { rocAuc, averagePrecision } = rocAucAndAveragePrecision(scores, labels);
  const distribution = (estimate: number): BootstrapDistribution => ({
    estimate,
    statistics: new Float64Array(draws),
    resamples,
  });
  const hitRate = (k: number): number => ranks.reduce((hits, rank) => hits + (rank <= k ? 1 : 0), 0) / ranks.length;
  const ascendingKs = [...new Set(ks)].sort((a, b) => a - b);
  const result: BootstrappedClassification = {
    topK: new Map(ascendingKs.map((k) => [k, distribution(hitRate(k))])),
    f1Weighted: distribution(f1.weighted),
    f1Macro: distribution(f1.macro),
    balancedAccuracy: distribution(balancedAccuracy(classes, predictions)),
    majorityBaseline: distribution(majorityBaseline(classes, classCount).accuracy),
    rocAucMacro: distribution(macroAverage(rocAuc, { absent: "skip" })),
    averagePrecisionMacro: distribution(macroAverage(averagePrecision, { absent: "skip" })),
    perClass: perClass
      ? {
          recall: everyClass.map((c) => (f1.support[c] === 0 ? undefined : distribution(f1.recall[c]!))),
          f1: everyClass.map((c) => distribution(f1.perClass[c]!)),
          rocAuc: everyClass.map((c) => definedOnly(distribution(rocAuc.perClass[c]!))),
          averagePrecision: everyClass.map((c) => definedOnly(distribution(averagePrecision.perClass[c]!))),
        }
      : undefined,
  };

  const orders: ThresholdOrder[] = [];
  for (const c of everyClass) {
    orders.push(thresholdOrder(dense.data, classCount, c, classes, places));
    yield 0;
  }
  const byRank = grouped(ranks, classCount + 1, places);
  // Group 2c holds the rows that are wrongly taken for class c, group 2c + 1 those that rightly are.
  const answered = predictions.map((predicted, i) => 2 * predicted + (predicted === classes[i] ? 1 : 0));
  const byAnswer = grouped(answered, 2 * classCount, places);
  const walk = new ThresholdWalk(blockDraws);
  const make = (): Float64Array => new Float64Array(blockDraws);
  const [sums, total, wrong, right] = [make(), make(), make(), make()];
  const [weightedF1, f1Sum, recallSum, recallCount, mostFrequent] = [make(), make(), make(), make(), make()];
  const [aucSum, aucCount, precisionSum, precisionCount] = [make(), make(), make(), make()];

  for (const block of packed.blocks()) {
    const { firstDraw } = block;
    for (const sum of [total, weightedF1, f1Sum, recallSum, recallCount, mostFrequent]) sum.fill(0);
    for (const sum of [aucSum, aucCount, precisionSum, precisionCount]) sum.fill(0);
    for (let c = 0; c < classCount; c++) {
      walk.run(block, orders[c]!);
      // The negatives are what is left of the resample, whose size differs between draws of clusters.
      if (c === 0) sumWeights(block, places, 0, places.length, total);
      sumWeights(block, byAnswer.places, byAnswer.starts[2 * c]!, byAnswer.starts[2 * c + 1]!, wrong);
      sumWeights(block, byAnswer.places, byAnswer.starts[2 * c + 1]!, byAnswer.starts[2 * c + 2]!, right);
      const hasAuc = f1.support[c]! > 0 && f1.support[c]! < classes.length;
      const hasPrecision = f1.support[c]! > 0;
      const each = result.perClass;
      for (let draw = 0; draw < block.draws; draw++) {
        const support = walk.positives[draw]!;
        const hits = right[draw]!;
        const answers = hits + wrong[draw]!;
        const classF1 = support + answers === 0 ? 0 : (2 * hits) / (support + answers);
        f1Sum[draw]! += classF1;
        weightedF1[draw]! += classF1 * support;
        if (support > 0) {
          recallSum[draw]! += hits / support;
          recallCount[draw]!++;
        }
        if (support > mostFrequent[draw]!) mostFrequent[draw] = support;

        const doubledPairs = 2 * support * (total[draw]! - support);
        // 0 / 0 is NaN: a class that the draw lacks, or that it has nothing but, has no value.
        const classAuc = (doubledPairs - walk.doubledLosses[draw]!) / doubledPairs;
        const classPrecision = walk.precisions[draw]! / support;
        if (hasAuc && !(absent === "skip" && doubledPairs === 0)) {
          aucSum[draw]! += classAuc;
          aucCount[draw]!++;
        }
        if (hasPrecision && !(absent === "skip" && support === 0)) {
          precisionSum[draw]! += classPrecision;
          precisionCount[draw]!++;
        }
        if (each !== undefined) {
          const at = firstDraw + draw;
          each.f1[c]!.statistics[at] = classF1;
          const ofClass = [each.recall[c], each.rocAuc[c], each.averagePrecision[c]];
          if (ofClass[0] !== undefined) ofClass[0].statistics[at] = hits / support;
          if (ofClass[1] !== undefined) ofClass[1].statistics[at] = classAuc;
          if (ofClass[2] !== undefined) ofClass[2].statistics[at] = classPrecision;
        }
      }
    }
    for (let draw = 0; draw < block.draws; draw++) {
      const at = firstDraw + draw;
      result.f1Weighted.statistics[at] = weightedF1[draw]! / total[draw]!;
      result.f1Macro.statistics[at] = f1Sum[draw]! / classCount;
      result.balancedAccuracy.statistics[at] = recallSum[draw]! / recallCount[draw]!;
      result.majorityBaseline.statistics[at] = mostFrequent[draw]! / total[draw]!;
      result.rocAucMacro.statistics[at] = aucSum[draw]! / aucCount[draw]!;
      result.averagePrecisionMacro.statistics[at] = precisionSum[draw]! / precisionCount[draw]!;
    }
    // `right` becomes the rows of rank k or better, k rising.
    right.fill(0);
    let counted = 0;
    for (const [k, { statistics }] of result.topK) {
      const upTo = byRank.starts[Math.min(k, classCount) + 1]!;
      sumWeights(block, byRank.places, counted, upTo, sums);
      counted = upTo;
      for (let draw = 0; draw < block.draws; draw++) {
        right[draw]! += sums[draw]!;
        statistics[firstDraw + draw] = right[draw]! / total[draw]!;
      }
    }
    yield (firstDraw + block.draws) / draws;
  }
  return result;
}

const DEFAULT_KS: readonly number[] = [1, 2, 3, 4, 5];

const definedOnly = (distribution: BootstrapDistribution): BootstrapDistribution | undefined =>
  Number.isNaN(distribution.estimate) ? undefined : distribution;

/** The rows' places in the order of their groups; those of group g are entries `starts[g]` to `starts[g + 1] - 1`. */
function grouped(groups: Int32Array, groupCount: number, places: Int32Array) {
  const starts = new Int32Array(groupCount + 1);
  for (const group of groups) starts[group + 1]!++;
  for (let g = 0; g < groupCount; g++) starts[g + 1]! += starts[g]!;
  const next = starts.slice();
  const ordered = new Int32Array(places.length);
  for (let i = 0; i < groups.length; i++) ordered[next[groups[i]!]!++] = places[i]!;
  return { places: ordered, starts };
}
