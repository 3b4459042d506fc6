import { createHash, type Hash } from "node:crypto";

/** `git-sha1` is the name that git gives to a file's content. */
export type HashName = "md5" | "sha256" | "git-sha1";

/**
 * A hash to be fed with the bytes of a file.
 * @param bytes - how many there will be; git hashes their number before them
 */
export function newHash(name: HashName, bytes: number | undefined): Hash {
  if (name !== "git-sha1") return createHash(name);
  if (bytes === undefined) throw new TypeError("a checksum of git needs the size of the file");
  return createHash("sha1").update(`blob ${bytes}\0`);
}
