import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors.ts";

/**
 * The first of some places below a folder at which there is something.
 * @param what - what is looked for, for the message
 * @throws {InputError} when there is nothing at any of them
 */
export function firstExisting(folder: string, places: readonly string[], what: string): string {
  const found = places.map((place) => join(folder, place)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new InputError(folder, `has no ${what}; looked for ${places.join(", ")}. Is it the data set's folder?`);
}
