import type { ByteSource, ReadOptions } from "../bytes/byte-source.ts";
import type { TokenizerFiles } from "../text/tokenizer-files.ts";
import { CompanionFileError } from "./errors.ts";

/** Files that may stand beside a checkpoint, with what it does not hold itself: sizes, and the vocabulary. */
export const COMPANION_FILES = ["config.json", "vocab.json", "merges.txt", "tokenizer.json"] as const;

/** Contents of those files, as text. */
export type Companions = Partial<Record<(typeof COMPANION_FILES)[number], string>>;

/** RoBERTa's tokenizer.json has 2 MB, the largest known ones ten times as much. */
const MAX_COMPANION_BYTES = 64 * 2 ** 20;

/** Reads and closes the companion files among some sources, by their names; the others are the checkpoint. */
export async function separateCompanions(
  sources: readonly ByteSource[],
  options?: ReadOptions,
): Promise<{ readonly checkpoint: readonly ByteSource[]; readonly companions: Companions }> {
  const checkpoint: ByteSource[] = [];
  const companions: Companions = {};
  for (const source of sources) {
    const fileName = source.name.slice(Math.max(source.name.lastIndexOf("/"), source.name.lastIndexOf("\\")) + 1);
    const kind = COMPANION_FILES.find((known) => known === fileName);
    if (kind === undefined) checkpoint.push(source);
    else companions[kind] = await readCompanion(source, options);
  }
  return { checkpoint, companions };
}

/**
 * The whole of a companion file, as text; closes it.
 * @throws {CompanionFileError} when it is too large
 */
export async function readCompanion(source: ByteSource, options?: ReadOptions): Promise<string> {
  try {
    if (source.byteLength > MAX_COMPANION_BYTES) {
      const fault = `has ${source.byteLength} bytes, expected ${MAX_COMPANION_BYTES} at most; it is another file`;
      throw new CompanionFileError(source.name, fault);
    }
    return new TextDecoder().decode(await source.slice(0, source.byteLength, options));
  } finally {
    await source.close();
  }
}

/** The vocabulary among the companions, if there is one. */
export function tokenizerFilesOf(companions: Companions): TokenizerFiles | undefined {
  const { "tokenizer.json": tokenizer, "vocab.json": vocab, "merges.txt": merges } = companions;
  if (vocab !== undefined && merges !== undefined) return { vocab, merges };
  return tokenizer === undefined ? undefined : { tokenizer };
}

/**
 * The parsed config.json, if there is one.
 * @throws {CompanionFileError} when it is no JSON
 */
export function configOf({ "config.json": text }: Companions): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CompanionFileError("config.json", `is no JSON: ${(cause as Error).message}`, { cause });
  }
}
