import { describeValue, TaxonomyError, type TaxonomyProblem } from "./errors.ts";
import { unknownWords } from "./known-words.ts";
import { requireTaxonomyOptions, Taxonomy, type TaxonomyOptions } from "./taxonomy.ts";
import { arrange, type TaxonomyEntry } from "./taxonomy-graph.ts";

/** One node of a taxonomy given as rows. Give `parent` or `parents`; the root has neither. */
export interface TaxonomyRow {
  readonly id: string;
  readonly parent?: string | null;
  readonly parents?: readonly string[];
  /** Default: the id. */
  readonly name?: string;
  /** Default: the name with spaces for underscores. */
  readonly label?: string;
  readonly aliases?: readonly string[];
}

/**
 * The taxonomy of child-parent rows, in any order; siblings keep the order of the rows. This is the form for nodes with
 * several parents.
 *
 * @param rows - plain objects; every field is checked and other keys are refused, so parsed JSON can be passed as it is
 * @throws {TaxonomyError} with every problem and its row, counted from 1
 * @throws {ArgumentError} when the options lack the name or the source
 * @example
 * const rows = [{ id: "all" }, { id: "bell", parent: "all" }, { id: "cowbell", parents: ["all", "bell"] }];
 * taxonomyFromRows(rows, { name: "small", source: "mine" }).leaves.map((leaf) => leaf.id) // ["cowbell"]
 */
export function taxonomyFromRows(rows: readonly TaxonomyRow[], options: TaxonomyOptions): Taxonomy {
  requireTaxonomyOptions(options);
  const problems: TaxonomyProblem[] = [];
  if (!Array.isArray(rows)) {
    const message = `expected an array of rows { id, parent }, got ${describeValue(rows)}`;
    throw new TaxonomyError(options.name, [{ kind: "field", message, where: "", line: undefined }], options.fileName);
  }
  const entries = rows.map((row: unknown, index) => {
    const place = { where: `row ${index + 1}`, line: undefined };
    refuseUnknownKeys(row, rowKeys, "expected id and optionally parent or parents,name,label,aliases", place, problems);
    return entryFromFields(row, place, problems);
  });
  return taxonomyOf(entries, problems, options);
}

const rowKeys = ["id", "parent", "parents", "name", "label", "aliases"];

/** Reports every key of an object that is not a known one: what stands under it would be lost without a word. */
export function refuseUnknownKeys(
  given: unknown,
  known: readonly string[],
  expected: string,
  place: Place,
  problems: TaxonomyProblem[],
): void {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return;
  for (const message of unknownWords("key", Object.keys(given), known, expected))
    problems.push({ kind: "field", message, ...place });
}

/** A place in the input, for error messages. */
export interface Place {
  readonly where: string;
  readonly line: number | undefined;
}

/** Builds the taxonomy, or throws the problems of its fields together with those of its shape. */
export function taxonomyOf(
  entries: readonly (TaxonomyEntry | undefined)[],
  fieldProblems: readonly TaxonomyProblem[],
  options: TaxonomyOptions,
): Taxonomy {
  const readable = entries.filter((entry) => entry !== undefined);
  if (fieldProblems.length === 0) return new Taxonomy(readable, options);
  // A row that could not be read is missing for its children: they would all be reported for nothing.
  const shape = readable.length === entries.length ? arrange(readable).problems : [];
  throw new TaxonomyError(options.name, [...fieldProblems, ...shape], options.fileName);
}

/** The entry of one row of unknown origin; undefined, and a problem reported, when it has no usable id. */
export function entryFromFields(row: unknown, place: Place, problems: TaxonomyProblem[]): TaxonomyEntry | undefined {
  const report = (message: string): void => {
    problems.push({ kind: "field", message, ...place });
  };
  if (typeof row !== "object" || row === null || Array.isArray(row)) {
    report(`expected an object { id, parent, ... }, got ${describeValue(row)}`);
    return undefined;
  }
  const fields = row as Partial<Record<keyof TaxonomyRow, unknown>>;
  const text = (field: "name" | "label", otherwise: string): string => {
    const value = fields[field];
    if (typeof value === "string") return value;
    if (value !== undefined && value !== null) report(`${field}: expected a string, got ${describeValue(value)}`);
    return otherwise;
  };
  const texts = (field: "parents" | "aliases"): readonly string[] => {
    const value = fields[field];
    if (value === undefined || value === null) return [];
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
    report(`${field}: expected an array of strings, got ${describeValue(value)}`);
    return [];
  };
  if (typeof fields.id !== "string") {
    report(`id: expected a string, got ${describeValue(fields.id)}`);
    return undefined;
  }
  const { id, parent } = fields;
  if (parent !== undefined && parent !== null && typeof parent !== "string")
    report(`parent: expected a string, or null for the root, got ${describeValue(parent)}`);
  const several = texts("parents");
  if (typeof parent === "string" && several.length > 0) report("give parent or parents, not both");
  const parents = typeof parent === "string" ? [parent, ...several] : several;
  const name = text("name", id);
  return { id, parents, name, label: text("label", labelOf(name)), aliases: texts("aliases"), ...place };
}

/** The label of a node that was given none. */
function labelOf(name: string): string {
  return name.replaceAll("_", " ");
}
