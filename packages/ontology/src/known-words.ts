import { list, quote } from "./errors.ts";
import { nearestSpellings } from "./suggestions.ts";

/**
 * What to say of every word that is not a known one, with the known one that is spelled most like it.
 *
 * @param what - what the words are: "key"
 * @param expected - which words there may be, for the message
 * @example unknownWords("key", ["name", "childs"], ["name", "children"], "expected name and optionally children")
 * // ['unknown key "childs", nearest: "children"; expected name and optionally children']
 */
export function unknownWords(
  what: string,
  words: readonly string[],
  known: readonly string[],
  expected: string,
): string[] {
  return words
    .filter((word) => !known.includes(word))
    .map((word) => {
      const near = nearestSpellings(word, known, 1, 1 / 2);
      return `unknown ${what} ${quote(word)}${near.length > 0 ? `, nearest: ${list(near)}` : ""}; ${expected}`;
    });
}
