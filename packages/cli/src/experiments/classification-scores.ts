import {
  argmax,
  type BootstrappedClassification,
  balancedAccuracy,
  bootstrapClassificationSteps,
  confusionMatrix,
  f1Scores,
  macroAverage,
  type PerClass,
  rocAucAndAveragePrecision,
  trueClassRanks,
} from "@irec/metrics";
import type { NdArray } from "ndarray";
import { turn } from "../npy/byte-source.ts";
import type { Progress } from "../progress.ts";
import type { ClassificationScores } from "../results/results.ts";
import { NotServed } from "../store/not-served.ts";
import { definedInterval, intervalOf, type Resampling } from "./resampling.ts";

/**
 * Every score of a classifier whose answer for a clip is its most similar label, with its interval.
 * @param similarities - shape [nClips, nLabels]
 * @param classes - shape [nClips]
 * @param resampling - of the clips
 * @throws {NotServed} when all clips have one label: ROC-AUC has no value then, and every answer is right
 */
export async function classificationScores(
  similarities: NdArray<Float64Array>,
  classes: Int32Array,
  labels: readonly string[],
  { resamples, unit }: Resampling,
  progress: Progress,
): Promise<ClassificationScores> {
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

  const ks = [1, 2, 3, 4, 5].slice(0, labels.length - 1);
  const topK = ks.map((k) => ranks.reduce((hits, rank) => hits + (rank <= k ? 1 : 0), 0) / clips);
  const drawn = await inTurns(
    bootstrapClassificationSteps(similarities, classes, resamples, { ks, absent: "skip", perClass: true }),
    clips,
    progress,
  );
  const ofClasses = drawn.perClass!;
  return {
    clips,
    topK,
    f1Weighted: f1.weighted,
    f1Macro: f1.macro,
    rocAucMacro: macroAverage(rocAuc, { absent: "skip" }),
    averagePrecisionMacro: macroAverage(averagePrecision, { absent: "skip" }),
    balancedAccuracy: balancedAccuracy(classes, predictions),
    intervals: {
      topK: ks.map((k) => definedInterval(drawn.topK.get(k)!, unit)),
      f1Weighted: definedInterval(drawn.f1Weighted, unit),
      f1Macro: definedInterval(drawn.f1Macro, unit),
      rocAucMacro: intervalOf(drawn.rocAucMacro, unit),
      averagePrecisionMacro: definedInterval(drawn.averagePrecisionMacro, unit),
      balancedAccuracy: definedInterval(drawn.balancedAccuracy, unit),
    },
    perClass: labels.map((label, c) => ({
      label,
      clips: f1.support[c]!,
      recall: f1.support[c] === 0 ? null : f1.recall[c]!,
      f1: f1.perClass[c]!,
      rocAuc: definedValue(rocAuc, c),
      averagePrecision: definedValue(averagePrecision, c),
      intervals: {
        recall: intervalOf(ofClasses.recall[c], unit),
        f1: definedInterval(ofClasses.f1[c]!, unit),
        rocAuc: intervalOf(ofClasses.rocAuc[c], unit),
        averagePrecision: intervalOf(ofClasses.averagePrecision[c], unit),
      },
    })),
    confusion: labels.map((_, t) => labels.map((_, p) => confusion.get(t, p))),
  };
}

/** Draws with a turn of the event loop after every few milliseconds, and with progress where there is much to draw. */
async function inTurns(
  steps: Generator<number, BootstrappedClassification>,
  clips: number,
  progress: Progress,
): Promise<BootstrappedClassification> {
  const work = clips < MANY_CLIPS ? undefined : progress.start("intervals", 100);
  let done = 0;
  let since = performance.now();
  try {
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done) return step.value;
      const percent = Math.floor(100 * step.value);
      work?.advance(percent - done);
      done = percent;
      if (performance.now() - since < TURN_MILLISECONDS) continue;
      await turn();
      since = performance.now();
    }
  } finally {
    work?.end();
  }
}

/** Fewer take less than a second. */
const MANY_CLIPS = 50_000;
const TURN_MILLISECONDS = 20;

const definedValue = (metric: PerClass, c: number): number | null =>
  metric.definedClasses.includes(c) ? metric.perClass[c]! : null;
