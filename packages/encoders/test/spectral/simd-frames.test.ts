import { describe, expect, it, vi } from "vitest";
import { plainLogMel, plainPowerSpectra } from "../../src/spectral/frames.ts";
import { laionClapFrontEnd, muscallFrontEnd } from "../../src/spectral/front-ends.ts";
import { melBank, melBankFromMatrix } from "../../src/spectral/mel-bank.ts";
import { simdLogMel, simdPowerSpectra } from "../../src/spectral/simd-frames.ts";
import { frameCount, type StftConfig } from "../../src/spectral/stft.ts";
import { counterNoise, greatestGap } from "../audio/golden.ts";

/** Powers are of the size of the window's energy, 3 / 8 fftLength; both ways of transforming are exact to a few last digits. */
const exactness = (fftLength: number) => 1e-14 * fftLength;

function powers(samples: Float32Array | Float64Array, config: StftConfig) {
  const size = frameCount(samples.length, config) * (config.fftLength / 2 + 1);
  const [simd, plain] = [new Float64Array(size), new Float64Array(size)];
  expect(simdPowerSpectra(samples, config, simd)).toBe(true);
  plainPowerSpectra(samples, config, plain);
  return { simd, plain };
}

describe("the WebAssembly of the spectra", () => {
  it.each([8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 65536])(
    "equals plain JavaScript for frames of %i samples, an odd one out and both ends too",
    (fftLength) => {
      for (const [hops, normalised] of [
        [4, false],
        [5, true],
      ] as const) {
        const config = { fftLength, hopLength: Math.ceil(fftLength * 0.4), normalised };
        const samples = counterNoise(hops * config.hopLength + 1, fftLength);
        const { simd, plain } = powers(samples, config);
        expect(greatestGap(simd, plain)).toBeLessThan(exactness(fftLength));
      }
    },
  );

  it("takes frames that lie apart, frames that lie close, and a front-end after another", () => {
    const samples = counterNoise(3000, 1);
    for (const hopLength of [1, 7, 500, 40_000]) {
      const { simd, plain } = powers(samples, { fftLength: 64, hopLength, normalised: false });
      expect(greatestGap(simd, plain)).toBeLessThan(exactness(64));
    }
  });

  it("does not round samples of float64", () => {
    const samples = Float64Array.from(counterNoise(3000, 2), (sample, i) => sample / 3 + i * 1e-9);
    const config = { fftLength: 256, hopLength: 100, normalised: false };
    const { simd, plain } = powers(samples, config);
    expect(greatestGap(simd, plain)).toBeLessThan(exactness(256));
    expect(greatestGap(powers(Float32Array.from(samples), config).simd, plain)).toBeGreaterThan(1e-7);
  });

  it("has decibels that round to those of Math.log10, from the softest power to the loudest", () => {
    // One filter that reads the constant part: frames of a constant c have the power (c fftLength / 2)^2 there.
    const bank = melBankFromMatrix(Float64Array.of(1, 0, 0, 0, 0), 5, 1);
    const config = { fftLength: 8, hopLength: 8, normalised: false };
    for (let exponent = -9; exponent < 38; exponent += 0.37) {
      const samples = new Float32Array(40).fill(10 ** exponent);
      const [simd, plain] = [new Float32Array(6), new Float32Array(6)];
      const loudest = simdLogMel(samples, config, bank, 1e-10, simd);
      expect(plainLogMel(samples, config, bank, 1e-10, plain)).toBeCloseTo(loudest!, 11);
      expect(simd).toEqual(plain);
    }
  });

  it.each([
    ["LAION-CLAP", laionClapFrontEnd],
    ["MusCALL", muscallFrontEnd],
  ])("gives the log-mel of plain JavaScript: %s", (_name, frontEnd) => {
    // More than one block of frames.
    const samples = counterNoise(20_000, 3);
    const bank = melBank(frontEnd);
    const size = frameCount(samples.length, frontEnd) * frontEnd.melBins;
    const [simd, plain] = [new Float32Array(size), new Float32Array(size)];
    simdLogMel(samples, frontEnd, bank, 1e-10, simd);
    plainLogMel(samples, frontEnd, bank, 1e-10, plain);
    // One step of a float32 between 64 and 128.
    expect(greatestGap(simd, plain)).toBeLessThanOrEqual(2 ** -17);
  });

  it("keeps a quiet frame exact next to a loud one", () => {
    const config = { fftLength: 64, hopLength: 64, normalised: false };
    const samples = counterNoise(640, 4).map((sample, i) => sample * (i % 128 < 64 ? 1e-12 : 1e6));
    const rows = (data: Float64Array) =>
      Array.from({ length: 11 }, (_, frame) => data.subarray(33 * frame, 33 * frame + 33));
    const { simd, plain } = powers(samples, { ...config, hopLength: 32 });
    for (const [frame, row] of rows(plain).entries()) {
      const loudest = Math.max(...row);
      expect(greatestGap(rows(simd)[frame]!, row)).toBeLessThan(1e-13 * loudest);
    }
  });

  it("needs no more memory for ten minutes than for a second", () => {
    const { prototype } = WebAssembly.Memory;
    const grow = vi.spyOn(prototype, "grow");
    try {
      const bank = melBank(laionClapFrontEnd);
      for (const n of [48_000, 600 * 48_000]) {
        const data = new Float32Array(frameCount(n, laionClapFrontEnd) * 64).fill(1);
        simdLogMel(new Float32Array(n), laionClapFrontEnd, bank, 1e-10, data);
        expect(data.every((decibels) => decibels === -100)).toBe(true);
      }
      const pages = grow.mock.calls.reduce((sum, [more]) => sum + more, 0);
      // 64 KiB each.
      expect(pages).toBeLessThan(16);
    } finally {
      grow.mockRestore();
    }
  });
});
