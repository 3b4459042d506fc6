import type { NdArray } from "ndarray";
import type { Backend, BackendName } from "../../backend/backend.ts";
import { openWasmBackend, type WasmOptions } from "../../backend/wasm/open.ts";
import { applyHeads } from "./apply-heads.ts";
import { type EmbeddingPairs, type FitHeadsOptions, type FittedHeads, fitHeads } from "./fit-heads.ts";
import type { HeadTower, ProjectionHeads } from "./projection-heads.ts";
import {
  applyResidual,
  type TextResidual,
  type TextTriplets,
  type TunedText,
  type TuneTextOptions,
  tuneText,
} from "./tune-text.ts";

/**
 * Fits the last layers of a two-tower model on stored pre-joint embeddings, with the towers as they are. The same input, options
 * and backend give the same bytes.
 */
export interface ProjectionTraining {
  readonly backendName: BackendName;
  /**
   * Fits projection heads so that a clip is closer to the texts of its own label than to others, by the symmetric contrastive
   * loss with a learned temperature, and AdamW.
   *
   * Clips of one label are never pushed apart from each other's texts: where labels repeat in a batch, all their texts are
   * equally right (UniCL's loss). Without labels it is the loss of CLIP.
   *
   * @throws {TrainingConfigError} when an option is impossible, or has no effect with the others
   * @throws {TrainingDataError} when shapes do not match, a value is not finite, a row's length is 0 or not within 1e-15 to 1e15,
   *   a clip has no text, or there is one label only
   * @throws {TrainingDivergedError} when the loss is no longer finite, or what was learned leaves float32
   * @example
   * const training = await openProjectionTraining();
   * const heads = await training.fitHeads({ audio, text, labels }, { mapping: "into-joint-space", embedDim: 128 });
   * training.project(heads, "audio", audio).shape; // [clips, 128]
   */
  fitHeads(pairs: EmbeddingPairs, options: FitHeadsOptions): Promise<FittedHeads>;
  /**
   * Pre-joint embeddings behind a tower's head, rows of length 1; shape [n, embedDim].
   * @throws {TrainingDataError} when they are not of the head's size, not finite, or a row has no direction behind the head
   */
  project(heads: ProjectionHeads, tower: HeadTower, preJoint: NdArray): NdArray<Float32Array>;
  /**
   * Corrects a text projection so that the positive of a triplet is closer to the anchor than the negative is. The correction is
   * linear in the pre-joint embedding and starts at 0, the model's own projection, where weight decay and `pull` hold it.
   *
   * The audio side stays as it is, so what triplets gain, zero-shot may lose: measure both, on texts that were not in the
   * triplets.
   *
   * @throws {TrainingConfigError} when an option is impossible, or has no effect with the others
   * @throws {TrainingDataError} when shapes do not match, a value is not finite, a row's length is 0 or not within 1e-15 to 1e15,
   *   or there are no triplets
   * @throws {TrainingDivergedError} when the loss is no longer finite, or what was learned leaves float32
   * @see Schroff, Kalenichenko & Philbin 2015, "FaceNet" (margin); Hermans, Beyer & Leibe 2017, "In defense of the triplet
   *   loss" (softplus)
   */
  tuneText(triplets: TextTriplets, options?: TuneTextOptions): Promise<TunedText>;
  /**
   * Texts with the correction, rows of length 1; shape [n, joint size].
   * @throws {TrainingDataError} when shapes do not match or a value is not finite
   */
  applyResidual(residual: TextResidual, texts: Pick<TextTriplets, "preJoint" | "joint">): NdArray<Float32Array>;
}

/** What fits heads on WebAssembly. */
export async function openProjectionTraining(options: WasmOptions = {}): Promise<ProjectionTraining> {
  return projectionTrainingOn(await openWasmBackend(options));
}

/** What fits heads on a backend that is started. */
export function projectionTrainingOn(backend: Backend): ProjectionTraining {
  return {
    backendName: backend.name,
    fitHeads: (pairs, options) => fitHeads(backend, pairs, options),
    project: (heads, tower, preJoint) => applyHeads(backend, heads, tower, preJoint),
    tuneText: (triplets, options) => tuneText(backend, triplets, options),
    applyResidual: (residual, texts) => applyResidual(backend, residual, texts),
  };
}
