import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { ModelFigures, TokenizerFiles } from "@irec/encoders";
import { type ClipTable, groundTruthOf } from "../datasets/dataset.ts";
import { type Encoders, ModelInputError } from "../encoders.ts";
import { UsageError } from "../errors.ts";
import type { PromptSet } from "../prompts/prompt-set.ts";
import { installedVersion, packageVersions } from "../results/provenance.ts";
import type { MadeBy } from "../store/manifest.ts";
import type { ArrayPlan, AudioPlan, TextPlan } from "./array-plan.ts";
import { isRandom, STUDY } from "./audio-batch.ts";
import { checkpointDigest, vocabularyDigests } from "./model-identity.ts";
import type { EmbedOptions, EmbedRequest, ModelFiles } from "./request.ts";

/** What a request comes to, found out without reading a weight. */
export interface Plans {
  readonly figures: ModelFigures;
  readonly backend: string;
  readonly lengthPolicy: string;
  readonly vocabulary: TokenizerFiles | undefined;
  /** Prompt sets first: they take little time. */
  readonly arrays: readonly ArrayPlan[];
}

/** Clips and texts in a forward pass; larger batches are no faster. */
const AUDIO_BATCH = 8;
const TEXT_BATCH = 32;

/**
 * Finds out what a request comes to.
 * @throws {UsageError} when an option makes no sense
 * @throws {ModelInputError} when the model's files cannot be used
 */
export async function makePlans(encoders: Encoders, request: EmbedRequest, options: EmbedOptions): Promise<Plans> {
  const { model, clips, promptSets = [] } = request;
  requireFileName("the model's name", model.name, "--name");
  if (clips !== undefined) requireFileName("the data set's name", clips.dataset, "--dataset-name");
  if (clips === undefined && promptSets.length === 0) {
    throw new UsageError("there is nothing to embed: neither a data set (--dataset) nor a prompt set (--prompts).");
  }
  const vocabulary = await vocabularyOf(encoders, model);
  if (vocabulary === undefined && promptSets.length > 0) {
    throw new ModelInputError(
      `${model.checkpoint}: there is no vocabulary beside it (vocab.json and merges.txt, or tokenizer.json), which texts ` +
        "need. Say where it is with --tokenizer, or embed no texts with --prompts none.",
    );
  }
  const settings = { ...model.loadOptions };
  const inspection = await encoders.inspectModel(model.checkpoint, { ...settings, tokenizer: vocabulary ?? null });
  const figures = inspection.model;
  if (figures === undefined) throw new ModelInputError(`${model.checkpoint}: ${inspection.problem}.`);
  const lengthPolicy = policyOf(encoders, request.lengthPolicy ?? figures.lengthPolicy);
  const backend = (await encoders.backendReport(request.backend)).name;
  const madeBy: MadeBy = {
    architecture: figures.name,
    checkpoint: await checkpointDigest(model.checkpoint, options.progress),
    ...(vocabulary === undefined ? {} : { vocabulary: vocabularyDigests(vocabulary) }),
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
    sampleRate: figures.sampleRate,
    backend,
    packages: { "@irec/cli": packageVersions()["@irec/cli"]!, "@irec/encoders": installedVersion("@irec/encoders") },
  };
  const { preJointDim, embedDim: jointDim } = figures;
  const texts = promptSets.map((set) => textPlan(set, { madeBy, preJointDim: preJointDim.text, jointDim }));
  const sounds = clips && audioPlan(clips, request, lengthPolicy, { madeBy, preJointDim: preJointDim.audio, jointDim });
  return { figures, backend, lengthPolicy, vocabulary, arrays: sounds === undefined ? texts : [...texts, sounds] };
}

/** What becomes the name of a file. */
function requireFileName(what: string, name: string, option: string): void {
  if (/^[\w.-]+$/.test(name) && !name.startsWith(".")) return;
  throw new UsageError(
    `${what}, ${JSON.stringify(name)}, becomes a file name; give another of letters, digits, _, - and . with ${option}.`,
  );
}

/** The vocabulary that was named, or that beside the checkpoint. */
async function vocabularyOf(
  encoders: Encoders,
  { checkpoint, tokenizer }: ModelFiles,
): Promise<TokenizerFiles | undefined> {
  if (tokenizer !== undefined) return await encoders.readTokenizerFiles(tokenizer);
  if (!existsSync(checkpoint)) return undefined; // whoever opens it says what is wrong
  const beside = statSync(checkpoint).isDirectory() ? checkpoint : dirname(checkpoint);
  return await encoders.readTokenizerFiles(beside).catch((error) => {
    if (error instanceof encoders.CompanionFileError && !hasVocabulary(beside)) return undefined;
    throw error;
  });
}

const hasVocabulary = (folder: string): boolean =>
  existsSync(`${folder}/tokenizer.json`) || (existsSync(`${folder}/vocab.json`) && existsSync(`${folder}/merges.txt`));

function policyOf(encoders: Encoders, name: string): string {
  const names = [...encoders.lengthPolicyNames, STUDY];
  if (names.includes(name)) return name;
  throw new UsageError(`there is no length policy "${name}"; there are ${names.join(", ")}.`);
}

type Common = Pick<ArrayPlan, "madeBy" | "preJointDim" | "jointDim">;

function textPlan({ name, labels, prompts, negates }: PromptSet, common: Common): TextPlan {
  return {
    tower: "text",
    name,
    ...common,
    batchSize: TEXT_BATCH,
    labels,
    prompts,
    ...(negates === undefined ? {} : { negates }),
  };
}

function audioPlan(clips: ClipTable, request: EmbedRequest, lengthPolicy: string, common: Common): AudioPlan {
  const { clipIds, labels, labelOrder, classes, folds } = groundTruthOf(clips);
  return {
    tower: "audio",
    name: clips.dataset,
    ...common,
    batchSize: request.batchSize ?? AUDIO_BATCH,
    lengthPolicy,
    ...(isRandom(lengthPolicy) ? { seed: request.seed ?? 0 } : {}),
    clipIds,
    groundTruth: { labelOrder, labels, classes: [...classes], ...(folds === undefined ? {} : { folds: [...folds] }) },
  };
}
