import { describe, expect, it } from "vitest";
import { RealFft } from "../../src/spectral/fft.ts";
import {
  type Augmentation,
  augment,
  muscallAugmentation,
  requireAugmentation,
} from "../../src/training/augmentation.ts";
import { addColouredNoise } from "../../src/training/augmentation-noise.ts";
import { fastRatios, shiftPitch } from "../../src/training/augmentation-pitch.ts";
import { inverseTransform } from "../../src/training/augmentation-spectrum.ts";
import { RandomStream } from "../../src/training/random-stream.ts";

const sampleRate = 16_000;
const random = (seed: number) => {
  const stream = new RandomStream(seed, "test");
  return () => stream.uniform();
};
const tone = (frequency: number, length = sampleRate) =>
  Float32Array.from({ length }, (_, i) => 0.5 * Math.sin((2 * Math.PI * frequency * i) / sampleRate));
const rms = (samples: ArrayLike<number>) =>
  Math.sqrt(Array.from(samples, (x) => x * x).reduce((a, b) => a + b, 0) / samples.length);
/** The magnitude of one frequency, by definition: 1 for a sine of amplitude 1. */
const magnitudeAt = (samples: Float32Array, frequency: number) => {
  let [re, im] = [0, 0];
  samples.forEach((x, i) => {
    re += x * Math.cos((2 * Math.PI * frequency * i) / sampleRate);
    im += x * Math.sin((2 * Math.PI * frequency * i) / sampleRate);
  });
  return (2 * Math.hypot(re, im)) / samples.length;
};
const none: Augmentation = { ...muscallAugmentation, noise: 0, pitch: 0 };

it("the inverse transform gives back the signal", () => {
  const fft = new RealFft(64);
  const next = random(1);
  const signal = Float64Array.from({ length: 64 }, () => next() - 0.5);
  fft.input.set(signal);
  fft.transform();
  const back = new Float64Array(64);
  inverseTransform(fft, fft.real.slice(), fft.imaginary.slice(), back);
  expect(Math.max(...back.map((value, i) => Math.abs(value - signal[i]!)))).toBeLessThan(1e-15);
});

describe("the chain", () => {
  it("gives back the samples themselves when nothing is probable", () => {
    const samples = tone(440);
    expect(augment(samples, sampleRate, none, random(1))).toBe(samples);
  });

  it("turns the polarity around, and changes the level by the decibels that were drawn", () => {
    const samples = Float32Array.of(0.5, -0.25, 0);
    expect([...augment(samples, sampleRate, { ...none, polarity: 1 }, random(1))]).toEqual([-0.5, 0.25, -0]);
    const louder = augment(samples, sampleRate, { ...none, gain: 1, gainDecibels: [20, 20] }, random(1));
    expect([...louder]).toEqual([5, -2.5, 0]);
    expect([...samples]).toEqual([0.5, -0.25, 0]);
  });

  it("makes each change as often as its probability says, each on its own", () => {
    const draws = Array.from({ length: 2000 }, (_, seed) =>
      augment(
        Float32Array.of(1),
        sampleRate,
        { ...none, polarity: 0.25, gain: 0.5, gainDecibels: [6, 6] },
        random(seed),
      ),
    );
    const turned = draws.filter(([x]) => x! < 0).length;
    const louder = draws.filter(([x]) => Math.abs(x!) > 1).length;
    const both = draws.filter(([x]) => x! < -1).length;
    // Four standard deviations of a binomial of 2000.
    expect(Math.abs(turned - 500)).toBeLessThan(78);
    expect(Math.abs(louder - 1000)).toBeLessThan(90);
    expect(Math.abs(both - 250)).toBeLessThan(60);
  });

  it("gives the same clip for the same numbers, and another one for others", () => {
    const all = { ...muscallAugmentation, polarity: 0.5, noise: 1, gain: 0.5, pitch: 1 };
    const clip = (seed: number) => augment(tone(440, 4000), sampleRate, all, random(seed));
    expect(clip(3)).toEqual(clip(3));
    expect(clip(3)).not.toEqual(clip(4));
    expect(clip(3)).toHaveLength(4000);
  });

  it.each<[Partial<Augmentation>, number, RegExp]>([
    [{ noise: 1.5 }, 16_000, /^augmentation\.noise is 1\.5, expected a probability from 0 to 1/],
    [{ gainDecibels: [3, -3] }, 16_000, /^augmentation\.gainDecibels is \[3, -3\], expected the lower one first/],
    [{ pitch: 0.1 }, 8192, /^augmentation\.pitchSemitones is \[-4, 4\], .*sample rate 8192; take a wider range/],
  ])("%j at %i Hz is refused", (changes, rate, message) => {
    expect(() => requireAugmentation({ ...none, ...changes }, rate)).toThrow(message);
    requireAugmentation(muscallAugmentation, 16_000);
  });
});

