import type { AttributionRow } from "../results/analysis-rows.ts";
import type {
  AudioOnlyRow,
  AudioRule,
  Interval,
  NegationRow,
  PositiveNegativeRow,
  Results,
  TripletRow,
  TripletRule,
  ZeroShotRow,
} from "../results/results.ts";
import type { Space } from "../store/embedding-store.ts";
import { grouped, listed, percent, share } from "./wording.ts";

/** A question and what the numbers of a run say to it, one sentence a model or more. */
export interface Finding {
  readonly question: string;
  readonly sentences: readonly string[];
}

/** The prompt set of the study's main tables, spoken of where one has to be chosen. */
const MAIN_PROMPTS = "muscall_prompt";

/** The share that a coin would get right. */
const COIN = 0.5;

/**
 * What a run found out, in words. Every statement is made from numbers of the run: how large, how sure, and on which side of
 * what no knowledge scores the whole interval lies.
 */
export function summarySentences(results: Results): readonly Finding[] {
  const { experiments, dataset } = results;
  const each = <Row extends { readonly model: string }>(
    rows: readonly Row[] | undefined,
    sentences: (rows: readonly Row[], model: string) => readonly string[],
  ) =>
    results.models.flatMap((model) => {
      const own = (rows ?? []).filter((row) => row.model === model);
      return own.length === 0 ? [] : sentences(own, model);
    });
  const findings: Finding[] = [
    { question: "What was evaluated?", sentences: scope(results) },
    {
      question: "Does text find audio?",
      sentences: each(experiments["zero-shot"], (rows, model) => zeroShot(rows, model, dataset)),
    },
    { question: "Does the audio tower tell instruments apart?", sentences: each(experiments["audio-only"], audioOnly) },
    { question: "Does the text tower know instruments?", sentences: each(experiments.triplets, triplets) },
    {
      question: "Does audio tell “X” from “no X”?",
      sentences: each(experiments["positive-negative"], (rows) => [positiveNegative(main(rows))]),
    },
    {
      question: "Does text tell “X” from “no X”?",
      sentences: each(experiments.negation, (rows, model) => [negation(rows, model)]),
    },
    { question: "Where are the points lost?", sentences: each(experiments.attribution, attribution) },
  ];
  return findings.filter(({ sentences }) => sentences.length > 0);
}

function scope({ dataset, models, similarity, ontology, experiments, skipped }: Results): string[] {
  const promptSets = new Set([
    ...(experiments["zero-shot"] ?? []).map((row) => row.promptSet),
    ...(experiments.triplets ?? []).map((row) => row.promptSet),
  ]).size;
  const sets = promptSets === 0 ? "" : `, with ${promptSets} prompt ${promptSets === 1 ? "set" : "sets"}`;
  const sentences: string[] = [];
  if (dataset !== null) {
    const { label, accuracy } = dataset.majorityBaseline;
    const name = dataset.name === null ? "" : ` of ${dataset.name}`;
    sentences.push(
      `${grouped(dataset.clips)} clips${name} with ${dataset.labels.length} labels; always answering “${label}” is right for ` +
        `${percent(accuracy)} of them.`,
    );
  }
  const who = models.length === 1 ? "1 model" : `${models.length} models`;
  sentences.push(
    `${who} (${listed(models)})${sets}; embeddings are compared by ${similarity}, instruments by the ontology ${ontology}.`,
  );
  if (skipped.length > 0) {
    const parts = skipped.length === 1 ? "1 part was" : `${grouped(skipped.length)} parts were`;
    sentences.push(`${parts} left out; the reasons are listed under “How it was made”.`);
  }
  return sentences;
}

