import { join } from "node:path";
import type { FitHeadsOptions, FittedHeads, ProjectionHeads, ProjectionTraining } from "@irec/encoders";
import type { NdArray } from "ndarray";
import { type Encoders, withEncoders } from "../../encoders.ts";
import { InputError } from "../../errors.ts";
import { jsonText } from "../../json-text.ts";
import { count, score, type Table, text } from "../../results/table.ts";
import { toTerminal } from "../../results/table-formats.ts";
import { rowsOf, stacked } from "../stored-embeddings/matrix-rows.ts";
import { newManifest } from "../stored-embeddings/new-manifest.ts";
import { type NewModel, prepareNewModel } from "../stored-embeddings/new-model.ts";
import { type Clips, openSource, type StoredSource } from "../stored-embeddings/stored-source.ts";
import {
  majorityOf,
  type ScoredClips,
  scoreCells,
  scoreColumns,
  scoredClips,
  scoreOf,
  type ZeroShotScore,
  zeroShotPredictions,
} from "../stored-embeddings/zero-shot-predictions.ts";
import type { TrainContext, TrainingKind } from "../training-kind.ts";
import { type Split, splitRows } from "./hold-out.ts";
import {
  defaultProjectionConfig,
  PROJECTION_KEYS,
  type ProjectionConfig,
  readProjectionConfig,
} from "./projection-config.ts";

/** Projection heads alone, on the pre-joint embeddings of a store. */
export const projectionKind: TrainingKind = {
  defaultConfig: defaultProjectionConfig,
  keys: PROJECTION_KEYS,
  configure(fields, common) {
    const config = readProjectionConfig(fields, common);
    return { run: (context) => train(config, common.file, context) };
  },
};

async function train(config: ProjectionConfig, configFile: string, context: TrainContext): Promise<string> {
  const source = await openSource(config);
  const clips = await source.clips("pre_joint");
  const { labels } = source.groundTruth;
  const split = splitRows(config.heldOut, { ...clips, labels }, config.fit.seed);
  if (typeof split === "string") throw new InputError(configFile, `config.heldOut: ${split}.`);
  const made = prepareNewModel(config.out, config.name);
  try {
    return await withEncoders(async (encoders) => {
      const { backend } = context;
      const training = await encoders.openProjectionTraining(backend === undefined ? {} : { backend });
      const heads = await fit(training, source, clips, split, config, context);
      const scores = await scoreHeads(training, heads, source, clips, split, config);
      const heldOut = {
        clips: split.heldOut.map((row) => clips.ids[row]!),
        ...("labels" in config.heldOut && { labels: config.heldOut.labels }),
      };
      await writeModel(encoders, training, heads, made, source, config, { losses: heads.losses, heldOut, scores });
      return summaryText(config, source, clips, split, scores);
    });
  } finally {
    made.discard();
  }
}

async function fit(
  training: ProjectionTraining,
  source: StoredSource,
  { matrix, classes }: Clips,
  { training: rows }: Split,
  { fit: { embedDim, hidden, ...options } }: ProjectionConfig,
  { progress }: TrainContext,
) {
  const labels = Array.from(rows, (row) => classes[row]!);
  const trained = [...new Set(labels)].sort((a, b) => a - b);
  const texts: { rows: NdArray; labels: readonly number[] }[] = [];
  for (const promptSet of source.promptSets) {
    texts.push({ rows: rowsOf(await source.texts("pre_joint", promptSet), trained), labels: trained });
  }
  const work = progress.start(`${options.mapping} on ${rows.length} clips`, options.epochs, { unit: "epochs" });
  try {
    const given: FitHeadsOptions = {
      ...options,
      ...(embedDim !== undefined && { embedDim }),
      ...(hidden !== undefined && { hidden }),
      onEpoch: () => work.advance(1),
    };
    const pairs = {
      audio: rowsOf(matrix, rows),
      text: stacked(texts.map((one) => one.rows)),
      labels: { audio: labels, text: texts.flatMap((one) => one.labels) },
    };
    return await training.fitHeads(pairs, given);
  } finally {
    work.end();
  }
}

/** Zero-shot with one prompt set; `before` is null where the store has no joint space of the model's own. */
interface PromptSetScores {
  readonly promptSet: string;
  readonly before: SplitScores | null;
  readonly after: SplitScores;
}

interface SplitScores {
  /** With every label among the answers. */
  readonly heldOut: ZeroShotScore;
  readonly training: ZeroShotScore;
  /** Where whole labels were held out: with only these among the answers, as zero-shot is often reported. */
  readonly heldOutAmongThemselves?: ZeroShotScore;
}

/** What `training.json` says. */
interface TrainingReport {
  /** Of each epoch. */
  readonly losses: readonly number[];
  /** Clips by their ids, in the order of the array; labels where whole labels were held out. */
  readonly heldOut: { readonly clips: readonly string[]; readonly labels?: readonly string[] };
  readonly scores: readonly PromptSetScores[];
}

