import { createHash } from "node:crypto";
import { type RandomSource, xoshiro128 } from "@irec/ontology";
import { INSTRUMENTS, type Instrument } from "./instruments.ts";

/** The same notes for everybody; another seed is another data set. */
const SEED = 2018;

/**
 * What a note is for. Shipped notes test the model. The three have no recording of the sound font in common, and so no pitch
 * of an instrument either.
 */
export type Split = "training" | "validation" | "shipped";

export interface Dynamics {
  readonly name: "pp" | "mf" | "ff";
  /** TinySOL's number: pp, p, mf, f, ff are 0 to 4. */
  readonly id: number;
  readonly velocity: number;
}

const DYNAMICS: readonly Dynamics[] = [
  { name: "pp", id: 0, velocity: 45 },
  { name: "mf", id: 2, velocity: 82 },
  { name: "ff", id: 4, velocity: 118 },
];

/** Of every note to train with there are two, of other length and level. */
const PERFORMANCES: Readonly<Record<Split, number>> = { training: 2, validation: 1, shipped: 1 };

/** Of each instrument, recordings are shipped until they have so many pitches, and so many are for validation. */
const HELD_OUT_PITCHES = { shipped: 5, validation: 4 } as const;

/** A recording that is stretched over more pitches is always trained on: without it too much of the range would be missing. */
const MOST_PITCHES_HELD_OUT = 6;

const FOLDS = 5;

/** A note to be rendered. Times are in milliseconds from the beginning of its clip. */
export interface Note {
  /** TinySOL's file name without extension, such as `BTb-ord-F#1-pp-N-N`. */
  readonly id: string;
  readonly instrument: Instrument;
  /** MIDI note; 60 is C4. */
  readonly pitch: number;
  readonly dynamics: Dynamics;
  /** TinySOL's Instance ID: which performance of the same note, from 0. */
  readonly performance: number;
  readonly split: Split;
  readonly fold: number;
  readonly onset: number;
  readonly release: number;
  readonly length: number;
  /** Decibels by which the level differs from what the sound font yields. */
  readonly gain: number;
}

const PITCH_CLASSES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];

/** `F#1` of 30. */
export const pitchName = (pitch: number): string => `${PITCH_CLASSES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;

/** Every note of the data set, instrument by instrument, from low to high and from soft to loud. */
export function allNotes(): readonly Note[] {
  return INSTRUMENTS.flatMap((instrument) => {
    const random = randomOf(instrument.abbreviation);
    const splits = splitOfEachPitch(instrument, random);
    const folds = foldOfEachPitch(splits, random);
    return splits.flatMap((split, i) =>
      DYNAMICS.flatMap((dynamics) =>
        [...Array(PERFORMANCES[split]).keys()].map((performance) =>
          noteOf(instrument, instrument.recordings[0]! + i, dynamics, performance, split, folds[i]!),
        ),
      ),
    );
  });
}

function splitOfEachPitch({ recordings }: Instrument, random: RandomSource): readonly Split[] {
  const widths = recordings.slice(1).map((next, i) => next - recordings[i]!);
  const splits: Split[] = widths.map(() => "training");
  const candidates = [...widths.keys()].filter((i) => widths[i]! <= MOST_PITCHES_HELD_OUT);
  const drawn = shuffled(candidates, random)[Symbol.iterator]();
  for (const split of ["shipped", "validation"] as const) {
    for (let pitches = 0; pitches < HELD_OUT_PITCHES[split]; ) {
      const recording = drawn.next().value!;
      splits[recording] = split;
      pitches += widths[recording]!;
    }
  }
  return splits.flatMap((split, i) => Array<Split>(widths[i]!).fill(split));
}

/**
 * The fold of a pitch, so that the dynamics of one pitch are never on both sides of a cross-validation. Of each split the
 * pitches take turns, in an order of folds that the instrument draws.
 */
function foldOfEachPitch(splits: readonly Split[], random: RandomSource): readonly number[] {
  const order = shuffled([...Array(FOLDS).keys()], random);
  const next: Record<Split, number> = { training: 0, validation: 0, shipped: 0 };
  return splits.map((split) => order[next[split]++ % FOLDS]!);
}

function noteOf(
  instrument: Instrument,
  pitch: number,
  dynamics: Dynamics,
  performance: number,
  split: Split,
  fold: number,
): Note {
  const take = performance === 0 ? "N" : `alt${performance}`;
  const id = `${instrument.abbreviation}-ord-${pitchName(pitch)}-${dynamics.name}-${take}-N`;
  const random = randomOf(id);
  const length = 1500 + random.nextBelow(1001);
  const onset = 10 + random.nextBelow(91);
  const release = Math.round(length * (0.7 + 0.2 * random.nextDouble()));
  const gain = -4 + 8 * random.nextDouble();
  return { id, instrument, pitch, dynamics, performance, split, fold, onset, release, length, gain };
}

/** Numbers that depend on a name and the seed only, so that another note or instrument changes no other. */
export function randomOf(name: string): RandomSource {
  return xoshiro128(createHash("sha256").update(`${SEED}\n${name}`).digest().readUInt32LE(0));
}

/** A copy in random order (Fisher and Yates). */
export function shuffled<T>(values: readonly T[], random: RandomSource): T[] {
  const result = [...values];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.nextBelow(i + 1);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}
