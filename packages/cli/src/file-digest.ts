import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { unreadable } from "./npy/byte-source.ts";

/** Enough to make the system call cheap, little enough to stay in the cache. */
const CHUNK_BYTES = 1 << 20;

/** The sha256 of each file's bytes, in lower-case hexadecimal, by path. */
export async function sha256OfFiles(paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const chunk = new Uint8Array(CHUNK_BYTES);
  const digests = new Map<string, string>();
  for (const path of paths) digests.set(path, await sha256OfFile(path, chunk));
  return digests;
}

async function sha256OfFile(path: string, chunk: Uint8Array): Promise<string> {
  const hash = createHash("sha256");
  const handle = await open(path).catch((error) => {
    throw unreadable(path, error);
  });
  try {
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length);
      if (bytesRead === 0) return hash.digest("hex");
      hash.update(chunk.subarray(0, bytesRead));
    }
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    await handle.close();
  }
}
