// Similarity

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
export { type MacroOptions, macroAverage, type PerClass } from "./classification/per-class.ts";
export { macroRocAuc, rocAuc, rocAucPerClass } from "./classification/roc-auc.ts";
export { rocAucAndAveragePrecision } from "./classification/roc-auc-and-average-precision.ts";
export { topKAccuracy } from "./classification/top-k-accuracy.ts";
export { trueClassRanks } from "./classification/true-class-ranks.ts";
export {
  EmptyClassError,
  LabelError,
  NotFiniteError,
  OptionError,
  ShapeError,
  UndefinedMetricError,
  ZeroVectorError,
} from "./errors.ts";
export {
  type LabelledBlockSimilarity,
  leaveFoldOutSimilarityTo,
  leaveOneOutSimilarityTo,
  type PrototypeOptions,
  prototypeSimilarities,
} from "./prototypes.ts";
export type { Vector } from "./array-views.ts";
export { LabelError, NotFiniteError, OptionError, ShapeError, UndefinedMetricError, ZeroVectorError } from "./errors.ts";
export { xoshiro128 } from "./statistics/random.ts";
