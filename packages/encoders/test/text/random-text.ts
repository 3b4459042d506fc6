import type { Tokenizer } from "../../src/text/tokenizer.ts";

/** The strings that the random texts are made of; see the lists of tools/goldens/tokenizers.py. */
export type TextParts = Readonly<
  Record<"words" | "blanks" | "numbers" | "marks" | "specials" | "tricky" | "emoji", readonly string[]>
>;

/** How many texts one block of random texts has. */
export const blockSize = 1000;

/** The random texts of one block: the twin of `random_block` in tools/goldens/tokenizers.py. */
export function randomBlock(number: number, parts: TextParts): string[] {
  const below = xorshift(Math.imul(0x9e3779b9, number + 1) >>> 0);
  return Array.from({ length: blockSize }, () => randomText(below, parts));
}

function randomText(below: (n: number) => number, parts: TextParts): string {
  const one = (list: readonly string[]) => list[below(list.length)]!;
  let text = "";
  for (let left = below(24); left > 0; left--) {
    const kind = below(16);
    if (kind < 3) text += one(parts.words);
    else if (kind < 5) text += " ";
    else if (kind === 5) text += one(parts.blanks);
    else if (kind === 6) text += one(parts.numbers);
    else if (kind === 7) text += one(parts.marks);
    else if (kind === 8) text += scalar(below(0x10000));
    else if (kind === 9) text += scalar(below(0x110000));
    else if (kind === 10) text += scalar(0xc0 + below(0x500));
    else if (kind === 11) text += scalar(0x300 + below(0x70));
    else if (kind === 12) text += scalar(below(2) ? 0x1100 + below(0x100) : 0x4e00 + below(0x5000));
    else if (kind === 13) text += one(parts.specials);
    else if (kind === 14) text += one(parts.emoji);
    else text += one(parts.tricky);
  }
  return text;
}

function scalar(codePoint: number): string {
  return String.fromCodePoint(isSurrogate(codePoint) ? 0x41 : codePoint);
}

function xorshift(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % n;
  };
}

/** How many code points one page has. */
export const pageSize = 0x1000;

/** Each code point of a page alone, between letters, and where its class shows; no surrogates. */
export function pageTexts(page: number): string[] {
  const texts: string[] = [];
  for (let codePoint = page * pageSize; codePoint < (page + 1) * pageSize; codePoint++) {
    if (isSurrogate(codePoint)) continue;
    const character = String.fromCodePoint(codePoint);
    texts.push(character, `o${character}n`, `${character}${character}n ${character}1 ${character}!`);
  }
  return texts;
}

function isSurrogate(codePoint: number): boolean {
  return codePoint >= 0xd800 && codePoint <= 0xdfff;
}

/** FNV-1a over 32-bit words: the ids of each text, and -1 after it. */
export function hashOfIds(tokenizer: Tokenizer, texts: readonly string[]): string {
  let hash = 0x811c9dc5;
  for (const text of texts) {
    for (const id of tokenizer.tokenize(text)) hash = Math.imul(hash ^ id, 0x01000193);
    hash = Math.imul(hash ^ -1, 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/**
 * The pages that the tests look at: planes 0 and 1, the parts of planes 2, 3 and 14 where something begins or ends, and the
 * first page of each plane that holds nothing or what is private. The golden has all of them.
 */
export const usualPages: readonly number[] = Array.from({ length: 0x110 }, (_, page) => page).filter(
  (page) => page < 0x20 || (page >= 0x2a && page < 0x34) || page === 0xe0 || page % 16 === 0,
);
