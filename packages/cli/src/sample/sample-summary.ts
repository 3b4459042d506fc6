import { attributionSentence } from "../results/attribution-tables.ts";
import type { Interval, Results } from "../results/results.ts";
import { score, type Table, text } from "../results/table.ts";
import { toTerminal } from "../results/table-formats.ts";

/** The prompt set of the study's main tables. */
const MAIN_PROMPTS = "muscall_prompt";

/**
 * What a first-time user reads: one line an experiment, each with what it is to be compared with, every prompt set, and which
 * part loses the points.
 */
export function sampleSummary(results: Results): string {
  const tables = [headline(results), promptSets(results)].filter(({ rows }) => rows.length > 0);
  const sentences = (results.experiments.attribution ?? []).map((row) => `${attributionSentence(row)}\n`);
  return [heading(results), ...tables.map(toTerminal), ...sentences].join("\n");
}

function heading({ dataset }: Results): string {
  return [
    "The sample that ships with irec: a small model like MusCALL, and notes of a sound font that it was not trained on.",
    "It shows what irec does, and is for demonstration: nothing about models or instruments follows from it.",
    ...(dataset === null ? [] : [`${dataset.clips} notes, ${dataset.labels.length} instruments.`]),
    "",
  ].join("\n");
}

interface Line {
  /** Nothing when it is that of the line before. */
  readonly question?: string;
  readonly measure: string;
  readonly value: number;
  readonly interval: Interval;
  /** What no knowledge scores. */
  readonly baseline: number | null;
}

function headline(results: Results): Table {
  const lines = [
    ...zeroShotLines(results),
    ...audioLines(results),
    ...tripletLines(results),
    ...negationLines(results),
  ];
  const numbers = ["value", "low", "high", "baseline"].map((header) => score(header));
  return {
    name: "headline",
    caption:
      "At a glance, with 95 % intervals; the baseline is what no knowledge scores. Audio alone: the nearest centroid, of clips " +
      "of the other folds",
    columns: [text("question"), text("measure"), ...numbers],
    rows: lines.map(({ question = "", measure, value, interval: { low, high }, baseline }) => [
      ...[question, measure, value, low, high, baseline],
    ]),
  };
}

function zeroShotLines({ experiments, dataset }: Results): readonly Line[] {
  const row = experiments["zero-shot"]?.find(({ promptSet }) => promptSet === MAIN_PROMPTS);
  if (row === undefined) return [];
  const { topK, balancedAccuracy, intervals, perClass } = row;
  const majority = dataset?.majorityBaseline.accuracy ?? null;
  return [
    {
      question: "Does text find audio?",
      measure: 'top-1, "A {x} track"',
      ...{ value: topK[0]!, interval: intervals.topK[0]!, baseline: majority },
    },
    {
      measure: "balanced accuracy",
      ...{ value: balancedAccuracy, interval: intervals.balancedAccuracy, baseline: 1 / perClass.length },
    },
  ];
}

function audioLines({ experiments, dataset }: Results): readonly Line[] {
  const rows = (experiments["audio-only"] ?? []).filter(({ rule }) => rule === "by-fold");
  return rows.map(({ space, topK, intervals }, i) => ({
    ...(i === 0 ? { question: "Is the audio tower good?" } : {}),
    measure: `top-1, ${SPACE_NAMES[space]}`,
    ...{ value: topK[0]!, interval: intervals.topK[0]!, baseline: dataset?.majorityBaseline.accuracy ?? null },
  }));
}

function tripletLines({ experiments }: Results): readonly Line[] {
  const rows = (experiments.triplets ?? []).filter((row) => row.promptSet === MAIN_PROMPTS && row.rule === "lca");
  return rows.map(({ space, micro, microInterval }, i) => ({
    ...(i === 0 ? { question: "Does the text tower know instruments?" } : {}),
    measure: `triplets right, ${SPACE_NAMES[space]}`,
    ...{ value: micro, interval: microInterval, baseline: 0.5 },
  }));
}

function negationLines({ experiments }: Results): readonly Line[] {
  const row = experiments["positive-negative"]?.find(({ promptSet }) => promptSet === MAIN_PROMPTS);
  if (row === undefined) return [];
  const { negatedWins: value, intervals } = row;
  const measure = 'nearer to "A no {x} track"';
  return [{ question: 'Is "no" understood?', measure, value, interval: intervals.negatedWins, baseline: 0.5 }];
}

const SPACE_NAMES = { pre_joint: "pre-joint", joint_space: "joint space" } as const;

/** Zero-shot top-1 of every prompt set, the best first. */
function promptSets({ experiments }: Results): Table {
  const rows = (experiments["zero-shot"] ?? []).toSorted((a, b) => b.topK[0]! - a.topK[0]!);
  return {
    name: "prompt-sets",
    caption: "How much do the words of the prompt matter? Zero-shot, the best set first",
    columns: [text("prompt set"), ...["top-1", "low", "high", "top-5", "F1"].map((header) => score(header))],
    rows: rows.map(({ promptSet, topK, f1Weighted, intervals }) => {
      const { low, high } = intervals.topK[0]!;
      return [promptSet, topK[0]!, low, high, topK[4] ?? null, f1Weighted];
    }),
  };
}
