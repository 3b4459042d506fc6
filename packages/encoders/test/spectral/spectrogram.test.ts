import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AudioOptionError, EmptyAudioError, NonFiniteSampleError, ShortAudioError } from "../../src/audio/errors.ts";
import { frameCount, powerSpectrogram } from "../../src/spectral/spectrogram.ts";
import { counterNoise, greatestGap } from "../audio/golden.ts";

const config = { fftLength: 16, hopLength: 6, normalised: false };

/** By the definition: pad by reflection, cut, window, sum. */
function naive(samples: Float32Array, { fftLength: n, hopLength, normalised }: typeof config): Float64Array {
  const half = n / 2;
  const x = Array.from(samples);
  const padded = [...x.slice(1, half + 1).reverse(), ...x, ...x.slice(-half - 1, -1).reverse()];
  const window = Array.from({ length: n }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / n));
  const energy = normalised ? window.reduce((sum, w) => sum + w * w, 0) : 1;
  const rows: number[] = [];
  for (let start = 0; start + n <= padded.length; start += hopLength) {
    for (let k = 0; k <= half; k++) {
      let [re, im] = [0, 0];
      for (let i = 0; i < n; i++) {
        re += window[i]! * padded[start + i]! * Math.cos((2 * Math.PI * k * i) / n);
        im -= window[i]! * padded[start + i]! * Math.sin((2 * Math.PI * k * i) / n);
      }
      rows.push((re * re + im * im) / energy);
    }
  }
  return Float64Array.from(rows);
}

describe("powerSpectrogram", () => {
  it("equals its definition for every length that it takes, at both ends of the clip", () => {
    for (const normalised of [false, true]) {
      for (let n = 9; n < 60; n++) {
        const samples = counterNoise(n, n);
        const { data, frames, bins } = powerSpectrogram(samples, { ...config, normalised });
        expect([frames, bins]).toEqual([Math.floor(n / 6) + 1, 9]);
        expect(greatestGap(data, naive(samples, { ...config, normalised }))).toBeLessThan(1e-12);
      }
    }
  });

  it("equals its definition for a single sample in silence, wherever it is", () => {
    for (const n of [36, 37, 41, 42]) {
      for (let at = 0; at < n; at++) {
        const samples = new Float32Array(n);
        samples[at] = 1;
        expect(greatestGap(powerSpectrogram(samples, config).data, naive(samples, config))).toBeLessThan(1e-14);
      }
    }
  });

  it("has 1001 frames of 513 bins for 10 s at 48 kHz", () => {
    expect(frameCount(480_000, { hopLength: 480 })).toBe(1001);
    const { data, frames, bins } = powerSpectrogram(new Float32Array(4800), {
      fftLength: 1024,
      hopLength: 480,
      normalised: false,
    });
    expect([data.length, frames, bins]).toEqual([11 * 513, 11, 513]);
  });

  it("grows with the square of the gain", () => {
    fc.assert(
      fc.property(fc.integer({ min: -8, max: 8 }), (exponent) => {
        const samples = counterNoise(40, 3);
        const louder = samples.map((value) => value * 2 ** exponent);
        const expected = powerSpectrogram(samples, config).data.map((power) => power * 4 ** exponent);
        expect(powerSpectrogram(louder, config).data).toEqual(expected);
      }),
    );
  });

  it("has its greatest power in the bin of a tone, in every frame", () => {
    const tone = Float32Array.from({ length: 4000 }, (_, i) => Math.sin((2 * Math.PI * 37 * i) / 1024 + 1));
    const { data, frames, bins } = powerSpectrogram(tone, { fftLength: 1024, hopLength: 512, normalised: false });
    for (let frame = 1; frame < frames - 1; frame++) {
      const row = data.subarray(frame * bins, (frame + 1) * bins);
      expect(row.indexOf(Math.max(...row))).toBe(37);
      // A tone of amplitude 1 in a Hann window of n samples has the magnitude n / 4.
      expect(row[37]).toBeCloseTo(256 ** 2, 0);
    }
  });

  it("refuses a clip that is too short to be reflected, and says what to do", () => {
    expect(() => powerSpectrogram(new Float32Array(), config)).toThrow(EmptyAudioError);
    expect(() => powerSpectrogram(Float32Array.of(1), config)).toThrow(ShortAudioError);
    expect(() => powerSpectrogram(new Float32Array(8), config)).toThrow(
      "waveform has 8 samples, expected at least 9; repeat or pad it first",
    );
    expect(powerSpectrogram(new Float32Array(9), config).frames).toBe(2);
  });

  it("names the first sample that is not finite", () => {
    const samples = new Float32Array(100).fill(Number.POSITIVE_INFINITY, 42);
    expect(() => powerSpectrogram(samples, config)).toThrow(
      new NonFiniteSampleError("waveform", 42, Number.POSITIVE_INFINITY),
    );
  });

  it.each([
    [{ fftLength: 1000 }, "fftLength is 1000, expected a power of two"],
    [{ fftLength: 2 }, "fftLength is 2, expected an integer from 8 to 65536"],
    [{ fftLength: 2 ** 20 }, "fftLength is 1048576, expected an integer from 8 to 65536"],
    [{ hopLength: 0 }, "hopLength is 0, expected an integer of at least 1"],
    [{ hopLength: 0.5 }, "hopLength is 0.5, expected an integer of at least 1"],
  ])("refuses %j", (change, message) => {
    const make = () => powerSpectrogram(new Float32Array(5000), { ...config, ...change });
    expect(make).toThrow(AudioOptionError);
    expect(make).toThrow(message);
  });
});
