import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyFilter, designFilter } from "../../src/audio/polyphase.ts";
import { resampledLength } from "../../src/audio/resample.ts";
import {
  simdAnyNotFinite,
  simdMeanOfPairs,
  simdQuantise,
  simdResample,
  simdRescale,
  simdScale,
} from "../../src/audio/simd-waveform.ts";
import { counterNoise, greatestGap } from "./golden.ts";

/** Around a vector, around a chunk of 16,384, and more than two chunks. */
const lengths = [0, 1, 3, 4, 5, 8191, 8192, 8193, 16_383, 16_384, 16_385, 40_000];

describe("the WebAssembly of waveforms", () => {
  it.each(lengths)("finds a sample that is not finite wherever it is: %i samples", (n) => {
    const samples = counterNoise(n, n).map((sample, i) => (i % 2 === 0 ? sample : Math.sign(sample) * 3.4e38));
    expect(simdAnyNotFinite(samples)).toBe(false);
    for (const at of [0, n >> 1, n - 1].filter((i) => i >= 0 && i < n)) {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const bad = samples.slice();
        bad[at] = value;
        expect(simdAnyNotFinite(bad)).toBe(true);
      }
    }
  });

  it("does not find what the clip before had behind the end of this one", () => {
    expect(simdAnyNotFinite(new Float32Array(8).fill(Number.NaN))).toBe(true);
    expect(simdAnyNotFinite(new Float32Array(5))).toBe(false);
    expect(simdQuantise(new Float32Array(8).fill(Number.NaN), new Float32Array(8))).toBe(false);
    expect(simdQuantise(new Float32Array(5), new Float32Array(5))).toBe(true);
  });

  it.each(lengths)("scales and quantises like a loop: %i samples", (n) => {
    const samples = counterNoise(n, n + 1).map((sample) => sample * 1.5);
    const scaled = samples.slice();
    expect(simdScale(scaled, 0.3)).toBe(true);
    expect(scaled).toEqual(samples.map((sample) => sample * Math.fround(0.3)));
    const quantised = new Float32Array(n);
    expect(simdQuantise(samples, quantised)).toBe(true);
    const code = (sample: number) => Math.trunc(Math.fround(Math.min(1, Math.max(-1, sample)) * 32767)) + 0;
    expect(quantised).toEqual(samples.map((sample) => code(sample) / 32767));
  });

  it.each([16, 24])("brings integers of %i bits back out of floats that were divided by one too few", (bits) => {
    const full = 2 ** (bits - 1);
    const codes = Array.from({ length: 65_536 }, (_, i) => i * 2 ** (bits - 16) - full).concat(
      full - 1,
      1 - full,
      1,
      -1,
    );
    const floats = Float32Array.from(codes, (code) => code / (full - 1));
    expect(simdRescale(floats, full - 1, 1 / full)).toBe(true);
    // Adding zero makes zero of minus zero.
    expect(floats.map((value) => value + 0)).toEqual(Float32Array.from(codes, (code) => code / full));
  });

  it.each(lengths)("takes the mean of pairs in float64: %i pairs", (n) => {
    const pairs = counterNoise(2 * n, n + 2).map((sample, i) => (i % 3 === 0 ? sample * 1e-7 : sample));
    const means = new Float32Array(n);
    expect(simdMeanOfPairs(pairs, means)).toBe(true);
    expect(means).toEqual(means.map((_, i) => (pairs[2 * i]! + pairs[2 * i + 1]!) / 2));
  });

  it("applies the filter of any ratio like plain JavaScript, for any length", () => {
    const rate = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), rate, rate, fc.boolean(), (n, down, up, asFloat32) => {
        const filter = designFilter(down, up, asFloat32);
        const samples = counterNoise(n, n);
        const [simd, plain] = [1, 2].map(() => new Float32Array(resampledLength(n, down, up)));
        expect(simdResample(filter, samples, simd!)).toBe(true);
        applyFilter(filter, samples, plain!);
        // The same products in float64, added in another order: at most the rounding to float32 differs.
        expect(greatestGap(simd!, plain!)).toBeLessThanOrEqual(2 ** -24);
      }),
    );
  });

  it.each([
    [147, 160],
    [3, 1],
    [1, 3],
    [44101, 48000],
    [7999, 7],
  ])("applies the filter of %i to %i over many blocks, and after another filter", (down, up) => {
    const filter = designFilter(down, up, true);
    for (const n of [50_000, 1, 49_999]) {
      const samples = counterNoise(n, n);
      const [simd, plain] = [1, 2].map(() => new Float32Array(resampledLength(n, down, up)));
      expect(simdResample(filter, samples, simd!)).toBe(true);
      applyFilter(filter, samples, plain!);
      expect(greatestGap(simd!, plain!)).toBeLessThanOrEqual(2 ** -24);
    }
  });

  it("leaves a filter of 9 million taps to plain JavaScript, which needs no second copy of them", () => {
    const to = new Float32Array(1);
    expect(simdResample(designFilter(768_000, 1, true), new Float32Array(10), to)).toBe(false);
  });
});
