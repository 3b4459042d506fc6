import ndarray, { type NdArray } from "ndarray";
import { describe, expect, it } from "vitest";
import { clipFolds } from "../src/experiments/clip-folds.ts";
import { inOwnCoordinates, type PrototypeSpan, prototypeSpans } from "../src/experiments/prototype-span.ts";
import {
  answersOfHeldOutLabels,
  answersOfSeenLabels,
  labelGroups,
  type StandInMap,
} from "../src/experiments/stand-in-projection.ts";

/*
 * python tools/goldens/stand_in_projections.py (numpy 2.4.6, scikit-learn 1.9.1): maps of the whole space, and a new fit for
 * each label that is left out to choose a ridge strength.
 */
const GOLDEN = {
  orthogonal: {
    seen: [0, 0, 2, 0, 0, 5, 1, 1, 4, 1, 2, 2, 2, 2, 2, 1, 2, 3, 3, 5, 4, 4, 4, 4, 4, 5, 1, 5, 0, 1],
    mapped: [0, 0, 0, 0, 0, 5, 1, 1, 4, 1, 2, 2, 2, 2, 2, 1, 2, 3, 3, 5, 4, 4, 4, 4, 4, 5, 2, 5, 0, 1],
    heldOut: [0, 4, 2, 4, 4, 3, 3, 3, 0, 3, 0, 3, 0, 5, 0, 3, 5, 3, 1, 3, 0, 3, 4, 3, 0, 3, 0, 5, 2, 3],
  },
  ridge: {
    seen: [0, 0, 2, 0, 0, 1, 1, 1, 4, 1, 2, 2, 2, 2, 2, 1, 2, 3, 3, 3, 4, 4, 4, 1, 4, 5, 2, 5, 0, 3],
    mapped: [0, 0, 2, 0, 0, 1, 3, 1, 4, 3, 2, 2, 2, 2, 2, 1, 2, 3, 3, 1, 4, 3, 0, 1, 0, 5, 2, 5, 0, 1],
    heldOut: [0, 4, 2, 4, 0, 3, 3, 3, 0, 3, 0, 3, 0, 5, 0, 3, 5, 3, 3, 3, 0, 3, 0, 3, 0, 3, 0, 5, 4, 3],
  },
  "ideal text": {
    seen: [0, 0, 0, 0, 0, 5, 1, 1, 4, 1, 2, 2, 2, 2, 2, 1, 2, 3, 3, 5, 4, 4, 4, 4, 4, 5, 2, 5, 0, 1],
    mapped: [0, 0, 0, 0, 0, 5, 1, 1, 4, 1, 2, 2, 2, 2, 2, 1, 2, 3, 3, 5, 4, 4, 4, 4, 4, 5, 2, 5, 0, 1],
    heldOut: [0, 0, 0, 2, 0, 5, 1, 1, 0, 1, 0, 2, 4, 0, 0, 5, 0, 5, 5, 1, 2, 1, 0, 5, 0, 3, 2, 5, 2, 1],
  },
};

const wave = (seed: number, i: number, k: number) => Math.sin(seed + 3.1 * i + 1.7 * k * k + 0.9 * i * k);
const classes = Int32Array.from({ length: 30 }, (_, i) => Math.floor(i / 5));
const folds = Int32Array.from({ length: 30 }, (_, i) => [0, 1, 2, 0, 1][i % 5]!);
const matrix = (rows: number, columns: number, value: (i: number, k: number) => number) =>
  ndarray(
    Float64Array.from({ length: rows * columns }, (_, at) => value(Math.floor(at / columns), at % columns)),
    [rows, columns],
  );
const audio = {
  path: "audio.npy",
  matrix: matrix(30, 8, (i, k) => wave(1, classes[i]!, k) + 1.2 * wave(2, i, k)),
  labels: [..."abcdef"],
  classes,
  classOfLabel: [0, 1, 2, 3, 4, 5],
  folds,
  units: { unit: "clip" as const, groups: Int32Array.from({ length: 30 }, (_, i) => i) },
};
const text = matrix(6, 7, (i, k) => wave(1, i, k) + 0.5 * wave(4, i, k));

