import { describe, expect, it } from "vitest";
import { AudioOptionError } from "../../src/audio/errors.ts";
import { laionClapFrontEnd, muscallFrontEnd } from "../../src/spectral/front-ends.ts";
import { type MelBankConfig, melBank, melBankFromMatrix, melMatrix } from "../../src/spectral/mel-bank.ts";
import { type GoldenArray, golden, greatestGap, numbers } from "../audio/golden.ts";

interface GoldenBank {
  readonly rate: number;
  readonly fftLength: number;
  readonly melBins: number;
  readonly low: number;
  readonly high: number;
  readonly scale: "slaney" | "htk";
  readonly matrix: { readonly shape: [number, number]; readonly index: GoldenArray; readonly value: GoldenArray };
}

const { banks } = golden<{ banks: Record<string, GoldenBank> }>("spectral", "mel-banks");

function dense({ shape, index, value }: GoldenBank["matrix"]): Float64Array {
  const matrix = new Float64Array(shape[0] * shape[1]);
  const values = numbers(value);
  for (const [i, at] of numbers(index).entries()) matrix[at] = values[i]!;
  return matrix;
}

describe("melBank", () => {
  it.each(Object.entries(banks))("equals librosa's filters: %s", (_name, bank) => {
    const { rate, fftLength, melBins, low, high, scale, matrix } = bank;
    const ours = melBank({
      sampleRate: rate,
      fftLength,
      melBins,
      minFrequency: low,
      maxFrequency: high,
      melScale: scale,
    });
    // Slaney's filters are at most 0.015 high, and in float64 on both sides; tiny-configs allows 1e-7.
    expect(greatestGap(melMatrix(ours), dense(matrix))).toBeLessThan(scale === "slaney" ? 1e-15 : 1e-12);
  });

  it("has the probe values of LAION-CLAP's stored matrix", () => {
    const matrix = melMatrix(melBank(laionClapFrontEnd));
    expect(matrix.length).toBe(513 * 64);
    expect(matrix[2 * 64]).toBeCloseTo(0.015011813, 8);
    expect(matrix[3 * 64]).toBeCloseTo(0.005951485, 8);
    expect(matrix[13 * 64 + 10]).toBeCloseTo(0.006699835, 8);
    expect(matrix[14 * 64 + 10]).toBeCloseTo(0.014263462, 8);
    expect(matrix.reduce((sum, weight) => sum + weight)).toBeCloseTo(1.3644, 4);
  });

  it("leaves exactly the filters 116 to 127 of MusCALL empty, those above half the sample rate", () => {
    const empty = melBank(muscallFrontEnd).weights.flatMap((weights, m) => (weights.length === 0 ? [m] : []));
    expect(empty).toEqual([116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127]);
  });

  it.each([
    [{ melBins: 0 }, "melBins is 0, expected a positive integer"],
    [{ minFrequency: -1 }, "minFrequency is -1, expected at least 0"],
    [{ maxFrequency: 50 }, "maxFrequency is 50, expected more than minFrequency (50)"],
    [{ maxFrequency: Number.NaN }, "maxFrequency is NaN"],
    [{ melScale: "bark" as "htk" }, 'melScale is "bark", expected "slaney" or "htk"'],
  ])("refuses %j", (change: Partial<MelBankConfig>, message) => {
    expect(() => melBank({ ...laionClapFrontEnd, ...change })).toThrow(AudioOptionError);
    expect(() => melBank({ ...laionClapFrontEnd, ...change })).toThrow(message);
  });
});

describe("melBankFromMatrix", () => {
  it("takes a stored matrix, in which a filter may be zero inside or throughout", () => {
    const stored = Float32Array.of(0, 1, 0, 0.5, 0, 0, 0, 2, 0);
    const bank = melBankFromMatrix(stored, 3, 3);
    expect(bank.weights.map((weights) => Array.from(weights))).toEqual([[0.5], [1, 0, 2], []]);
    expect(Array.from(melMatrix(bank))).toEqual(Array.from(stored));
  });

  it("refuses another size, and weights that are not finite", () => {
    expect(() => melBankFromMatrix(new Float32Array(5), 3, 2)).toThrow(
      new AudioOptionError("matrix", "5 weights", "3 bins x 2 filters"),
    );
    expect(() => melBankFromMatrix(Float32Array.of(1, Number.NaN), 1, 2)).toThrow(AudioOptionError);
  });
});
