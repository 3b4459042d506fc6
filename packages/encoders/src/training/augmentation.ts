import { requireSamples } from "../audio/checks.ts";
import { addColouredNoise } from "./augmentation-noise.ts";
import { fastRatios, shiftPitch } from "./augmentation-pitch.ts";
import { TrainingConfigError } from "./errors.ts";

/** How clips are changed in training: for each change, how probable it is, and between which ends its size is drawn. */
export interface Augmentation {
  /** Probability that the polarity is turned around. */
  readonly polarity: number;
  /** Probability of noise. */
  readonly noise: number;
  /** Decibels from the noise up to the clip. */
  readonly noiseSnr: readonly [number, number];
  /** How steeply the noise falls with the frequency: below 0 it rises, 0 is white. */
  readonly noiseDecay: readonly [number, number];
  /** Probability of another level. */
  readonly gain: number;
  readonly gainDecibels: readonly [number, number];
  /** Probability of another pitch. */
  readonly pitch: number;
  readonly pitchSemitones: readonly [number, number];
}

/** MusCALL's: noise and pitch. Its other two changes are there, with the probability 0. */
export const muscallAugmentation: Augmentation = {
  polarity: 0,
  noise: 0.3,
  noiseSnr: [3, 30],
  noiseDecay: [-2, 2],
  gain: 0,
  gainDecibels: [-18, 6],
  pitch: 0.4,
  pitchSemitones: [-4, 4],
};

/**
 * The clip with some of the changes: polarity, noise, gain, pitch, in this order, each with its own probability. As in
 * MusCALL, but for the noise's period and the frames of the pitch shifter, which are powers of two here.
 * @param samples - shape [n]; left as they are
 * @param random - yields numbers in [0, 1); the same numbers give the same clip
 * @returns shape [n]; the samples themselves when nothing is changed
 * @throws {EmptyAudioError} when there are no samples
 * @throws {TrainingConfigError} as `requireAugmentation` does
 */
export function augment(
  samples: Float32Array,
  sampleRate: number,
  augmentation: Augmentation,
  random: () => number,
): Float32Array {
  requireSamples("waveform", samples);
  const { polarity, noise, noiseSnr, noiseDecay, gain, gainDecibels, pitch, pitchSemitones } = augmentation;
  let changed = samples;
  if (random() < polarity) changed = scaled(changed, -1);
  if (random() < noise) {
    const snr = between(noiseSnr, random);
    changed = addColouredNoise(changed, sampleRate, snr, between(noiseDecay, random), random);
  }
  if (random() < gain) changed = scaled(changed, 10 ** (between(gainDecibels, random) / 20));
  if (random() < pitch) {
    const ratios = ratiosOf(sampleRate, pitchSemitones);
    changed = shiftPitch(changed, sampleRate, ratios[Math.floor(random() * ratios.length)]!);
  }
  return changed;
}

/**
 * Throws when clips of this sample rate cannot be changed so.
 * @throws {TrainingConfigError} when a probability is not in [0, 1], a range is upside down, or there is no pitch to draw
 */
export function requireAugmentation(augmentation: Augmentation, sampleRate: number): void {
  for (const name of ["polarity", "noise", "gain", "pitch"] as const) {
    const probability = augmentation[name];
    if (!(probability >= 0 && probability <= 1)) {
      throw new TrainingConfigError(`augmentation.${name}`, `is ${probability}, expected a probability from 0 to 1`);
    }
  }
  for (const name of ["noiseSnr", "noiseDecay", "gainDecibels", "pitchSemitones"] as const) {
    const [low, high] = augmentation[name];
    if (!(low <= high)) {
      throw new TrainingConfigError(`augmentation.${name}`, `is [${low}, ${high}], expected the lower one first`);
    }
  }
  if (augmentation.pitch > 0) ratiosOf(sampleRate, augmentation.pitchSemitones);
}

function ratiosOf(sampleRate: number, range: readonly [number, number]) {
  const ratios = fastRatios(sampleRate, range);
  if (ratios.length > 0) return ratios;
  throw new TrainingConfigError(
    "augmentation.pitchSemitones",
    `is [${range.join(", ")}], in which there is no ratio of products of prime factors of the sample rate ${sampleRate}; ` +
      "take a wider range, another sample rate, or 0 for pitch",
  );
}

const between = ([low, high]: readonly [number, number], random: () => number): number => low + (high - low) * random();

function scaled(samples: Float32Array, factor: number): Float32Array {
  return samples.map((sample) => factor * sample);
}
