export { type CompareOptions, compareRuns } from "./compare/compare-runs.ts";
export type {
  ClipMeasure,
  ComparedExperiment,
  ComparedSide,
  Comparison,
  Comparisons,
} from "./compare/comparisons.ts";
export { BadClipError } from "./embedding/bad-clip-error.ts";
export { embed, planEmbedding } from "./embedding/embed.ts";
export { type MergeReport, mergeShards } from "./embedding/merge-shards.ts";
export type { ArrayReport, EmbedOptions, EmbedReport, EmbedRequest, ModelFiles } from "./embedding/request.ts";
export { CliError, InputError, OutputError, UsageError } from "./errors.ts";
export { type EvaluateOptions, evaluate } from "./evaluate.ts";
export type { GroundTruth } from "./ground-truth/ground-truth.ts";
export { readGroundTruth } from "./ground-truth/read-ground-truth.ts";
export { type Embeddings, type NpyMatrix, openNpyMatrix, readNpyMatrix } from "./npy/npy-file.ts";
export { npyBytes } from "./npy/write-npy.ts";
export { type ClipAnswers, clipAnswers } from "./outcomes/clip-answers.ts";
export type { OutcomeClips, Similarities, TripletIndices } from "./outcomes/outcome-files.ts";
export type { ScoredRow, TripletsRow } from "./outcomes/outcome-index.ts";
export type { OutcomeSink } from "./outcomes/outcome-writer.ts";
export { type RunOutcomes, readOutcomes, type ScoresOfRow, type TripletsOfRow } from "./outcomes/read-outcomes.ts";
export { tripletAnswers } from "./outcomes/triplet-answers.ts";
export type { Progress } from "./progress.ts";
export type * from "./results/analysis-rows.ts";
export type { Provenance } from "./results/provenance.ts";
export type * from "./results/results.ts";
export { EXPERIMENTS, RESULTS_SCHEMA_VERSION } from "./results/results.ts";
