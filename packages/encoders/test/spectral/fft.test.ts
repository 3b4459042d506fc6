import { describe, expect, it } from "vitest";
import { RealFft } from "../../src/spectral/fft.ts";
import { counterNoise, greatestGap } from "../audio/golden.ts";

/** The definition, one sum for each bin. */
function naive(signal: Float64Array): { real: Float64Array; imaginary: Float64Array } {
  const n = signal.length;
  const bin = (part: (angle: number) => number) =>
    Float64Array.from({ length: n / 2 + 1 }, (_, k) =>
      // The product is taken modulo n, so that the angle is exact for a large bin too.
      signal.reduce((sum, value, i) => sum + value * part((2 * Math.PI * ((k * i) % n)) / n), 0),
    );
  return { real: bin(Math.cos), imaginary: bin((angle) => -Math.sin(angle)) };
}

function transform(signal: Float64Array): { real: Float64Array; imaginary: Float64Array } {
  const fft = new RealFft(signal.length);
  fft.input.set(signal);
  fft.transform();
  return fft;
}

describe("RealFft", () => {
  it.each([8, 16, 32, 64, 128, 256, 512, 1024, 2048])("equals the naive transform of %i samples", (n) => {
    const signal = Float64Array.from(counterNoise(n, n));
    const [ours, expected] = [transform(signal), naive(signal)];
    // Values are of the size of sqrt(n); the naive sum is the less exact of the two.
    expect(greatestGap(ours.real, expected.real)).toBeLessThan(1e-13 * n);
    expect(greatestGap(ours.imaginary, expected.imaginary)).toBeLessThan(1e-13 * n);
  });

  it("puts a tone into its bin and nothing into the others", () => {
    const { real, imaginary } = transform(
      Float64Array.from({ length: 16 }, (_, i) => Math.cos((2 * Math.PI * 3 * i) / 16)),
    );
    expect(greatestGap(real, [0, 0, 0, 8, 0, 0, 0, 0, 0])).toBeLessThan(1e-14);
    expect(greatestGap(imaginary, new Float64Array(9))).toBeLessThan(1e-14);
  });

  it("keeps the energy (Parseval), also when used a second time", () => {
    const fft = new RealFft(1024);
    for (const seed of [1, 2]) {
      const signal = Float64Array.from(counterNoise(1024, seed));
      fft.input.set(signal);
      fft.transform();
      const ofBins = fft.real.reduce((sum, re, k) => {
        const power = re * re + fft.imaginary[k]! ** 2;
        return sum + (k === 0 || k === 512 ? power : 2 * power);
      }, 0);
      expect(ofBins / 1024).toBeCloseTo(
        signal.reduce((sum, value) => sum + value * value, 0),
        10,
      );
    }
  });
});
