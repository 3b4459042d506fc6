import { similarityTo } from "@irec/metrics";
import type { PositiveNegativeRow } from "../results/results.ts";
import type { AudioInput, ModelInputs, TextInput } from "../store/model-inputs.ts";
import { eachBlock } from "./each-block.ts";
import { type ExperimentContext, type Outcome, OutcomeBuilder } from "./experiment.ts";
import { checkDimension } from "./joint-space.ts";
import { namingFiles } from "./located-errors.ts";

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
  const tally = new Tally(labels.length);
  await eachBlock(context, `${model.name}: positive against negated prompts`, audio, (block, firstRow, end) =>
    tally.add(toPositive(block, firstRow), toNegated(block, firstRow), audio.classes.subarray(firstRow, end)),
  );
  return {
    model: model.name,
    promptSet: positive.promptSet,
    negatedPromptSet: negated.promptSet,
    ...tally.result(labels),
  };
}

type Similarities = ReturnType<ReturnType<typeof similarityTo>>;

/** Counts over clips, in one pass. */
class Tally {
  readonly #clips: Int32Array;
  readonly #wins: Int32Array;
  readonly #margins: Float64Array;
  #tied = 0;
  #nearestIsNegated = 0;
  #nearestIsOwn = 0;

  constructor(classCount: number) {
    this.#clips = new Int32Array(classCount);
    this.#wins = new Int32Array(classCount);
    this.#margins = new Float64Array(classCount);
  }

  add(positive: Similarities, negated: Similarities, classes: Int32Array): void {
    const count = this.#clips.length;
    for (let i = 0; i < classes.length; i++) {
      const own = classes[i]!;
      const start = i * count;
      const margin = positive.data[start + own]! - negated.data[start + own]!;
      this.#clips[own]! += 1;
      this.#margins[own]! += margin;
      if (margin < 0) this.#wins[own]! += 1;
      if (margin === 0) this.#tied += 1;
      let bestPositive = 0;
      let bestNegated = 0;
      for (let c = 1; c < count; c++) {
        if (positive.data[start + c]! > positive.data[start + bestPositive]!) bestPositive = c;
        if (negated.data[start + c]! > negated.data[start + bestNegated]!) bestNegated = c;
      }
      // An exact tie goes to the positive prompt, the first in the list of all prompts.
      if (negated.data[start + bestNegated]! > positive.data[start + bestPositive]!) this.#nearestIsNegated += 1;
      else if (bestPositive === own) this.#nearestIsOwn += 1;
    }
  }

  result(labels: readonly string[]): Omit<PositiveNegativeRow, "model" | "promptSet" | "negatedPromptSet"> {
    const clips = sum(this.#clips);
    return {
      clips,
      negatedWins: sum(this.#wins) / clips,
      tied: this.#tied / clips,
      meanMargin: sum(this.#margins) / clips,
      nearestIsNegated: this.#nearestIsNegated / clips,
      nearestIsOwn: this.#nearestIsOwn / clips,
      perClass: labels.map((label, c) => ({
        label,
        clips: this.#clips[c]!,
        negatedWins: this.#clips[c] === 0 ? null : this.#wins[c]! / this.#clips[c]!,
        meanMargin: this.#clips[c] === 0 ? null : this.#margins[c]! / this.#clips[c]!,
      })),
    };
  }
}

const sum = (values: Int32Array | Float64Array): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};
