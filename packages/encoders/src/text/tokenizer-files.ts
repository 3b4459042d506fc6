import { byteAlphabet } from "./byte-alphabet.ts";
import { quote, TokenizerFileError, type TokenizerFileName } from "./errors.ts";
import type { Merge } from "./merge-table.ts";
import type { SpecialToken } from "./special-tokens.ts";

/** The contents, as text, of `vocab.json` and `merges.txt`, or of `tokenizer.json`, which holds the same and more. */
export type TokenizerFiles = { readonly vocab: string; readonly merges: string } | { readonly tokenizer: string };

/** A byte-level BPE vocabulary, checked: what every tokenizer of this kind has, whatever its patterns. */
export interface Vocabulary {
  /** The file that the tokens came from, for messages. */
  readonly file: TokenizerFileName;
  readonly idOf: ReadonlyMap<string, number>;
  readonly tokenOf: ReadonlyMap<number, string>;
  /** The merges, in order of rank. */
  readonly merges: readonly Merge[];
  /** The special tokens that `tokenizer.json` lists; undefined for the other two files, which list none. */
  readonly specialTokens: readonly SpecialToken[] | undefined;
  /** The parts of `tokenizer.json` that say how text is split; undefined for the other two files. */
  readonly json: { readonly normalizer: unknown; readonly preTokenizer: unknown } | undefined;
}

/**
 * Reads and checks the files of a byte-level BPE tokenizer.
 *
 * @param endOfWord - the suffix of tokens that end a word: `</w>` for CLIP, nothing for RoBERTa
 * @throws {TokenizerFileError} when a file is missing or malformed, an id is given twice, a byte has no token, or a merge
 *   names or makes a token that the vocabulary lacks
 */
export function readVocabulary(files: TokenizerFiles, endOfWord: string): Vocabulary {
  const parts = "tokenizer" in files ? readTokenizerJson(files.tokenizer, endOfWord) : readVocabAndMerges(files);
  const { file, mergesFile, entries, specialTokens } = parts;
  const idOf = new Map<string, number>();
  const tokenOf = new Map<number, string>();
  const addToken = (token: string, id: unknown): void => {
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) > largestId)
      throw new TokenizerFileError(
        file,
        `token ${quote(token)} has the id ${quote(String(id))}; ids are integers from 0 to ${largestId}`,
      );
    const other = tokenOf.get(id as number);
    if (other !== undefined && other !== token)
      throw new TokenizerFileError(file, `tokens ${quote(other)} and ${quote(token)} have the same id ${id}`);
    const before = idOf.get(token);
    if (before !== undefined && before !== id)
      throw new TokenizerFileError(file, `token ${quote(token)} has two ids, ${before} and ${id}`);
    idOf.set(token, id as number);
    tokenOf.set(id as number, token);
  };
  for (const [token, id] of entries) addToken(token, id);
  for (const { content, id } of specialTokens ?? []) addToken(content, id);
  checkAlphabet(file, idOf, endOfWord);
  const merges = checkMerges(mergesFile, parts.merges, idOf, tokenOf);
  return { file, idOf, tokenOf, merges, specialTokens, json: parts.json };
}

/** Word embeddings have some 50,000 rows, the largest known a few hundred thousand; a larger id is damage, not a vocabulary. */
const largestId = 2 ** 21 - 1;

interface Parts {
  readonly file: TokenizerFileName;
  readonly mergesFile: TokenizerFileName;
  readonly entries: readonly (readonly [token: string, id: unknown])[];
  readonly merges: readonly (readonly [left: string, right: string])[];
  readonly specialTokens: readonly SpecialToken[] | undefined;
  readonly json: Vocabulary["json"];
}

function readVocabAndMerges({ vocab, merges }: { readonly vocab: string; readonly merges: string }): Parts {
  return {
    file: "vocab.json",
    mergesFile: "merges.txt",
    entries: Object.entries(parseObject("vocab.json", vocab)),
    merges: parseMerges(merges),
    specialTokens: undefined,
    json: undefined,
  };
}

function parseMerges(text: string): [left: string, right: string][] {
  requireText("merges.txt", text);
  const merges: [string, string][] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .entries()) {
    if (line === "" || line.startsWith("#version")) continue;
    const [left, right, ...rest] = line.split(" ");
    if (!left || !right || rest.length > 0)
      throw new TokenizerFileError(
        "merges.txt",
        `line ${index + 1} is ${quote(line)}; expected two tokens with one space between them`,
      );
    merges.push([left, right]);
  }
  return merges;
}

