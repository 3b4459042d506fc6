import type { TaxonomyProblem } from "./errors.ts";

/** One record of a CSV text. */
export interface CsvRecord {
  readonly fields: readonly string[];
  /** The line it starts on, counted from 1. */
  readonly line: number;
}

/**
 * The records of a CSV text (RFC 4180): quoted fields may hold commas, line ends and doubled quotes; lines end in LF, CRLF
 * or CR; a byte order mark is dropped and empty lines are skipped. Malformed quoting is reported, not guessed at.
 *
 * @example readCsv('id,name\r\n1,"a, b"\r\n').records[1].fields // ["1", "a, b"]
 */
export function readCsv(text: string): { records: readonly CsvRecord[]; problems: readonly TaxonomyProblem[] } {
  const records: CsvRecord[] = [];
  const problems: TaxonomyProblem[] = [];
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const start = line;
    const fields: string[] = [];
    let more = true;
    while (more) {
      const field = text[at] === '"' ? quotedField(text, at) : plainField(text, at);
      if (field.fault !== undefined)
        problems.push({ kind: "syntax", message: field.fault, where: `line ${line}`, line });
      fields.push(field.value);
      line += lineEndsIn(text, at, field.end);
      at = field.end;
      more = text[at] === ",";
      if (more) at++;
    }
    if (at < text.length) {
      at += text.startsWith("\r\n", at) ? 2 : 1;
      line++;
    }
    if (fields.length > 1 || fields[0] !== "") records.push({ fields, line: start });
  }
  return { records, problems };
}

interface Field {
  readonly value: string;
  /** Where the separator after the field stands. */
  readonly end: number;
  readonly fault?: string;
}

function plainField(text: string, start: number): Field {
  const end = nextSeparator(text, start);
  const value = text.slice(start, end);
  return value.includes('"')
    ? { value, end, fault: 'a quote inside an unquoted field; quote the field and double the quote: "a ""b"" c"' }
    : { value, end };
}

function quotedField(text: string, start: number): Field {
  let value = "";
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote === -1)
      return { value, end: text.length, fault: "a quoted field is not closed before the end of the text" };
    value += text.slice(at, quote);
    at = quote + 1;
    if (text[at] !== '"') break;
    value += '"';
    at++;
  }
  const end = nextSeparator(text, at);
  return end === at
    ? { value, end }
    : { value, end, fault: "text after a closing quote; double a quote inside a field" };
}

function nextSeparator(text: string, start: number): number {
  separator.lastIndex = start;
  return separator.exec(text)?.index ?? text.length;
}

const separator = /[,\r\n]/g;

function lineEndsIn(text: string, start: number, end: number): number {
  return text.slice(start, end).match(/\r\n|\r|\n/g)?.length ?? 0;
}
