import { createReadStream } from "node:fs";
import Papa from "papaparse";
import { InputError } from "../errors.ts";
import { unreadable } from "../npy/byte-source.ts";

/**
 * Streams a CSV file, row by row, to `onRow`, with the line that each row starts on. Blank lines are passed over.
 * @throws {InputError} when the file cannot be read, its quotes do not match, or a row has not as many cells as the first
 */
export function readCsvRows(path: string, onRow: (cells: string[], line: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const file = createReadStream(path, { encoding: "utf8", highWaterMark: 1 << 18 });
    let line = 1;
    let width = -1;
    const take = (cells: string[]): void => {
      if (line === 1 && width === -1) cells[0] = cells[0]!.replace(/^\uFEFF/, "");
      if (cells.length > 1 || cells[0] !== "") {
        if (width === -1) width = cells.length;
        if (cells.length !== width) {
          throw new InputError(path, `line ${line}: has ${cells.length} cells, while the header has ${width}.`);
        }
        onRow(cells, line);
      }
      line += 1;
      for (const cell of cells) if (cell.includes("\n")) line += cell.split("\n").length - 1;
    };
    Papa.parse<string[], NodeJS.ReadableStream>(file, {
      delimiter: ",",
      chunk({ data, errors }, parser) {
        try {
          const quotes = errors.find((error) => error.type === "Quotes");
          if (quotes !== undefined) throw new InputError(path, `near line ${line}: ${quotes.message}.`);
          for (const cells of data) take(cells);
        } catch (error) {
          parser.abort();
          file.destroy();
          reject(error);
        }
      },
      complete: () => resolve(),
      error: (error) => reject(unreadable(path, error)),
    });
  });
}