function readTokenizerJson(text: string, endOfWord: string): Parts {
  const file = "tokenizer.json";
  const root = parseObject(file, text);
  const model = root.model;
  if (!isObject(model)) throw new TokenizerFileError(file, "has no model; is it another JSON file?");
  if (model.type !== undefined && model.type !== "BPE")
    throw new TokenizerFileError(file, `the model is of the type ${quote(String(model.type))}; expected BPE`);
  const suffix = model.end_of_word_suffix ?? "";
  if (suffix !== endOfWord)
    throw new TokenizerFileError(
      file,
      `words end in the suffix ${quote(String(suffix))}, expected ${quote(endOfWord)}; ` +
        (endOfWord === "" ? "is it the tokenizer of a CLIP model?" : "is it not the tokenizer of a CLIP model?"),
    );
  for (const [name, off] of unusedModelOptions)
    if (model[name] !== undefined && !off.includes(model[name]))
      throw new TokenizerFileError(
        file,
        `model.${name} is ${quote(JSON.stringify(model[name]))}, which is not supported`,
      );
  if (!isObject(model.vocab))
    throw new TokenizerFileError(file, "model.vocab is missing; expected tokens with their ids");
  if (!Array.isArray(model.merges)) throw new TokenizerFileError(file, "model.merges is missing; expected an array");
  return {
    file,
    mergesFile: file,
    entries: Object.entries(model.vocab),
    merges: model.merges.map((merge: unknown, rank) => {
      const pair = typeof merge === "string" ? merge.split(" ") : merge;
      if (Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === "string" && part !== ""))
        return pair as unknown as [string, string];
      throw new TokenizerFileError(
        file,
        `model.merges[${rank}] is ${quote(JSON.stringify(merge))}; expected two tokens`,
      );
    }),
    specialTokens: readAddedTokens(root.added_tokens),
    json: { normalizer: root.normalizer ?? null, preTokenizer: root.pre_tokenizer ?? null },
  };
}

/** Options that change the ids, and the values at which they do not. */
const unusedModelOptions: readonly [name: string, off: readonly unknown[]][] = [
  ["dropout", [null, 0]],
  ["continuing_subword_prefix", [null, ""]],
  ["byte_fallback", [null, false]],
  ["ignore_merges", [null, false]],
];

function readAddedTokens(list: unknown): SpecialToken[] {
  if (list === undefined || list === null) return [];
  const fault = (index: number, what: string) =>
    new TokenizerFileError("tokenizer.json", `added_tokens[${index}] ${what}`);
  if (!Array.isArray(list)) throw new TokenizerFileError("tokenizer.json", "added_tokens is not an array");
  return list.map((token: unknown, index) => {
    if (!isObject(token) || typeof token.content !== "string" || token.content === "" || typeof token.id !== "number")
      throw fault(index, "is not a token with an id and a content");
    if (token.single_word === true) throw fault(index, "matches single words only, which is not supported");
    return {
      id: token.id,
      content: token.content,
      lstrip: token.lstrip === true,
      rstrip: token.rstrip === true,
      // What the Rust tokenizers assume when the field is absent: special tokens are sought in the text as written.
      normalized: typeof token.normalized === "boolean" ? token.normalized : token.special !== true,
    };
  });
}

/** With a token for each byte no text can have an unknown token. */
function checkAlphabet(file: TokenizerFileName, idOf: ReadonlyMap<string, number>, endOfWord: string): void {
  for (const suffix of new Set(["", endOfWord]))
    for (const [byte, symbol] of byteAlphabet().entries())
      if (!idOf.has(symbol + suffix))
        throw new TokenizerFileError(
          file,
          `has no token ${quote(symbol + suffix)} for the byte 0x${byte.toString(16).padStart(2, "0")}` +
            `${suffix === "" ? "" : " at the end of a word"}; it is not a byte-level BPE vocabulary` +
            `${suffix === "" ? "" : " of the kind that CLIP has"}, or it is damaged`,
        );
}

function checkMerges(
  file: TokenizerFileName,
  pairs: readonly (readonly [string, string])[],
  idOf: ReadonlyMap<string, number>,
  tokenOf: ReadonlyMap<number, string>,
): Merge[] {
  const ranks = new Map<number, number>();
  return pairs.map(([left, right], rank) => {
    const ids = [left, right, left + right].map((token) => {
      const id = idOf.get(token);
      if (id !== undefined) return id;
      throw new TokenizerFileError(
        file,
        `merge ${rank + 1}, ${quote(`${left} ${right}`)}, ${token === left + right ? "makes" : "joins"} the token ` +
          `${quote(token)}, which the vocabulary lacks; the vocabulary and the merges are not of one tokenizer`,
      );
    });
    const merge = { left: ids[0]!, right: ids[1]!, joined: ids[2]! };
    const pair = merge.left * (largestId + 1) + merge.right;
    const before = ranks.get(pair);
    if (before !== undefined)
      throw new TokenizerFileError(
        file,
        `merges ${before + 1} and ${rank + 1} are the same: ${quote(tokenOf.get(merge.left)!)} and ` +
          `${quote(tokenOf.get(merge.right)!)}`,
      );
    ranks.set(pair, rank);
    return merge;
  });
}

function parseObject(file: TokenizerFileName, text: string): Record<string, unknown> {
  requireText(file, text);
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw new TokenizerFileError(file, `is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (!isObject(value)) throw new TokenizerFileError(file, "is not a JSON object");
  return value;
}

function requireText(file: TokenizerFileName, text: unknown): void {
  if (typeof text !== "string" || text.trim() === "")
    throw new TokenizerFileError(
      file,
      `is missing or empty; give its contents as text${file === "tokenizer.json" ? "" : ", or those of tokenizer.json"}`,
    );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
