import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AudioOptionError, EmptyAudioError } from "../../src/audio/errors.ts";
import { centreCrop, cropAt, pad, randomCrop, repeat, repeatPad, repeatWhole } from "../../src/audio/fit-length.ts";

const clip = (n: number) => Float32Array.from({ length: n }, (_, i) => i + 1);
const lengths = fc.integer({ min: 1, max: 60 });

/** How the sizes of n and length compare, over a property: `samples` are 1, 2, ..., n. */
const forAllSizes = (check: (samples: Float32Array, length: number) => void) =>
  fc.assert(fc.property(lengths.map(clip), lengths, check));

describe("repeatPad", () => {
  it("repeats whole copies and fills the rest with zeros", () => {
    expect(Array.from(repeatPad(clip(2), 7))).toEqual([1, 2, 1, 2, 1, 2, 0]);
  });

  it("has floor(length / n) copies and then zeros, for all sizes", () => {
    forAllSizes((samples, length) => {
      const n = samples.length;
      const copies = Math.floor(length / n) * n;
      const expected = n > length ? samples : clip(length).map((_, i) => (i < copies ? (i % n) + 1 : 0));
      expect(repeatPad(samples, length)).toEqual(expected);
    });
  });
});

describe("repeatWhole", () => {
  it("repeats whole copies and adds nothing", () => {
    expect(Array.from(repeatWhole(clip(2), 7))).toEqual([1, 2, 1, 2, 1, 2]);
    expect(Array.from(repeatWhole(clip(4), 7))).toEqual([1, 2, 3, 4]);
  });

  it("fills more than half of the length with whole periods, for all sizes", () => {
    forAllSizes((samples, length) => {
      const { length: repeated } = repeatWhole(samples, length);
      expect(repeated % samples.length).toBe(0);
      if (samples.length <= length) expect(repeated).toBeLessThanOrEqual(length);
      expect(repeated * 2).toBeGreaterThan(length);
      expect(repeatPad(samples, length).subarray(0, repeated)).toEqual(repeatWhole(samples, length));
    });
  });
});

describe("repeat", () => {
  it("cuts the last copy", () => {
    expect(Array.from(repeat(clip(2), 7))).toEqual([1, 2, 1, 2, 1, 2, 1]);
  });

  it("is periodic and has the length, for all sizes", () => {
    forAllSizes((samples, length) => {
      const n = samples.length;
      expect(repeat(samples, length)).toEqual(n > length ? samples : clip(length).map((_, i) => (i % n) + 1));
    });
  });
});

describe("pad", () => {
  it("adds zeros at the end, for all sizes", () => {
    expect(Array.from(pad(clip(2), 4))).toEqual([1, 2, 0, 0]);
    forAllSizes((samples, length) => {
      const n = samples.length;
      expect(pad(samples, length)).toEqual(n > length ? samples : clip(length).map((_, i) => (i < n ? i + 1 : 0)));
    });
  });
});

describe("centreCrop", () => {
  it("leaves as much before as after, one sample less when it cannot", () => {
    expect(Array.from(centreCrop(clip(7), 3))).toEqual([3, 4, 5]);
    expect(Array.from(centreCrop(clip(6), 3))).toEqual([2, 3, 4]);
    forAllSizes((samples, length) => {
      const cropped = centreCrop(samples, length);
      expect(cropped.length).toBe(Math.min(samples.length, length));
      const before = cropped[0]! - 1;
      const after = samples.length - cropped.at(-1)!;
      expect([0, 1]).toContain(after - before);
    });
  });
});

describe("randomCrop", () => {
  it("is a part of the clip, and the same one for the same seed", () => {
    forAllSizes((samples, length) => {
      const cropped = randomCrop(samples, length, 7);
      expect(cropped.length).toBe(Math.min(samples.length, length));
      for (let i = 1; i < cropped.length; i++) expect(cropped[i]).toBe(cropped[i - 1]! + 1);
      expect(randomCrop(samples, length, 7)).toEqual(cropped);
    });
  });

  it("takes each place, the last one included, equally often", () => {
    const counts = new Float64Array(5);
    for (let seed = 0; seed < 5000; seed++) counts[randomCrop(clip(12), 8, seed)[0]! - 1]!++;
    // Four standard deviations of a binomial count with p = 1/5.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(4 * Math.sqrt(5000 * 0.2 * 0.8));
  });

  it("takes seeds beyond 32 bits, and refuses what is no seed", () => {
    const places = [0, 2 ** 32, 2 ** 52].map((seed) => randomCrop(clip(10_000), 10, seed)[0]);
    expect(new Set(places).size).toBe(3);
    for (const seed of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => randomCrop(clip(10), 5, seed)).toThrow(AudioOptionError);
    }
  });
});

describe("cropAt", () => {
  it("takes the samples from the offset on, the last place included", () => {
    expect(Array.from(cropAt(clip(5), 2, 0))).toEqual([1, 2]);
    expect(Array.from(cropAt(clip(5), 2, 3))).toEqual([4, 5]);
  });

  it("refuses a part that reaches over the end", () => {
    expect(() => cropAt(clip(5), 2, 4)).toThrow(
      new AudioOptionError("offset", 4, "an integer from 0 to 3, the last place for 2 samples"),
    );
    expect(() => cropAt(clip(2), 5, 1)).toThrow("expected an integer from 0 to 0");
  });
});

describe.each(Object.entries({ repeatPad, repeatWhole, repeat, pad, centreCrop }))("%s", (_name, fit) => {
  it("returns a clip of exactly the length itself, and changes none", () => {
    const samples = clip(6);
    expect(fit(samples, 6)).toBe(samples);
    fit(samples, 4);
    fit(samples, 20);
    expect(samples).toEqual(clip(6));
  });

  it("refuses an empty clip and a length that is none", () => {
    expect(() => fit(new Float32Array(), 5)).toThrow(EmptyAudioError);
    expect(() => fit(new Float32Array(), 5)).toThrow("waveform has no samples, expected at least one; leave it out");
    for (const length of [0, -1, 2.5, Number.NaN]) {
      expect(() => fit(clip(3), length)).toThrow(new AudioOptionError("length", length, "an integer of at least 1"));
    }
  });
});
