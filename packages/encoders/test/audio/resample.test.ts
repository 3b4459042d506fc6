import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AudioOptionError, NonFiniteSampleError } from "../../src/audio/errors.ts";
import { quantise } from "../../src/audio/quantise.ts";
import { resample, resampledLength } from "../../src/audio/resample.ts";
import { counterNoise, type GoldenArray, golden, greatestGap, numbers } from "./golden.ts";

interface Case {
  readonly from: number;
  readonly to: number;
  readonly n: number;
  readonly float64: GoldenArray;
  readonly torch: GoldenArray;
}

interface Goldens {
  readonly cases: readonly Case[];
  readonly secondOfNoise: {
    readonly from: number;
    readonly to: number;
    readonly n: number;
    readonly seed: number;
    readonly length: number;
    readonly every37: GoldenArray;
  };
}

const { cases, secondOfNoise } = golden<Goldens>("audio", "resample");
/** Noise of amplitude 0.8 through 14 to 130 float32 products: torch's own float32 sums are off by up to 3e-7. */
const FLOAT32_SUMS = 5e-7;

describe("resample against torchaudio's formulas", () => {
  it.each(cases)("takes $n samples from $from to $to Hz in float64", ({ from, to, n, float64 }) => {
    const resampled = resample(Float64Array.from(counterNoise(n, n)), from, to);
    expect(resampled).toBeInstanceOf(Float64Array);
    expect(greatestGap(resampled, numbers(float64))).toBeLessThan(1e-12);
  });

  it.each(cases)("takes $n samples from $from to $to Hz in float32", ({ from, to, n, torch }) => {
    const resampled = resample(counterNoise(n, n), from, to);
    expect(resampled).toBeInstanceOf(Float32Array);
    expect(greatestGap(resampled, numbers(torch))).toBeLessThan(FLOAT32_SUMS);
  });

  it("is within one step of torch after both are cut to 16 bits, and that in few samples", () => {
    const { from, to, n, seed, length, every37 } = secondOfNoise;
    const resampled = resample(counterNoise(n, seed), from, to);
    expect(resampled.length).toBe(length);
    const ours = quantise(resampled.filter((_, i) => i % 37 === 0));
    const theirs = quantise(numbers(every37) as Float32Array);
    const steps = Array.from(ours, (value, i) => Math.abs(Math.round((value - theirs[i]!) * 32767)));
    expect(Math.max(...steps)).toBeLessThanOrEqual(1);
    expect(steps.filter((step) => step > 0).length).toBeLessThan(ours.length / 50);
  });
});

/** Every output sample as its definition has it: the sum over all input samples, each with its own value of the filter. */
function naive(samples: Float64Array, from: number, to: number): Float64Array {
  const cutoff = (0.99 * Math.min(from, to)) / from;
  return Float64Array.from({ length: resampledLength(samples.length, from, to) }, (_, i) =>
    samples.reduce((sum, sample, j) => {
      const t = (j - (i * from) / to) * cutoff;
      if (Math.abs(t) >= 6) return sum;
      const sinc = t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t);
      return sum + sample * cutoff * sinc * Math.cos((Math.PI * t) / 12) ** 2;
    }, 0),
  );
}

const rates = fc.integer({ min: 1, max: 60 });
const clips = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 80 })
  .map((values) => Float64Array.from(values));

describe("resample", () => {
  it("equals the sum over all samples, for any ratio", () => {
    fc.assert(
      fc.property(clips, rates, rates, (clip, from, to) => {
        expect(greatestGap(resample(clip, from, to), from === to ? clip : naive(clip, from, to))).toBeLessThan(1e-12);
      }),
    );
  });

  it("has ceil(n * to / from) samples", () => {
    expect(resample(new Float32Array(3), 3, 2).length).toBe(2);
    expect(resample(new Float32Array(1), 48000, 16000).length).toBe(1);
    expect(resample(new Float32Array(), 44100, 48000).length).toBe(0);
    // Of a float32 ceiling, as in recent versions of torchaudio, 435377 samples would be left.
    expect(resampledLength(400003, 44100, 48000)).toBe(435378);
  });

  it("is linear", () => {
    fc.assert(
      fc.property(clips, clips, fc.double({ min: -2, max: 2, noNaN: true }), (a, b, gain) => {
        const n = Math.min(a.length, b.length);
        const sum = Float64Array.from({ length: n }, (_, i) => a[i]! + gain * b[i]!);
        const [ofA, ofB] = [resample(a.slice(0, n), 44100, 48000), resample(b.slice(0, n), 44100, 48000)];
        const expected = ofA.map((value, i) => value + gain * ofB[i]!);
        expect(greatestGap(resample(sum, 44100, 48000), expected)).toBeLessThan(1e-12);
      }),
    );
  });

  it.each([
    [44100, 48000],
    [48000, 16000],
    [8000, 48000],
    [44101, 48000],
  ])("keeps the frequency, the phase and the amplitude of a tone from %i to %i Hz", (from, to) => {
    const tone = (rate: number, n: number) => Float64Array.from({ length: n }, (_, i) => Math.sin((3000 * i) / rate));
    const resampled = resample(tone(from, 4000), from, to);
    const margin = 200;
    const expected = tone(to, resampled.length).subarray(margin, -margin);
    // The filter's ripple in its pass band.
    expect(greatestGap(resampled.subarray(margin, -margin), expected)).toBeLessThan(2e-3);
  });

  it("removes what the lower rate cannot hold", () => {
    const tone = Float64Array.from({ length: 4800 }, (_, i) => Math.sin((2 * Math.PI * 14000 * i) / 48000));
    const rest = resample(tone, 48000, 16000).subarray(50, -50);
    expect(Math.max(...rest.map(Math.abs))).toBeLessThan(1e-3);
  });

  it("returns a copy when the rates are equal", () => {
    const samples = Float32Array.of(0.25, -0.5);
    const resampled = resample(samples, 44100, 44100);
    expect(resampled).toEqual(samples);
    expect(resampled).not.toBe(samples);
  });

  it("gives the same with a filter from the cache, and when the cache has let go of it", () => {
    const samples = counterNoise(200, 1);
    const first = resample(samples, 44100, 48000);
    expect(resample(samples, 44100, 48000)).toEqual(first);
    for (let rate = 11; rate < 31; rate++) resample(samples, rate, 7);
    expect(resample(samples, 44100, 48000)).toEqual(first);
  });

  it.each([0, -1, 44100.5, 768_001, Number.NaN, Number.POSITIVE_INFINITY])("refuses the sample rate %d", (rate) => {
    expect(() => resample(new Float32Array(2), rate, 48000)).toThrow(AudioOptionError);
    expect(() => resample(new Float32Array(2), rate, 48000)).toThrow(
      `fromRate is ${rate}, expected an integer from 1 to 768000`,
    );
    expect(() => resample(new Float32Array(2), 48000, rate)).toThrow(`toRate is ${rate}`);
  });

  it("names the first sample that is not finite, and when it sounds", () => {
    const samples = new Float32Array(48000);
    samples[24000] = Number.NaN;
    expect(() => resample(samples, 48000, 16000)).toThrow(NonFiniteSampleError);
    expect(() => resample(samples, 48000, 16000)).toThrow("waveform: sample 24000 (at 0.500 s) is NaN");
  });
});
