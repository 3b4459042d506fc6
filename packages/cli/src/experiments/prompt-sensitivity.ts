import {
  argmax,
  type BootstrapDistribution,
  kendallTau,
  kendallW,
  pairwiseSimilarity,
  UndefinedMetricError,
  type VarianceShare,
  varianceShares,
} from "@irec/metrics";
import ndarray, { type NdArray } from "ndarray";
import { turn } from "../npy/byte-source.ts";
import type { PromptSensitivityRow, RecallFactor } from "../results/analysis-rows.ts";
import type { Interval, ResampledUnit } from "../results/results.ts";
import type { ModelInputs } from "../store/model-inputs.ts";
import { NotServed } from "../store/not-served.ts";
import { answerScores, combined, meanOf, recalls } from "./answer-scores.ts";
import { type ExperimentContext, type Outcome, OutcomeBuilder } from "./experiment.ts";
import { namingFiles } from "./located-errors.ts";
import { definedInterval, intervalOf } from "./resampling.ts";
import { textOfLabels } from "./text-of-labels.ts";
import { wholeAudio } from "./whole-audio.ts";

/**
 * How much do the words around the label matter? Zero-shot with every prompt set that affirms its labels: a row a model, and one
 * for all models with the prompt sets that all of them have.
 */
export async function promptSensitivity(context: ExperimentContext): Promise<Outcome<PromptSensitivityRow>> {
  const outcome = new OutcomeBuilder<PromptSensitivityRow>();
  const asked: AskedModel[] = [];
  for (const model of context.models) {
    await outcome.attempt({ experiment: "prompt-sensitivity", model: model.name }, async () => {
      const found = await ask(context, model, outcome);
      asked.push(found);
      return sensitivity([found], found.promptSets);
    });
  }
  const [first, ...others] = asked;
  const shared = first?.promptSets.filter((name) => others.every(({ promptSets }) => promptSets.includes(name))) ?? [];
  if (others.length > 0 && shared.length > 1) outcome.rows.push(sensitivity(asked, shared));
  return outcome;
}

/** What a model answered to each prompt set. */
interface AskedModel {
  readonly name: string;
  readonly labels: readonly string[];
  readonly unit: ResampledUnit;
  readonly promptSets: readonly string[];
  readonly scores: ReadonlyMap<string, PromptScores>;
}

interface PromptScores {
  readonly top1: BootstrapDistribution;
  readonly balancedAccuracy: BootstrapDistribution;
  /** By label. */
  readonly recalls: readonly BootstrapDistribution[];
}

async function ask(
  context: ExperimentContext,
  model: ModelInputs,
  { skipped }: OutcomeBuilder<PromptSensitivityRow>,
): Promise<AskedModel> {
  const audio = await wholeAudio(model, "joint_space", context.groundTruth?.labels ?? []);
  const resampling = context.clipResampling.of(audio.units);
  const scores = new Map<string, PromptScores>();
  for (const promptSet of model.promptSets("joint_space")) {
    if (model.isNegation(promptSet)) continue;
    await turn();
    try {
      const text = await textOfLabels(model, "joint_space", promptSet, audio);
      const answers = await namingFiles({ a: { file: audio.path }, b: { file: text.path } }, () =>
        argmax(pairwiseSimilarity(audio.matrix, text.matrix, { kind: context.similarity })),
      );
      const ofLabels = recalls(answers, audio.classes, resampling);
      const { top1 } = answerScores(answers, audio.classes, resampling);
      scores.set(promptSet, { top1, balancedAccuracy: meanOf(ofLabels), recalls: ofLabels });
    } catch (error) {
      if (!(error instanceof NotServed)) throw error;
      skipped.push({ experiment: "prompt-sensitivity", model: model.name, promptSet, reason: error.message });
    }
  }
  if (scores.size < 2) throw new NotServed(`it takes two prompt sets that affirm the labels, there are ${scores.size}`);
  const { labels } = audio;
  return { name: model.name, labels, unit: resampling.unit, promptSets: [...scores.keys()], scores };
}

