import { UsageError } from "../errors.ts";
import { jsonText } from "../json-text.ts";
import { prepareRunFolder } from "../results/run-folder.ts";
import { toCsv, toLatex, toMarkdown } from "../results/table-formats.ts";
import { writeText } from "../text-output.ts";
import { comparisonTable, sentenceTable } from "./comparison-table.ts";
import type { Comparisons } from "./comparisons.ts";

/** The forms of a comparison, by the end of the file's name. */
const FORMS: Readonly<Record<string, (found: Comparisons) => string>> = {
  json: jsonText,
  csv: (found) => toCsv(sentenceTable(found)),
  md: (found) => toMarkdown(comparisonTable(found)),
  tex: (found) => toLatex(comparisonTable(found)),
};

/** Where a comparison is written to. */
export interface ComparisonOutput {
  /** @throws {OutputError} when it cannot be written */
  write(found: Comparisons): Promise<void>;
  /** Leaves nothing behind. */
  discard(): void;
}

/**
 * A file for the form that its name ends in, .json, .csv, .md or .tex; a folder with all of them for a name without an end.
 * @throws {UsageError} for another end
 * @throws {OutputError} when the folder is there and not empty, or cannot be made
 */
export function comparisonOutput(path: string): ComparisonOutput {
  const end = /[^./\\]\.([A-Za-z0-9]+)$/.exec(path)?.[1];
  const form = end === undefined ? undefined : FORMS[end.toLowerCase()];
  if (form !== undefined) return { write: async (found) => await writeText([form(found)], path), discard() {} };
  if (end !== undefined) {
    const ends = Object.keys(FORMS).map((one) => `.${one}`);
    throw new UsageError(`--out ${path}: a file is one of ${ends.join(", ")}; a folder has no dot in its name.`);
  }
  const folder = prepareRunFolder(path);
  return {
    async write(found) {
      for (const [name, text] of Object.entries(FORMS)) {
        folder.write(`comparison.${name}`, [new TextEncoder().encode(text(found))]);
      }
      folder.publish();
    },
    discard: folder.discard,
  };
}
