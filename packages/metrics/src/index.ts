// Similarity

export {
  type BlockSimilarity,
  pairwiseSimilarity,
  type SimilarityBlock,
  type SimilarityOptions,
  similarityBlocks,
  similarityTo,
} from "./similarity.ts";
export type { SimilarityKind } from "./similarity-rows.ts";

// Classification

export { accuracy } from "./classification/accuracy.ts";
export { argmax } from "./classification/argmax.ts";
export {
  averagePrecision,
  averagePrecisionPerClass,
  macroAveragePrecision,
} from "./classification/average-precision.ts";
export { balancedAccuracy } from "./classification/balanced-accuracy.ts";
export type { Truth } from "./classification/class-input.ts";
export { confusionMatrix } from "./classification/confusion-matrix.ts";
export { type F1Scores, f1Scores } from "./classification/f1-scores.ts";
export { majorityBaseline } from "./classification/majority-baseline.ts";
export { type MistakeSeverity, mistakeSeverity } from "./classification/mistake-severity.ts";
export { type MacroOptions, macroAverage, type PerClass } from "./classification/per-class.ts";
export { macroRocAuc, rocAuc, rocAucPerClass } from "./classification/roc-auc.ts";
export { rocAucAndAveragePrecision } from "./classification/roc-auc-and-average-precision.ts";
export { topKAccuracy } from "./classification/top-k-accuracy.ts";
export { trueClassRanks } from "./classification/true-class-ranks.ts";

// Retrieval

export { meanAveragePrecision } from "./retrieval/mean-average-precision.ts";
export { meanReciprocalRank } from "./retrieval/mean-reciprocal-rank.ts";
export { medianRank } from "./retrieval/median-rank.ts";
export { ndcg } from "./retrieval/ndcg.ts";
export { recallAtK } from "./retrieval/recall-at-k.ts";
export type { RetrievalOptions } from "./retrieval/relevance.ts";
export { type BothWaysOptions, type RetrievalMetrics, retrievalBothWays } from "./retrieval/retrieval-both-ways.ts";
export { type RetrievalPerQuery, retrievalPerQuery } from "./retrieval/retrieval-per-query.ts";

// Triplets

export {
  type TripletAccuracy,
  type TripletCounts,
  type Triplets,
  tripletAccuracy,
  tripletAccuracyBy,
} from "./triplet-accuracy.ts";

// Prototypes

export { ClassSums, classCentroids } from "./class-sums.ts";
export {
  type LabelledBlockSimilarity,
  leaveFoldOutSimilarityTo,
  leaveOneOutSimilarityTo,
  type PrototypeOptions,
  prototypeSimilarities,
} from "./prototypes.ts";

// Statistics

export {
  type BootstrapInterval,
  type BootstrapOptions,
  bootstrapInterval,
  bootstrapMean,
} from "./statistics/bootstrap.ts";
export {
  type BootstrapClassificationOptions,
  type BootstrappedClasses,
  type BootstrappedClassification,
  bootstrapClassification,
  bootstrapClassificationSteps,
} from "./statistics/bootstrap-classification.ts";
export {
  type BootstrapDistribution,
  bootstrapDifference,
  bootstrapDistributionInterval,
  type DifferenceInterval,
  type DistributionInterval,
} from "./statistics/bootstrap-distribution.ts";
export { bootstrapMedian, bootstrapRatio } from "./statistics/bootstrap-ratio.ts";
export {
  type BootstrapResamples,
  type BootstrapResamplesOptions,
  bootstrapResamples,
} from "./statistics/bootstrap-resamples.ts";
export {
  type ClusterBootstrapOptions,
  clusterBootstrapMean,
  clusterBootstrapMeans,
} from "./statistics/cluster-bootstrap-mean.ts";
export type { Totals } from "./statistics/cluster-totals.ts";
export { comparisonVerdict, type Verdict } from "./statistics/comparison-verdict.ts";
export { cohensH, pairedCohensD } from "./statistics/effect-sizes.ts";
export { holmCorrection } from "./statistics/holm-correction.ts";
export { type McNemarTest, mcnemarTest } from "./statistics/mcnemar-test.ts";
export { type PairedBootstrapOptions, pairedBootstrapDifference } from "./statistics/paired-bootstrap-difference.ts";
export {
  type PermutationTest,
  type PermutationTestOptions,
  pairedPermutationTest,
} from "./statistics/paired-permutation-test.ts";
export { quantile } from "./statistics/quantile.ts";
export { type RandomStream, xoshiro128 } from "./statistics/random.ts";
export { type WilcoxonTest, wilcoxonSignedRankTest } from "./statistics/wilcoxon-signed-rank-test.ts";

// Agreement

export { kendallTau } from "./agreement/kendall-tau.ts";
export { kendallW } from "./agreement/kendall-w.ts";
export { type VarianceShare, varianceShares } from "./agreement/variance-shares.ts";

// Embedding space

export { alignment, uniformity } from "./space/alignment-and-uniformity.ts";
export { anisotropy } from "./space/anisotropy.ts";
export { type Collapse, collapse } from "./space/collapse.ts";
export { type EffectiveRank, effectiveRank } from "./space/effective-rank.ts";
export { type Hubness, hubness } from "./space/hubness.ts";
export { type ModalityGap, modalityGap } from "./space/modality-gap.ts";
export { topMargins } from "./space/top-margins.ts";

// Linear maps

export { applyLinearMap, type LinearMap, mapOutOfFold } from "./linear-maps/linear-map.ts";
export { type OrthogonalMapOptions, orthogonalMap } from "./linear-maps/orthogonal-map.ts";
export { type RidgeOptions, ridgeMap } from "./linear-maps/ridge-map.ts";

// Arguments and errors

export type { Vector } from "./array-views.ts";
export {
  EmptyClassError,
  LabelError,
  NotFiniteError,
  OptionError,
  ShapeError,
  UndefinedMetricError,
  ZeroVectorError,
} from "./errors.ts";
