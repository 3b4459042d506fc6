import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Where a file of this package is, wherever in it this code lies: in its sources, the library or the command's bundle. */
export function shippedPath(path: string): string {
  return join(dirname(createRequire(import.meta.url).resolve("@irec/cli/package.json")), path);
}
