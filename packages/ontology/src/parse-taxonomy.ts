import { readCsv } from "./csv.ts";
import { ArgumentError, quote, requireOptions, requireText, TaxonomyError, type TaxonomyProblem } from "./errors.ts";
import { jsonFaultOffset } from "./json-fault.ts";
import { unknownWords } from "./known-words.ts";
import type { Taxonomy } from "./taxonomy.ts";
import { entryFromFields, type TaxonomyRow, taxonomyFromRows, taxonomyOf } from "./taxonomy-from-rows.ts";
import { type TaxonomyTree, taxonomyFromTree } from "./taxonomy-from-tree.ts";

/** How to read the text of a taxonomy. */
export interface ParseTaxonomyOptions {
  readonly format: "json" | "csv";
  /** Named in every error. */
  readonly fileName: string;
  /** Default: the file name. */
  readonly name?: string;
  /** Default: the file name. */
  readonly source?: string;
}

/**
 * The taxonomy that a text describes.
 *
 * - `json`: an object `{ name, id?, label?, aliases?, children? }` is a nested tree (`taxonomyFromTree`), an array of
 *   `{ id, parent | parents, name?, label?, aliases? }` is rows (`taxonomyFromRows`).
 * - `csv`: RFC 4180 with a header; columns `id` and `parent`, and optionally `name`, `label` and `aliases`, in any order.
 *   Several parents or aliases in one field are separated by `|`; the root's parent is empty.
 *
 * @throws {TaxonomyError} with the file name, and every problem with its line (CSV) or its row or place (JSON)
 * @throws {ArgumentError} when the text is not a string, or the options lack the format or the file name
 * @example
 * const csv = "id,parent,aliases\ninstrument,,\ntuba,instrument,bass tuba|BTb\n";
 * parseTaxonomy(csv, { format: "csv", fileName: "small.csv" }).find("btb").id // "tuba"
 */
export function parseTaxonomy(text: string, options: ParseTaxonomyOptions): Taxonomy {
  requireText("text", text, "the content of a file as a string; decode bytes with new TextDecoder().decode(bytes)");
  requireOptions(options, '{ format: "json" or "csv", fileName }');
  requireText("fileName", options.fileName, "the name of the file, for errors");
  const { format, fileName, name = fileName, source = fileName } = options;
  if (format !== "csv" && format !== "json") throw new ArgumentError("format", format, '"json" or "csv"');
  const described = { name, source, fileName };
  return format === "csv" ? fromCsv(text, described) : fromJson(text, described);
}

interface Described {
  readonly name: string;
  readonly source: string;
  readonly fileName: string;
}

function fromJson(text: string, described: Described): Taxonomy {
  const bare = text.startsWith("\uFEFF") ? text.slice(1) : text;
  let value: unknown;
  try {
    value = JSON.parse(bare);
  } catch (cause) {
    const line = bare.slice(0, jsonFaultOffset(bare)).split("\n").length;
    const message = `not JSON: ${cause instanceof Error ? cause.message : String(cause)}`;
    const problem = { kind: "syntax", message, where: `line ${line}`, line } as const;
    throw new TaxonomyError(described.name, [problem], described.fileName, { cause });
  }
  return Array.isArray(value)
    ? taxonomyFromRows(value as TaxonomyRow[], described)
    : taxonomyFromTree(value as TaxonomyTree, described);
}

function fromCsv(text: string, described: Described): Taxonomy {
  const { records, problems: syntax } = readCsv(text);
  if (syntax.length > 0) throw new TaxonomyError(described.name, syntax, described.fileName);
  const [header, ...rows] = records;
  const names = (header?.fields ?? []).map((field) => field.trim());
  const columns = columnProblems(names, header?.line ?? 1);
  if (columns.length > 0) throw new TaxonomyError(described.name, columns, described.fileName);

  const problems: TaxonomyProblem[] = [];
  const entries = rows.map(({ fields, line }) => {
    const place = { where: `line ${line}`, line };
    if (fields.length !== names.length) {
      const message = `expected ${names.length} fields (${names.join(",")}), got ${fields.length}`;
      problems.push({ kind: "field", message, ...place });
      return undefined;
    }
    const row: Record<string, unknown> = {};
    for (const [column, name] of names.entries()) row[name] = fields[column]!.trim();
    return entryFromFields(
      {
        id: row.id,
        parents: several(row.parent),
        name: row.name === "" ? undefined : row.name,
        label: row.label === "" ? undefined : row.label,
        aliases: several(row.aliases),
      },
      place,
      problems,
    );
  });
  return taxonomyOf(entries, problems, described);
}

const knownColumns = ["id", "parent", "name", "label", "aliases"];

function columnProblems(names: readonly string[], line: number): TaxonomyProblem[] {
  const problem = (message: string): TaxonomyProblem => ({ kind: "column", message, where: `line ${line}`, line });
  const expected = `expected id,parent and optionally name,label,aliases`;
  const unknown = unknownWords("column", names, knownColumns, expected).map(problem);
  const missing = ["id", "parent"]
    .filter((name) => !names.includes(name))
    .map((name) => problem(`column ${quote(name)} is missing; ${expected}`));
  const repeated = knownColumns
    .filter((name) => names.filter((other) => other === name).length > 1)
    .map((name) => problem(`column ${quote(name)} is given twice; ${expected}`));
  return [...unknown, ...missing, ...repeated];
}

function several(field: unknown): string[] {
  return typeof field === "string"
    ? field
        .split("|")
        .map((part) => part.trim())
        .filter((part) => part !== "")
    : [];
}
