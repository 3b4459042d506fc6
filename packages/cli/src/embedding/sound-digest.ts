import { stat } from "node:fs/promises";
import type { Clip } from "../datasets/dataset.ts";
import { digestOfFile } from "../file-digest.ts";
import { type Progress, silentProgress } from "../progress.ts";

/** What stands for the digest of a file that cannot be read. */
export const UNREADABLE = "unreadable";

/**
 * Digests of this process by path, with what the system says of the file. Several looks at one collection, before and after
 * a lock is had and for each of several models, read it once; a file that is written to has another change time.
 */
const known = new Map<string, { readonly state: string; readonly digest: Promise<string> }>();

/** The sha256 of a sound file's bytes, or `UNREADABLE`: two files of one name and size are told apart by nothing less. */
export async function soundDigest(path: string): Promise<string> {
  const state = await stat(path, { bigint: true }).then(
    ({ dev, ino, size, mtimeNs, ctimeNs }) => [dev, ino, size, mtimeNs, ctimeNs].join(" "),
    () => undefined,
  );
  if (state === undefined) return UNREADABLE;
  const before = known.get(path);
  if (before?.state === state) return await before.digest;
  const digest = digestOfFile(path, "sha256").catch(() => UNREADABLE);
  known.set(path, { state, digest });
  return await digest;
}

/** The digest of each clip's file, in the order of the clips. */
export async function soundDigests(
  clips: readonly Clip[],
  progress: Progress = silentProgress,
): Promise<readonly string[]> {
  const bar = progress.start("reading sound files", clips.length, { unit: "clips" });
  try {
    const digests: string[] = [];
    for (const { path } of clips) {
      digests.push(await soundDigest(path));
      bar.advance(1);
    }
    return digests;
  } finally {
    bar.end();
  }
}
