export { decodeAudioFile, nodeAudioCodecs } from "./audio/node.ts";
export { BackendUnavailableError } from "./backend/errors.ts";
export { type BackendOptions, backendReport } from "./backend/node.ts";
export type { BackendReport, PassedOver } from "./backend/report.ts";
export { type BackendSpeed, backendSpeed } from "./backend/speed/node.ts";
export {
  BUILD_FILES,
  cacheFolder,
  NAPI_VERSION,
  type NativeBuild,
  nativeBuildFolder,
  TFJS_NODE_VERSION,
} from "./backend/tensorflow/build-folder/node.ts";
export { openFile } from "./bytes/node.ts";
export { openCheckpointFile } from "./checkpoint/node.ts";
export * from "./index.ts";
export { inspectModel, type NodeLoadOptions, readTokenizerFiles } from "./models/node.ts";
export { JobsOptionError, WorkerError } from "./parallel/errors.ts";
export { loadTwoTower, type ParallelLoadOptions } from "./parallel/node.ts";
export { createContrastiveTrainer, type NodeTrainerOptions } from "./training/node.ts";
export { openProjectionTraining } from "./training/projection-heads/node.ts";
