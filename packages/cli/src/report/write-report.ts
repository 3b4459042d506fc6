import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import { readJsonFile } from "../json-field.ts";
import { readOutcomes } from "../outcomes/read-outcomes.ts";
import { RESULTS_SCHEMA_VERSION, type Results } from "../results/results.ts";
import { writeWhole } from "../training/write-whole.ts";
import { reportData } from "./build-data.ts";
import { reportPage } from "./page.ts";
import { runFigures } from "./run-figures.ts";

/** The page of a run within its folder. */
export const REPORT_FILE = "report.html";

/** results.json of a run with a hundred models has some ten megabytes. */
const MOST_RESULTS_BYTES = 2 ** 29;

/**
 * Makes the page of a run from the files of its folder alone.
 * @param run - the run folder
 * @param file - where to write it; into the run folder when left out. A page that is there is replaced.
 * @returns where it is
 * @throws {InputError} when the folder is no run, is damaged, or was written by another irec
 * @throws {OutputError} when the disk says no
 */
export async function writeReport(run: string, file = join(run, REPORT_FILE)): Promise<string> {
  writeWhole(file, await reportHtml(run), "The run folder is as it was.");
  return file;
}

/** The page of a run. @throws {InputError} as `writeReport` */
export async function reportHtml(run: string): Promise<string> {
  const results = await readResults(run);
  const outcomes = "outcomes" in results ? await readOutcomes(run) : undefined;
  const [data, { figures, leftOut }] = await Promise.all([reportData(results, outcomes), runFigures(run)]);
  return reportPage({ results, data, figures, figuresLeftOut: leftOut });
}

async function readResults(run: string): Promise<Results> {
  const path = join(run, "results.json");
  if (!existsSync(path))
    throw new InputError(path, `is not there; expected ${run} to be a run folder of irec evaluate.`);
  const field = await readJsonFile(path, "results", MOST_RESULTS_BYTES);
  const schema = field.get("schemaVersion");
  const version = schema.string();
  const [major] = RESULTS_SCHEMA_VERSION.split(".");
  if (version.split(".")[0] !== major) {
    throw schema.error(`is ${version}, while this irec reads ${major}.x. Run irec evaluate again, into a new folder`);
  }
  for (const key of ["models", "skipped"]) field.get(key).list(() => undefined);
  for (const key of ["experiments", "provenance"]) field.get(key).object();
  return field.object() as unknown as Results;
}
