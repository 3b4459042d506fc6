import type { Command } from "commander";
import { printable } from "../printable.ts";
import { path } from "./shared-options.ts";

interface ReportFlags {
  readonly out?: string;
  readonly open?: boolean;
}

/** Adds `irec report` to the program. */
export function addReport(program: Command): void {
  program
    .command("report")
    .summary("make the page of a run again: tables, figures, ontology, confusions, triplets, clips")
    .description(
      "Makes report.html from the files of a run folder alone: one file that opens from disk and asks for nothing. " +
        "irec evaluate writes it too; a page that is there is replaced.",
    )
    .argument("<run>", "a run folder of irec evaluate", path)
    .option("-o, --out <file>", "write the page here (default: report.html in the run folder)", path)
    .option("--open", "open it in the browser")
    .addHelpText(
      "after",
      `
Examples:
  $ irec report irec-run --open
  $ irec report irec-run --out supplement.html`,
    )
    .action(run);
}

async function run(folder: string, { out, open }: ReportFlags): Promise<void> {
  // Loaded when needed, so that `irec --help` stays quick.
  const { writeReport } = await import("../report/write-report.ts");
  const file = await writeReport(folder, out);
  process.stdout.write(printable(`Wrote ${file}.\n`));
  if (open) await (await import("../report/open-in-browser.ts")).openInBrowser(file);
}
