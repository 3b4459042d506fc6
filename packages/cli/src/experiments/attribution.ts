import {
  argmax,
  clusterBootstrapMeans,
  EmptyClassError,
  pairwiseSimilarity,
  prototypeSimilarities,
  tripletAccuracy,
  UndefinedMetricError,
  ZeroVectorError,
} from "@irec/metrics";
import { tripletSet } from "@irec/ontology";
import type { NdArray } from "ndarray";
import { turn } from "../npy/byte-source.ts";
import {
  ATTRIBUTION_LABELS,
  ATTRIBUTION_MEASURES,
  ATTRIBUTION_STEPS,
  type AttributionMeasure,
  type AttributionRow,
  type AttributionStepName,
  type AttributionText,
} from "../results/analysis-rows.ts";
import { SPACES } from "../store/embedding-store.ts";
import type { ModelInputs, TextInput } from "../store/model-inputs.ts";
import { NotServed } from "../store/not-served.ts";
import { type AnswerScores, answerScores } from "./answer-scores.ts";
import { attributionLadder } from "./attribution-ladder.ts";
import { type ClipFolds, clipFolds } from "./clip-folds.ts";
import { type ExperimentContext, type Outcome, OutcomeBuilder } from "./experiment.ts";
import { termsOfLabels } from "./label-terms.ts";
import { namingFiles } from "./located-errors.ts";
import { inOwnCoordinates, type PrototypeSpan, prototypeSpans } from "./prototype-span.ts";
import { definedInterval, INTERVAL_LEVEL } from "./resampling.ts";
import {
  answersOfHeldOutLabels,
  answersOfSeenLabels,
  isStandInSimilarity,
  labelGroups,
  type StandInSimilarity,
} from "./stand-in-projection.ts";
import { textOfLabels } from "./text-of-labels.ts";
import { type WholeAudio, wholeAudio } from "./whole-audio.ts";

/**
 * Audio tower, text tower or projection: which one loses the points? The same clips, labels, folds and prompts are answered with
 * one part of the model after the other replaced by the best that can take its place; docs/attribution.md defines it.
 *
 * A row a model, for its first prompt set: the study's main one, if the store has it.
 */
export async function attribution(context: ExperimentContext): Promise<Outcome<AttributionRow>> {
  const outcome = new OutcomeBuilder<AttributionRow>();
  for (const model of context.models) {
    const promptSet = [...model.promptSets("joint_space"), ...model.promptSets("pre_joint")][0];
    const part = { experiment: "attribution", model: model.name } as const;
    await outcome.attempt({ ...part, ...(promptSet === undefined ? {} : { promptSet }) }, async () => {
      if (promptSet === undefined) throw new NotServed("the store has no text/<space>/<prompt set>.npy for it");
      const row = await attribute(context, model, promptSet);
      for (const { reason } of row.missing) outcome.note({ ...part, promptSet }, reason);
      return row;
    });
  }
  return outcome;
}

async function attribute(context: ExperimentContext, model: ModelInputs, promptSet: string): Promise<AttributionRow> {
  const labels = context.groundTruth?.labels ?? [];
  const audio = {
    pre_joint: await attempted(() => wholeAudio(model, "pre_joint", labels)),
    joint_space: await attempted(() => wholeAudio(model, "joint_space", labels)),
  };
  const some = audio.pre_joint instanceof NotServed ? served(audio.joint_space) : audio.pre_joint;
  const folds = clipFolds(some, context.seed);
  const resampling = context.clipResampling.of(some.units);
  const text = {
    pre_joint: await attempted(() => textOfLabels(model, "pre_joint", promptSet, some)),
    joint_space: await attempted(() => textOfLabels(model, "joint_space", promptSet, served(audio.joint_space))),
  };
  const question = await attempted(() =>
    standInQuestion(context, served(audio.pre_joint), folds, served(text.pre_joint)),
  );
  const standIns = await attempted(() => standInAnswers(served(question), context.seed));

  const scores = new Map<AttributionStepName, AnswerScores>();
  const missing: { step: AttributionStepName; reason: string }[] = [];
  for (const step of ATTRIBUTION_STEPS) {
    await turn();
    const answers = await attempted(() => {
      if (step === "zero-shot") return zeroShot(context, served(audio.joint_space), served(text.joint_space));
      if (step === "prototypes-pre-joint") return byPrototypes(context, served(audio.pre_joint), folds);
      if (step === "prototypes-joint") return byPrototypes(context, served(audio.joint_space), folds);
      const found = served(standIns).get(step);
      if (found !== undefined) return found;
      throw new NotServed(`to hold out two labels takes four, there are ${some.labels.length}`);
    });
    if (answers instanceof NotServed) missing.push({ step, reason: answers.message });
    else scores.set(step, answerScores(answers, some.classes, resampling));
  }
  const scoresOf = (measure: AttributionMeasure) =>
    new Map(
      [...scores].map(([step, { top1, balancedAccuracy }]) => [step, measure === "top-1" ? top1 : balancedAccuracy]),
    );
  return {
    model: model.name,
    promptSet,
    clips: some.classes.length,
    labels: some.labels.length,
    folds: { kind: folds.kind, count: folds.count },
    ladders: ATTRIBUTION_MEASURES.flatMap((measure) =>
      ATTRIBUTION_LABELS.map((seen) => attributionLadder(scoresOf(measure), measure, seen, resampling.unit)),
    ),
    steps: [...scores].map(([step, { balancedAccuracy, top1 }]) => ({
      step,
      balancedAccuracy: balancedAccuracy.estimate,
      top1: top1.estimate,
      intervals: {
        balancedAccuracy: definedInterval(balancedAccuracy, resampling.unit),
        top1: definedInterval(top1, resampling.unit),
      },
    })),
    text: await textScores(context, model, promptSet),
    missing,
  };
}

