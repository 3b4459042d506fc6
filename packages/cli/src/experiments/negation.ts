import { bootstrapRatio, bootstrapResamples, pairwiseSimilarity } from "@irec/metrics";
import type { NegationRow } from "../results/results.ts";
import { SPACES, type Space } from "../store/embedding-store.ts";
import type { ModelInputs } from "../store/model-inputs.ts";
import { NotServed } from "../store/not-served.ts";
import { type ExperimentContext, type Outcome, OutcomeBuilder } from "./experiment.ts";
import { namingFiles } from "./located-errors.ts";
import { definedInterval } from "./resampling.ts";

/** Within text: is "A no X track" farther from "A X track" than the tracks of other instruments are? */
export async function negation(context: ExperimentContext): Promise<Outcome<NegationRow>> {
  const outcome = new OutcomeBuilder<NegationRow>();
  for (const model of context.models) {
    for (const space of SPACES) {
      const part = { experiment: "negation", model: model.name, space } as const;
      await outcome.attempt(part, async () => {
        for (const pair of model.promptPairs(space)) {
          await outcome.attempt({ ...part, promptSet: pair[0] }, () => score(context, model, space, pair));
        }
        return [];
      });
    }
  }
  return outcome;
}

async function score(
  context: ExperimentContext,
  model: ModelInputs,
  space: Space,
  [promptSet, negatedPromptSet]: readonly [string, string],
): Promise<NegationRow> {
  const positive = await model.text(space, promptSet);
  const negated = await model.text(space, negatedPromptSet);
  const labels = positive.labels;
  if (negated.labels.join("\n") !== labels.join("\n")) {
    throw new NotServed(`${promptSet} and ${negatedPromptSet} do not have the same labels in the same order`);
  }
  if (labels.length < 2) throw new NotServed(`${promptSet}: negation needs two labels, there is ${labels.length}`);
  const compare = (other: typeof positive) =>
    namingFiles({ a: { file: positive.path }, b: { file: other.path } }, () =>
      pairwiseSimilarity(positive.matrix, other.matrix, { kind: context.similarity }),
    );
  const toPositive = await compare(positive);
  const toNegated = await compare(negated);

  const count = { noAnchorTies: 0, noPositiveTies: 0 };
  const noAnchor = labels.map(() => 0);
  const noPositive = labels.map(() => 0);
  const perLabel = labels.map((label, x) => {
    const ownNegation = toNegated.get(x, x);
    let sumOfOthers = 0;
    let farther = 0;
    for (let y = 0; y < labels.length; y++) {
      if (y === x) continue;
      const other = toPositive.get(x, y);
      const otherNegation = toNegated.get(x, y);
      sumOfOthers += other;
      if (other < ownNegation) farther += 1;
      if (other > ownNegation) noAnchor[x]! += 1;
      if (other === ownNegation) count.noAnchorTies += 1;
      if (other > otherNegation) noPositive[x]! += 1;
      if (other === otherNegation) count.noPositiveTies += 1;
    }
    return {
      label,
      similarityToOwnNegation: ownNegation,
      meanSimilarityToOthers: sumOfOthers / (labels.length - 1),
      othersFartherThanNegation: farther,
    };
  });
  const pairs = labels.length * (labels.length - 1);
  const resamples = bootstrapResamples(labels.length, { seed: context.seed, draws: context.draws });
  const others = labels.map(() => labels.length - 1);
  const interval = (ofLabels: readonly number[], denominators?: readonly number[]) =>
    definedInterval(bootstrapRatio(ofLabels, resamples, denominators), "anchor");
  const ownNegations = perLabel.map((row) => row.similarityToOwnNegation);
  const meansOfOthers = perLabel.map((row) => row.meanSimilarityToOthers);
  return {
    model: model.name,
    space,
    promptSet,
    negatedPromptSet,
    pairs,
    noAnchorAccuracy: sum(noAnchor) / pairs,
    noPositiveAccuracy: sum(noPositive) / pairs,
    noAnchorTies: count.noAnchorTies,
    noPositiveTies: count.noPositiveTies,
    meanSimilarityToOwnNegation: sum(ownNegations) / labels.length,
    meanSimilarityToOthers: sum(meansOfOthers) / labels.length,
    intervals: {
      noAnchorAccuracy: interval(noAnchor, others),
      noPositiveAccuracy: interval(noPositive, others),
      meanSimilarityToOwnNegation: interval(ownNegations),
      meanSimilarityToOthers: interval(meansOfOthers),
    },
    perLabel,
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
