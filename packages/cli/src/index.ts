export { type GroundTruth, readGroundTruth } from "./dataset/ground-truth.ts";
export { CliError, InputError, OutputError, UsageError } from "./errors.ts";
export { type EvaluateOptions, evaluate } from "./evaluate.ts";
export { type Embeddings, type NpyMatrix, openNpyMatrix, readNpyMatrix } from "./npy/npy-file.ts";
export { npyBytes } from "./npy/write-npy.ts";
export type { Progress } from "./progress.ts";
export type { Provenance } from "./results/provenance.ts";
export type * from "./results/results.ts";
export { EXPERIMENTS, RESULTS_SCHEMA_VERSION } from "./results/results.ts";
