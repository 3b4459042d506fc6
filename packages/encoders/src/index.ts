export type { AudioFormat } from "./audio/audio-format.ts";
export {
  type AudioInput,
  type DecodedAudio,
  type DecodeOptions,
  decodeAudio,
  MAX_DECODED_SAMPLES,
} from "./audio/decode.ts";
export type { AudioCodec, AudioCodecOutput, AudioCodecs, EncodedFormat } from "./audio/encoded.ts";
export {
  AudioError,
  AudioFormatError,
  AudioLimitError,
  AudioOptionError,
  DamagedAudioError,
  EmptyAudioError,
  NonFiniteSampleError,
  ShortAudioError,
} from "./audio/errors.ts";
export { centreCrop, cropAt, pad, randomCrop, repeat, repeatPad, repeatWhole } from "./audio/fit-length.ts";
export {
  type ClipPieces,
  chunkMean,
  headTailMean,
  type LengthPolicy,
  type LengthPolicyName,
  lengthPolicy,
  lengthPolicyNames,
  muscallCentre,
  sameInput,
  studyJoint,
  studyPreJoint,
} from "./audio/length-policies.ts";
export { quantise } from "./audio/quantise.ts";
export { resample, resampledLength } from "./audio/resample.ts";
export type { BackendChoice, BackendName } from "./backend/backend.ts";
export { BackendError, BackendOptionError } from "./backend/errors.ts";
export type { WasmPaths } from "./backend/wasm/binary.ts";
export { WasmMemoryError, WasmStartError } from "./backend/wasm/errors.ts";
export { type WasmOptions, type WasmReport, wasmReport } from "./backend/wasm/open.ts";
export { blobSource } from "./bytes/blob-source.ts";
export { bufferSource } from "./bytes/buffer-source.ts";
export type { ByteSource, ReadOptions } from "./bytes/byte-source.ts";
export { ByteSourceError, RangeNotSupportedError, SourceChangedError, UnavailableError } from "./bytes/errors.ts";
export { type Fetch, openUrl, type UrlOptions } from "./bytes/http-source.ts";
export {
  type Checkpoint,
  type OpenCheckpointOptions,
  openCheckpoint,
  type TensorInfo,
} from "./checkpoint/checkpoint.ts";
export type { CheckpointFormat } from "./checkpoint/container.ts";
export { type CheckpointSummary, type DtypeSummary, describeCheckpoint } from "./checkpoint/describe.ts";
export type { Dtype } from "./checkpoint/dtype.ts";
export type { TensorValues } from "./checkpoint/elements.ts";
export {
  CheckpointError,
  CheckpointFormatError,
  CheckpointLimitError,
  type CheckpointPlace,
  DamagedCheckpointError,
  ShardMismatchError,
  StateDictError,
  TensorNotFoundError,
  UnsafeCheckpointError,
  UnsupportedCheckpointError,
} from "./checkpoint/errors.ts";
export { CHECKPOINT_LIMITS, type CheckpointLimits } from "./checkpoint/limits.ts";
export { type NamedArray, readNamedArrays } from "./checkpoint/named-array.ts";
export type { MetadataValue } from "./checkpoint/state-dict.ts";
export { writeSafetensors } from "./checkpoint/write-safetensors.ts";
export type { DescribedModel } from "./models/described-model.ts";
export {
  CheckpointMismatchError,
  CompanionFileError,
  DisposedModelError,
  type MisshapenTensor,
  MissingTokenizerError,
  NonFiniteEmbeddingError,
  NonFiniteWeightError,
  type ParameterComparison,
  UnknownModelError,
} from "./models/errors.ts";
export { COLLAPSED_COSINE, type ModelHealth } from "./models/health.ts";
export type { ModelFigures, ModelInspection } from "./models/inspect.ts";
export { type CheckpointInput, type LoadedTwoTower, type LoadOptions, loadTwoTower } from "./models/load.ts";
export type { ModelSettings } from "./models/model-family.ts";
export {
  JOINT_TOLERANCE,
  PRE_JOINT_TOLERANCE,
  type SelfTestOptions,
  type SelfTestResult,
  selfTest,
} from "./models/self-test.ts";
export { ModelSettingError } from "./models/setting-error.ts";
export type { EncodeAudioOptions, TextOutput } from "./models/two-tower-model.ts";
export { type FrontEnd, laionClapFrontEnd, muscallFrontEnd } from "./spectral/front-ends.ts";
export { type LogMel, logMel } from "./spectral/log-mel.ts";
export { type MelBank, type MelBankConfig, melBank, melBankFromMatrix, melMatrix } from "./spectral/mel-bank.ts";
export { frameCount, powerSpectrogram, type Spectrogram, type StftConfig } from "./spectral/spectrogram.ts";
export { byteLevelBpe } from "./text/byte-level-bpe.ts";
export { clipBpe } from "./text/clip-bpe.ts";
export { TokenizerFileError, type TokenizerFileName, TokenizerMismatchError } from "./text/errors.ts";
export type {
  EncodedText,
  EncodedTexts,
  EncodeTextOptions,
  Tokenizer,
  TokenizerOptions,
} from "./text/tokenizer.ts";
export type { TokenizerFiles } from "./text/tokenizer-files.ts";
export type { AdamWOptions } from "./training/adam-w.ts";
export { type Augmentation, augment, muscallAugmentation, requireAugmentation } from "./training/augmentation.ts";
export type { ContrastiveLossName } from "./training/contrastive-loss.ts";
export { type CreateTrainerOptions, createContrastiveTrainer } from "./training/create.ts";
export {
  TrainingBatchError,
  TrainingConfigError,
  TrainingDivergedError,
  TrainingStateError,
} from "./training/errors.ts";
export { type MuscallConfig, muscallConfig } from "./training/muscall-config.ts";
export { TrainingDataError } from "./training/projection-heads/errors.ts";
export {
  type EmbeddingPairs,
  FIT_HEADS_DEFAULTS,
  type FitHeadsOptions,
  type FittedHeads,
} from "./training/projection-heads/fit-heads.ts";
export {
  HEAD_KINDS,
  type HeadKind,
  type HeadSizes,
  type HeadTower,
  MAPPING_NAMES,
  type MappingName,
  type ProjectionHeads,
  projectionHeadsFile,
  readProjectionHeads,
} from "./training/projection-heads/projection-heads.ts";
export { openProjectionTraining, type ProjectionTraining } from "./training/projection-heads/projection-training.ts";
export { TRIPLET_LOSSES, type TripletLossName } from "./training/projection-heads/triplet-loss.ts";
export {
  type TextResidual,
  type TextTriplets,
  TUNE_TEXT_DEFAULTS,
  type TunedText,
  type TuneTextOptions,
} from "./training/projection-heads/tune-text.ts";
export { muscallSchedule, type Schedule } from "./training/schedule.ts";
export type {
  ContrastiveTrainer,
  TrainerOptions,
  TrainerState,
  TrainingBatch,
  TrainingStep,
} from "./training/trainer.ts";
export type { EncodeOptions, TowerOutput, TwoTower, Waveform } from "./two-tower.ts";
