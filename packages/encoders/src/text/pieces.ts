import { characterClass, classOf } from "./unicode-classes.ts";

/** Called with where a piece starts and ends, in UTF-16 code units. */
export type PieceVisitor = (start: number, end: number) => void;

/**
 * The pieces of a text in which byte-level BPE merges; together they are the whole text. The same as the matches of
 * `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`: contractions, runs of letters, of numbers
 * or of other characters, each with the space before it, and white space without the character that belongs to what follows.
 *
 * @see Radford et al. 2019, "Language models are unsupervised multitask learners", section 2.2; the authors' encoder
 */
export function byteLevelPieces(text: string, visit: PieceVisitor): void {
  let at = 0;
  while (at < text.length) {
    const start = at;
    const contraction = contractionAt(text, at);
    if (contraction > 0) at += contraction;
    else {
      const first = classAt(text, text[at] === " " && at + 1 < text.length ? at + 1 : at);
      if (first !== space) at = runEnd(text, text[at] === " " ? at + 1 : at, first);
      else {
        at = runEnd(text, at, space);
        if (at < text.length && at - start > 1) at--;
      }
    }
    visit(start, at);
  }
}

/**
 * The pieces of a cleaned text in which CLIP's BPE merges; white space is in none of them. The same as the matches of
 * `'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+`: numbers stand alone, digit by digit.
 *
 * @param markers - strings that end a run of other characters when they come at its start and are then cut like any text;
 *   what is left of special tokens that were not recognised as such
 * @see Radford et al. 2021, "Learning transferable visual models from natural language supervision"; the authors' tokenizer
 */
export function clipPieces(text: string, markers: readonly string[], visit: PieceVisitor): void {
  let at = 0;
  while (at < text.length) {
    const start = at;
    const contraction = contractionAt(text, at);
    const marker = contraction > 0 ? undefined : markers.find((marker) => text.startsWith(marker, start));
    if (marker !== undefined) {
      at += marker.length;
      byteLevelPieces(marker, (from, to) => visit(start + from, start + to));
      continue;
    }
    const first = classAt(text, at);
    if (contraction > 0) at += contraction;
    else if (first === characterClass.number) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
    else at = runEnd(text, at, first);
    if (first !== space) visit(start, at);
  }
}

const space = characterClass.space;

/** How many code units the contraction at a place has, 0 where there is none; in lower case only. */
function contractionAt(text: string, at: number): number {
  if (text[at] !== "'") return 0;
  const [first, second] = [text[at + 1], text[at + 2]];
  if (first === "s" || first === "t" || first === "m" || first === "d") return 2;
  return (second === "e" && (first === "r" || first === "v")) || (second === "l" && first === "l") ? 3 : 0;
}

function classAt(text: string, at: number): number {
  return classOf(text.codePointAt(at)!);
}

/** Where the run of one class that contains `at` ends. */
function runEnd(text: string, start: number, ofClass: number): number {
  let at = start;
  while (at < text.length) {
    const codePoint = text.codePointAt(at)!;
    if (classOf(codePoint) !== ofClass) break;
    at += codePoint > 0xffff ? 2 : 1;
  }
  return at;
}
