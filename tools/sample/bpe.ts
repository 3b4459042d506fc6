/** The files of a tokenizer as CLIP has them. */
export interface ClipVocabulary {
  readonly vocab: string;
  readonly merges: string;
}

/** As in CLIP's tokenizer: letters, single digits, and runs of other characters. */
const WORD = /'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+/gu;

/** What ends a word. */
const END = "</w>";

/**
 * A byte-pair vocabulary in CLIP's format, trained on texts of ASCII: first the 256 bytes, alone and at the end of a word,
 * then one token a merge, and last `<|startoftext|>` and `<|endoftext|>`, whose id must be the largest.
 *
 * Merges the most frequent pair until none occurs twice, so that each frequent word becomes one token. Of equally
 * frequent pairs the first in the order of code units goes first: the result depends on the texts only.
 *
 * @see Sennrich, Haddow and Birch 2016, "Neural machine translation of rare words with subword units"
 */
export function trainClipBpe(texts: Iterable<string>): ClipVocabulary {
  const words = wordCounts(texts).map(([word, count]) => ({
    symbols: [...word.slice(0, -1), `${word.at(-1)}${END}`],
    count,
  }));
  const merges: string[] = [];
  for (;;) {
    const pair = mostFrequentPair(words);
    if (pair === undefined) break;
    merges.push(pair);
    const [left, right] = pair.split(" ");
    for (const word of words) word.symbols = merged(word.symbols, left!, right!);
  }
  const alphabet = byteSymbols();
  const tokens = [
    ...alphabet,
    ...alphabet.map((symbol) => symbol + END),
    ...merges.map((pair) => pair.replace(" ", "")),
    "<|startoftext|>",
    "<|endoftext|>",
  ];
  return {
    vocab: `${JSON.stringify(Object.fromEntries(tokens.map((token, id) => [token, id])), null, 2)}\n`,
    merges: `#version: 0.2\n${merges.join("\n")}\n`,
  };
}

function wordCounts(texts: Iterable<string>): [word: string, count: number][] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const [word] of text.toLowerCase().matchAll(WORD)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts];
}

function mostFrequentPair(words: readonly { symbols: string[]; count: number }[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { symbols, count } of words) {
    for (let i = 1; i < symbols.length; i++) {
      const pair = `${symbols[i - 1]} ${symbols[i]}`;
      counts.set(pair, (counts.get(pair) ?? 0) + count);
    }
  }
  let best: [pair: string, count: number] | undefined;
  for (const [pair, count] of counts) {
    if (count < 2) continue;
    if (best === undefined || count > best[1] || (count === best[1] && pair < best[0])) best = [pair, count];
  }
  return best?.[0];
}

function merged(symbols: readonly string[], left: string, right: string): string[] {
  const result: string[] = [];
  for (let i = 0; i < symbols.length; i++) {
    if (symbols[i] === left && symbols[i + 1] === right) {
      result.push(left + right);
      i += 1;
    } else result.push(symbols[i]!);
  }
  return result;
}

/** A printable character for each byte in the order of CLIP's vocabulary: those that are printable anyway come first. */
function byteSymbols(): string[] {
  const bytes = [...Array(256).keys()];
  const printable = bytes.filter((b) => (b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b <= 0xac) || b >= 0xae);
  const others = bytes.filter((b) => !printable.includes(b));
  return [...printable, ...others.map((_, i) => 256 + i)].map((code) => String.fromCodePoint(code));
}
