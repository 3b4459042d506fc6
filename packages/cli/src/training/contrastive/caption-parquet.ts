import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { Compressors, FileMetaData } from "hyparquet";
import { InputError } from "../../errors.ts";
import { openFile, unreadable } from "../../npy/byte-source.ts";
import { quoted } from "../../quoted.ts";
import { type CaptionedClip, pathInside } from "./pairs.ts";

/** A table of captions as LP-MusicCaps has it: a row is a clip, with captions in several columns. */
export interface ParquetSource {
  /** A file, or a folder of them with `split`. */
  readonly parquet: string;
  /** Which files of the folder: those whose names start with it. */
  readonly split: string | undefined;
  /** The columns that captions are taken from; each epoch takes one of them for each clip. */
  readonly captionColumn: readonly string[];
  /** The column with the path of the sound file inside of `audio`. */
  readonly pathColumn: string;
  /** The column with the clip's id. */
  readonly idColumn: string;
  /** The folder of the sound files. */
  readonly audio: string;
}

/** A row of text columns; what takes more is no table of captions. */
const MAX_FILE_BYTES = 2 ** 31;

/** What hyparquet does not bring itself. */
const compressors: Compressors = {
  GZIP: (bytes) => gunzipSync(bytes),
  BROTLI: (bytes) => brotliDecompressSync(bytes),
};

/**
 * The pairs of LP-MusicCaps-MTT, or of another data set of that form.
 * @throws {InputError} naming file, row and column of what is wrong
 * @see Doh et al. 2023, "LP-MusicCaps: LLM-based pseudo music captioning"
 */
export async function readCaptionParquet(source: ParquetSource): Promise<readonly CaptionedClip[]> {
  const files = filesOf(source);
  const pairs: CaptionedClip[] = [];
  for (const file of files) {
    for (const pair of await readFile(file, source)) pairs.push({ index: pairs.length, ...pair });
  }
  if (pairs.length === 0) throw new InputError(source.parquet, "has no rows; expected one a clip.");
  return pairs;
}

/** In a folder as Hugging Face has it, the files of a split are `data/train-00000-of-00001.parquet` and so on. */
function filesOf({ parquet, split }: ParquetSource): readonly string[] {
  let isFolder: boolean;
  try {
    isFolder = statSync(parquet).isDirectory();
  } catch (error) {
    throw unreadable(parquet, error);
  }
  if (!isFolder) return [parquet];
  if (split === undefined) throw new InputError(parquet, 'is a folder; say which "split" of it, such as "train".');
  const found = [parquet, join(parquet, "data")].flatMap((folder) => {
    const names = statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : [];
    return names.filter((name) => name.endsWith(".parquet")).map((name) => ({ name, path: join(folder, name) }));
  });
  const chosen = found.filter(({ name }) => name.startsWith(split) && /^[-._]/.test(name.slice(split.length)));
  if (chosen.length === 0) {
    const names = found.map(({ name }) => name).join(", ") || "none";
    throw new InputError(
      parquet,
      `has no parquet file of the split ${quoted(split)} (${split}-*.parquet); it has: ${names}.`,
    );
  }
  return chosen.map(({ path }) => path).sort();
}

async function readFile(path: string, source: ParquetSource): Promise<readonly Omit<CaptionedClip, "index">[]> {
  const { captionColumn, pathColumn, idColumn, audio } = source;
  const columns = [...new Set([...captionColumn, pathColumn, idColumn])];
  const rows = await readRows(path, columns);
  return rows.map((row, i) => {
    const place = `row ${i + 1}`;
    const text = (column: string): string => {
      const value = row[column];
      const isId = column === idColumn && (typeof value === "bigint" || typeof value === "number");
      const read = isId ? String(value) : value;
      if (typeof read !== "string" || read.trim() === "") {
        const found = value === null || value === undefined ? "nothing" : quoted(String(value));
        throw new InputError(path, `${place}, column ${quoted(column)}: expected a text, found ${found}.`);
      }
      return read.trim();
    };
    const listed = text(pathColumn);
    const sound = pathInside(audio, listed);
    if (sound === undefined) {
      const fault = `${quoted(listed)} leads out of ${audio}, the folder of the sound`;
      throw new InputError(path, `${place}, column ${quoted(pathColumn)}: ${fault}.`);
    }
    return { place, id: text(idColumn), captions: captionColumn.map(text), path: sound };
  });
}

async function readRows(path: string, columns: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const { parquetMetadataAsync, parquetReadObjects } = await import("hyparquet");
  const source = await openFile(path);
  try {
    if (source.byteLength > MAX_FILE_BYTES) {
      throw new InputError(path, `has ${source.byteLength} bytes; at most ${MAX_FILE_BYTES} are read.`);
    }
    const file = {
      byteLength: source.byteLength,
      async slice(start: number, end: number = source.byteLength) {
        return (await source.slice(start, end)).buffer;
      },
    };
    const metadata = await parquetMetadataAsync(file);
    requireColumns(path, metadata, columns);
    return await parquetReadObjects({ file, metadata, columns: [...columns], compressors });
  } catch (error) {
    if (error instanceof InputError) throw error;
    const reason = (error as Error).message.replace(/^parquet /, "").replace(/\s+/g, " ");
    const codec = /unsupported compression codec: (\w+)/.exec(reason)?.[1];
    if (codec !== undefined) {
      const read = ["SNAPPY", ...Object.keys(compressors)].join(", ");
      const advice = "Write it again with one of them: pandas.read_parquet(old).to_parquet(new) takes SNAPPY";
      throw new InputError(path, `is compressed with ${codec}; what is read is ${read} or nothing. ${advice}.`, {
        cause: error,
      });
    }
    throw new InputError(path, `cannot be read as a parquet file: ${reason}.`, { cause: error });
  } finally {
    await source.close();
  }
}

function requireColumns(path: string, { schema }: FileMetaData, columns: readonly string[]): void {
  // The root comes first, and behind a column with parts come its parts.
  const names: string[] = [];
  for (let i = 1; i < schema.length; i = afterSubtree(schema, i)) names.push(schema[i]!.name);
  const absent = columns.find((column) => !names.includes(column));
  if (absent === undefined) return;
  throw new InputError(path, `lacks the column ${quoted(absent)}; it has ${names.map(quoted).join(", ")}.`);
}

function afterSubtree(schema: FileMetaData["schema"], index: number): number {
  let next = index + 1;
  for (let child = 0; child < (schema[index]?.num_children ?? 0); child++) next = afterSubtree(schema, next);
  return next;
}
