import {
  argmax,
  balancedAccuracy,
  confusionMatrix,
  f1Scores,
  macroAverage,
  type PerClass,
  rocAucAndAveragePrecision,
  trueClassRanks,
} from "@irec/metrics";
import type { NdArray } from "ndarray";
import type { ClassificationScores } from "../results/results.ts";
import { NotServed } from "../store/not-served.ts";

/**
 * Every score of a classifier whose answer for a clip is its most similar label.
 * @param similarities - shape [nClips, nLabels]
 * @param classes - shape [nClips]
 * @throws {NotServed} when all clips have one label: ROC-AUC has no value then, and every answer is right
 */
export function classificationScores(
  similarities: NdArray<Float64Array>,
  classes: Int32Array,
  labels: readonly string[],
): ClassificationScores {
  const clips = classes.length;
  if (classes.every((c) => c === classes[0])) {
    throw new NotServed(`all clips are "${labels[classes[0]!]}"; a score needs clips of at least two labels`);
  }
  const ranks = trueClassRanks(similarities, classes);
  const predictions = argmax(similarities);
  const everyClass = labels.map((_, c) => c);
  const f1 = f1Scores(classes, predictions, { classes: everyClass });
  const { rocAuc, averagePrecision } = rocAucAndAveragePrecision(similarities, classes);
  const confusion = confusionMatrix(classes, predictions, labels.length);

  const topK = [];
  for (let k = 1; k <= Math.min(5, labels.length - 1); k++) {
    let hits = 0;
    for (const rank of ranks) if (rank <= k) hits += 1;
    topK.push(hits / clips);
  }
  return {
    clips,
    topK,
    f1Weighted: f1.weighted,
    f1Macro: f1.macro,
    rocAucMacro: macroAverage(rocAuc, { absent: "skip" }),
    averagePrecisionMacro: macroAverage(averagePrecision, { absent: "skip" }),
    balancedAccuracy: balancedAccuracy(classes, predictions),
    perClass: labels.map((label, c) => ({
      label,
      clips: f1.support[c]!,
      recall: f1.support[c] === 0 ? null : f1.recall[c]!,
      f1: f1.perClass[c]!,
      rocAuc: definedValue(rocAuc, c),
      averagePrecision: definedValue(averagePrecision, c),
    })),
    confusion: labels.map((_, t) => labels.map((_, p) => confusion.get(t, p))),
  };
}

const definedValue = (metric: PerClass, c: number): number | null =>
  metric.definedClasses.includes(c) ? metric.perClass[c]! : null;