/** What was computed, or the reason why it cannot be; every other error passes through. */
async function attempted<T>(run: () => T | Promise<T>): Promise<T | NotServed> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof NotServed) return error;
    if (error instanceof UndefinedMetricError) return new NotServed(error.message);
    throw error;
  }
}

/** @throws {NotServed} when it could not be computed */
function served<T>(found: T | NotServed): T {
  if (found instanceof NotServed) throw found;
  return found;
}

async function zeroShot(
  { similarity: kind }: ExperimentContext,
  audio: WholeAudio,
  text: TextInput,
): Promise<Int32Array> {
  return await namingFiles({ a: { file: audio.path }, b: { file: text.path } }, () =>
    argmax(pairwiseSimilarity(audio.matrix, text.matrix, { kind })),
  );
}

/** The nearest prototype, made of the clips of the other folds. */
async function byPrototypes(
  { similarity: kind }: ExperimentContext,
  { path, matrix, classes, labels }: WholeAudio,
  { kind: origin, ofClip: folds }: ClipFolds,
): Promise<Int32Array> {
  try {
    return await namingFiles({ a: { file: path }, embeddings: { file: path } }, () =>
      argmax(prototypeSimilarities(matrix, classes, labels.length, { kind, exclude: { folds } })),
    );
  } catch (error) {
    if (error instanceof EmptyClassError) {
      throw new NotServed(`"${labels[error.classIndex]}" has clips in one ${origin} fold only`);
    }
    if (error instanceof ZeroVectorError) throw new NotServed("an audio prototype has no direction");
    throw error;
  }
}

interface StandInQuestion {
  readonly spans: readonly PrototypeSpan[];
  /** Shape [labels, k]: the text vectors, in coordinates of the plane that they span. */
  readonly targets: NdArray<Float64Array>;
  readonly similarity: StandInSimilarity;
}

async function standInQuestion(
  { similarity }: ExperimentContext,
  audio: WholeAudio,
  folds: ClipFolds,
  text: TextInput,
): Promise<StandInQuestion> {
  if (!isStandInSimilarity(similarity)) throw new NotServed(`maps do not keep ${similarity} similarities`);
  return await namingFiles({ embeddings: { file: audio.path }, points: { file: text.path } }, () => ({
    spans: prototypeSpans(audio, folds),
    targets: inOwnCoordinates(text.matrix, "the text vectors"),
    similarity,
  }));
}

/** The answers with each stand-in for the projection, fold after fold; those of held-out labels where there are four labels. */
async function standInAnswers(
  { spans, targets, similarity }: StandInQuestion,
  seed: number,
): Promise<ReadonlyMap<AttributionStepName, Int32Array>> {
  const labelCount = targets.shape[0]!;
  const groups = labelGroups(labelCount, seed);
  const clipCount = spans.reduce((count, { clips }) => count + clips.length, 0);
  const answers = new Map<AttributionStepName, Int32Array>();
  const [orthogonal, ridge] = [
    { map: "orthogonal", similarity },
    { map: "ridge", similarity },
  ] as const;
  for (const span of spans) {
    const add = (step: AttributionStepName, ofFold: Int32Array) => {
      const all = answers.get(step) ?? new Int32Array(clipCount);
      answers.set(step, all);
      for (const [i, clip] of span.clips.entries()) all[clip] = ofFold[i]!;
    };
    await turn();
    add("orthogonal-seen", answersOfSeenLabels(span, targets, orthogonal));
    add("ridge-seen", answersOfSeenLabels(span, targets, ridge));
    add("prototypes-mapped", answersOfSeenLabels(span, targets, ridge, "mapped"));
    if (labelCount < 4) continue;
    await turn();
    add("orthogonal-held-out", answersOfHeldOutLabels(span, [targets], orthogonal, groups)[0]!);
    await turn();
    const [given, ideal] = answersOfHeldOutLabels(span, [targets, span.ofPrototypes], ridge, groups);
    add("ridge-held-out", given!);
    add("ideal-text-held-out", ideal!);
  }
  return answers;
}

/** Triplets by lowest common ancestor, of all labels of the prompt set; none where the ontology does not know them. */
async function textScores(
  { ontology, similarity: kind, seed, draws }: ExperimentContext,
  model: ModelInputs,
  promptSet: string,
): Promise<AttributionText[]> {
  const scores: AttributionText[] = [];
  for (const space of SPACES) {
    const score = await attempted(async () => {
      const text = await model.text(space, promptSet);
      const triplets = tripletSet(ontology, { terms: termsOfLabels(text.labels, ontology) }).toArrays();
      if (triplets.length === 0) throw new NotServed("its labels make no triplet");
      const similarities = await namingFiles({ a: { file: text.path }, b: { file: text.path } }, () =>
        pairwiseSimilarity(text.matrix, text.matrix, { kind }),
      );
      const { micro, macro, total, perAnchor } = tripletAccuracy(similarities, triplets);
      const anchors = [...perAnchor.total.keys()].filter((i) => perAnchor.total[i]! > 0);
      const clusters = {
        sums: anchors.map((i) => perAnchor.correct[i]!),
        counts: anchors.map((i) => perAnchor.total[i]!),
      };
      const drawn = clusterBootstrapMeans(clusters, undefined, { seed, draws, level: INTERVAL_LEVEL });
      const interval = ({ low, high, level }: typeof drawn.micro) => ({ low, high, level, unit: "anchor" }) as const;
      const intervals = { micro: interval(drawn.micro), macro: interval(drawn.macro) };
      return { space, triplets: total, micro, macro, intervals };
    });
    if (!(score instanceof NotServed)) scores.push(score);
  }
  return scores;
}
