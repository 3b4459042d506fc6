import { InputError } from "../errors.ts";
import { quoted } from "../quoted.ts";
import { ClipIds } from "./clip-ids.ts";
import type { GroundTruth, GroundTruthTable } from "./ground-truth.ts";

/** The columns of TinySOL_metadata.csv that say which clip, which label and which fold. */
const COLUMNS = { path: "Path", fold: "Fold", instrument: "Instrument (in full)" } as const;

/**
 * TinySOL's metadata; a clip's id is its file name without folders and extension, as in the study.
 * @see zenodo.org/record/3685367, version 6.0
 */
export class TinysolMetadata implements GroundTruthTable {
  readonly #path: string;
  readonly #column: { readonly path: number; readonly fold: number; readonly instrument: number };
  readonly #clips: ClipIds;
  readonly #clipPaths: string[] = [];
  /** Labels in order of appearance, with their class. */
  readonly #labels = new Map<string, number>();
  readonly #labelPlaces: string[] = [];
  readonly #classes: number[] = [];
  readonly #folds: number[] = [];

  /** Whether a header is that of TinySOL's metadata. */
  static recognises(header: readonly string[]): boolean {
    return header.includes(COLUMNS.path) && header.includes(COLUMNS.instrument);
  }

  constructor(path: string, header: readonly string[]) {
    this.#path = path;
    this.#clips = new ClipIds(path);
    this.#column = {
      path: header.indexOf(COLUMNS.path),
      fold: header.indexOf(COLUMNS.fold),
      instrument: header.indexOf(COLUMNS.instrument),
    };
  }

  add(cells: readonly string[], line: number): void {
    this.#clips.add(clipIdOf(cells[this.#column.path]!), line);
    this.#clipPaths.push(cells[this.#column.path]!);
    const label = cells[this.#column.instrument]!.trim();
    if (label === "") throw new InputError(this.#path, `line ${line}: "${COLUMNS.instrument}" is empty.`);
    const known = this.#labels.get(label);
    if (known === undefined) {
      this.#labels.set(label, this.#labels.size);
      this.#labelPlaces.push(`line ${line}`);
    }
    this.#classes.push(known ?? this.#labels.size - 1);
    if (this.#column.fold !== -1) this.#folds.push(foldOf(this.#path, cells[this.#column.fold]!, line));
  }

  finish(): GroundTruth {
    return {
      path: this.#path,
      format: "tinysol-metadata",
      labelOrder: "appearance",
      clipIds: this.#clips.ids,
      clipPaths: this.#clipPaths,
      labels: [...this.#labels.keys()],
      labelPlaces: this.#labelPlaces,
      classes: Int32Array.from(this.#classes),
      ...(this.#column.fold === -1 ? {} : { folds: Int32Array.from(this.#folds) }),
    };
  }
}

function clipIdOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name.replace(/\.[A-Za-z0-9]{2,4}$/, "");
}

function foldOf(path: string, cell: string, line: number): number {
  if (!/^\d{1,6}$/.test(cell))
    throw new InputError(path, `line ${line}: expected a fold number, found ${quoted(cell)}.`);
  return Number(cell);
}
