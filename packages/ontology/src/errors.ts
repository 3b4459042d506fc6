/** What kind of fault a {@link TaxonomyProblem} is, for programs. */
export type TaxonomyProblemKind =
  | "syntax"
  | "column"
  | "field"
  | "duplicate-id"
  | "missing-parent"
  | "no-root"
  | "several-roots"
  | "cycle"
  | "unreachable";

/** One fault in the description of a taxonomy. */
export interface TaxonomyProblem {
  readonly kind: TaxonomyProblemKind;
  /** What is wrong, what was expected, and what to do; without the place. */
  readonly message: string;
  /** Where: a line of a file ("line 7"), a row ("row 3") or a place in a tree ("root.children[2]"); empty when nowhere. */
  readonly where: string;
  /** The line in the file, counted from 1; undefined when the input was not text or its line is not known. */
  readonly line: number | undefined;
}

/**
 * A taxonomy cannot be built from what was given. Carries every problem found, not only the first, so that a file can be
 * repaired in one go.
 */
export class TaxonomyError extends Error {
  override readonly name = "TaxonomyError";
  /** Every problem found: those of single fields in the order of the input, then those of the shape. */
  readonly problems: readonly TaxonomyProblem[];
  /** The file that the description came from; undefined when it came from memory. */
  readonly fileName: string | undefined;

  constructor(
    taxonomyName: string,
    problems: readonly TaxonomyProblem[],
    fileName: string | undefined,
    options?: ErrorOptions,
  ) {
    const file = fileName === undefined || fileName === taxonomyName ? "" : ` (file ${quote(fileName)})`;
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    const shown = problems
      .slice(0, problemsShown)
      .map(({ where, message }) => `\n  - ${where === "" ? "" : `${where}: `}${message}`);
    const rest = problems.length > problemsShown ? `\n  - and ${problems.length - problemsShown} more` : "";
    super(`taxonomy ${quote(taxonomyName)}${file} cannot be built: ${count}${shown.join("")}${rest}`, options);
    this.problems = Object.freeze([...problems]);
    this.fileName = fileName;
  }
}

/** A name that the taxonomy does not know, or a node of another taxonomy. */
export class UnknownTermError extends Error {
  override readonly name = "UnknownTermError";
  /** What was asked for. */
  readonly term: string;
  /** The name of the taxonomy that was asked. */
  readonly taxonomy: string;
  /** The nearest spellings that would have been found, best first; may be empty. */
  readonly suggestions: readonly string[];

  constructor(message: string, term: string, taxonomy: string, suggestions: readonly string[]) {
    super(message);
    this.term = term;
    this.taxonomy = taxonomy;
    this.suggestions = suggestions;
  }
}

/** A name that several nodes share: ask again with one of the `candidates`. */
export class AmbiguousTermError extends Error {
  override readonly name = "AmbiguousTermError";
  /** What was asked for. */
  readonly term: string;
  /** The name of the taxonomy that was asked. */
  readonly taxonomy: string;
  /** The ids of all matching nodes, in the order of the taxonomy. */
  readonly candidates: readonly string[];

  constructor(term: string, taxonomy: string, candidates: readonly string[]) {
    super(
      `${quote(term)} names ${candidates.length} nodes of taxonomy ${quote(taxonomy)}; ` +
        `use one of these ids: ${list(candidates)}`,
    );
    this.term = term;
    this.taxonomy = taxonomy;
    this.candidates = candidates;
  }
}

/** A list of terms that no matrix or triplet set can be made from: a term twice, or too many of them. */
export class TermListError extends Error {
  override readonly name = "TermListError";
  /** The positions in the list that the message speaks of; empty when it is about the whole list. */
  readonly positions: readonly number[];

  constructor(message: string, positions: readonly number[]) {
    super(message);
    this.positions = positions;
  }
}

/** More triplets were asked for than there are, or than memory can hold. */
export class TripletCountError extends RangeError {
  override readonly name = "TripletCountError";
  /** How many were asked for. */
  readonly requested: number;
  /** How many can be had. */
  readonly available: number;

  constructor(message: string, requested: number, available: number) {
    super(message);
    this.requested = requested;
    this.available = available;
  }
}

/** An argument outside what the function accepts; nothing was computed. */
export class ArgumentError extends RangeError {
  override readonly name = "ArgumentError";
  /** The argument's name. */
  readonly argument: string;
  /** What was given. */
  readonly given: unknown;

  constructor(argument: string, given: unknown, expected: string) {
    super(`${argument}: expected ${expected}, got ${describeValue(given)}`);
    this.argument = argument;
    this.given = given;
  }
}

/**
 * Throws unless options that must be given are an object; whoever calls from JavaScript can leave them out.
 * @throws {ArgumentError}
 */
export function requireOptions(options: unknown, expected: string): void {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new ArgumentError("options", options, expected);
}

/** @throws {ArgumentError} unless the value is a string */
export function requireText(argument: string, value: unknown, expected: string): void {
  if (typeof value !== "string") throw new ArgumentError(argument, value, expected);
}

/** Text in double quotes for a message; long text is cut, because a hostile file can hold a megabyte in one name. */
export function quote(text: string): string {
  return JSON.stringify(text.length > textShown ? `${text.slice(0, textShown)}...` : text);
}

/** The first ids of a list for a message, and how many more there are. */
export function list(ids: readonly string[]): string {
  const rest = ids.length > idsShown ? ` and ${ids.length - idsShown} more` : "";
  return ids.slice(0, idsShown).map(quote).join(", ") + rest;
}

/** A short description of any value for a message. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (value === null || typeof value === "number" || typeof value === "boolean" || value === undefined)
    return String(value);
  return Array.isArray(value) ? "an array" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}

const problemsShown = 20;
const idsShown = 10;
const textShown = 120;
