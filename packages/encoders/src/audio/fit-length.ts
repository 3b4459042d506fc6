import { requireInteger, requireSamples } from "./checks.ts";
import { AudioOptionError } from "./errors.ts";
import { seededUniform } from "./seeded-random.ts";

// The ways to make a short clip longer and a long one shorter. A function for short clips returns long ones as they
// are, and the other way round, so that the two kinds can follow each other. None changes its input; a clip that
// needs no change is returned itself.

/**
 * As many whole copies as fit into the length, then zeros up to it: LAION-CLAP's `repeatpad`.
 * @param samples - shape [n], n at least 1
 * @param length - the wanted length in samples
 * @returns shape [length]; a clip of that length or more as it is
 * @throws {EmptyAudioError} when there are no samples
 * @example repeatPad(Float32Array.of(1, 2), 5) // [1, 2, 1, 2, 0]
 */
export function repeatPad(samples: Float32Array, length: number): Float32Array {
  return pad(repeatWhole(samples, length), length);
}

/**
 * As many whole copies as fit into the length, and no zeros: the study's preparation for its pre-joint embeddings.
 * @returns shape [floor(length / n) * n], more than half the length; a clip of that length or more as it is
 * @throws {EmptyAudioError} when there are no samples
 * @example repeatWhole(Float32Array.of(1, 2), 5) // [1, 2, 1, 2]
 */
export function repeatWhole(samples: Float32Array, length: number): Float32Array {
  requireArguments(samples, length);
  return samples.length < length ? tile(samples, Math.floor(length / samples.length) * samples.length) : samples;
}

/**
 * Copies up to the length, the last of them cut: LAION-CLAP's `repeat`.
 * @returns shape [length]; a clip of that length or more as it is
 * @throws {EmptyAudioError} when there are no samples
 * @example repeat(Float32Array.of(1, 2), 5) // [1, 2, 1, 2, 1]
 */
export function repeat(samples: Float32Array, length: number): Float32Array {
  requireArguments(samples, length);
  return samples.length < length ? tile(samples, length) : samples;
}

/**
 * The clip, then zeros up to the length: LAION-CLAP's `pad`, and MusCALL's only way.
 * @returns shape [length]; a clip of that length or more as it is
 * @throws {EmptyAudioError} when there are no samples
 * @example pad(Float32Array.of(1, 2), 5) // [1, 2, 0, 0, 0]
 */
export function pad(samples: Float32Array, length: number): Float32Array {
  requireArguments(samples, length);
  if (samples.length >= length) return samples;
  const padded = new Float32Array(length);
  padded.set(samples);
  return padded;
}

/**
 * The middle of the clip; it starts at floor((n - length) / 2), as in MusCALL's evaluation.
 * @returns shape [length]; a clip of that length or less as it is
 * @throws {EmptyAudioError} when there are no samples
 * @example centreCrop(Float32Array.of(1, 2, 3, 4), 1) // [2]
 */
export function centreCrop(samples: Float32Array, length: number): Float32Array {
  return cropAt(samples, length, Math.max(0, Math.floor((samples.length - length) / 2)));
}

/**
 * A part of the clip, from any of its n - length + 1 places with equal probability. LAION-CLAP's `rand_trunc`, which
 * takes NumPy's unseeded generator and so gives other embeddings in each run; here the same seed gives the same place.
 * @param seed - an integer of at least 0
 * @returns shape [length]; a clip of that length or less as it is
 * @throws {EmptyAudioError} when there are no samples
 * @throws {AudioOptionError} when the seed is not an integer of at least 0
 */
export function randomCrop(samples: Float32Array, length: number, seed: number): Float32Array {
  const places = Math.max(0, samples.length - length) + 1;
  return cropAt(samples, length, Math.floor(seededUniform(seed) * places));
}

/**
 * The part of the clip that starts at an offset.
 * @returns shape [length]; a clip of that length or less as it is, when the offset is 0
 * @throws {EmptyAudioError} when there are no samples
 * @throws {AudioOptionError} when the part would reach over the end
 * @example cropAt(Float32Array.of(1, 2, 3, 4), 2, 1) // [2, 3]
 */
export function cropAt(samples: Float32Array, length: number, offset: number): Float32Array {
  requireArguments(samples, length);
  const last = Math.max(0, samples.length - length);
  if (!(Number.isInteger(offset) && offset >= 0 && offset <= last)) {
    throw new AudioOptionError("offset", offset, `an integer from 0 to ${last}, the last place for ${length} samples`);
  }
  return samples.length > length ? samples.slice(offset, offset + length) : samples;
}

function requireArguments(samples: Float32Array, length: number): void {
  requireSamples("waveform", samples);
  requireInteger("length", length, 1);
}

function tile(samples: Float32Array, length: number): Float32Array {
  const tiled = new Float32Array(length);
  tiled.set(samples);
  // What is there is doubled each time: few calls however short the clip is.
  for (let filled = samples.length; filled < length; filled *= 2)
    tiled.copyWithin(filled, 0, Math.min(filled, length - filled));
  return tiled;
}