async function scoreHeads(
  training: ProjectionTraining,
  heads: ProjectionHeads,
  source: StoredSource,
  stored: Clips,
  split: Split,
  config: ProjectionConfig,
): Promise<readonly PromptSetScores[]> {
  const { matrix, classes } = stored;
  const [heldOut, trained] = [split.heldOut, split.training].map((rows) =>
    scoredClips(stored, rows, config.fit.seed),
  ) as [ScoredClips, ScoredClips];
  const scoreIn = (part: ScoredClips, predictions: Int32Array) =>
    scoreOf(
      part,
      Int32Array.from(part.rows, (row) => predictions[row]!),
    );
  const own = source.hasJointSpace ? (await source.clips("joint_space")).matrix : undefined;
  const audio = training.project(heads, "audio", matrix);
  const heldOutLabels =
    "labels" in config.heldOut
      ? [...new Set(split.heldOut.map((row) => classes[row]!))].sort((a, b) => a - b)
      : undefined;
  const scores: PromptSetScores[] = [];
  for (const promptSet of source.promptSets) {
    const text = training.project(heads, "text", await source.texts("pre_joint", promptSet));
    const splitScores = (clips: NdArray, texts: NdArray): SplitScores => {
      const predictions = zeroShotPredictions(clips, texts);
      const among = heldOutLabels && zeroShotPredictions(clips, texts, heldOutLabels);
      return {
        heldOut: scoreIn(heldOut, predictions),
        training: scoreIn(trained, predictions),
        ...(among && { heldOutAmongThemselves: scoreIn(heldOut, among) }),
      };
    };
    scores.push({
      promptSet,
      before: own === undefined ? null : splitScores(own, await source.texts("joint_space", promptSet)),
      after: splitScores(audio, text),
    });
  }
  return scores;
}

async function writeModel(
  { projectionHeadsFile }: Encoders,
  training: ProjectionTraining,
  heads: FittedHeads,
  made: NewModel,
  source: StoredSource,
  config: ProjectionConfig,
  report: TrainingReport,
): Promise<void> {
  const { model } = source;
  for (const tower of ["audio", "text"] as const) {
    for (const name of model.arrays(tower, "pre_joint")) {
      const preJoint = await source.array(tower, "pre_joint", name);
      made.copy(`${tower}/pre_joint/${name}`, model.path(tower, "pre_joint", name)!);
      made.array(`${tower}/joint_space/${name}`, training.project(heads, tower, preJoint));
    }
  }
  made.file("heads.safetensors", projectionHeadsFile(heads));
  made.file("training.json", jsonText({ schemaVersion: 1, kind: "projection", ...report }));
  const { heldOut, fit } = config;
  const record = { kind: "projection", config: { heldOut, ...fit }, backend: training.backendName };
  made.complete(await newManifest(source, config.name, record));
}

function summaryText(
  config: ProjectionConfig,
  source: StoredSource,
  { classes }: Clips,
  { heldOut, training }: Split,
  scores: readonly PromptSetScores[],
): string {
  const majority = majorityOf(classes, heldOut, source.groundTruth.labels);
  const table: Table = {
    name: "projection",
    caption:
      `Zero-shot on ${heldOut.length} clips that were held out of training (${training.length} clips); ` +
      `always answering "${majority.label}" scores ${majority.top1.toFixed(4)}; low and high: ` +
      "95 % intervals",
    columns: [
      text("prompt set"),
      count("clips"),
      ...scoreColumns("top-1 before"),
      ...scoreColumns("balanced before"),
      ...scoreColumns("top-1 after"),
      ...scoreColumns("balanced after"),
      score("top-1 after, training clips"),
      ...("labels" in config.heldOut
        ? [
            ...scoreColumns("top-1 before, among held-out labels"),
            ...scoreColumns("top-1 after, among held-out labels"),
          ]
        : []),
    ],
    rows: scores.map(({ promptSet, before, after }) => [
      promptSet,
      after.heldOut.clips,
      ...scoreCells(before?.heldOut, "top1"),
      ...scoreCells(before?.heldOut, "balanced"),
      ...scoreCells(after.heldOut, "top1"),
      ...scoreCells(after.heldOut, "balanced"),
      after.training.top1,
      ...("labels" in config.heldOut
        ? [...scoreCells(before?.heldOutAmongThemselves, "top1"), ...scoreCells(after.heldOutAmongThemselves, "top1")]
        : []),
    ]),
  };
  const own = source.hasJointSpace
    ? ""
    : `\nThe store has no joint space of ${config.model} with audio and these texts: nothing to compare with before.\n`;
  const next = `irec evaluate --embeddings ${config.out} --model ${config.name}`;
  return `${toTerminal(table)}${own}\nWrote ${join(config.out, config.name)}\nNext: ${next}   (scores all clips, those of the training too)\n`;
}
