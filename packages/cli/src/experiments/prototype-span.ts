import { ClassSums, NotFiniteError } from "@irec/metrics";
import ndarray, { type NdArray } from "ndarray";
import { NotServed } from "../store/not-served.ts";
import type { ClipFolds } from "./clip-folds.ts";
import type { WholeAudio } from "./whole-audio.ts";

/**
 * The clips of one fold and the prototypes of all labels from the other folds, in coordinates of the plane that the prototypes
 * span. A linear map that is fitted on prototypes leads every direction at a right angle to that plane to 0, so that it gives the
 * same in these C - 1 numbers as in the whole space.
 */
export interface PrototypeSpan {
  /** Shape [m]: the clips of the fold. */
  readonly clips: Int32Array;
  /** Shape [m, k]. */
  readonly ofClips: NdArray<Float64Array>;
  /** Shape [C, k]. */
  readonly ofPrototypes: NdArray<Float64Array>;
}

/** @throws {NotServed} when a label has clips in one fold only, or all prototypes are the same */
export function prototypeSpans(audio: WholeAudio, folds: ClipFolds): readonly PrototypeSpan[] {
  const { matrix, classes, labels } = audio;
  const clipsOf = Array.from({ length: folds.count }, (_, fold) =>
    Int32Array.from([...folds.ofClip.keys()].filter((clip) => folds.ofClip[clip] === fold)),
  );
  const sumsOf = clipsOf.map((clips) => {
    const sums = new ClassSums(labels.length, matrix.shape[1]!);
    sums.add(matrix, classes, clips);
    return sums;
  });
  return clipsOf.map((clips, fold) => {
    const others = new ClassSums(labels.length, matrix.shape[1]!);
    for (const [other, sums] of sumsOf.entries()) if (other !== fold) others.merge(sums);
    const empty = others.counts.indexOf(0);
    if (empty !== -1) throw new NotServed(`"${labels[empty]}" has clips in one ${folds.kind} fold only`);
    const prototypes = others.centroids();
    const plane = planeThrough(prototypes);
    if (plane.directions.length === 0) throw new NotServed("the audio prototypes of all labels are the same");
    return { clips, ofClips: coordinates(matrix, plane, clips), ofPrototypes: coordinates(prototypes, plane) };
  });
}

/**
 * Points in coordinates of the plane that they span: their distances, and the angles between their differences, stay.
 * @param points - shape [C, d]
 * @returns shape [C, k], k of at most C - 1; the mean of the points is at the origin
 * @param what - the points, for the reason
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {NotServed} when all points are the same
 */
export function inOwnCoordinates(points: NdArray, what: string): NdArray<Float64Array> {
  const [count, size] = points.shape as [number, number];
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < size; k++) {
      const value = points.get(i, k);
      if (!Number.isFinite(value)) throw new NotFiniteError("points", i, k, value, "a plane needs numbers");
    }
  }
  const plane = planeThrough(points);
  if (plane.directions.length === 0) throw new NotServed(`${what} of all labels are the same`);
  return coordinates(points, plane);
}

interface Plane {
  /** Shape [d]: the mean of the points. */
  readonly origin: Float64Array;
  /** At right angles to each other, of length 1. */
  readonly directions: readonly Float64Array[];
}

/** What is left of a point, by its length, when it depends on the others up to rounding. */
const DEPENDENT = 1e-10;

/** Gram and Schmidt's method, twice over, which is as exact as Householder's (Giraud et al. 2005). */
function planeThrough(points: NdArray): Plane {
  const [count, size] = points.shape as [number, number];
  const origin = new Float64Array(size);
  for (let i = 0; i < count; i++) for (let k = 0; k < size; k++) origin[k]! += points.get(i, k) / count;
  const arms = Array.from({ length: count }, (_, i) => origin.map((mean, k) => points.get(i, k) - mean));
  const longest = Math.max(...arms.map(lengthOf));
  const directions: Float64Array[] = [];
  for (const arm of arms) {
    for (let pass = 0; pass < 2; pass++) {
      for (const direction of directions) {
        const along = product(arm, direction);
        for (let k = 0; k < size; k++) arm[k]! -= along * direction[k]!;
      }
    }
    const length = lengthOf(arm);
    if (length > DEPENDENT * longest) directions.push(arm.map((value) => value / length));
  }
  return { origin, directions };
}

function coordinates(points: NdArray, { origin, directions }: Plane, rows?: Int32Array): NdArray<Float64Array> {
  const count = rows?.length ?? points.shape[0]!;
  const size = directions.length;
  const result = new Float64Array(count * size);
  const arm = new Float64Array(origin.length);
  for (let i = 0; i < count; i++) {
    const row = rows === undefined ? i : rows[i]!;
    for (let k = 0; k < arm.length; k++) arm[k] = points.get(row, k) - origin[k]!;
    for (let j = 0; j < size; j++) result[i * size + j] = product(arm, directions[j]!);
  }
  return ndarray(result, [count, size]);
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

const lengthOf = (vector: Float64Array): number => Math.sqrt(product(vector, vector));
