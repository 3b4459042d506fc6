import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { unreadable } from "./npy/byte-source.ts";

/** The sha256 of each file's bytes, in lower-case hexadecimal, by path. */
export async function sha256OfFiles(paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  for (const path of paths) digests.set(path, await sha256OfFile(path));
  return digests;
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  } catch (error) {
    throw unreadable(path, error);
  }
  return hash.digest("hex");
}
