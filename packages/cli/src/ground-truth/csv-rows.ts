import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import Papa from "papaparse";
import { InputError } from "../errors.ts";
import { unreadable } from "../npy/byte-source.ts";
import { quoted } from "../quoted.ts";

/**
 * Streams a CSV file, row by row, to `onRow`, with the line that each row starts on. Blank lines are passed over; a byte
 * order mark and any mixture of line ends are accepted.
 * @throws {InputError} when the file cannot be read, its quotes do not match, or a row has not as many cells as the first
 */
export async function readCsvRows(path: string, onRow: (cells: string[], line: number) => void): Promise<void> {
  await refusePipe(path);
  const text = Readable.from(normalText(path));
  let line = 1;
  let width: number | undefined;
  const take = (cells: string[]): void => {
    if (cells.length > 1 || cells[0] !== "") {
      if (width === undefined) refuseSeparator(path, cells, line);
      width ??= cells.length;
      if (cells.length !== width) {
        throw new InputError(path, `line ${line}: has ${cells.length} cells, while the header has ${width}.`);
      }
      onRow(cells, line);
    }
    line += 1;
    for (const cell of cells) if (cell.includes("\n")) line += cell.split("\n").length - 1;
  };
  await new Promise<void>((resolve, reject) => {
    Papa.parse<string[], NodeJS.ReadableStream>(text, {
      delimiter: ",",
      newline: "\n",
      chunk({ data, errors }, parser) {
        try {
          // A row that is cut by the end of a chunk is not among the data; it comes whole with the next.
          const fault = errors.find((error) => error.type === "Quotes" && error.row! < data.length);
          // The rows before the fault are taken first: they tell its line.
          for (const cells of fault === undefined ? data : data.slice(0, fault.row)) take(cells);
          if (fault !== undefined) throw new InputError(path, `line ${line}: ${quoteFault(fault.code)}`);
        } catch (error) {
          // First, because `abort` calls `complete`.
          reject(error);
          parser.abort();
          text.destroy();
        }
      },
      complete: () => resolve(),
      error: (error) => reject(unreadable(path, error)),
    });
  });
}

/** Spreadsheets of many countries write another separator: then the whole header is one cell. */
function refuseSeparator(path: string, [header, second]: readonly string[], line: number): void {
  const [separator] = second === undefined ? (/[;\t]/.exec(header ?? "") ?? []) : [];
  if (separator === undefined) return;
  throw new InputError(
    path,
    `line ${line}: its cells are separated by ${quoted(separator)}, expected commas, as in a header path,label or ` +
      "song,<label>,<label>. Save it with commas.",
  );
}

/** A pipe can be read once, and the sha256 of an input is taken by reading it again. */
async function refusePipe(path: string): Promise<void> {
  const found = await stat(path).catch((error) => {
    throw unreadable(path, error);
  });
  if (found.isFile()) return;
  const what = found.isDirectory() ? "a folder" : "a pipe or a device, which cannot be read twice; save it as a file";
  throw new InputError(path, `expected a CSV file, found ${what}.`);
}

/** The text without its byte order mark and with a line feed at the end of each line. */
async function* normalText(path: string): AsyncGenerator<string> {
  let atStart = true;
  let afterReturn = false;
  for await (const piece of createReadStream(path, { encoding: "utf8", highWaterMark: 1 << 18 })) {
    let text = piece as string;
    if (atStart && text.startsWith("\uFEFF")) text = text.slice(1);
    else if (afterReturn && text.startsWith("\n")) text = text.slice(1);
    atStart = false;
    if (text === "") continue;
    afterReturn = text.endsWith("\r");
    yield text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  }
}

const quoteFault = (code: string): string =>
  code === "MissingQuotes"
    ? "a quote is opened in this row and not closed before the end of the file."
    : "a quoted cell of this row goes on after its closing quote; double the quotes inside it.";
