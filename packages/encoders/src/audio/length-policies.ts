import { requireInteger, requireSamples } from "./checks.ts";
import { AudioOptionError } from "./errors.ts";
import { centreCrop, pad, randomCrop, repeatPad, repeatWhole } from "./fit-length.ts";

/** What a tower reads of one clip: the clip's embedding is the weighted mean of the embeddings of the pieces. */
export interface ClipPieces {
  /** At least one; each of them a view or a copy, not to be written to. */
  readonly pieces: readonly Float32Array[];
  /** One for each piece; they sum to 1. */
  readonly weights: readonly number[];
}

/**
 * Makes of a clip of any length what a tower can read.
 * @param samples - shape [n], n at least 1
 * @param length - how many samples the tower reads at once
 * @throws {EmptyAudioError} when there are no samples
 */
export type LengthPolicy = (samples: Float32Array, length: number) => ClipPieces;

/**
 * The first and the last `length` samples, with equal weights: the study's way with long clips, whose middle it ignores.
 * A clip of that length or less is the only piece.
 */
export const headTailMean: LengthPolicy = (samples, length) => {
  requireArguments(samples, length);
  if (samples.length <= length) return onePiece(samples);
  return {
    pieces: [samples.subarray(0, length), samples.subarray(samples.length - length)],
    weights: [0.5, 0.5],
  };
};

/**
 * The whole clip, cut into pieces of `length` samples. The last piece ends with the clip, so that no piece has silence
 * added, and overlaps the one before it; each weighs as many samples as it adds, so that all of the clip counts the same.
 * A clip of that length or less is the only piece.
 * @example chunkMean(new Float32Array(5), 2).weights // [0.4, 0.4, 0.2], of samples 0-1, 2-3 and 3-4
 */
export const chunkMean: LengthPolicy = (samples, length) => {
  requireArguments(samples, length);
  const n = samples.length;
  if (n <= length) return onePiece(samples);
  const pieces: Float32Array[] = [];
  const weights: number[] = [];
  for (let covered = 0; covered < n; covered += length) {
    const start = Math.min(covered, n - length);
    pieces.push(samples.subarray(start, start + length));
    weights.push((start + length - covered) / n);
  }
  return { pieces, weights };
};

/**
 * One waveform for the pre-joint and for the joint embedding, so that the second is the projection of the first: short
 * clips by `repeatPad`, as LAION-CLAP was trained, and long ones by `chunkMean`. Deterministic, and reads every sample.
 */
export const sameInput: LengthPolicy = (samples, length) => chunkMean(repeatPad(samples, length), length);

/**
 * The study's preparation for joint embeddings, LAION-CLAP's own: short clips by `repeatPad`, and of long ones a part at
 * random. There the place was different in each run; here it is that of the seed.
 */
export function studyJoint(seed = 0): LengthPolicy {
  requireInteger("seed", seed, 0);
  return (samples, length) => onePiece(randomCrop(repeatPad(samples, length), length, seed));
}

/**
 * The study's preparation for pre-joint embeddings: short clips repeated without padding, which the tower stretches to
 * its own length, and long ones by `headTailMean`. Other than the waveform of `studyJoint`, so the study's joint
 * embedding of a clip is not the projection of its pre-joint embedding.
 */
export const studyPreJoint: LengthPolicy = (samples, length) => headTailMean(repeatWhole(samples, length), length);

/** MusCALL's own evaluation: the middle of long clips, and zeros after short ones. */
export const muscallCentre: LengthPolicy = (samples, length) => onePiece(pad(centreCrop(samples, length), length));

/** The policies by the names that options and manifests use; the first one is the default. */
const policies = {
  "same-input": sameInput,
  "study-joint": studyJoint(),
  "study-pre-joint": studyPreJoint,
  "muscall-centre": muscallCentre,
} as const satisfies Record<string, LengthPolicy>;

/** Name of a preset. */
export type LengthPolicyName = keyof typeof policies;

/** All of the names, the default first. */
export const lengthPolicyNames = Object.keys(policies) as readonly LengthPolicyName[];

/**
 * The policy of a name.
 * @throws {AudioOptionError} when there is none
 */
export function lengthPolicy(name: LengthPolicyName = "same-input"): LengthPolicy {
  if (!Object.hasOwn(policies, name)) {
    throw new AudioOptionError("lengthPolicy", name, lengthPolicyNames.map((known) => `"${known}"`).join(" or "));
  }
  return policies[name];
}

function onePiece(samples: Float32Array): ClipPieces {
  return { pieces: [samples], weights: [1] };
}

function requireArguments(samples: Float32Array, length: number): void {
  requireSamples("waveform", samples);
  requireInteger("length", length, 1);
}
