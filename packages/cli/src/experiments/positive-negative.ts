import { type BootstrapDistribution, bootstrapRatio, similarityTo } from "@irec/metrics";
import type { PositiveNegativeRow } from "../results/results.ts";
import type { AudioInput, ModelInputs, TextInput } from "../store/model-inputs.ts";
import { eachBlock } from "./each-block.ts";
import { type ExperimentContext, type Outcome, OutcomeBuilder } from "./experiment.ts";
import { checkDimension } from "./joint-space.ts";
import { namingFiles } from "./located-errors.ts";
import { definedInterval, intervalOf, type Resampling } from "./resampling.ts";

/** "A X track" and "A no X track" together: how often is the negated prompt nearer to a clip of X, and by how much? */
export async function positiveNegative(context: ExperimentContext): Promise<Outcome<PositiveNegativeRow>> {
  const outcome = new OutcomeBuilder<PositiveNegativeRow>();
  for (const model of context.models) {
    const part = { experiment: "positive-negative", model: model.name } as const;
    await outcome.attempt(part, async () => {
      const audio = await model.audio("joint_space");
      try {
        for (const [promptSet, negatedPromptSet] of model.promptPairs("joint_space")) {
          await outcome.attempt({ ...part, promptSet }, async () => {
            const positive = checkDimension(audio, await model.textByClass("joint_space", promptSet));
            const negated = checkDimension(audio, await model.textByClass("joint_space", negatedPromptSet));
            return await score(context, model, audio, positive, negated);
          });
        }
        return [];
      } finally {
        await audio.matrix.close();
      }
    });
  }
  return outcome;
}

async function score(
  context: ExperimentContext,
  model: ModelInputs,
  audio: AudioInput,
  positive: TextInput,
  negated: TextInput,
): Promise<PositiveNegativeRow> {
  const labels = positive.labels;
  const kind = context.similarity;
  const toPositive = await namingFiles({ b: { file: positive.path } }, () => similarityTo(positive.matrix, { kind }));
  const toNegated = await namingFiles({ b: { file: negated.path } }, () => similarityTo(negated.matrix, { kind }));
  const answers = new Answers(audio.classes.length);
  await eachBlock(context, `${model.name}: positive against negated prompts`, audio, (block, firstRow, end) =>
    answers.add(
      firstRow,
      toPositive(block, firstRow),
      toNegated(block, firstRow),
      audio.classes.subarray(firstRow, end),
    ),
  );
  return {
    model: model.name,
    promptSet: positive.promptSet,
    negatedPromptSet: negated.promptSet,
    ...answers.scores(labels, audio.classes, context.clipResampling.of(audio.units)),
  };
}

type Similarities = ReturnType<ReturnType<typeof similarityTo>>;

/** What became of each clip, filled in one pass. */
class Answers {
  /** Shape [clips]: similarity to "X" minus similarity to "no X". */
  readonly #margins: Float64Array;
  /** Shape [clips]: 1 where the nearest of all prompts is a negated one. */
  readonly #nearestIsNegated: Uint8Array;
  /** Shape [clips]: 1 where it is the clip's own positive one. */
  readonly #nearestIsOwn: Uint8Array;

  constructor(clips: number) {
    this.#margins = new Float64Array(clips);
    this.#nearestIsNegated = new Uint8Array(clips);
    this.#nearestIsOwn = new Uint8Array(clips);
  }

  add(firstRow: number, positive: Similarities, negated: Similarities, classes: Int32Array): void {
    const count = positive.shape[1]!;
    for (let i = 0; i < classes.length; i++) {
      const own = classes[i]!;
      const start = i * count;
      this.#margins[firstRow + i] = positive.data[start + own]! - negated.data[start + own]!;
      let bestPositive = 0;
      let bestNegated = 0;
      for (let c = 1; c < count; c++) {
        if (positive.data[start + c]! > positive.data[start + bestPositive]!) bestPositive = c;
        if (negated.data[start + c]! > negated.data[start + bestNegated]!) bestNegated = c;
      }
      // An exact tie goes to the positive prompt, the first in the list of all prompts.
      if (negated.data[start + bestNegated]! > positive.data[start + bestPositive]!) {
        this.#nearestIsNegated[firstRow + i] = 1;
      } else if (bestPositive === own) this.#nearestIsOwn[firstRow + i] = 1;
    }
  }

  scores(labels: readonly string[], classes: Int32Array, { resamples, unit }: Resampling): Scores {
    const wins = Uint8Array.from(this.#margins, (margin) => (margin < 0 ? 1 : 0));
    const ties = Uint8Array.from(this.#margins, (margin) => (margin === 0 ? 1 : 0));
    const [negatedWins, tied, meanMargin, nearestIsNegated, nearestIsOwn] = [
      ...[wins, ties, this.#margins, this.#nearestIsNegated, this.#nearestIsOwn],
    ].map((values) => bootstrapRatio(values, resamples)) as [Drawn, Drawn, Drawn, Drawn, Drawn];
    return {
      clips: classes.length,
      negatedWins: negatedWins.estimate,
      tied: tied.estimate,
      meanMargin: meanMargin.estimate,
      nearestIsNegated: nearestIsNegated.estimate,
      nearestIsOwn: nearestIsOwn.estimate,
      intervals: {
        negatedWins: definedInterval(negatedWins, unit),
        tied: definedInterval(tied, unit),
        meanMargin: definedInterval(meanMargin, unit),
        nearestIsNegated: definedInterval(nearestIsNegated, unit),
        nearestIsOwn: definedInterval(nearestIsOwn, unit),
      },
      perClass: labels.map((label, c) => {
        const members = Uint8Array.from(classes, (own) => (own === c ? 1 : 0));
        const clips = members.reduce((sum, member) => sum + member, 0);
        const within = (values: Float64Array | Uint8Array): Drawn | undefined => {
          const ofMembers = Float64Array.from(values, (value, i) => value * members[i]!);
          return clips === 0 ? undefined : bootstrapRatio(ofMembers, resamples, members);
        };
        const [ownWins, ownMargin] = [within(wins), within(this.#margins)];
        return {
          label,
          clips,
          negatedWins: ownWins?.estimate ?? null,
          negatedWinsInterval: intervalOf(ownWins, unit),
          meanMargin: ownMargin?.estimate ?? null,
          meanMarginInterval: intervalOf(ownMargin, unit),
        };
      }),
    };
  }
}

type Drawn = BootstrapDistribution;
type Scores = Omit<PositiveNegativeRow, "model" | "promptSet" | "negatedPromptSet">;
