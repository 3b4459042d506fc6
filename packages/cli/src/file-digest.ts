import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { unreadable } from "./npy/byte-source.ts";

/** The sha256 of a file's bytes, in lower-case hexadecimal. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  } catch (error) {
    throw unreadable(path, error);
  }
  return hash.digest("hex");
}
