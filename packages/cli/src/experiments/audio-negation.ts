import { bootstrapRatio, pairwiseSimilarity } from "@irec/metrics";
import type { AudioNegationRow } from "../results/analysis-rows.ts";
import type { ModelInputs, TextInput } from "../store/model-inputs.ts";
import { type ExperimentContext, type Outcome, OutcomeBuilder } from "./experiment.ts";
import { namingFiles } from "./located-errors.ts";
import { definedInterval } from "./resampling.ts";
import { textOfLabels } from "./text-of-labels.ts";
import { type WholeAudio, wholeAudio } from "./whole-audio.ts";

/**
 * Negation between audio and text, for every prompt set with a negation: a clip of X should be nearer to "X" than to "no X",
 * nearer to any "Y" than to "no X", which denies what is heard, and nearer to "no Y", which is true, than to "Y".
 */
export async function audioNegation(context: ExperimentContext): Promise<Outcome<AudioNegationRow>> {
  const outcome = new OutcomeBuilder<AudioNegationRow>();
  for (const model of context.models) {
    const part = { experiment: "audio-negation", model: model.name } as const;
    await outcome.attempt(part, async () => {
      const pairs = model.promptPairs("joint_space");
      const audio = await wholeAudio(model, "joint_space", context.groundTruth?.labels ?? []);
      for (const [promptSet, negation] of pairs) {
        await outcome.attempt({ ...part, promptSet }, async () => {
          const positive = await textOfLabels(model, "joint_space", promptSet, audio);
          const negated = await textOfLabels(model, "joint_space", negation, audio);
          return await score(context, model, audio, positive, negated);
        });
      }
      return [];
    });
  }
  return outcome;
}

const NUMBERS = ["ownNearer", "noOwnFarther", "noOtherNearer"] as const;
type ByNumber<T> = Record<(typeof NUMBERS)[number], T>;
const each = <T>(make: (name: (typeof NUMBERS)[number]) => T): ByNumber<T> => ({
  ownNearer: make("ownNearer"),
  noOwnFarther: make("noOwnFarther"),
  noOtherNearer: make("noOtherNearer"),
});

async function score(
  { similarity: kind, clipResampling }: ExperimentContext,
  model: ModelInputs,
  audio: WholeAudio,
  positive: TextInput,
  negated: TextInput,
): Promise<AudioNegationRow> {
  const { classes, labels } = audio;
  const compare = (text: TextInput) =>
    namingFiles({ a: { file: audio.path }, b: { file: text.path } }, () =>
      pairwiseSimilarity(audio.matrix, text.matrix, { kind }),
    );
  const toPositive = await compare(positive);
  const toNegated = await compare(negated);

  // The share of right answers of each clip: of one, or of one for each other label.
  const right = each(() => new Float64Array(classes.length));
  const ties = { ownNearer: 0, noOwnFarther: 0, noOtherNearer: 0 };
  const others = labels.length - 1;
  for (const [clip, own] of classes.entries()) {
    const toNoOwn = toNegated.get(clip, own);
    const judge = (name: keyof typeof ties, nearer: number, farther: number, weight: number) => {
      if (nearer > farther) right[name][clip]! += weight;
      if (nearer === farther) ties[name] += 1;
    };
    judge("ownNearer", toPositive.get(clip, own), toNoOwn, 1);
    for (let other = 0; other <= others; other++) {
      if (other === own) continue;
      judge("noOwnFarther", toPositive.get(clip, other), toNoOwn, 1 / others);
      judge("noOtherNearer", toNegated.get(clip, other), toPositive.get(clip, other), 1 / others);
    }
  }
  const { resamples, unit } = clipResampling.of(audio.units);
  const drawn = each((name) => bootstrapRatio(right[name], resamples));
  return {
    model: model.name,
    promptSet: positive.promptSet,
    negatedPromptSet: negated.promptSet,
    clips: classes.length,
    ...each((name) => drawn[name].estimate),
    ties,
    intervals: each((name) => definedInterval(drawn[name], unit)),
    perLabel: labels.map((label, c) => {
      const ofLabel = [...classes.keys()].filter((clip) => classes[clip] === c);
      const mean = (values: Float64Array) => ofLabel.reduce((sum, clip) => sum + values[clip]!, 0) / ofLabel.length;
      return { label, clips: ofLabel.length, ...each((name) => mean(right[name])) };
    }),
  };
}
