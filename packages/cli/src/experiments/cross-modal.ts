import { argmax, bootstrapRatio, modalityGap, pairwiseSimilarity, topMargins } from "@irec/metrics";
import type { CrossModalRow } from "../results/analysis-rows.ts";
import type { ModelInputs, TextInput } from "../store/model-inputs.ts";
import { combined } from "./answer-scores.ts";
import { type ExperimentContext, type Outcome, OutcomeBuilder } from "./experiment.ts";
import { amongDirections } from "./located-errors.ts";
import { definedInterval, intervalOf } from "./resampling.ts";
import { textOfLabels } from "./text-of-labels.ts";
import { type WholeAudio, wholeAudio } from "./whole-audio.ts";

/**
 * How do audio and text lie to each other in the joint space? The modality gap, alignment, how clearly a clip prefers its nearest
 * prompt, and whether a few prompts are near to everything. Directions only: all of it is by cosine.
 */
export async function crossModal(context: ExperimentContext): Promise<Outcome<CrossModalRow>> {
  const outcome = new OutcomeBuilder<CrossModalRow>();
  for (const model of context.models) {
    const part = { experiment: "cross-modal", model: model.name } as const;
    await outcome.attempt(part, async () => {
      const audio = await wholeAudio(model, "joint_space", context.groundTruth?.labels ?? []);
      for (const promptSet of model.promptSets("joint_space")) {
        await outcome.attempt({ ...part, promptSet }, async () =>
          compare(context, model, audio, await textOfLabels(model, "joint_space", promptSet, audio)),
        );
      }
      return [];
    });
  }
  return outcome;
}

async function compare(
  { clipResampling }: ExperimentContext,
  model: ModelInputs,
  audio: WholeAudio,
  text: TextInput,
): Promise<CrossModalRow> {
  const { classes, labels } = audio;
  const { resamples, unit } = clipResampling.of(audio.units);
  const { cosines, gap, alongGap } = await amongDirections({ a: { file: audio.path }, b: { file: text.path } }, () => ({
    cosines: pairwiseSimilarity(audio.matrix, text.matrix),
    ...gapOf(audio, text),
  }));
  const answers = argmax(cosines);
  const shares = labels.map((_, c) =>
    bootstrapRatio(
      answers.map((answer) => Number(answer === c)),
      resamples,
    ),
  );
  const antiHubs = combined(shares, (values) => values.filter((share) => share === 0).length / values.length);
  const hubSkewness = combined(shares, skewness);
  // |a - b|² = 2 - 2 cos for unit vectors.
  const alignment = bootstrapRatio(
    Float64Array.from(classes, (own, clip) => 2 - 2 * cosines.get(clip, own)),
    resamples,
  );
  const margin = bootstrapRatio(topMargins(cosines), resamples);
  return {
    model: model.name,
    promptSet: text.promptSet,
    clips: classes.length,
    labels: labels.length,
    modalityGap: gap,
    alignment: alignment.estimate,
    meanMargin: margin.estimate,
    hubSkewness: hubSkewness.estimate,
    antiHubShare: antiHubs.estimate,
    intervals: {
      modalityGap: definedInterval(bootstrapRatio(alongGap, resamples), unit),
      alignment: definedInterval(alignment, unit),
      meanMargin: definedInterval(margin, unit),
      hubSkewness: intervalOf(hubSkewness, unit),
      antiHubShare: definedInterval(antiHubs, unit),
    },
    answers: labels.map((label, c) => ({
      label,
      share: shares[c]!.estimate,
      interval: definedInterval(shares[c]!, unit),
    })),
  };
}

/**
 * The gap, and how far each clip is from the centre of the text along it; their mean is the gap. Resampling these keeps the
 * direction of the gap, which moves its length in the second order only; a length that is drawn anew would always be too long.
 */
function gapOf({ matrix }: WholeAudio, text: TextInput): { gap: number; alongGap: Float64Array } {
  const { distance, vector } = modalityGap(matrix, text.matrix);
  const centre = meanDirection(text);
  const offset = dot(vector, centre);
  const [rows, size] = matrix.shape as [number, number];
  const alongGap = Float64Array.from({ length: rows }, (_, i) => {
    let [product, squares] = [0, 0];
    for (let k = 0; k < size; k++) {
      const value = matrix.get(i, k);
      product += value * vector[k]!;
      squares += value * value;
    }
    return distance === 0 ? 0 : (product / Math.sqrt(squares) - offset) / distance;
  });
  return { gap: distance, alongGap };
}

function meanDirection({ matrix }: TextInput): Float64Array {
  const [rows, size] = matrix.shape as [number, number];
  const mean = new Float64Array(size);
  for (let i = 0; i < rows; i++) {
    const row = Float64Array.from({ length: size }, (_, k) => matrix.get(i, k));
    const length = Math.sqrt(dot(row, row));
    for (let k = 0; k < size; k++) mean[k]! += row[k]! / length / rows;
  }
  return mean;
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, k) => sum + value * b[k]!, 0);

/** Third standardised moment; 0 when all values are the same. */
function skewness(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const moment = (power: number) => values.reduce((sum, value) => sum + (value - mean) ** power, 0) / values.length;
  const deviation = Math.sqrt(moment(2));
  return deviation < 1e-12 ? 0 : moment(3) / deviation ** 3;
}
