import { comparisonVerdict } from "@irec/metrics";
import type { AudioPair, Findings, PublishedRow } from "./findings.ts";
import {
  bullets,
  count,
  ends,
  howMany,
  listed,
  modelName,
  paragraph,
  points,
  promptName,
  pValue,
  score,
  signed,
  table,
} from "./words.ts";

/** The study's own zero-shot figures, against what takes no model. */
export function zeroShotSection(findings: Findings): string {
  const { zeroShot, zeroShotReferences: none, dataset } = findings;
  const models = [...new Set(zeroShot.map(({ model }) => model))];
  return [
    "## Zero-shot as published: where does MusCALL stand?",
    table(
      [
        "prompt",
        ...models.flatMap((model) => ["top-1", "F1", "ROC-AUC", "PR-AUC"].map((s) => `${modelName(model)} ${s}`)),
      ],
      [
        ...[...new Set(zeroShot.map(({ promptSet }) => promptSet))].map((promptSet) => [
          promptName(promptSet),
          ...models.flatMap((model) => {
            const row = zeroShot.find((one) => one.model === model && one.promptSet === promptSet)!;
            return [row.top1, row.f1Weighted, row.rocAuc, row.averagePrecision].map(score);
          }),
        ]),
        [
          `always "${dataset.majorityLabel}"`,
          ...models.flatMap(() =>
            [none.majorityTop1, none.majorityF1Weighted, none.rocAuc, none.averagePrecision].map(score),
          ),
        ],
        [
          "guessing",
          ...models.flatMap(() => [score(none.uniformTop1), "", score(none.rocAuc), score(none.averagePrecision)]),
        ],
      ],
    ),
    paragraph(
      `Always answering "${dataset.majorityLabel}" is right for ${count(dataset.majorityClips)} of ${count(dataset.clips)} notes,`,
      `${score(dataset.majority)} (${ends(dataset.majorityInterval)}, over ${dataset.groups} groups of one instrument and pitch).`,
    ),
    bullets(models.map((model) => zeroShotSentence(findings, model))),
    paragraph(
      "These are the study's figures; what each clip was taken for is not public, so that they have no interval and no test here,",
      `and speak of these ${count(dataset.clips)} notes. Top-1 of an unbalanced set rewards the most frequent label; the two areas do not.`,
    ),
  ].join("\n\n");
}

/** How one model's published zero-shot figures compare with what takes no model. */
export function zeroShotSentence({ zeroShot, zeroShotReferences: none }: Findings, model: string): string {
  const rows = zeroShot.filter((row) => row.model === model);
  const counted = (reference: number, of: (row: PublishedRow) => number) => {
    const above = rows.filter((row) => of(row) > reference).length;
    const below = rows.filter((row) => of(row) < reference).length;
    return above >= below
      ? `above it with ${howMany(above, rows.length)}`
      : `below it with ${howMany(below, rows.length)}`;
  };
  const best = rows.toSorted((a, b) => b.top1 - a.top1)[0]!;
  const gap = best.top1 - none.majorityTop1;
  const side = gap === 0 ? "exactly at" : `${points(gap)} ${gap > 0 ? "above" : "below"}`;
  return (
    `${modelName(model)} against the majority baseline: ${counted(none.majorityTop1, (row) => row.top1)} prompt sets by top-1; ` +
    `its best, "${promptName(best.promptSet)}" with ${score(best.top1)}, is ${side} it. ` +
    `Against guessing (${score(none.uniformTop1)}): ${counted(none.uniformTop1, (row) => row.top1)}. ` +
    `Against ROC-AUC of ${score(none.rocAuc)}: ${counted(none.rocAuc, (row) => row.rocAuc)}.`
  );
}

/** MusCALL's audio before the projection, by class centroids. */
export function audioOnlySection({ audio, audioPairs, dataset, foldSplits }: Findings): string {
  const chance = 1 / dataset.labels;
  const folds = audio.find((row) => row.folds > 0)!.folds;
  return [
    "## MusCALL's audio tower before the projection",
    paragraph(
      "Each note gets the label with the nearest centroid of pre-joint audio embeddings: *published*, where the note is part of its",
      `own centroid; *leave-one-out*, without it; *by-fold*, with centroids of other folds. These are ${folds} seeded folds that`,
      "keep all dynamics of one instrument and pitch together, as the public ground truth has no official ones.",
    ),
    table(
      ["centroids", "top-1", "balanced", "F1", "ROC-AUC", "PR-AUC"],
      audio.map((row) => [
        row.rule,
        ...(
          [
            [row.top1, row.top1Interval],
            [row.balanced, row.balancedInterval],
            [row.f1Weighted, row.f1WeightedInterval],
            [row.rocAuc, row.rocAucInterval],
            [row.averagePrecision, row.averagePrecisionInterval],
          ] as const
        ).map(([value, interval]) => `${score(value)} (${ends(interval)})`),
      ]),
    ),
    table(
      ["first", "second", "difference of top-1", "interval", "p sign-flip"],
      audioPairs.map((row) => [
        ...[row.first, row.second, signed(row.difference), ends(row.interval, signed), pValue(row.holm)],
      ]),
    ),
    bullets([
      ...audioPairs.map(audioSentence),
      `Over ${foldSplits.splits} random splits into folds, top-1 by-fold is from ${score(foldSplits.lowest)} to ` +
        `${score(foldSplits.highest)}, ${score(foldSplits.mean)} on average.`,
      `Balanced accuracy, ${score(chance)} when guessing: ${audio
        .map((row) => {
          const [low, high] = row.balancedInterval;
          const side = low > chance ? "above" : high < chance ? "below" : "not distinguishable from";
          return `${row.rule} ${side} it`;
        })
        .join(", ")}.`,
    ]),
  ].join("\n\n");
}

function audioSentence(pair: AudioPair): string {
  const { first, second, difference, interval, holm } = pair;
  const verdict = audioVerdict(pair);
  const other = second === "majority" ? "the majority baseline" : second;
  return verdict === "not distinguishable"
    ? `${first} and ${other} are not distinguishable (${signed(difference)}, p ${pValue(holm)}).`
    : `${first} is ${verdict === "better" ? "higher" : "lower"} than ${other} by ${points(difference)} (${ends(interval, signed)}, p ${pValue(holm)}).`;
}

export function audioVerdict({ interval: [low, high], holm }: AudioPair) {
  return comparisonVerdict({ low, high }, holm);
}

/** How all rules for audio compare with the majority baseline. */
export function audioAgainstMajority({ audio, audioPairs }: Findings): string {
  const pairs = audioPairs.filter(({ second }) => second === "majority");
  const words = { better: "above", worse: "below", "not distinguishable": "not distinguishable from" } as const;
  const said = [...new Set(pairs.map((pair) => words[audioVerdict(pair)]))];
  return said
    .map((side) => {
      const rules = pairs.filter((pair) => words[audioVerdict(pair)] === side).map(({ first }) => first);
      const values = rules.map((rule) => `${score(audio.find((row) => row.rule === rule)!.top1)} ${rule}`);
      return `${side} the majority baseline: ${listed(values)}`;
    })
    .join("; ");
}
