import { ArgumentError, list, quote, requireOptions } from "./errors.ts";
import type { TaxonomyNode } from "./taxonomy.ts";
import type { TripletArrays, TripletRun, TripletSet } from "./triplets.ts";

/**
 * What to write of each term. Names may repeat within a taxonomy (`struck`), and so may labels, which are the names where
 * none are given; ids and indices never do.
 */
export type TripletColumns = "label" | "name" | "id" | "index";

/** Triplets in either form: a set, or arrays with the terms that they point to. */
export type TripletSource = TripletSet | { readonly terms: readonly TaxonomyNode[]; readonly arrays: TripletArrays };

/** How to write triplets as text. */
export interface TripletTextOptions {
  /** Default: `label`. `index` is the position in the terms. */
  readonly columns?: TripletColumns;
}

/** How to write triplets as CSV. */
export interface TripletCsvOptions extends TripletTextOptions {
  /** Default: "\r\n", as RFC 4180 has it. */
  readonly lineEnd?: "\r\n" | "\n";
}

/**
 * Triplets as CSV (RFC 4180) with the header `anchor,positive,negative`, in chunks of about 64 KiB, so that a file of any
 * size can be written without holding it in memory. Every line has its end, the last one too.
 *
 * @throws {ArgumentError} for a source of another kind, unknown options, several terms with the same text in the chosen
 *   column, and arrays of unequal length or that point past the terms
 * @example
 * [...tripletCsv(tripletSet(doktorski, { terms: tinysolTerms }))].join("").split("\r\n")[1]
 * // "tuba,French horn,trombone"
 */
export function tripletCsv(source: TripletSource, options: TripletCsvOptions = {}): Iterable<string> {
  requireOptions(options, "{ columns, lineEnd }, both of them optional");
  const { columns = "label", lineEnd = "\r\n" } = options;
  if (lineEnd !== "\r\n" && lineEnd !== "\n") throw new ArgumentError("lineEnd", lineEnd, '"\\r\\n" or "\\n"');
  const fields = cells(source, columns).map((cell) => csvField(String(cell)));
  return chunks(runsOf(source), {
    header: `anchor,positive,negative${lineEnd}`,
    start: (anchor, positive) => `${fields[anchor]},${fields[positive]},`,
    ends: fields.map((field) => field + lineEnd),
  });
}

/**
 * Triplets as JSON Lines, one object `{ anchor, positive, negative }` a line, in chunks of about 64 KiB. Values are strings,
 * or numbers with `columns: "index"`.
 *
 * @throws {ArgumentError} for a source of another kind, unknown options, several terms with the same text in the chosen
 *   column, and arrays of unequal length or that point past the terms
 * @example
 * [...tripletJsonl(tripletSet(doktorski, { terms: tinysolTerms }), { columns: "index" })].join("").split("\n")[0]
 * // '{"anchor":0,"positive":1,"negative":2}'
 */
export function tripletJsonl(source: TripletSource, options: TripletTextOptions = {}): Iterable<string> {
  requireOptions(options, "{ columns }, or none");
  const { columns = "label" } = options;
  const values = cells(source, columns).map((cell) => JSON.stringify(cell));
  return chunks(runsOf(source), {
    header: "",
    start: (anchor, positive) => `{"anchor":${values[anchor]},"positive":${values[positive]},"negative":`,
    ends: values.map((value) => `${value}}\n`),
  });
}

/** The parts of the lines: every line is the start of its run and the end of its negative. */
interface Lines {
  readonly header: string;
  readonly start: (anchor: number, positive: number) => string;
  readonly ends: readonly string[];
}

function* chunks(runs: Iterable<TripletRun>, { header, start, ends }: Lines): Generator<string> {
  let chunk = header;
  for (const { anchor, positive, negatives } of runs) {
    const begin = start(anchor, positive);
    for (let from = 0; from < negatives.length; from += rowsAtOnce) {
      // Joining with the common start writes rows several times as fast as appending them one by one.
      const tails = Array.from(negatives.subarray(from, from + rowsAtOnce), (negative) => ends[negative]!);
      chunk += begin + tails.join(begin);
      if (chunk.length < chunkLength) continue;
      yield chunk;
      chunk = "";
    }
  }
  if (chunk !== "") yield chunk;
}

/** Characters. Large enough that writing dominates, small enough to stay far from any limit. */
const chunkLength = 2 ** 16;

/** Keeps a chunk near its length when a run is long. */
const rowsAtOnce = 512;

function cells(source: TripletSource, columns: TripletColumns): (string | number)[] {
  const given = source as Partial<Record<string, unknown>> | null | undefined;
  if (!Array.isArray(given?.terms) || typeof (given.arrays ?? given.runs) === "undefined")
    throw new ArgumentError(
      "source",
      source,
      "a triplet set, or { terms, arrays } such as { terms, arrays: set.sample(9) }",
    );
  const known: readonly TripletColumns[] = ["label", "name", "id", "index"];
  if (!known.includes(columns)) throw new ArgumentError("columns", columns, `one of ${list(known)}`);
  const found = source.terms.map((term, index) => (columns === "index" ? index : term[columns]));
  refuseRepeatedTexts(found, columns);
  return found;
}

/** Rows of terms that read the same would say that an anchor is like itself, or less like itself than like another. */
function refuseRepeatedTexts(texts: readonly (string | number)[], columns: TripletColumns): void {
  const counts = new Map<string | number, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  const repeated = [...counts].find(([, count]) => count > 1);
  if (repeated === undefined) return;
  const [text, count] = repeated;
  const others = columns === "id" ? '"index"' : '"id" or "index"';
  const why = `${count} of the ${texts.length} terms have the ${columns} ${quote(String(text))} and would read the same`;
  throw new ArgumentError("columns", columns, `${others}, as ${why}`);
}

/** A field as RFC 4180 writes it: quoted when it holds a comma, a quote or a line end. */
function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function runsOf(source: TripletSource): Iterable<TripletRun> {
  if (!("arrays" in source)) return source.runs();
  const { arrays, terms } = source;
  for (const column of ["anchors", "positives", "negatives"] as const) {
    const indices = arrays[column];
    if (indices.length !== arrays.length)
      throw new ArgumentError(`arrays.${column}`, indices.length, `${arrays.length} entries (arrays.length)`);
    const wrong = indices.findIndex((index) => index >= terms.length);
    if (wrong !== -1)
      throw new ArgumentError(`arrays.${column}[${wrong}]`, indices[wrong], `an index below ${terms.length} (terms)`);
  }
  return arrayRuns(arrays);
}

function* arrayRuns({ anchors, positives, negatives, length }: TripletArrays): Generator<TripletRun> {
  for (let start = 0; start < length; ) {
    const anchor = anchors[start]!;
    const positive = positives[start]!;
    let end = start + 1;
    while (end < length && anchors[end] === anchor && positives[end] === positive) end++;
    yield { anchor, positive, negatives: negatives.subarray(start, end) };
    start = end;
  }
}
