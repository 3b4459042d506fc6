import { InputError } from "../errors.ts";
import { readCsvRows } from "../ground-truth/csv-rows.ts";
import { quoted } from "../quoted.ts";

/** A row of a CSV file, by the names of its columns. */
export interface CsvRow {
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
}

/**
 * Reads a CSV file with a header.
 * @param required - columns that it must have
 * @throws {InputError} when it has other columns, or one of them twice, no rows, or is damaged
 */
export async function readCsvTable(path: string, required: readonly string[]): Promise<readonly CsvRow[]> {
  let header: readonly string[] | undefined;
  const rows: CsvRow[] = [];
  await readCsvRows(path, (cells, line) => {
    if (header !== undefined) {
      const names = header;
      rows.push({ line, cells: Object.fromEntries(cells.map((cell, i) => [names[i]!, cell.trim()])) });
      return;
    }
    header = cells.map((cell) => cell.trim());
    const again = header.find((name, i) => name !== "" && header!.indexOf(name) !== i);
    if (again !== undefined) {
      throw new InputError(path, `line ${line}: has the column ${quoted(again)} twice; keep one of them.`);
    }
    const missing = required.filter((name) => !header!.includes(name));
    if (missing.length > 0) {
      throw new InputError(
        path,
        `line ${line}: lacks the column ${missing.map(quoted).join(" and ")}; it has ${header.map(quoted).join(", ")}.`,
      );
    }
  });
  if (rows.length === 0) throw new InputError(path, "has no rows; expected a header and one row a clip.");
  return rows;
}
