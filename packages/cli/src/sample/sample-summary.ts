import type { Results } from "../results/results.ts";
import { type Column, score, type Table, text } from "../results/table.ts";
import { toTerminal } from "../results/table-formats.ts";

/** The prompt set of the study's main tables. */
const MAIN_PROMPTS = "muscall_prompt";

/** What a first-time user reads: one line an experiment, each with what it is to be compared with, and every prompt set. */
export function sampleSummary(results: Results): string {
  return [heading(results), toTerminal(headline(results)), toTerminal(promptSets(results)), ""].join("\n");
}

function heading({ dataset }: Results): string {
  return [
    "The sample that ships with irec: a small model like MusCALL, and notes of a sound font that it was not trained on.",
    "It shows what irec does, and is for demonstration: nothing about models or instruments follows from it.",
    ...(dataset === null
      ? []
      : [`${dataset.clips} notes, ${dataset.labels.length} instruments; "baseline" is what no knowledge scores.`]),
    "",
  ].join("\n");
}

type Line = readonly [question: string, measure: string, value: number, baseline: number | null];

function headline({ experiments, dataset }: Results): Table {
  const lines: Line[] = [];
  const zeroShot = experiments["zero-shot"]?.find(({ promptSet }) => promptSet === MAIN_PROMPTS);
  const majority = dataset?.majorityBaseline.accuracy ?? null;
  if (zeroShot !== undefined) {
    lines.push(["Does text find audio?", 'zero-shot, "A {x} track": top-1', zeroShot.topK[0]!, majority]);
    lines.push(["", "balanced accuracy", zeroShot.balancedAccuracy, 1 / zeroShot.perClass.length]);
  }
  for (const space of ["pre_joint", "joint_space"] as const) {
    const audio = experiments["audio-only"]?.find((row) => row.space === space && row.rule === "by-fold");
    if (audio === undefined) continue;
    const question = space === "pre_joint" ? "Is the audio tower good?" : "";
    lines.push([question, `audio only, ${spoken(space)}: top-1 across folds`, audio.topK[0]!, majority]);
  }
  for (const space of ["pre_joint", "joint_space"] as const) {
    const rows = experiments.triplets ?? [];
    const row = rows.find((one) => one.space === space && one.promptSet === MAIN_PROMPTS && one.rule === "lca");
    if (row === undefined) continue;
    const question = space === "pre_joint" ? "Does the text tower know instruments?" : "";
    lines.push([question, `ontology triplets, ${spoken(space)}: share right`, row.micro, 0.5]);
  }
  const negated = experiments["positive-negative"]?.find(({ promptSet }) => promptSet === MAIN_PROMPTS);
  if (negated !== undefined) {
    const measure = 'notes nearer to "A no {x} track": share';
    lines.push(['Is "no" understood?', measure, negated.negatedWins, 0.5]);
  }
  return {
    name: "headline",
    caption: "At a glance",
    columns: [text("question"), text("measure"), score("value"), score("baseline")],
    rows: lines,
  };
}

const spoken = (space: "pre_joint" | "joint_space"): string =>
  space === "pre_joint" ? "before the projection" : "joint space";

/** Zero-shot top-1 of every prompt set, the best first. */
function promptSets({ experiments }: Results): Table {
  const rows = (experiments["zero-shot"] ?? []).toSorted((a, b) => b.topK[0]! - a.topK[0]!);
  const columns: Column[] = [text("prompt set"), score("top-1"), score("top-5"), score("balanced"), score("F1")];
  return {
    name: "prompt-sets",
    caption: "How much do the words of the prompt matter? Zero-shot, the best set first",
    columns,
    rows: rows.map((row) => [row.promptSet, row.topK[0]!, row.topK[4] ?? null, row.balancedAccuracy, row.f1Weighted]),
  };
}
