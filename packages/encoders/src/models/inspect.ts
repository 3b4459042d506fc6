import type { TensorInfo } from "../checkpoint/checkpoint.ts";
import { type CheckpointSummary, describeCheckpoint } from "../checkpoint/describe.ts";
import { elementsOf } from "../checkpoint/dtype.ts";
import { CheckpointError } from "../checkpoint/errors.ts";
import { tokenizerFilesOf } from "./companions.ts";
import type { ParameterComparison } from "./errors.ts";
import { familyOf } from "./families.ts";
import { type OpenModel, planOf } from "./load.ts";
import type { ModelPlan, ModelSettings } from "./model-family.ts";
import { compareParameters, requireFloats } from "./read-parameters.ts";

/** What is known of a model file without reading its weights. */
export interface ModelInspection {
  /** What the file holds, counted. */
  readonly checkpoint: CheckpointSummary;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** Names of the files that stand beside the checkpoint and were read: config.json, vocab.json ... */
  readonly companions: readonly string[];
  /** Whether a vocabulary is among them. */
  readonly hasTokenizer: boolean;
  /** LAION-CLAP, MusCALL ...; undefined when it is of none. */
  readonly family: string | undefined;
  /** The model; undefined when it is of no family, or cannot be used. */
  readonly model: ModelFigures | undefined;
  /** What is missing, unexpected or of another shape; undefined without a model. */
  readonly comparison: ParameterComparison | undefined;
  /** Why there is no model, in words. */
  readonly problem: string | undefined;
}

/** Figures of a model, of its plan. */
export interface ModelFigures
  extends Pick<
    ModelPlan,
    | "name"
    | "embedDim"
    | "preJointDim"
    | "sampleRate"
    | "clipSamples"
    | "contextLength"
    | "vocabularySize"
    | "lengthPolicy"
  > {
  /** Numbers that the towers and projections need of the checkpoint. */
  readonly parameters: number;
}

/** Finds out what an open model file is, from its headers alone, and closes it. */
export async function inspectOpenModel(
  { checkpoint, companions }: OpenModel,
  settings: ModelSettings = {},
): Promise<ModelInspection> {
  try {
    const found = {
      checkpoint: describeCheckpoint(checkpoint),
      tensors: checkpoint.tensors,
      companions: Object.keys(companions),
      hasTokenizer: tokenizerFilesOf(companions) !== undefined,
    };
    let family: string | undefined;
    try {
      family = familyOf(checkpoint).name;
      const plan = planOf(checkpoint, companions, settings);
      requireFloats(checkpoint, plan.parameters, plan.names);
      const comparison = compareParameters(checkpoint, plan.parameters, plan.names);
      return { ...found, family, model: figuresOf(plan), comparison, problem: undefined };
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      return { ...found, family, model: undefined, comparison: undefined, problem: error.detail };
    }
  } finally {
    await checkpoint.close();
  }
}

function figuresOf(plan: ModelPlan): ModelFigures {
  const { name, embedDim, preJointDim, sampleRate, clipSamples, contextLength, vocabularySize, lengthPolicy } = plan;
  const parameters = plan.parameters.reduce((sum, { shape }) => sum + elementsOf(shape), 0);
  return {
    name,
    embedDim,
    preJointDim,
    sampleRate,
    clipSamples,
    contextLength,
    vocabularySize,
    lengthPolicy,
    parameters,
  };
}