function sensitivity(models: readonly AskedModel[], promptSets: readonly string[]): PromptSensitivityRow {
  const { labels, unit } = models[0]!;
  const scoresOf = (promptSet: string) => models.map(({ scores }) => scores.get(promptSet)!);
  const balanced = promptSets.map((promptSet) => meanOf(scoresOf(promptSet).map((one) => one.balancedAccuracy)));
  const top1 = promptSets.map((promptSet) => meanOf(scoresOf(promptSet).map((one) => one.top1)));
  const range = combined(balanced, (values) => Math.max(...values) - Math.min(...values));
  const sd = combined(balanced, standardDeviation);

  // Model by model, prompt set by prompt set, label by label.
  const allRecalls = models.flatMap(({ scores }) => promptSets.flatMap((promptSet) => scores.get(promptSet)!.recalls));
  const rankings = allRecalls.length / labels.length;
  const labelAgreement = combined(allRecalls, (values) => concordance(values, rankings));
  const ofPrompts = models.flatMap(({ scores }) => promptSets.map((name) => scores.get(name)!.balancedAccuracy));
  const promptAgreement =
    models.length === 1 ? undefined : combined(ofPrompts, (values) => concordance(values, models.length));
  return {
    models: models.map(({ name }) => name),
    promptSets: [...promptSets.keys()]
      .sort((a, b) => balanced[b]!.estimate - balanced[a]!.estimate)
      .map((p) => ({
        promptSet: promptSets[p]!,
        balancedAccuracy: balanced[p]!.estimate,
        top1: top1[p]!.estimate,
        intervals: {
          balancedAccuracy: definedInterval(balanced[p]!, unit),
          top1: definedInterval(top1[p]!, unit),
        },
      })),
    range: range.estimate,
    sd: sd.estimate,
    labelAgreement: orNull(labelAgreement.estimate),
    labelTau: meanTau(allRecalls, labels.length),
    promptAgreement: orNull(promptAgreement?.estimate ?? Number.NaN),
    intervals: {
      range: definedInterval(range, unit),
      sd: definedInterval(sd, unit),
      labelAgreement: intervalIfAny(labelAgreement, unit),
      promptAgreement: intervalIfAny(promptAgreement, unit),
    },
    variance: variance(allRecalls, [models.length, promptSets.length, labels.length], unit),
    perLabel: labels.map((label, c) => {
      const ofLabel = promptSets.map((promptSet) => meanOf(scoresOf(promptSet).map((one) => one.recalls[c]!)).estimate);
      const at = (recall: number) => ({ promptSet: promptSets[ofLabel.indexOf(recall)]!, recall });
      return { label, best: at(Math.max(...ofLabel)), worst: at(Math.min(...ofLabel)) };
    }),
  };
}

function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

/** Kendall's W of so many rankings, one after the other; NaN where it has no value. */
const concordance = (values: readonly number[], rankings: number): number =>
  definedOr(values, Number.NaN, (table) => kendallW(ndarray(table, [rankings, table.length / rankings])));

/** NaN of a resample without a label, and of what is undefined, such as of recalls that are all the same. */
function definedOr<T>(values: readonly number[], otherwise: T, compute: (values: Float64Array) => T): T {
  if (values.some(Number.isNaN)) return otherwise;
  try {
    return compute(Float64Array.from(values));
  } catch (error) {
    if (error instanceof UndefinedMetricError) return otherwise;
    throw error;
  }
}

/** Over all pairs of rankings that have an order; null when none has. */
function meanTau(allRecalls: readonly BootstrapDistribution[], labelCount: number): number | null {
  const values = allRecalls.map(({ estimate }) => estimate);
  const rankings = Array.from({ length: values.length / labelCount }, (_, i) =>
    values.slice(i * labelCount, (i + 1) * labelCount),
  ).filter((ranking) => ranking.some((value) => value !== ranking[0]));
  const taus = rankings.flatMap((a, i) => rankings.slice(i + 1).map((b) => kendallTau(a, b)));
  return taus.length === 0 ? null : taus.reduce((sum, tau) => sum + tau, 0) / taus.length;
}

/** The share of each factor, and of factors together, in the variance of the recalls. */
function variance(
  allRecalls: readonly BootstrapDistribution[],
  [models, prompts, labels]: readonly [number, number, number],
  unit: ResampledUnit,
): PromptSensitivityRow["variance"] {
  const factors: readonly RecallFactor[] = models === 1 ? ["prompt", "label"] : ["model", "prompt", "label"];
  const shape = models === 1 ? [prompts, labels] : [models, prompts, labels];
  const apart = (values: readonly number[]): readonly VarianceShare[] =>
    definedOr(values, [], (table) => varianceShares(ndarray(table, shape) as NdArray));
  const ofSample = apart(allRecalls.map(({ estimate }) => estimate));
  const { resamples, statistics } = allRecalls[0]!;
  const drawn = ofSample.map(() => new Float64Array(statistics.length).fill(Number.NaN));
  for (let draw = 0; draw < statistics.length; draw++) {
    for (const [i, { share }] of apart(allRecalls.map((one) => one.statistics[draw]!)).entries())
      drawn[i]![draw] = share;
  }
  return ofSample.map(({ factors: axes, share }, i) => ({
    factors: axes.map((axis) => factors[axis]!),
    share,
    interval: intervalOf({ estimate: share, statistics: drawn[i]!, resamples }, unit),
  }));
}

const intervalIfAny = (distribution: BootstrapDistribution | undefined, unit: ResampledUnit): Interval | null =>
  distribution === undefined || Number.isNaN(distribution.estimate) ? null : intervalOf(distribution, unit);

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
