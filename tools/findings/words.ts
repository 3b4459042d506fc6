import { comparisonVerdict, type Verdict } from "@irec/metrics";
import type { Ends } from "./anchor-statistics.ts";
import type { ChanceRow, HalfScore, PairRow } from "./findings.ts";

/** A share or another score: three digits, without the zero before the point. */
export function score(value: number): string {
  const [sign, digits] = [value < 0 ? "−" : "", Math.abs(value).toFixed(3)];
  return Number(digits) === 0 ? ".000" : `${sign}${digits.replace(/^0\./, ".")}`;
}

/** A difference, with its sign. */
export const signed = (value: number): string => (Number(value.toFixed(3)) > 0 ? `+${score(value)}` : score(value));

/** A count, with a comma between thousands. */
export const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

export const ends = ([low, high]: Ends, show = score): string => `${show(low)} to ${show(high)}`;

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Points of a hundred, without a sign. */
export const points = (difference: number): string => `${Math.abs(100 * difference).toFixed(1)} points`;

export function pValue(p: number): string {
  if (p < 0.0005) return "< .001";
  return p > 0.9995 ? "1" : score(p);
}

const MODEL_NAMES: Readonly<Record<string, string>> = { music_laion_clap: "Music CLAP", muscall: "MusCALL" };
export const modelName = (model: string): string => MODEL_NAMES[model] ?? model;

const SPACE_NAMES: Readonly<Record<string, string>> = { pre_joint: "pre-joint", joint_space: "joint" };
export const spaceName = (space: string): string => SPACE_NAMES[space] ?? space;

/** An embedding: of which model, from which side of the projection. */
export const embedding = ({ model, space }: { readonly model: string; readonly space: string }): string =>
  `${modelName(model)} ${spaceName(space)}`;

const RULE_NAMES: Readonly<Record<string, string>> = {
  "published-2024": "published",
  lca: "corrected",
  path: "path length",
  "wu-palmer": "Wu-Palmer",
  "zero-shot": "zero-shot top-1, as published",
};
export const ruleName = (rule: string): string => RULE_NAMES[rule] ?? rule;

const PROMPTS: Readonly<Record<string, string>> = {
  muscall_prompt: "A {x} track",
  negative_muscall_prompts: "A no {x} track",
  this_is_a_recording_of: "This is a recording of {x}",
  solo_musical_instrument_sound_of: "Solo musical instrument sound of {x}",
  sound_of_musical_instrument: "Sound of {x} musical instrument",
  label_random_context: "{x} and a random sentence",
  definition: "definition",
  definition_no_label_word: "definition without the label",
};
export const promptName = (promptSet: string): string => PROMPTS[promptSet] ?? promptSet;

/** Against a half: the interval over anchors and the permutation of labels have to say the same. */
export function againstChance({ interval, labelHolm }: Pick<ChanceRow | HalfScore, "interval" | "labelHolm">): Verdict {
  const [low, high] = interval;
  return comparisonVerdict({ low: low - 0.5, high: high - 0.5 }, labelHolm);
}

/** The first against the second: the interval over instruments and the sign-flip test have to say the same. */
export function between({ instrumentInterval: [low, high], holm }: PairRow): Verdict {
  return comparisonVerdict({ low, high }, holm);
}

/** The same from anchors alone. */
export function betweenByAnchors({ interval: [low, high], holm }: PairRow): Verdict {
  return comparisonVerdict({ low, high }, holm);
}

export const CHANCE_WORDS: Readonly<Record<Verdict, string>> = {
  better: "above chance",
  worse: "below chance",
  "not distinguishable": "not distinguishable from chance",
};

/** For tables: what is more than chance, or better, points upwards. */
export const ARROWS: Readonly<Record<Verdict, string>> = { better: " ↑", worse: " ↓", "not distinguishable": "" };

/** "a", "a and b", "a, b and c". */
export function listed(items: readonly string[], last = "and"): string {
  return items.length < 2 ? (items[0] ?? "none") : `${items.slice(0, -1).join(", ")} ${last} ${items.at(-1)}`;
}

/** "none of 8", "all 8", "3 of 8". */
export function howMany(some: number, all: number): string {
  if (some === 0) return `none of ${all}`;
  return some === all ? `all ${all}` : `${some} of ${all}`;
}

/** What rows are, grouped by what is said of them: "above chance: a and b; below chance: c". */
export function grouped<Row>(rows: readonly Row[], say: (row: Row) => string, name: (row: Row) => string): string {
  const said = [...new Set(rows.map(say))];
  return said.map((words) => `${words}: ${listed(rows.filter((row) => say(row) === words).map(name))}`).join("; ");
}

/** A Markdown table; the first column is text, the others are numbers. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

/** Text in lines of at most 120 characters. */
export function paragraph(...sentences: readonly string[]): string {
  return wrapped(sentences.filter((sentence) => sentence !== "").join(" "), "");
}

export const bullets = (items: readonly string[]): string => items.map((item) => `- ${wrapped(item, "  ")}`).join("\n");

function wrapped(text: string, indent: string): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1)!;
    if (last !== "" && last.length + 1 + word.length > 120 - indent.length) lines.push(`${indent}${word}`);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines.join("\n");
}
