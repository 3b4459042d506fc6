import { similarityTo } from "@irec/metrics";
import ndarray, { type NdArray } from "ndarray";
import type { ZeroShotRow } from "../results/results.ts";
import type { AudioInput, ModelInputs, TextInput } from "../store/model-inputs.ts";
import { NotServed } from "../store/not-served.ts";
import { classificationScores } from "./classification-scores.ts";
import { eachBlock } from "./each-block.ts";
import { type ExperimentContext, type Outcome, OutcomeBuilder } from "./experiment.ts";
import { checkDimension } from "./joint-space.ts";
import { namingFiles } from "./located-errors.ts";
import { similarityHistograms } from "./similarity-histograms.ts";

/** Does text find audio? Each clip is given the label whose prompt is nearest in the joint space; a row a prompt set. */
export async function zeroShot(context: ExperimentContext): Promise<Outcome<ZeroShotRow>> {
  const outcome = new OutcomeBuilder<ZeroShotRow>();
  for (const model of context.models) {
    await outcome.attempt({ experiment: "zero-shot", model: model.name }, async () => {
      const audio = await model.audio("joint_space");
      try {
        const texts = await classPrompts(outcome, model, audio);
        return await scoreAll(context, model, audio, texts);
      } finally {
        await audio.matrix.close();
      }
    });
  }
  return outcome;
}

/** The prompt sets that have one prompt for each label; the reasons for the others go to the outcome. */
async function classPrompts(outcome: OutcomeBuilder<ZeroShotRow>, model: ModelInputs, audio: AudioInput) {
  const promptSets = model.promptSets("joint_space");
  if (promptSets.length === 0) throw new NotServed("the store has no text/joint_space/<prompt set>.npy for it");
  const texts: TextInput[] = [];
  for (const promptSet of promptSets) {
    const part = { experiment: "zero-shot", model: model.name, promptSet } as const;
    await outcome.attempt(part, async () => {
      texts.push(checkDimension(audio, await model.textByClass("joint_space", promptSet)));
      return [];
    });
  }
  return texts;
}

async function scoreAll(
  context: ExperimentContext,
  model: ModelInputs,
  audio: AudioInput,
  texts: readonly TextInput[],
): Promise<ZeroShotRow[]> {
  const { rows } = audio.matrix;
  const labels = context.groundTruth?.labels ?? [];
  const setsPerPass = Math.max(1, Math.floor(context.scoreBytes / (rows * labels.length * 8)));
  const results: ZeroShotRow[] = [];
  for (let first = 0; first < texts.length; first += setsPerPass) {
    const group = texts.slice(first, first + setsPerPass);
    const scorers = await Promise.all(group.map((text) => scorer(context, text, rows, labels.length)));
    await eachBlock(context, `${model.name}: audio against ${group.length} prompt set(s)`, audio, (block, firstRow) => {
      for (const { add } of scorers) add(block, firstRow);
    });
    for (const [i, { scores }] of scorers.entries()) {
      const similarities = ndarray(scores, [rows, labels.length]);
      const promptSet = group[i]!.promptSet;
      const resampling = context.clipResampling.of(audio.units);
      results.push({
        model: model.name,
        promptSet,
        ...(await classificationScores(similarities, audio.classes, labels, resampling, context.progress)),
        histograms: similarityHistograms(similarities, audio.classes, context.similarity),
      });
      const row = { experiment: "zero-shot", model: model.name, promptSet } as const;
      context.outcomes?.scores(row, labels, similarities, audio.clipOfRow);
    }
  }
  return results;
}

/** Fills one prompt set's scores, shape [rows, classCount], block by block. */
async function scorer(context: ExperimentContext, text: TextInput, rows: number, classCount: number) {
  const compare = await namingFiles({ b: { file: text.path } }, () =>
    similarityTo(text.matrix, { kind: context.similarity }),
  );
  const scores = new Float64Array(rows * classCount);
  const add = (block: NdArray, firstRow: number) => scores.set(compare(block, firstRow).data, firstRow * classCount);
  return { scores, add };
}
