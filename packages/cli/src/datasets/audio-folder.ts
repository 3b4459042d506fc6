import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "../errors.ts";
import { ClipIds } from "../ground-truth/clip-ids.ts";
import { readCsvRows } from "../ground-truth/csv-rows.ts";
import { readGroundTruth } from "../ground-truth/read-ground-truth.ts";
import { quoted } from "../quoted.ts";
import { readCsvTable } from "./csv-table.ts";
import type { Clip, ClipOptions, ClipTable } from "./dataset.ts";
import { SoundFiles } from "./sound-files.ts";

/**
 * The clips of a folder of one's own: labelled by a CSV, or by the folders that they lie in.
 *
 * - With a CSV `path,label` (and `id`, `fold`, `split`, and further columns): paths are below the folder; the id is the
 *   path without its extension, unless given.
 * - With the study's one-hot CSV, or metadata like TinySOL's: sound files are found by their names.
 * - Without: `violin/a4.wav` has the label `violin`, and the id `violin/a4`.
 *
 * @throws {InputError} naming the line or the file that is wrong
 */
export async function readAudioFolder(
  folder: string,
  { groundTruth, split }: Pick<ClipOptions, "groundTruth" | "split"> = {},
): Promise<ClipTable> {
  const table = await (groundTruth === undefined ? byFolders(folder) : byCsv(folder, groundTruth));
  if (split === undefined) return table;
  const clips = table.clips.filter((clip) => clip.split === split);
  if (clips.length === 0) throw new InputError(table.source, `has no clips of the split ${quoted(split)}.`);
  return { ...table, clips };
}

const nameOf = (folder: string): string => basename(resolve(folder));

async function byFolders(folder: string): Promise<ClipTable> {
  const sounds = await SoundFiles.in(folder);
  const loose = sounds.paths.find((path) => !path.includes("/"));
  if (loose !== undefined) {
    throw new InputError(
      folder,
      `${quoted(loose)} lies in no folder that names its label; expected <label>/<clip>, or a CSV with the columns path ` +
        "and label.",
    );
  }
  const clips = sounds.paths.map((path) => ({
    id: withoutExtension(path),
    path: join(folder, path),
    label: path.slice(0, path.indexOf("/")),
    columns: {},
  }));
  refuseSameIds(folder, clips);
  return { dataset: nameOf(folder), source: folder, labelOrder: "appearance", labels: labelsOf(clips), clips };
}

async function byCsv(folder: string, csv: string): Promise<ClipTable> {
  return (await hasColumns(csv, ["path", "label"])) ? await byPaths(folder, csv) : await byNames(folder, csv);
}

async function hasColumns(csv: string, names: readonly string[]): Promise<boolean> {
  let header: readonly string[] | undefined;
  await readCsvRows(csv, (cells) => {
    header ??= cells.map((cell) => cell.trim());
  });
  return names.every((name) => header?.includes(name));
}

async function byPaths(folder: string, csv: string): Promise<ClipTable> {
  const ids = new ClipIds(csv);
  const missing: string[] = [];
  const clips = (await readCsvTable(csv, ["path", "label"])).map(({ line, cells }): Clip => {
    const { path: given = "", label = "", id = withoutExtension(given), fold, split, ...columns } = cells;
    const refuse = (problem: string): never => {
      throw new InputError(csv, `line ${line}: ${problem}.`);
    };
    if (given === "") refuse("the path is empty");
    if (label === "") refuse("the label is empty");
    if (fold !== undefined && !/^\d{1,6}$/.test(fold)) refuse(`expected a fold number, found ${quoted(fold)}`);
    ids.add(id, line);
    const path = findFile(folder, given);
    if (path === undefined) missing.push(`line ${line}: ${quoted(given)}`);
    return {
      id,
      path: path ?? "",
      label,
      ...(fold === undefined ? {} : { fold: Number(fold) }),
      ...(split === undefined || split === "" ? {} : { split }),
      columns,
    };
  });
  refuseMissing(csv, folder, missing);
  return { dataset: nameOf(folder), source: csv, labelOrder: "appearance", labels: labelsOf(clips), clips };
}

/** Files that are named in a message. */
const MAX_NAMED = 5;

function refuseMissing(csv: string, folder: string, missing: readonly string[]): void {
  if (missing.length === 0) return;
  const rest = missing.length - MAX_NAMED;
  const files = missing.length === 1 ? "this file is" : `these ${missing.length} files are`;
  throw new InputError(
    csv,
    `${files} not in ${folder}: ${missing.slice(0, MAX_NAMED).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}.`,
  );
}

/**
 * Where a file is; undefined when it is not there. Where names differ in nothing but how accents are written (one sign for
 * `é`, or two, as macOS has them), the only one that fits is it.
 */
function findFile(folder: string, given: string): string | undefined {
  const exact = resolve(folder, given);
  if (existsSync(exact)) return exact;
  let path = resolve(folder);
  for (const part of given.split(/[/\\]/)) {
    if (part === "." || part === "") continue;
    const next = join(path, part);
    if (part !== ".." && !existsSync(next)) {
      if (!existsSync(path) || !statSync(path).isDirectory()) return undefined;
      const [found, second] = readdirSync(path).filter((name) => name.normalize("NFC") === part.normalize("NFC"));
      if (found === undefined || second !== undefined) return undefined;
      path = join(path, found);
    } else path = next;
  }
  return path;
}

async function byNames(folder: string, csv: string): Promise<ClipTable> {
  const truth = await readGroundTruth(csv);
  const sounds = await SoundFiles.in(folder);
  const paths = sounds.findAll(
    csv,
    truth.clipIds.map((name, row) => {
      const hint = truth.clipPaths?.[row];
      return { name, ...(hint === undefined ? {} : { hint }) };
    }),
  );
  return {
    dataset: nameOf(folder),
    source: csv,
    labelOrder: truth.labelOrder,
    labels: truth.labels,
    clips: truth.clipIds.map((id, row) => {
      const fold = truth.folds?.[row];
      const label = truth.labels[truth.classes[row]!]!;
      return { id, path: paths[row]!, label, ...(fold === undefined ? {} : { fold }), columns: {} };
    }),
  };
}

function withoutExtension(path: string): string {
  const folder = dirname(path);
  const name = basename(path).replace(/\.[^.]+$/, "");
  return folder === "." ? name : `${folder}/${name}`;
}

const labelsOf = (clips: readonly Clip[]): readonly string[] => [...new Set(clips.map(({ label }) => label))];

/** `a.wav` beside `a.flac`: one of them would be lost. */
function refuseSameIds(folder: string, clips: readonly Clip[]): void {
  const paths = new Map<string, string>();
  for (const { id, path } of clips) {
    const first = paths.get(id);
    if (first !== undefined) {
      throw new InputError(folder, `${quoted(first)} and ${quoted(path)} have the same name; keep one of them.`);
    }
    paths.set(id, path);
  }
}
