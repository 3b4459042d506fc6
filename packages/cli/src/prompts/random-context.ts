import { createHash } from "node:crypto";
import { xoshiro128 } from "@irec/ontology";

/** Cicero's words as printers have garbled them since: they say nothing in any language. */
const WORDS = (
  "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua " +
  "enim ad minim veniam quis nostrud exercitation ullamco laboris nisi aliquip ex ea commodo consequat duis aute irure in " +
  "reprehenderit voluptate velit esse cillum fugiat nulla pariatur excepteur sint occaecat cupidatat non proident sunt culpa " +
  "qui officia deserunt mollit anim id est laborum"
).split(" ");

/** Words of a sentence. The longest words have four tokens, so that label and sentence stay far below what towers read. */
const LENGTH = { least: 4, most: 9 };

/**
 * A sentence without meaning, without its full stop. The same seed and label give the same sentence everywhere, whichever
 * other labels there are.
 * @param seed - an integer in [0, 2^32)
 */
export function randomSentence(label: string, seed: number): string {
  const random = xoshiro128(createHash("sha256").update(`${seed}\n${label}`).digest().readUInt32LE(0));
  const length = LENGTH.least + random.nextBelow(LENGTH.most - LENGTH.least + 1);
  return Array.from({ length }, () => WORDS[random.nextBelow(WORDS.length)]!).join(" ");
}