describe("noise", () => {
  const noiseOf = (samples: Float32Array, snr: number, decay: number) =>
    addColouredNoise(samples, sampleRate, snr, decay, random(7)).map((x, i) => x - samples[i]!);

  it("is as many decibels below the clip as was asked for", () => {
    const samples = tone(440, 16_384);
    for (const snr of [3, 30]) {
      // The clip is in float32, and noise 30 dB below it is rounded like it.
      expect(20 * Math.log10(rms(samples) / rms(noiseOf(samples, snr, 1)))).toBeCloseTo(snr, 4);
    }
  });

  it("has the same magnitude everywhere without decay, and falls or rises with it", () => {
    const energies = (decay: number) => {
      const fft = new RealFft(16_384);
      fft.input.set(noiseOf(tone(440, 16_384), 3, decay));
      fft.transform();
      // Of the lowest and of the highest eighth of the spectrum.
      const energy = (from: number) => rms(fft.real.subarray(from, from + 1024)) ** 2;
      return energy(7168) / energy(0);
    };
    // The mask goes from 1 to sqrt(8000) = 89.4 in equal steps; its mean squares over both eighths are computed here.
    const expected = (decay: number) => {
      const mean = (from: number) =>
        Array.from({ length: 1024 }, (_, k) => (1 + (88.44 * (from + k)) / 8192) ** (-2 * decay)).reduce(
          (a, b) => a + b,
        );
      return mean(7168) / mean(0);
    };
    // A ratio of energies of 1024 random bins each has a standard deviation of sqrt(2 / 1024 * 2) = 6 %; decay narrows the band.
    for (const decay of [0, 1, -1]) expect(Math.abs(energies(decay) / expected(decay) - 1)).toBeLessThan(0.35);
  });

  it("is silent for silence", () => {
    expect(noiseOf(new Float32Array(100), 3, 0).every((x) => x === 0)).toBe(true);
  });
});

describe("pitch", () => {
  it("is drawn from MusCALL's ratios: at 16 kHz four, of powers of 2 and 5", () => {
    const ratios = (rate: number) => fastRatios(rate, [-4, 4]).map(({ up, down }) => `${up}/${down}`);
    expect(ratios(16_000)).toEqual(["4/5", "125/128", "128/125", "5/4"]);
    expect(ratios(8000)).toEqual(["4/5", "5/4"]);
    expect(ratios(8192)).toEqual([]);
  });

  it.each([
    [5, 4],
    [4, 5],
    [128, 125],
  ])("of a tone of 440 Hz by %i/%i: the new tone is there at nearly its level, the old one is gone", (up, down) => {
    const samples = tone(440);
    const shifted = shiftPitch(samples, sampleRate, { up, down });
    expect(shifted).toHaveLength(samples.length);
    const middle = shifted.subarray(4000, 12_000);
    expect(magnitudeAt(middle, (440 * up) / down)).toBeGreaterThan(0.45);
    // 8000 samples tell 440 from 450.6 Hz: five periods of the difference.
    expect(magnitudeAt(middle, 440)).toBeLessThan(0.06);
  });

  it("leaves every partial at its level", () => {
    const partials = [220, 440, 660].map((frequency) => tone(frequency));
    const shifted = shiftPitch(
      partials[0]!.map((_, i) => partials.reduce((sum, partial) => sum + partial[i]! / 2, 0)),
      sampleRate,
      { up: 5, down: 4 },
    ).subarray(4000, 12_000);
    for (const frequency of [275, 550, 825])
      expect(Math.abs(magnitudeAt(shifted, frequency) - 0.25)).toBeLessThan(0.03);
  });

  it("of clips shorter than a frame, down to one sample, is a clip of that length", () => {
    for (const n of [1, 10, 500]) expect(shiftPitch(tone(440, n), sampleRate, { up: 5, down: 4 })).toHaveLength(n);
  });
});
