import { characterClass, classOf } from "./unicode-classes.ts";

/** A token that stands for itself in a text, outside pieces and merges, such as `<mask>`. */
export interface SpecialToken {
  readonly id: number;
  readonly content: string;
  /** Swallows the white space to its left. */
  readonly lstrip: boolean;
  /** Swallows the white space to its right. */
  readonly rstrip: boolean;
  /** Found in the cleaned text and not in the text as written. */
  readonly normalized: boolean;
}

/** Called with the id of a special token, or with the text between two of them. */
export type SegmentVisitor = (segment: string | number) => void;

/**
 * A function that splits a text at the special tokens that are written in it, as Hugging Face's fast tokenizers do: the
 * leftmost first, and of those the longest; first those found in the text as written, then, in what is left and cleaned,
 * the others. The text between is visited cleaned.
 */
export function specialTokenSplitter(
  tokens: readonly SpecialToken[],
  clean: (text: string) => string,
): (text: string, visit: SegmentVisitor) => void {
  const asWritten = splitAt(tokens.filter(({ normalized }) => !normalized));
  const cleaned = splitAt(
    tokens.filter(({ normalized }) => normalized).map((token) => ({ ...token, content: clean(token.content) })),
  );
  return (text, visit) =>
    asWritten(text, (segment) => {
      if (typeof segment === "number") visit(segment);
      else cleaned(clean(segment), visit);
    });
}

function splitAt(tokens: readonly SpecialToken[]): (text: string, visit: SegmentVisitor) => void {
  if (tokens.length === 0) return (text, visit) => text !== "" && visit(text);
  const byContent = new Map(tokens.map((token) => [token.content, token]));
  const contents = [...byContent.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(contents.map((content) => content.replace(syntax, "\\$&")).join("|"), "gu");
  return (text, visit) => {
    let done = 0;
    for (const { 0: content, index } of text.matchAll(pattern)) {
      // Swallowed by a token before it.
      if (index < done) continue;
      const token = byContent.get(content)!;
      let [start, end] = [index, index + content.length];
      if (token.lstrip) while (start > done && isSpace(text, start - 1)) start--;
      if (token.rstrip) while (end < text.length && isSpace(text, end)) end++;
      if (start > done) visit(text.slice(done, start));
      visit(token.id);
      done = end;
    }
    if (done < text.length) visit(text.slice(done));
  };
}

function isSpace(text: string, at: number): boolean {
  return classOf(text.charCodeAt(at)) === characterClass.space;
}

/** What has a meaning in a regular expression. */
const syntax = /[\\^$.*+?()[\]{}|/]/g;
