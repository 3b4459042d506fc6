import {
  ClassSums,
  EmptyClassError,
  leaveFoldOutSimilarityTo,
  leaveOneOutSimilarityTo,
  NotFiniteError,
  similarityTo,
  ZeroVectorError,
} from "@irec/metrics";
import ndarray, { type NdArray } from "ndarray";
import type { AudioOnlyRow, AudioRule } from "../results/results.ts";
import { SPACES } from "../store/embedding-store.ts";
import type { AudioInput } from "../store/model-inputs.ts";
import { NotServed } from "../store/not-served.ts";
import { classificationScores } from "./classification-scores.ts";
import { eachBlock } from "./each-block.ts";
import { type ExperimentContext, type Outcome, OutcomeBuilder } from "./experiment.ts";
import { similarityHistograms } from "./similarity-histograms.ts";

/**
 * Is the audio tower good? Each clip is given the label whose centroid of audio embeddings is nearest. Labels without
 * clips have no centroid and take no part.
 *
 * - published: the clip itself is part of its own class's centroid, as in the study
 * - leave-one-out: it is taken out of it
 * - by-fold: centroids come from the other official folds only, where the ground truth has folds
 */
export async function audioOnly(context: ExperimentContext): Promise<Outcome<AudioOnlyRow>> {
  const outcome = new OutcomeBuilder<AudioOnlyRow>();
  for (const model of context.models) {
    for (const space of SPACES) {
      const part = { experiment: "audio-only", model: model.name, space } as const;
      await outcome.attempt(part, async () => {
        const audio = await model.audio(space);
        try {
          const classes = classesWithClips(audio.classes, context.groundTruth?.labels ?? []);
          const sums = await sumsByFold(context, audio, classes);
          for (const rule of rulesFor(audio)) {
            await outcome.attempt(part, async () => {
              const similarities = await scores(context, audio, classes, sums, rule);
              const resampling = context.clipResampling.of(audio.units);
              const row: AudioOnlyRow = {
                model: model.name,
                space,
                rule,
                ...(await classificationScores(
                  similarities,
                  classes.ofRow,
                  classes.labels,
                  resampling,
                  context.progress,
                )),
                histograms: similarityHistograms(similarities, classes.ofRow, context.similarity),
              };
              const scored = { experiment: "audio-only", model: model.name, space, rule } as const;
              context.outcomes?.scores(scored, classes.labels, similarities, audio.clipOfRow);
              return row;
            });
          }
          return [];
        } finally {
          await audio.matrix.close();
        }
      });
    }
  }
  return outcome;
}

const rulesFor = ({ folds }: AudioInput): readonly AudioRule[] =>
  folds === undefined ? ["published", "leave-one-out"] : ["published", "leave-one-out", "by-fold"];

interface Classes {
  readonly labels: readonly string[];
  /** Shape [rows]: the class of each row, an index into `labels`. */
  readonly ofRow: Int32Array;
}

function classesWithClips(classes: Int32Array, labels: readonly string[]): Classes {
  const present = new Set(classes);
  if (present.size === labels.length) return { labels, ofRow: classes };
  const kept = labels.map((_, c) => c).filter((c) => present.has(c));
  const position = new Map(kept.map((c, i) => [c, i]));
  return { labels: kept.map((c) => labels[c]!), ofRow: classes.map((c) => position.get(c)!) };
}

/** The sum of the embeddings of each class by fold, in one pass over the file; a single fold when there are none. */
async function sumsByFold(context: ExperimentContext, audio: AudioInput, classes: Classes) {
  const { matrix, folds } = audio;
  const sums = new Map<number, ClassSums>();
  for (const fold of new Set(folds ?? [0])) sums.set(fold, new ClassSums(classes.labels.length, matrix.columns));
  await eachBlock(context, `class centroids of ${matrix.path}`, audio, (block, firstRow, end) => {
    const labels = classes.ofRow.subarray(firstRow, end);
    if (folds === undefined) return sums.get(0)!.add(block, labels);
    const foldOfRow = folds.subarray(firstRow, end);
    for (const fold of new Set(foldOfRow)) {
      const rows = [...foldOfRow.keys()].filter((row) => foldOfRow[row] === fold);
      sums.get(fold)!.add(block, labels, rows);
    }
  });
  return sums;
}

/** The similarity of each clip to each class centroid by one rule, shape [rows, labels], in another pass. */
async function scores(
  context: ExperimentContext,
  audio: AudioInput,
  classes: Classes,
  sumsOfFolds: ReadonlyMap<number, ClassSums>,
  rule: AudioRule,
): Promise<NdArray<Float64Array>> {
  const { rows } = audio.matrix;
  const compare = await prototypeComparison(context, audio, classes, sumsOfFolds, rule);
  const all = new Float64Array(rows * classes.labels.length);
  await refusing(classes, rule, () =>
    eachBlock(context, `${rule} centroids against ${audio.path}`, audio, (block, firstRow, end) => {
      all.set(compare(block, firstRow, end), firstRow * classes.labels.length);
    }),
  );
  return ndarray(all, [rows, classes.labels.length]);
}

type Comparison = (block: NdArray, firstRow: number, end: number) => Float64Array;

/** @throws {NotServed} when a class has too few clips for the rule */
function prototypeComparison(
  { similarity: kind }: ExperimentContext,
  { folds, matrix }: AudioInput,
  classes: Classes,
  sumsOfFolds: ReadonlyMap<number, ClassSums>,
  rule: AudioRule,
): Promise<Comparison> {
  return refusing(classes, rule, (): Comparison => {
    if (rule === "by-fold") {
      const toFolds = leaveFoldOutSimilarityTo(sumsOfFolds, { kind });
      return (block, firstRow, end) => toFolds(block, folds!.subarray(firstRow, end), firstRow).data;
    }
    const sums = new ClassSums(classes.labels.length, matrix.columns);
    for (const ofFold of sumsOfFolds.values()) sums.merge(ofFold);
    if (rule === "published") {
      const toCentroids = similarityTo(sums.centroids(), { kind });
      return (block, firstRow) => toCentroids(block, firstRow).data;
    }
    const single = sums.counts.indexOf(1);
    if (single !== -1) throw new NotServed(`leave-one-out: "${classes.labels[single]}" has a single clip`);
    const toOthers = leaveOneOutSimilarityTo(sums, { kind });
    return (block, firstRow, end) => toOthers(block, classes.ofRow.subarray(firstRow, end), firstRow).data;
  });
}

/** Turns errors about centroids into reasons; errors about clips name their file by now. */
async function refusing<T>(classes: Classes, rule: AudioRule, build: () => T | Promise<T>): Promise<T> {
  try {
    return await build();
  } catch (error) {
    if (error instanceof ZeroVectorError || error instanceof NotFiniteError) {
      // Of all centroids ("b") one row is one label; a leave-one-out centroid is named by the clip that it lacks.
      const whose =
        error.argument === "b" ? `of "${classes.labels[error.row]}"` : `that lacks the clip of row ${error.row}`;
      const what =
        error instanceof ZeroVectorError
          ? `has no direction: its clips cancel out, and ${error.kind} similarity needs one`
          : `has the value ${error.value}`;
      throw new NotServed(`${rule}: the centroid ${whose} ${what}`);
    }
    if (!(error instanceof EmptyClassError)) throw error;
    const where = error.fold === undefined ? "" : ` outside fold ${error.fold}`;
    throw new NotServed(`${rule}: "${classes.labels[error.classIndex]}" has no clips${where}`);
  }
}
