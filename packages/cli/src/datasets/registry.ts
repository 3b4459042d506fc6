import { UsageError } from "../errors.ts";
import type { DatasetModule } from "./dataset.ts";
import { irmas } from "./irmas.ts";
import { medleySolosDb } from "./medley-solos-db.ts";
import { nsynth } from "./nsynth.ts";
import { sample } from "./sample.ts";
import { tinysol } from "./tinysol.ts";

/** Every data set that irec knows by name. */
export const DATASETS: readonly DatasetModule[] = [tinysol, medleySolosDb, nsynth, irmas, sample];

/** @throws {UsageError} when there is none of this name */
export function datasetNamed(name: string): DatasetModule {
  const found = DATASETS.find((dataset) => dataset.name === name || dataset.folder === name);
  if (found !== undefined) return found;
  throw new UsageError(`there is no data set "${name}"; there are ${DATASETS.map((one) => one.name).join(", ")}.`);
}
