import { afterEach, describe, expect, it, vi } from "vitest";
import { type GoldenArray, golden, greatestGap, numbers } from "./golden.ts";

const refusals: Record<string, () => unknown> = {
  "there is no WebAssembly": () => vi.stubGlobal("WebAssembly", undefined),
  "it has no SIMD, or a content security policy forbids it": () =>
    vi.spyOn(WebAssembly, "Module").mockImplementation(function refuse() {
      throw new WebAssembly.CompileError("refused");
    }),
};

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.resetModules();
});

describe.each(Object.keys(refusals))("where %s", (reason) => {
  /** The modules anew: whether there is SIMD is found out once. */
  async function anew() {
    vi.resetModules();
    refusals[reason]!();
    const { simdAnyNotFinite } = await import("../../src/audio/simd-waveform.ts");
    expect(simdAnyNotFinite(new Float32Array(1))).toBeUndefined();
  }

  it("log-mel is that of torch all the same", async () => {
    await anew();
    const { logMel } = await import("../../src/spectral/log-mel.ts");
    const { laionClapFrontEnd, muscallFrontEnd } = await import("../../src/spectral/front-ends.ts");
    const { cases, waves } = golden<{
      cases: readonly { frontEnd: string; wave: string; gain: number; float64: GoldenArray }[];
      waves: Record<string, GoldenArray>;
    }>("spectral", "log-mel");
    let compared = 0;
    for (const { frontEnd, wave, gain, float64 } of cases) {
      const own = { laion: laionClapFrontEnd, muscall: muscallFrontEnd }[frontEnd];
      if (own === undefined) continue;
      const samples = Float32Array.from(numbers(waves[wave]!), (code) => Math.fround((code / 32768) * gain));
      expect(greatestGap(logMel(samples, own).data, numbers(float64))).toBeLessThanOrEqual(8e-6);
      compared++;
    }
    expect(compared).toBeGreaterThan(3);
  });

  it("power spectra are those of the definition", async () => {
    await anew();
    const { powerSpectrogram } = await import("../../src/spectral/spectrogram.ts");
    const tone = Float32Array.from({ length: 256 }, (_, i) => Math.cos((2 * Math.PI * 3 * i) / 16));
    const { data, bins } = powerSpectrogram(tone, { fftLength: 16, hopLength: 16, normalised: false });
    // A tone of amplitude 1 in a Hann window of n samples has the magnitude n / 4, and half of that in the bins beside it.
    expect(greatestGap(data.subarray(4 * bins, 5 * bins), [0, 0, 4, 16, 4, 0, 0, 0, 0])).toBeLessThan(1e-5);
  });

  it("waveforms are resampled as by torch, quantised as by NumPy, and searched for NaN", async () => {
    await anew();
    const { resample } = await import("../../src/audio/resample.ts");
    const { quantise } = await import("../../src/audio/quantise.ts");
    const { counterNoise } = await import("./golden.ts");
    const { cases } = golden<{ cases: readonly { from: number; to: number; n: number; torch: GoldenArray }[] }>(
      "audio",
      "resample",
    );
    for (const { from, to, n, torch } of cases) {
      expect(greatestGap(resample(counterNoise(n, n), from, to), numbers(torch))).toBeLessThan(5e-7);
    }
    const { in: input, out } = golden<{ in: GoldenArray; out: GoldenArray }>("audio", "quantise");
    expect(quantise(numbers(input) as Float32Array)).toEqual(numbers(out));
    expect(() => quantise(Float32Array.of(0, Number.NaN))).toThrow("waveform: sample 1 is NaN");
  });
});
