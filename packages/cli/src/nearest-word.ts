/**
 * The word that was probably meant: the one that the fewest changes of a letter lead to, when these are at most a third of
 * the letters.
 */
export function nearestWord(written: string, words: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let least = Math.floor(Math.max(written.length, 3) / 3) + 1;
  for (const word of words) {
    // A word that differs in length by more letters than that need not be looked at.
    if (Math.abs(word.length - written.length) >= least) continue;
    const changes = changesBetween(written.toLowerCase(), word.toLowerCase());
    if (changes < least) [nearest, least] = [word, changes];
  }
  return nearest;
}

/** Levenshtein's distance: the least number of letters to insert, remove or replace. */
function changesBetween(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 0; i < from.length; i++) {
    const row = [i + 1];
    for (let j = 0; j < to.length; j++) {
      row.push(Math.min(above[j]! + (from[i] === to[j] ? 0 : 1), above[j + 1]! + 1, row[j]! + 1));
    }
    above = row;
  }
  return above[to.length]!;
}
