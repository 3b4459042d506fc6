import { type HashName, newHash } from "./download/hash.ts";
import { openFile } from "./npy/byte-source.ts";

/** Enough to make the system call cheap, little enough to stay in the cache. */
const CHUNK_BYTES = 1 << 20;

/** The sha256 of each file's bytes, in lower-case hexadecimal, by path. */
export async function sha256OfFiles(paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  for (const path of paths) digests.set(path, await digestOfFile(path, "sha256"));
  return digests;
}

/** The hash of a file's bytes, in lower-case hexadecimal. */
export async function digestOfFile(path: string, algorithm: HashName): Promise<string> {
  const file = await openFile(path);
  try {
    const hash = newHash(algorithm, file.byteLength);
    for (let start = 0; start < file.byteLength; start += CHUNK_BYTES) {
      hash.update(await file.slice(start, Math.min(start + CHUNK_BYTES, file.byteLength)));
    }
    return hash.digest("hex");
  } finally {
    await file.close();
  }
}
