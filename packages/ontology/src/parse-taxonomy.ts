import { type CsvRecord, readCsv } from "./csv.ts";
import { ArgumentError, quote, requireOptions, requireText, TaxonomyError, type TaxonomyProblem } from "./errors.ts";
import { jsonFaultOffset } from "./json-fault.ts";
import { quadsFromJsonLd } from "./json-ld.ts";
import { unknownWords } from "./known-words.ts";
import { taxonomyFromSkos } from "./skos.ts";
import type { Taxonomy } from "./taxonomy.ts";
import { edgeEntries, isEdgeList, isPathList, pathEntries } from "./taxonomy-from-columns.ts";
import { entryFromFields, type TaxonomyRow, taxonomyFromRows, taxonomyOf } from "./taxonomy-from-rows.ts";
import { type TaxonomyTree, taxonomyFromTree } from "./taxonomy-from-tree.ts";
import type { TaxonomyEntry } from "./taxonomy-graph.ts";

/** How to read the text of a taxonomy. */
export interface ParseTaxonomyOptions {
  readonly format: "json" | "jsonld" | "csv";
  /** Named in every error. */
  readonly fileName: string;
  /** Default: the file name. */
  readonly name?: string;
  /** Default: the file name. */
  readonly source?: string;
  /** The language of the labels of a SKOS vocabulary. Default: "en". */
  readonly language?: string;
}

/**
 * The taxonomy that a text describes.
 *
 * - `json`: an object `{ name, id?, label?, aliases?, children? }` is a nested tree (`taxonomyFromTree`), an array of
 *   `{ id, parent | parents, name?, label?, aliases? }` is rows (`taxonomyFromRows`).
 * - `jsonld`, or `json` with a `@context` or `@graph`: a SKOS vocabulary (`taxonomyFromSkos`, `quadsFromJsonLd`).
 * - `csv`: RFC 4180 with a header, in one of three forms, told apart by their columns:
 *   - rows: `id` and `parent`, and optionally `name`, `label` and `aliases`, in any order. Several parents or aliases in one
 *     field are separated by `|`; the root's parent is empty.
 *   - edges: `parent` and `child`, both names; a child with several parents stands in several rows.
 *   - paths: `path`, names separated by `/` or `>`, or a column for each level: `level1`, `level2` and so on. A name is a node
 *     of its own below each path.
 *   Where edges or paths have several nodes at the top, a root named as the taxonomy is added above them.
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
  const { format, fileName, name = fileName, source = fileName, language = "en" } = options;
  if (format !== "csv" && format !== "json" && format !== "jsonld")
    throw new ArgumentError("format", format, '"json", "jsonld" or "csv"');
  const described = { name, source, fileName, language };
  if (format === "csv") return fromCsv(text, described);
  const value = parsedJson(text, described);
  const isLinked = typeof value === "object" && value !== null && ("@context" in value || "@graph" in value);
  if (format === "jsonld" || isLinked) return fromJsonLd(value, described);
  return Array.isArray(value)
    ? taxonomyFromRows(value as TaxonomyRow[], described)
    : taxonomyFromTree(value as TaxonomyTree, described);
}

interface Described {
  readonly name: string;
  readonly source: string;
  readonly fileName: string;
  readonly language: string;
}

function parsedJson(text: string, described: Described): unknown {
  const bare = text.startsWith("\uFEFF") ? text.slice(1) : text;
  try {
    return JSON.parse(bare);
  } catch (cause) {
    const line = bare.slice(0, jsonFaultOffset(bare)).split("\n").length;
    const message = `not JSON: ${cause instanceof Error ? cause.message : String(cause)}`;
    const problem = { kind: "syntax", message, where: `line ${line}`, line } as const;
    throw new TaxonomyError(described.name, [problem], described.fileName, { cause });
  }
}

function fromJsonLd(value: unknown, described: Described): Taxonomy {
  const { quads, problems } = quadsFromJsonLd(value);
  if (problems.length > 0) throw new TaxonomyError(described.name, problems, described.fileName);
  return taxonomyFromSkos(quads, described);
}

function fromCsv(text: string, described: Described): Taxonomy {
  const { records: all, problems: syntax } = readCsv(text);
  if (syntax.length > 0) throw new TaxonomyError(described.name, syntax, described.fileName);
  const [header, ...rows] = all;
  const names = (header?.fields ?? []).map((field) => field.trim());
  const columns = columnProblems(names, header?.line ?? 1);
  if (columns.length > 0) throw new TaxonomyError(described.name, columns, described.fileName);

  const problems: TaxonomyProblem[] = [];
  const records = rows.filter(({ fields, line }) => {
    if (fields.length === names.length) return true;
    const message = `expected ${names.length} fields (${names.join(",")}), got ${fields.length}`;
    problems.push({ kind: "field", message, where: `line ${line}`, line });
    return false;
  });
  const entries = entriesOf(names, records, described.name, problems);
  // What a row that could not be read would have said is missing: nothing more can be said of the shape.
  const isWhole = records.length === rows.length;
  return taxonomyOf(isWhole ? entries : [...entries, undefined], problems, described);
}

function entriesOf(
  names: readonly string[],
  records: readonly CsvRecord[],
  rootName: string,
  problems: TaxonomyProblem[],
): readonly (TaxonomyEntry | undefined)[] {
  if (isEdgeList(names)) return edgeEntries(names, records, rootName, problems);
  if (isPathList(names)) return pathEntries(names, records, rootName, problems);
  return records.map(({ fields, line }) => {
    const row: Record<string, unknown> = {};
    for (const [column, name] of names.entries()) row[name] = fields[column]!.trim();
    const place = { where: `line ${line}`, line };
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
}

const knownColumns = ["id", "parent", "name", "label", "aliases"];

function columnProblems(names: readonly string[], line: number): TaxonomyProblem[] {
  const problem = (message: string): TaxonomyProblem => ({ kind: "column", message, where: `line ${line}`, line });
  const expected = `expected id,parent and optionally name,label,aliases`;
  if (isEdgeList(names) || isPathList(names)) return [];
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
