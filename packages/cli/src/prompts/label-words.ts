/** Words that say nothing about an instrument: "in" of "trumpet in C". */
const FUNCTION_WORDS = new Set(["a", "an", "and", "in", "of", "or", "the", "with"]);

/** The words of a label that name it, in lower case. A hyphen joins: "b-flat" is one word. */
export function labelWords(label: string): readonly string[] {
  const words = label.toLowerCase().match(WORD) ?? [];
  return words.filter((word) => !FUNCTION_WORDS.has(word));
}

/** Letters and digits of any script, and what joins them. */
const WORD = /[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu;

/** A pattern that finds words one after another, as words and not within others, in any case, in the plural too. */
function wholeWords(words: string): RegExp {
  const pattern = words.trim().split(/\s+/).map(escaped).join("\\s+");
  return new RegExp(`(?<![\\p{L}\\p{N}])${pattern}(?:e?s)?(?![\\p{L}\\p{N}])`, "giu");
}

const escaped = (text: string): string =>
  text.replace(/[.*+?^${}()|[\]\\-]/g, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);

/** Whether a text names something, by whole words. */
export const names = (text: string, words: string): boolean => wholeWords(words).test(text);

/** A text with something cut out wherever it is named. */
export const withoutPhrase = (text: string, label: string): string => text.replace(wholeWords(label), " ");

/**
 * A text without any word that names a label. Words are taken whole: the study removed them as strings of letters, so that
 * "trumpet in c" took every letter c out of its definition. What is left is tidied: spaces, and commas that stand alone.
 *
 * @example withoutLabelWords("trumpet in C, a narrow cylinder", "trumpet in C") // "a narrow cylinder"
 */
export function withoutLabelWords(text: string, label: string): string {
  const rest = labelWords(label).reduce((left, word) => withoutPhrase(left, word), withoutPhrase(text, label));
  return rest
    .replace(/\s+/g, " ")
    .replace(/ (?=[,.;:!?])/g, "")
    .replace(/^[\s,.;:!?]+/, "")
    .trim();
}
