import { open } from "node:fs/promises";
import type { ExtractedFile } from "../archive/extract.ts";
import { InputError } from "../errors.ts";
import { readTextFile } from "../text-file.ts";

/**
 * The list of checksums that is kept beside a folder that was unpacked: `audio.sha256` beside `audio`, in the form of
 * `sha256sum`, which can check it too (`cd audio && sha256sum -c ../audio.sha256`).
 */
export const checksumListOf = (folder: string): string => `${folder}.sha256`;

/** Writes the list, in the order of the files. */
export async function writeChecksumList(path: string, files: readonly ExtractedFile[]): Promise<void> {
  const list = await open(path, "w");
  try {
    // In pieces: the largest data set has some hundred thousand files.
    for (let start = 0; start < files.length; start += 1000) {
      const piece = files.slice(start, start + 1000).map(({ path: file, sha256 }) => `${sha256}  ${file}\n`);
      await list.appendFile(piece.join(""));
    }
    await list.sync();
  } finally {
    await list.close();
  }
}

/** The million entries that an archive may have, with paths of some length. */
const MAX_LIST_BYTES = 2 ** 28;

/** The sha256 of each file, by its path. @throws {InputError} when the list is damaged */
export async function readChecksumList(path: string): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  for (const [i, line] of (await readTextFile(path, MAX_LIST_BYTES)).split("\n").entries()) {
    if (line === "") continue;
    const [, sha256, file] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    if (sha256 === undefined || file === undefined) {
      throw new InputError(path, `line ${i + 1}: expected a sha256, two spaces and a path.`);
    }
    digests.set(file, sha256);
  }
  return digests;
}
