import { labelWords, names, withoutPhrase } from "./label-words.ts";
import { PLACEHOLDER, type PromptSet } from "./prompt-set.ts";

/** What can be wrong with a prompt. */
export type PromptFaultKind = "empty" | "placeholder" | "truncated" | "rival" | "residue" | "duplicate";

export interface PromptFault {
  readonly promptSet: string;
  readonly label: string;
  readonly prompt: string;
  readonly kind: PromptFaultKind;
  /** The rest of a sentence about the prompt. */
  readonly message: string;
}

/** Counts the tokens of a text, without those that stand before and after every text. */
export type TokenCount = (text: string) => number;

export interface LintOptions {
  /** Of the text tower's tokenizer. Without it, only prompts that are too long for any are found: each word is a token or more. */
  readonly countTokens?: TokenCount | undefined;
  /** Tokens that the text tower reads, with the one before and the one after. */
  readonly contextLength?: number | undefined;
}

/** What LAION-CLAP and MusCALL read. */
export const CONTEXT_LENGTH = 77;

/**
 * Looks for what makes a prompt mean something else than its label: nothing in it, a placeholder that was not filled, words
 * that the text tower never reads, another label by name, remains of the label where it must not be named, and two labels
 * with the same prompt.
 */
export function lintPrompts(sets: readonly PromptSet[], options: LintOptions = {}): readonly PromptFault[] {
  return sets.flatMap((set) => lintSet(set, options));
}

function lintSet(set: PromptSet, { countTokens, contextLength = CONTEXT_LENGTH }: LintOptions): readonly PromptFault[] {
  const faults: PromptFault[] = [];
  const places = new Map<string, string>();
  for (const [row, label] of set.labels.entries()) {
    for (const prompt of set.prompts[row]!) {
      const add = (kind: PromptFaultKind, message: string) =>
        void faults.push({ promptSet: set.name, label, prompt, kind, message });
      if (prompt.trim() === "") {
        add("empty", "is empty");
        continue;
      }
      if (prompt.includes(PLACEHOLDER)) add("placeholder", `still has ${PLACEHOLDER} in it`);
      const lost = lostTokens(prompt, countTokens, contextLength - 2);
      if (lost !== undefined) add("truncated", lost);
      const rivals = rivalsIn(prompt, label, set.labels);
      if (rivals.length > 0) add("rival", `names ${listed(rivals)}`);
      if (set.withoutLabel) {
        const residue = labelWords(label).filter((word) => names(prompt, word));
        if (residue.length > 0) add("residue", `still has ${listed(residue)} of its label`);
      }
      // Tokenizers of some towers do not tell case and spaces apart.
      const key = prompt.trim().replace(/\s+/g, " ").toLowerCase();
      const first = places.get(key);
      if (first !== undefined) {
        add("duplicate", first === label ? "is there twice for its label" : `is also the prompt of ${listed([first])}`);
      }
      places.set(key, first ?? label);
    }
  }
  return faults;
}

function lostTokens(prompt: string, countTokens: TokenCount | undefined, room: number): string | undefined {
  if (countTokens === undefined) {
    const words = prompt.trim().split(/\s+/).length;
    return words > room ? `loses its end: it has ${words} words, and at most ${room} tokens are read` : undefined;
  }
  const tokens = countTokens(prompt);
  return tokens > room ? `loses ${tokens - room} of its ${tokens} tokens: ${room} are read` : undefined;
}

/** Other labels that a prompt names; long labels first, so that "bass clarinet" names no clarinet. */
function rivalsIn(prompt: string, label: string, labels: readonly string[]): readonly string[] {
  let rest = prompt;
  const named = new Set<string>();
  for (const other of [...labels].sort((a, b) => b.length - a.length)) {
    if (!names(rest, other)) continue;
    named.add(other);
    rest = withoutPhrase(rest, other);
  }
  return labels.filter((other) => other !== label && named.has(other));
}

const listed = (words: readonly string[]): string => words.map((word) => `"${word}"`).join(", ");