describe.each(["orthogonal", "ridge", "ideal text"] as const)(
  "%s, as numpy and scikit-learn have it in the whole space:",
  (name) => {
    const spans = prototypeSpans(audio, clipFolds(audio, 0));
    const map: StandInMap = name === "orthogonal" ? "orthogonal" : "ridge";
    const targets = inOwnCoordinates(text, "the text vectors");
    const targetsOf = (span: PrototypeSpan) => (name === "ideal text" ? span.ofPrototypes : targets);
    const inOrder = (answer: (span: PrototypeSpan, targets: NdArray<Float64Array>) => Int32Array) => {
      const answers = Array<number>(30);
      for (const span of spans) {
        for (const [i, label] of answer(span, targetsOf(span)).entries()) answers[span.clips[i]!] = label;
      }
      return answers;
    };
    const standIn = { map, similarity: "cosine" } as const;

    it("labels that the map was fitted on", () => {
      expect(inOrder((span, vectors) => answersOfSeenLabels(span, vectors, standIn))).toEqual(GOLDEN[name].seen);
    });

    it("mapped prototypes in place of the vectors", () => {
      expect(inOrder((span, vectors) => answersOfSeenLabels(span, vectors, standIn, "mapped"))).toEqual(
        GOLDEN[name].mapped,
      );
    });

    it("any two labels by a map that saw neither", () => {
      const groups = labelGroups(6, 0);
      expect(inOrder((span, vectors) => answersOfHeldOutLabels(span, [vectors], standIn, groups)[0]!)).toEqual(
        GOLDEN[name].heldOut,
      );
    });
  },
);

describe("a map that has not seen two labels", () => {
  it("finds none of them when their vectors are those of others", () => {
    // Labels on a circle, heard where they are; read in the order 0, 2, 4, 1, 3: no rotation or stretching makes that of it.
    const circle = (label: number) => [Math.cos((2 * Math.PI * label) / 7), Math.sin((2 * Math.PI * label) / 7)];
    const heard = matrix(7, 2, (i, k) => circle(i)[k]!);
    const span = { clips: Int32Array.from({ length: 7 }, (_, i) => i), ofClips: heard, ofPrototypes: heard };
    const answers = (order: readonly number[]) =>
      Array.from(
        answersOfHeldOutLabels(
          span,
          [matrix(7, 2, (i, k) => circle(order[i]!)[k]!)],
          { map: "orthogonal", similarity: "cosine" },
          labelGroups(7, 0),
        )[0]!,
      );
    expect(answers([3, 4, 5, 6, 0, 1, 2])).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const shuffled = answers([0, 3, 6, 1, 5, 2, 4]);
    expect(shuffled.filter((label, clip) => label === clip)).toEqual([]);
  });
});

describe("labels that are held out together", () => {
  it("are single ones, and eight groups where there are more than 16", () => {
    expect(Array.from(labelGroups(16, 0))).toEqual([...Array(16).keys()]);
    const groups = labelGroups(100, 0);
    const sizes = [...Array(8).keys()].map((group) => groups.filter((g) => g === group).length);
    expect(sizes).toEqual([13, 13, 13, 13, 12, 12, 12, 12]);
    expect(labelGroups(100, 0)).toEqual(groups);
    expect(labelGroups(100, 1)).not.toEqual(groups);
  });
});

describe("folds of clips", () => {
  const groups = Int32Array.from({ length: 60 }, (_, clip) => Math.floor(clip / 3));
  const own = groups.map((group) => group % 2);
  const seeded = (seed: number) =>
    clipFolds({ classes: own, folds: undefined, units: { unit: "instrument-pitch group", groups } }, seed);

  it("are the data set's own where it has any, numbered from 0", () => {
    expect(clipFolds({ ...audio, folds: Int32Array.from([7, 3, 7, 5]) }, 0)).toEqual({
      kind: "official",
      count: 3,
      ofClip: Int32Array.from([2, 0, 2, 1]),
    });
  });

  it("else are five, with all dynamics of a pitch in one, and as much of every label in each", () => {
    const { kind, count, ofClip } = seeded(0);
    expect([kind, count]).toEqual(["seeded", 5]);
    for (let clip = 0; clip < 60; clip += 3) expect(new Set(ofClip.subarray(clip, clip + 3)).size).toBe(1);
    for (const label of [0, 1]) {
      const inEach = [0, 1, 2, 3, 4].map(
        (fold) => ofClip.filter((f, clip) => f === fold && own[clip] === label).length,
      );
      expect(inEach).toEqual([6, 6, 6, 6, 6]);
    }
  });

  it("are the same for the same seed, and others for another", () => {
    expect(seeded(0)).toEqual(seeded(0));
    expect(seeded(1)).not.toEqual(seeded(0));
  });
});
