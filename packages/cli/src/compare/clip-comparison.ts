import {
  type BootstrapDistribution,
  bootstrapClassification,
  bootstrapDifference,
  bootstrapRatio,
  cohensH,
  mcnemarTest,
  pairedPermutationTest,
  trueClassRanks,
} from "@irec/metrics";
import type { Resampling } from "../experiments/resampling.ts";
import type { Similarities } from "../outcomes/outcome-files.ts";
import type { ClipMeasure } from "./comparisons.ts";
import { asInterval, type Measured, type TestOptions } from "./measured.ts";

/** Two models' scores of the same clips and labels. */
export interface PairedScores {
  /** Shape [clips, labels]. */
  readonly a: Similarities;
  readonly b: Similarities;
  /** Shape [clips]. */
  readonly classes: Int32Array;
  /** Shape [clips]: what is independent of the others. */
  readonly groups: Int32Array;
  /** Draws of the groups. */
  readonly resampling: Resampling;
}

/**
 * Whether a's scores of the same clips are better than b's. Top-1 is tested by McNemar's exact test where clips are independent,
 * else by swapping the answers of whole groups; the other measures, which are no means over clips, by the bootstrap of their
 * difference.
 */
export function compareClips(
  scores: PairedScores,
  measures: readonly ClipMeasure[],
  options: TestOptions,
): readonly (Measured & { readonly measure: ClipMeasure })[] {
  const others = measures.filter((measure) => measure !== "top-1");
  const [ofA, ofB] = [scores.a, scores.b].map((similarities) =>
    others.length === 0 ? undefined : distributions(similarities, scores),
  );
  return measures.map((measure) => {
    if (measure === "top-1") return { measure, ...compareTop(scores, options) };
    const [a, b] = [ofA!(measure), ofB!(measure)];
    const difference = bootstrapDifference(a, b, { level: options.level });
    return {
      measure,
      scoreA: a.estimate,
      scoreB: b.estimate,
      difference: difference.estimate,
      interval: asInterval(difference, scores.resampling.unit),
      test: "bootstrap",
      pValue: difference.pValue,
      cohensH: null,
    };
  });
}

function compareTop({ a, b, classes, groups, resampling }: PairedScores, options: TestOptions): Measured {
  const [hitsA, hitsB] = [hits(a, classes), hits(b, classes)];
  const { resamples, unit } = resampling;
  const [top, other] = [bootstrapRatio(hitsA, resamples), bootstrapRatio(hitsB, resamples)];
  const difference = bootstrapDifference(top, other, { level: options.level });
  const { onlyA, onlyB, pValue } = mcnemarTest(hitsA, hitsB);
  const isIndependent = new Set(groups).size === groups.length;
  const { draws, seed } = options;
  return {
    scoreA: top.estimate,
    scoreB: other.estimate,
    difference: difference.estimate,
    interval: asInterval(difference, unit),
    discordant: { onlyA, onlyB },
    test: isIndependent ? "mcnemar" : "sign-flip",
    pValue: isIndependent ? pValue : pairedPermutationTest(hitsA, hitsB, { clusters: groups, draws, seed }).pValue,
    cohensH: cohensH(top.estimate, other.estimate),
  };
}

const hits = (scores: Similarities, classes: Int32Array): Uint8Array =>
  Uint8Array.from(trueClassRanks(scores, classes), (rank) => (rank === 1 ? 1 : 0));

function distributions(similarities: Similarities, { classes, resampling }: PairedScores) {
  const drawn = bootstrapClassification(similarities, classes, resampling.resamples, { ks: [1], absent: "skip" });
  const byMeasure: Readonly<Record<Exclude<ClipMeasure, "top-1">, BootstrapDistribution>> = {
    "balanced-accuracy": drawn.balancedAccuracy,
    "f1-weighted": drawn.f1Weighted,
    "roc-auc": drawn.rocAucMacro,
    "average-precision": drawn.averagePrecisionMacro,
  };
  return (measure: Exclude<ClipMeasure, "top-1">) => byMeasure[measure];
}
