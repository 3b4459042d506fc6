import { createHash } from "node:crypto";

/** `git-sha1` is the name that git gives to a file's content. */
export type HashName = "md5" | "sha256" | "git-sha1";

/** What we use of Node's hashes, so that declarations of this package need none of Node's. */
export interface FileHash {
  update(bytes: Uint8Array): unknown;
  digest(encoding: "hex"): string;
  copy(): FileHash;
}

/**
 * A hash to be fed with the bytes of a file.
 * @param bytes - how many there will be; git hashes their number before them
 */
export function newHash(name: HashName, bytes: number | undefined): FileHash {
  if (name !== "git-sha1") return createHash(name);
  if (bytes === undefined) throw new TypeError("a checksum of git needs the size of the file");
  return createHash("sha1").update(`blob ${bytes}\0`);
}
