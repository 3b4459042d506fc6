import { readFileSync } from "node:fs";
import type { TextParts } from "./random-text.ts";

/** A file that `python tools/goldens/tokenizers.py` wrote, as text. */
export function golden(name: string): string {
  return readFileSync(new URL(`goldens/${name}`, import.meta.url), "utf8");
}

/** vocab.json and merges.txt of a small tokenizer. */
export function goldenFiles(name: "roberta" | "clip"): { vocab: string; merges: string } {
  return { vocab: golden(`${name}-vocab.json`), merges: golden(`${name}-merges.txt`) };
}

/** Which tokenizer made a golden: CLIP's in two versions, which seek special tokens in the cleaned text or as written. */
export type GoldenTokenizer = "roberta" | "clip" | "clipAsWritten";

/** Texts and what Hugging Face's tokenizers made of them: ids alone, and with start and end token cut to 77. */
export const goldenTexts: Readonly<
  { texts: readonly string[] } & Record<GoldenTokenizer | "roberta77" | "clip77", readonly (readonly number[])[]>
> = JSON.parse(golden("texts.json"));

/** Hashes of the ids of blocks of random texts, and of pages of code points. */
export const goldenHashes: Readonly<
  { lists: TextParts; first: readonly string[] } & Record<
    GoldenTokenizer | "probePages" | "clipPages",
    readonly string[]
  >
> = JSON.parse(golden("hashes.json"));
