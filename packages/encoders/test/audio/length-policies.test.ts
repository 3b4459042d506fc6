import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AudioOptionError, EmptyAudioError } from "../../src/audio/errors.ts";
import {
  type ClipPieces,
  chunkMean,
  headTailMean,
  type LengthPolicyName,
  lengthPolicy,
  lengthPolicyNames,
  muscallCentre,
  sameInput,
  studyJoint,
  studyPreJoint,
} from "../../src/audio/length-policies.ts";

const clip = (n: number) => Float32Array.from({ length: n }, (_, i) => i + 1);
const sizes = fc.integer({ min: 1, max: 60 });
const forAllSizes = (check: (samples: Float32Array, length: number) => void) =>
  fc.assert(fc.property(sizes.map(clip), sizes, check));
const literal = ({ pieces, weights }: ClipPieces) => pieces.map((piece, i) => [weights[i], Array.from(piece)]);

describe("chunkMean", () => {
  it("weighs the last piece by the samples that it adds", () => {
    expect(literal(chunkMean(clip(5), 2))).toEqual([
      [0.4, [1, 2]],
      [0.4, [3, 4]],
      [0.2, [4, 5]],
    ]);
    expect(literal(chunkMean(clip(4), 2))).toEqual([
      [0.5, [1, 2]],
      [0.5, [3, 4]],
    ]);
  });

  it("covers every sample, in full pieces, each with its share of the clip", () => {
    forAllSizes((samples, length) => {
      const { pieces, weights } = chunkMean(samples, length);
      const covered = new Set<number>();
      for (const [i, piece] of pieces.entries()) {
        expect(piece.length).toBe(Math.min(length, samples.length));
        const before = covered.size;
        for (const sample of piece) covered.add(sample);
        expect(weights[i]).toBeCloseTo((covered.size - before) / samples.length, 12);
      }
      expect(covered.size).toBe(samples.length);
    });
  });
});

describe("headTailMean", () => {
  it("takes both ends and leaves the middle out", () => {
    expect(literal(headTailMean(clip(7), 2))).toEqual([
      [0.5, [1, 2]],
      [0.5, [6, 7]],
    ]);
  });

  it("starts with the first sample and ends with the last, for all sizes", () => {
    forAllSizes((samples, length) => {
      const { pieces } = headTailMean(samples, length);
      expect(pieces.length).toBe(samples.length > length ? 2 : 1);
      expect(pieces[0]![0]).toBe(1);
      expect(pieces.at(-1)!.at(-1)).toBe(samples.length);
    });
  });
});

describe("sameInput", () => {
  it("repeats and pads a short clip, and reads all of a long one, in pieces of the length", () => {
    expect(literal(sameInput(clip(2), 5))).toEqual([[1, [1, 2, 1, 2, 0]]]);
    expect(literal(sameInput(clip(5), 4))).toEqual([
      [0.8, [1, 2, 3, 4]],
      [0.2, [2, 3, 4, 5]],
    ]);
    forAllSizes((samples, length) => {
      const { pieces } = sameInput(samples, length);
      for (const piece of pieces) expect(piece.length).toBe(length);
      const heard = new Set(pieces.flatMap((piece) => Array.from(piece)));
      for (const sample of samples) expect(heard).toContain(sample);
    });
  });
});

describe("the study's two ways", () => {
  it("differ for a short clip by the zeros at its end", () => {
    expect(literal(studyJoint()(clip(2), 5))).toEqual([[1, [1, 2, 1, 2, 0]]]);
    expect(literal(studyPreJoint(clip(2), 5))).toEqual([[1, [1, 2, 1, 2]]]);
  });

  it("are the same input when the clip fits a whole number of times", () => {
    forAllSizes((samples, copies) => {
      const length = samples.length * copies;
      expect(literal(studyJoint()(samples, length))).toEqual(literal(studyPreJoint(samples, length)));
      expect(literal(sameInput(samples, length))).toEqual(literal(studyPreJoint(samples, length)));
    });
  });

  it("take one place of a long clip, or both ends", () => {
    const places = new Set(Array.from({ length: 50 }, (_, seed) => studyJoint(seed)(clip(9), 4).pieces[0]![0]));
    expect([...places].sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(literal(studyPreJoint(clip(9), 4))).toEqual([
      [0.5, [1, 2, 3, 4]],
      [0.5, [6, 7, 8, 9]],
    ]);
  });
});

describe("muscallCentre", () => {
  it("pads short clips and takes the middle of long ones", () => {
    expect(literal(muscallCentre(clip(2), 4))).toEqual([[1, [1, 2, 0, 0]]]);
    expect(literal(muscallCentre(clip(9), 4))).toEqual([[1, [3, 4, 5, 6]]]);
  });
});

describe("lengthPolicy", () => {
  it("has same-input as its default", () => {
    expect(lengthPolicyNames).toEqual(["same-input", "study-joint", "study-pre-joint", "muscall-centre"]);
    expect(lengthPolicy()).toBe(sameInput);
    expect(lengthPolicy("study-pre-joint")).toBe(studyPreJoint);
  });

  it.each(["best", "constructor"])("refuses the name %s, and lists those that there are", (name) => {
    expect(() => lengthPolicy(name as LengthPolicyName)).toThrow(AudioOptionError);
    expect(() => lengthPolicy(name as LengthPolicyName)).toThrow(
      `lengthPolicy is "${name}", expected "same-input" or "study-joint" or "study-pre-joint" or "muscall-centre"`,
    );
  });

  it.each(lengthPolicyNames)("%s has weights that sum to 1, refuses an empty clip, and changes none", (name) => {
    forAllSizes((samples, length) => {
      const { pieces, weights } = lengthPolicy(name)(samples, length);
      expect(weights.length).toBe(pieces.length);
      expect(weights.reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 12);
      expect(samples).toEqual(clip(samples.length));
    });
    expect(() => lengthPolicy(name)(new Float32Array(), 5)).toThrow(EmptyAudioError);
    expect(() => lengthPolicy(name)(clip(3), 0)).toThrow(AudioOptionError);
  });
});
