/**
 * The candidates that are spelled most like `text`, nearest first, at most `count` of them; candidates at the same
 * distance keep their order. Only candidates within a third of the text's length (at least one edit) are near, or within
 * another `share` of it: words of a short list, which mean little else, can be farther off.
 *
 * Distance is Damerau-Levenshtein in its optimal-string-alignment form: insertions, deletions, substitutions and swaps of
 * neighbours cost one each. Letter case is ignored.
 *
 * @example nearestSpellings("vioiln", ["viola", "violin", "tuba"], 3) // ["violin", "viola"]
 * @see Damerau 1964, "A technique for computer detection and correction of spelling errors"
 */
export function nearestSpellings(text: string, candidates: Iterable<string>, count: number, share = 1 / 3): string[] {
  if (text.length > longestText) return [];
  const wanted = text.toLowerCase();
  const limit = Math.max(1, Math.floor(wanted.length * share));
  const near: { candidate: string; distance: number }[] = [];
  for (const candidate of new Set(candidates)) {
    if (Math.abs(candidate.length - wanted.length) > limit) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance <= limit) near.push({ candidate, distance });
  }
  near.sort((a, b) => a.distance - b.distance);
  return near.slice(0, count).map(({ candidate }) => candidate);
}

/** Nobody mistypes a name this long, and the distance costs the product of both lengths. */
const longestText = 200;

function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(substitution, previous[j]! + 1, current[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, beforePrevious[j - 2]! + 1);
      current.push(best);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length]!;
}
