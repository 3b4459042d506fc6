import { describe, expect, it } from "vitest";
import { AudioOptionError, EmptyAudioError, NonFiniteSampleError, ShortAudioError } from "../../src/audio/errors.ts";
import { type FrontEnd, laionClapFrontEnd, muscallFrontEnd } from "../../src/spectral/front-ends.ts";
import { logMel } from "../../src/spectral/log-mel.ts";
import { melBank, melBankFromMatrix, melMatrix } from "../../src/spectral/mel-bank.ts";
import { counterNoise, type GoldenArray, golden, greatestGap, numbers } from "../audio/golden.ts";

interface Case {
  readonly frontEnd: string;
  readonly hopLength: number;
  readonly wave: string;
  readonly gain: number;
  readonly float64: GoldenArray;
}

const { cases, waves } = golden<{ cases: readonly Case[]; waves: Record<string, GoldenArray> }>("spectral", "log-mel");

const laionTiny: FrontEnd = { ...laionClapFrontEnd, clipLength: 30_000, fftLength: 256, hopLength: 120, melBins: 16 };
const muscallTiny: FrontEnd = { ...muscallFrontEnd, clipLength: 16_000, fftLength: 256, hopLength: 128, melBins: 64 };
const frontEnds: Record<string, FrontEnd> = {
  laion: laionClapFrontEnd,
  "laion-tiny": laionTiny,
  muscall: muscallFrontEnd,
  "muscall-tiny": muscallTiny,
};

/** The tolerance of tiny-configs is 1e-4 dB; what is left after float64 on both sides is the rounding to float32. */
const FLOAT32_STEP_AT_100_DB = 8e-6;

const samplesOf = ({ wave, gain }: Case) =>
  Float32Array.from(numbers(waves[wave]!), (code) => Math.fround((code / 32768) * gain));

describe("logMel", () => {
  it.each(cases)("equals torch's: $frontEnd, $wave, gain $gain", (golden) => {
    const { data, frames, melBins } = logMel(samplesOf(golden), frontEnds[golden.frontEnd]!);
    expect([frames, melBins]).toEqual(golden.float64.shape);
    expect(greatestGap(data, numbers(golden.float64))).toBeLessThanOrEqual(FLOAT32_STEP_AT_100_DB);
  });

  it("is -100 dB for digital silence, in every bin", () => {
    const { data } = logMel(new Float32Array(4800), laionClapFrontEnd);
    expect(data).toEqual(new Float32Array(11 * 64).fill(-100));
    const muscall = logMel(new Float32Array(3200), muscallFrontEnd);
    expect(muscall.data).toEqual(new Float32Array(7 * 128).fill(-100));
  });

  it("has no value below the loudest of the clip minus 100 dB for MusCALL, also in its empty filters", () => {
    const { data, melBins } = logMel(
      counterNoise(3200, 1).map((sample) => 100 * sample),
      muscallFrontEnd,
    );
    const loudest = Math.max(...data);
    expect(loudest).toBeGreaterThan(10);
    for (let i = 0; i < data.length; i += melBins) {
      for (let m = 116; m < melBins; m++) expect(data[i + m]).toBe(Math.min(...data));
    }
    expect(Math.min(...data)).toBeCloseTo(loudest - 100, 4);
  });

  it("is 6.02 dB higher for twice the amplitude, where nothing is cut off", () => {
    const soft = counterNoise(4800, 2);
    const loud = soft.map((sample) => 2 * sample);
    const [a, b] = [logMel(soft, laionClapFrontEnd).data, logMel(loud, laionClapFrontEnd).data];
    expect(
      greatestGap(
        b,
        a.map((value) => value + 20 * Math.log10(2)),
      ),
    ).toBeLessThan(2e-5);
  });

  it("takes the filters of a checkpoint instead of the formula's", () => {
    const samples = counterNoise(4800, 4);
    const stored = Float32Array.from(melMatrix(melBank(laionClapFrontEnd)));
    const fromStored = logMel(samples, laionClapFrontEnd, melBankFromMatrix(stored, 513, 64));
    expect(greatestGap(fromStored.data, logMel(samples, laionClapFrontEnd).data)).toBeLessThan(1e-5);
    const louder = logMel(
      samples,
      laionClapFrontEnd,
      melBankFromMatrix(
        stored.map((w) => w * 10),
        513,
        64,
      ),
    );
    expect(
      greatestGap(
        louder.data,
        fromStored.data.map((value) => value + 10),
      ),
    ).toBeLessThan(1e-5);
  });

  it("refuses filters of another size", () => {
    expect(() => logMel(new Float32Array(4800), laionClapFrontEnd, melBank(laionTiny))).toThrow(
      new AudioOptionError("bank", "129 bins x 16 filters", "513 bins x 64 filters, as the front-end has"),
    );
  });

  it("never turns bad samples into numbers", () => {
    expect(() => logMel(new Float32Array(), laionClapFrontEnd)).toThrow(EmptyAudioError);
    expect(() => logMel(Float32Array.of(0.5), laionClapFrontEnd)).toThrow(ShortAudioError);
    expect(() => logMel(new Float32Array(512), laionClapFrontEnd)).toThrow(ShortAudioError);
    expect(logMel(new Float32Array(513), laionClapFrontEnd).frames).toBe(2);
    const samples = new Float32Array(4800);
    samples[4799] = Number.NaN;
    expect(() => logMel(samples, laionClapFrontEnd)).toThrow(NonFiniteSampleError);
    expect(() => logMel(new Float32Array(4800), { ...muscallFrontEnd, dynamicRange: -1 })).toThrow(AudioOptionError);
  });

  it("stays finite for samples as loud as float32 allows, and for the softest", () => {
    for (const amplitude of [3e38, 1e-45]) {
      const { data } = logMel(
        counterNoise(4800, 6).map((sample) => Math.sign(sample) * amplitude),
        muscallFrontEnd,
      );
      expect(data.every(Number.isFinite)).toBe(true);
    }
  });
});
