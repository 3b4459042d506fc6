import { pairwiseSimilarity } from "@irec/metrics";
import type { NegationRow } from "../results/results.ts";
import { SPACES, type Space } from "../store/embedding-store.ts";
import type { ModelInputs } from "../store/model-inputs.ts";
import { NotServed } from "../store/not-served.ts";
import { type ExperimentContext, type Outcome, OutcomeBuilder } from "./experiment.ts";
import { namingFiles } from "./located-errors.ts";

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

  const count = { noAnchor: 0, noAnchorTies: 0, noPositive: 0, noPositiveTies: 0 };
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
      if (other > ownNegation) count.noAnchor += 1;
      if (other === ownNegation) count.noAnchorTies += 1;
      if (other > otherNegation) count.noPositive += 1;
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
  return {
    model: model.name,
    space,
    promptSet,
    negatedPromptSet,
    pairs,
    noAnchorAccuracy: count.noAnchor / pairs,
    noPositiveAccuracy: count.noPositive / pairs,
    noAnchorTies: count.noAnchorTies,
    noPositiveTies: count.noPositiveTies,
    meanSimilarityToOwnNegation: mean(perLabel.map((row) => row.similarityToOwnNegation)),
    meanSimilarityToOthers: mean(perLabel.map((row) => row.meanSimilarityToOthers)),
    perLabel,
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
