/**
 * The same text with its long runs of combining marks decomposed and in canonical order, so that `normalize` finds nothing to
 * sort: engines sort by insertion, which takes a minute for a megabyte of marks in turn above and below (V8 with ICU 78).
 * Other texts are returned as they are; the normal forms stay the same.
 *
 * @see The Unicode Standard, section 3.11, "Canonical ordering algorithm"
 */
export function orderLongRunsOfMarks(text: string): string {
  return text.replace(longRun, (run) => {
    // One mark at a time: the engine would sort the whole run.
    const marks = Array.from(run, (mark) => mark.normalize("NFD")).flatMap((decomposed) => Array.from(decomposed));
    const rankOf = combiningRanks(new Set(marks));
    let result = "";
    for (let at = 0; at < marks.length; ) {
      const start = at;
      while (at < marks.length && rankOf.get(marks[at]!)! > 0) at++;
      result += marks
        .slice(start, at)
        .sort((a, b) => rankOf.get(a)! - rankOf.get(b)!)
        .join("");
      // Marks that do not reorder, and across which none does.
      while (at < marks.length && rankOf.get(marks[at]!) === 0) result += marks[at++];
    }
    return result;
  });
}

/** So short that a text full of such runs is sorted in no time. */
const longRun = /\p{M}{128,}/gu;

/**
 * A number for each mark that is larger where its combining class is larger, equal where it is equal, and 0 for class 0.
 * JavaScript does not tell the classes, but shows them: of two marks the one of the larger class goes second.
 */
function combiningRanks(marks: ReadonlySet<string>): ReadonlyMap<string, number> {
  const swaps = (first: string, second: string) => (first + second).normalize("NFD") !== first + second;
  // U+0334 is of the smallest class, 1, and U+0345 of the largest, 240.
  const reorders = (mark: string) => swaps(mark, "\u0334") || swaps("\u0345", mark) || mark === "\u0334";
  const sorted = [...marks].filter(reorders).sort((a, b) => (swaps(a, b) ? 1 : swaps(b, a) ? -1 : 0));
  const ranks = new Map(Array.from(marks, (mark) => [mark, 0]));
  let rank = 1;
  for (const [at, mark] of sorted.entries()) {
    if (at > 0 && swaps(mark, sorted[at - 1]!)) rank++;
    ranks.set(mark, rank);
  }
  return ranks;
}
