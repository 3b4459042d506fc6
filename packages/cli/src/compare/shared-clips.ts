import ndarray from "ndarray";
import { InputError } from "../errors.ts";
import type { ClipUnits } from "../ground-truth/clip-units.ts";
import type { OutcomeClips, Similarities } from "../outcomes/outcome-files.ts";
import { quoted } from "../quoted.ts";
import type { Comparison } from "./comparisons.ts";

/** The clips that two runs have in common, in the order of the first. */
export interface SharedClips {
  /** Shape [clips]: their places in each run. */
  readonly placesA: Int32Array;
  readonly placesB: Int32Array;
  /** Their groups by clip. */
  readonly units: ClipUnits;
  readonly items: Comparison["items"];
}

/**
 * Joins the clips of two runs by their id.
 * @throws {InputError} when they share none, or a clip has another label in the other run
 */
export function sharedClips(a: OutcomeClips, b: OutcomeClips): SharedClips {
  const placeInB = new Map(b.ids.map((id, place) => [id, place]));
  const placesA = Int32Array.from([...a.ids.keys()].filter((place) => placeInB.has(a.ids[place]!)));
  const placesB = placesA.map((place) => placeInB.get(a.ids[place]!)!);
  if (placesA.length === 0) {
    throw new InputError(
      b.path,
      `has no clip of ${a.path}; the first are ${quoted(b.ids[0]!)} and ${quoted(a.ids[0]!)}. Two data sets?`,
    );
  }
  for (const [i, place] of placesA.entries()) {
    const [label, other] = [a.labels[place]!, b.labels[placesB[i]!]!];
    if (label === other) continue;
    throw new InputError(
      b.path,
      `the clip ${quoted(a.ids[place]!)} is ${quoted(other)}, while it is ${quoted(label)} in ${a.path}. Two ground truths?`,
    );
  }
  const shared = placesA.length;
  // A run that has clips of other names too knows less of what belongs together.
  const { unit, groups } = a.units.unit === "clip" ? pick(b.units, placesB) : pick(a.units, placesA);
  return {
    ...{ placesA, placesB, units: { unit, groups } },
    items: { kind: "clips", shared, onlyA: a.ids.length - shared, onlyB: b.ids.length - shared },
  };
}

const pick = ({ unit, groups }: ClipUnits, places: Int32Array): ClipUnits => ({
  unit,
  groups: places.map((place) => groups[place]!),
});

/**
 * Rows and columns of a matrix of scores.
 * @param rows - shape [clips]
 * @param columns - shape [labels]
 */
export function picked({ data, shape }: Similarities, rows: Int32Array, columns: readonly number[]): Similarities {
  const width = shape[1]!;
  const values = new Float64Array(rows.length * columns.length);
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < columns.length; j++) values[i * columns.length + j] = data[rows[i]! * width + columns[j]!]!;
  }
  return ndarray(values, [rows.length, columns.length]);
}
