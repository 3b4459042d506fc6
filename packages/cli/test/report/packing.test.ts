import { describe, expect, it } from "vitest";
import { unpackedFloats, unpackedIntegers, unquantised } from "../../src/report/client/unpack.ts";
import { packedFloats, packedIntegers, quantised } from "../../src/report/packing.ts";

describe("numbers in a page", () => {
  it("takes 12 bits for a similarity, the first of two in the lower bits", () => {
    // 0, 4095 and 1365 steps of 1 / 4095: 0x000, 0xfff, 0x555, and nothing for the fourth.
    const packed = quantised([0, 1, 1 / 3]);
    expect([...Buffer.from(packed.base64, "base64")]).toEqual([0x00, 0xf0, 0xff, 0x55, 0x05, 0x00]);
    expect(packed).toMatchObject({ low: 0, step: 1 / 4095 });
  });

  it("gives similarities back to within half a step, whatever their range", () => {
    for (const count of [0, 1, 2, 7, 100]) {
      const values = Float64Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898) * 37 - 5);
      const packed = quantised(values);
      const back = unquantised(packed, count);
      expect(back.length).toBe(count);
      // A rounding of the sum and the product on top of the half step.
      for (const [i, value] of values.entries()) {
        expect(Math.abs(back[i]! - value)).toBeLessThanOrEqual(packed.step / 2 + 1e-12);
      }
    }
  });

  it("gives back what is all the same as it is", () => {
    expect([...unquantised(quantised([0.25, 0.25, 0.25]), 3)]).toEqual([0.25, 0.25, 0.25]);
  });

  it("takes a byte for integers below 256, two above", () => {
    for (const [values, bytes] of [
      [[0, 7, 255], 1],
      [[0, 256, 65535], 2],
      [[], 1],
    ] as const) {
      const packed = packedIntegers(values);
      expect(packed.bytes).toBe(bytes);
      expect([...unpackedIntegers(packed)]).toEqual(values);
    }
  });

  it("keeps every bit of a similarity of texts, which decides triplets", () => {
    const values = [0.1 + 0.2, -1e-300, 1, Number.MIN_VALUE];
    expect([...unpackedFloats(packedFloats(values))]).toEqual(values);
  });
});
