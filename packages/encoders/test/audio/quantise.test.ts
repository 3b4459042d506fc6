import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NonFiniteSampleError } from "../../src/audio/errors.ts";
import { quantise } from "../../src/audio/quantise.ts";
import { type GoldenArray, golden, numbers } from "./golden.ts";

const all16BitCodes = Float32Array.from({ length: 65535 }, (_, i) => (i - 32767) / 32767);

describe("quantise", () => {
  it("cuts to 16 bits towards zero, and clamps", () => {
    const quantised = quantise(Float32Array.of(0.5, -0.5, 0.00003, 2, -2));
    expect(Array.from(quantised)).toEqual([16383 / 32767, -16383 / 32767, 0, 1, -1].map(Math.fround));
  });

  it("gives the floats of NumPy and torch bit for bit, at every edge", () => {
    const { in: input, out } = golden<{ in: GoldenArray; out: GoldenArray }>("audio", "quantise");
    expect(quantise(numbers(input) as Float32Array)).toEqual(numbers(out));
  });

  it("leaves all 65535 of its own values as they are", () => {
    expect(quantise(all16BitCodes)).toEqual(all16BitCodes);
  });

  it("is odd and never moves a sample away from zero", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (sample) => {
        const [plus, minus] = quantise(Float32Array.of(sample, -sample)) as unknown as [number, number];
        expect(plus + minus).toBe(0);
        expect(Math.abs(plus)).toBeLessThanOrEqual(Math.abs(sample));
      }),
    );
  });

  it("does not change its input, and takes an empty one", () => {
    const samples = Float32Array.of(0.1);
    quantise(samples);
    expect(samples).toEqual(Float32Array.of(0.1));
    expect(quantise(new Float32Array())).toEqual(new Float32Array());
  });

  it("names the first sample that is not finite", () => {
    expect(() => quantise(Float32Array.of(0, Number.NaN, Number.POSITIVE_INFINITY))).toThrow(
      new NonFiniteSampleError("waveform", 1, Number.NaN),
    );
    expect(() => quantise(Float32Array.of(0, 0, Number.NEGATIVE_INFINITY))).toThrow(
      "waveform: sample 2 is -Infinity, expected a finite number; repair or leave out the clip",
    );
  });
});
