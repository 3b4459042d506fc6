import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import { shippedPath } from "../models/shipped-path.ts";
import type { DatasetModule } from "./dataset.ts";

/**
 * Where a data set may lie, in the order in which it is looked for: below `IREC_DATA`, and in the folder where mirdata keeps
 * data sets, whose layout ours is, so that each finds what the other has downloaded. One that ships with irec is in irec.
 */
export function datasetPlaces(dataset: DatasetModule): readonly string[] {
  if (dataset.shipped !== undefined) return [shippedPath(dataset.shipped)];
  const { IREC_DATA } = process.env;
  const homes = [...(IREC_DATA ? [IREC_DATA] : []), join(homedir(), "mir_datasets")];
  return homes.map((home) => join(home, dataset.folder));
}

/** The folder of a data set that is on this machine; undefined when it is not. */
export function presentFolder(dataset: DatasetModule): string | undefined {
  return datasetPlaces(dataset).find(hasVisibleEntries);
}

/**
 * The folder of a data set that is on this machine.
 * @param path - where to look, instead of the usual places: its folder, or the one that this is in
 * @throws {InputError} when it is not there, with the command that fetches it
 */
export function findDataset(dataset: DatasetModule, path?: string): string {
  if (path !== undefined) {
    const below = join(path, dataset.folder);
    if (hasVisibleEntries(below)) return below;
    if (hasVisibleEntries(path)) return path;
    throw new InputError(path, `no such folder, or it is empty; expected the data set ${dataset.title} in it.`);
  }
  const found = presentFolder(dataset);
  if (found !== undefined) return found;
  const places = datasetPlaces(dataset);
  throw new InputError(
    dataset.title,
    `not on this machine; looked in ${places.join(" and ")}. Fetch it with "irec datasets pull ${dataset.name}", or say ` +
      "where it is with --path or the environment variable IREC_DATA.",
  );
}

/** What is being downloaded is hidden. */
function hasVisibleEntries(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => !name.startsWith("."));
  } catch {
    return false;
  }
}
