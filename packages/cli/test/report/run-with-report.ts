import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type EvaluateOptions, evaluate } from "../../src/evaluate.ts";
import type { ReportData } from "../../src/report/report-data.ts";
import { writeReport } from "../../src/report/write-report.ts";
import type { Results } from "../../src/results/results.ts";
import { prepareRunFolder } from "../../src/results/run-folder.ts";

/** A run folder with its page, as the command leaves them but for figures. */
export interface RunWithReport {
  readonly folder: string;
  readonly page: string;
  readonly results: Results;
  /** What the page carries. */
  readonly data: ReportData;
}

export async function runWithReport(folder: string, options: EvaluateOptions): Promise<RunWithReport> {
  const run = prepareRunFolder(folder);
  const results = await evaluate({ ...options, draws: 50, outcomes: run.write });
  run.complete(results);
  const page = await writeReport(folder);
  return { folder: join(folder), page, results, data: dataOf(readFileSync(page, "utf8")) };
}

/** The JSON in a page. */
export function dataOf(html: string): ReportData {
  return JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)![1]!);
}
