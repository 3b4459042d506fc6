import { InputError } from "../errors.ts";
import { quoted } from "../quoted.ts";
import { ClipIds } from "./clip-ids.ts";
import type { GroundTruth, GroundTruthTable } from "./ground-truth.ts";

/** `song,<label>,<label>,...` with 0 and 1 in the cells and exactly one 1 a row: the study's form. */
export class OneHotTable implements GroundTruthTable {
  readonly #path: string;
  readonly #labels: readonly string[];
  readonly #clips: ClipIds;
  readonly #labelPlaces: readonly string[];
  readonly #classes: number[] = [];

  /** @throws {InputError} when the header has fewer than two labels, an empty one or one twice */
  constructor(path: string, header: readonly string[], line: number) {
    this.#path = path;
    this.#labels = header.slice(1).map((label) => label.trim());
    this.#clips = new ClipIds(path);
    this.#labelPlaces = this.#labels.map((_, i) => `line ${line}, column ${i + 2}`);
    checkLabels(path, this.#labels, line);
  }

  add(cells: readonly string[], line: number): void {
    this.#clips.add(cells[0]!, line);
    this.#classes.push(classOf(this.#path, cells, this.#labels, line));
  }

  finish(): GroundTruth {
    const classes = Int32Array.from(this.#classes);
    return {
      path: this.#path,
      format: "one-hot",
      labelOrder: "file",
      clipIds: this.#clips.ids,
      labels: this.#labels,
      labelPlaces: this.#labelPlaces,
      classes,
    };
  }
}

function checkLabels(path: string, labels: readonly string[], line: number): void {
  if (labels.length < 2) {
    throw new InputError(
      path,
      `line ${line}: expected a clip id column and at least two label columns (song,<label>,<label>,...), or TinySOL's ` +
        `metadata columns (Path, Fold, Instrument (in full), ...); found ${labels.length + 1} column(s).`,
    );
  }
  const seen = new Map<string, number>();
  for (const [i, label] of labels.entries()) {
    if (label === "") throw new InputError(path, `line ${line}: the label of column ${i + 2} is empty.`);
    const first = seen.get(label);
    seen.set(label, i);
    if (first !== undefined) {
      throw new InputError(
        path,
        `line ${line}: columns ${first + 2} and ${i + 2} have the same label, ${quoted(label)}.`,
      );
    }
  }
}

function classOf(path: string, cells: readonly string[], labels: readonly string[], line: number): number {
  let found = -1;
  for (let column = 1; column < cells.length; column++) {
    const cell = cells[column];
    if (cell === "0" || cell === "0.0") continue;
    if (cell !== "1" && cell !== "1.0") {
      throw new InputError(
        path,
        `line ${line}, column ${quoted(labels[column - 1]!)}: expected 0 or 1, found ${quoted(cell!)}.`,
      );
    }
    if (found !== -1) {
      throw new InputError(
        path,
        `line ${line}: clip ${quoted(cells[0]!)} has two labels, ${quoted(labels[found]!)} and ${quoted(labels[column - 1]!)}; expected one.`,
      );
    }
    found = column - 1;
  }
  if (found === -1) {
    throw new InputError(path, `line ${line}: clip ${quoted(cells[0]!)} has no label; expected one 1 in its row.`);
  }
  return found;
}