function zeroShot(rows: readonly ZeroShotRow[], model: string, dataset: Results["dataset"]): string[] {
  const sorted = rows.toSorted((a, b) => a.topK[0]! - b.topK[0]!);
  const [lowest, highest] = [sorted[0]!, sorted.at(-1)!];
  const majority = dataset?.majorityBaseline;
  if (rows.length === 1) {
    const baseline =
      majority === undefined
        ? ""
        : `; the interval ${relation(lowest.intervals.topK[0]!, majority.accuracy)} the ${percent(majority.accuracy)} of always answering “${majority.label}”`;
    return [
      `${model}: the nearest prompt of “${lowest.promptSet}” names the right label for ` +
        `${share(lowest.topK[0]!, lowest.intervals.topK[0]!, "full")} of the clips${baseline}.`,
    ];
  }
  const start =
    `${model}: the nearest prompt names the right label for ${share(lowest.topK[0]!, lowest.intervals.topK[0]!, "full")} of the clips ` +
    `with the prompt set “${lowest.promptSet}” and for ${share(highest.topK[0]!, highest.intervals.topK[0]!)} with “${highest.promptSet}”, ` +
    `the lowest and the highest of ${rows.length} prompt sets.`;
  if (majority === undefined) return [start];
  const sides = rows.map((row) => relation(row.intervals.topK[0]!, majority.accuracy));
  const counts = (["lies above", "includes", "lies below"] as const).flatMap((side) => {
    const count = sides.filter((one) => one === side).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? side : PLURAL[side]}`];
  });
  const where =
    counts.length === 1
      ? `All ${rows.length} intervals ${PLURAL[sides[0]!]}`
      : `Of the ${rows.length} intervals, ${listed(counts)}`;
  return [`${start} ${where} the ${percent(majority.accuracy)} of always answering “${majority.label}”.`];
}

const PROTOTYPES: { readonly [Rule in AudioRule]: string } = {
  "by-fold": "prototypes made of the other folds",
  "leave-one-out": "prototypes made of all other clips",
  published: "prototypes that include the clip itself, as published,",
};

function audioOnly(rows: readonly AudioOnlyRow[], model: string): string[] {
  const rule = (["by-fold", "leave-one-out", "published"] as const).find((one) =>
    rows.some((row) => row.rule === one),
  )!;
  const parts = spaces(rows.filter((row) => row.rule === rule)).map(
    (row, i) =>
      `${share(row.topK[0]!, row.intervals.topK[0]!, i === 0 ? "full" : "short")} of the clips ${WHERE[row.space]}`,
  );
  return [`${model}: ${PROTOTYPES[rule]} name the right label for ${listed(parts)}.`];
}

const WHERE: { readonly [S in Space]: string } = {
  pre_joint: "before the projection",
  joint_space: "in the joint space",
};

const RULES: { readonly [Rule in TripletRule]: string } = {
  "published-2024": "the published rule",
  lca: "lowest common ancestor",
  path: "path length",
  "wu-palmer": "Wu and Palmer",
};

function triplets(rows: readonly TripletRow[], model: string): string[] {
  const promptSet = main(rows).promptSet;
  const ofSet = rows.filter((row) => row.promptSet === promptSet);
  const corrected = (["lca", "path", "wu-palmer"] as const).find((rule) => ofSet.some((row) => row.rule === rule));
  const sentence = (rule: TripletRule, start: (count: string) => string) => {
    const own = spaces(ofSet.filter((row) => row.rule === rule));
    if (own.length === 0) return [];
    const parts = own.map(
      (row, i) => `${share(row.micro, row.microInterval, i === 0 ? "full" : "short")} ${WHERE[row.space]}`,
    );
    const sides = own.map((row) => relation(row.microInterval, COIN));
    return [
      `${start(grouped(own[0]!.triplets))} ${listed(parts)}; ${sideText(sides)} 50\u00a0%, what a coin gets right.`,
    ];
  };
  return [
    ...(corrected === undefined
      ? []
      : sentence(
          corrected,
          (count) =>
            `${model}, “${promptSet}”: of ${count} triplets by ${RULES[corrected]}, text orders as the ontology does`,
        )),
    ...sentence(
      "published-2024",
      (count) =>
        `${model}, “${promptSet}”: of ${count} triplets by ${RULES["published-2024"]}, text is called right on`,
    ),
  ];
}

/** One interval or two, and on which side they lie. */
function sideText(sides: readonly Side[]): string {
  const [first, second] = sides;
  if (second === undefined) return `the interval ${first}`;
  return first === second ? `both intervals ${PLURAL[first!]}` : `the first interval ${first}, the second ${second}`;
}

function positiveNegative(row: PositiveNegativeRow): string {
  return (
    `${row.model}: ${share(row.negatedWins, row.intervals.negatedWins, "full")} of the clips are nearer to the prompt of their ` +
    `own label in “${row.negatedPromptSet}” than to that in “${row.promptSet}”; the interval ` +
    `${relation(row.intervals.negatedWins, COIN)} 50\u00a0%.`
  );
}

function negation(rows: readonly NegationRow[], model: string): string {
  const { promptSet, negatedPromptSet } = main(rows);
  const own = spaces(rows.filter((row) => row.promptSet === promptSet && row.negatedPromptSet === negatedPromptSet));
  const parts = own.map(
    (row, i) =>
      `${share(row.noAnchorAccuracy, row.intervals.noAnchorAccuracy, i === 0 ? "full" : "short")} ${WHERE[row.space]}`,
  );
  return (
    `${model}, “${promptSet}” and “${negatedPromptSet}”: of ${grouped(own[0]!.pairs)} pairs of labels X and Y, “Y” is nearer to “X” than “no X” is in ` +
    `${listed(parts)}.`
  );
}

function attribution(rows: readonly AttributionRow[], model: string): string[] {
  const row = main(rows);
  const ladder = row.ladders[0];
  if (ladder === undefined) return [];
  const points = (value: number | null, interval: Interval | null, form?: "full") =>
    value === null || interval === null ? "an unknown share" : share(value, interval, form);
  const measure = ladder.measure === "balanced-accuracy" ? "balanced accuracy" : "top-1 accuracy";
  return [
    `${model}, “${row.promptSet}”: of all ${measure}, ${points(ladder.zeroShot, ladder.intervals.zeroShot, "full")} is reached, ` +
      `${points(ladder.projection, ladder.intervals.projection)} is lost in the projection, ` +
      `${points(ladder.text, ladder.intervals.text)} in the text tower and ` +
      `${points(ladder.audio, ladder.intervals.audio)} in the audio tower, as far as stand-ins fitted on ` +
      `${ladder.labels === "held-out" ? "other" : "the same"} labels can tell.`,
  ];
}

/** The row of the study's main prompt set, or else the first. */
function main<Row extends { readonly promptSet: string }>(rows: readonly Row[]): Row {
  return rows.find((row) => row.promptSet === MAIN_PROMPTS) ?? rows[0]!;
}

/** Before the projection first. */
const spaces = <Row extends { readonly space: Space }>(rows: readonly Row[]): readonly Row[] =>
  rows.toSorted((a, b) => Number(a.space === "joint_space") - Number(b.space === "joint_space"));

type Side = "lies above" | "lies below" | "includes";

const PLURAL: { readonly [S in Side]: string } = {
  "lies above": "lie above",
  "lies below": "lie below",
  includes: "include",
};

/** On which side of a value the whole of an interval lies. */
function relation({ low, high }: Interval, value: number): Side {
  if (low > value) return "lies above";
  return high < value ? "lies below" : "includes";
}
