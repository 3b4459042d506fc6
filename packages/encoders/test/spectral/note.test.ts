import { describe, expect, it } from "vitest";
import { needsReference, reference, referencePath } from "../../../../test/reference.ts";
import { lengthPolicy } from "../../src/audio/length-policies.ts";
import { decodeAudioFile } from "../../src/audio/node.ts";
import { quantise } from "../../src/audio/quantise.ts";
import { resample } from "../../src/audio/resample.ts";
import { laionClapFrontEnd } from "../../src/spectral/front-ends.ts";
import { logMel } from "../../src/spectral/log-mel.ts";
import { type GoldenArray, golden, greatestGap, numbers } from "../audio/golden.ts";

const expected = golden<{
  samples: number;
  resampled: number;
  codes: GoldenArray;
  frames: readonly number[];
  decibels: GoldenArray;
}>("spectral", "note");

describe.skipIf(reference === undefined)(`a note of TinySOL${needsReference}`, () => {
  it("goes from its file to the log-mel of torch, as the study prepared it", async () => {
    const { samples, sampleRate } = await decodeAudioFile(referencePath("TinySol", "Acc-ord-A1-ff-N-T22u.wav"));
    expect([samples.length, sampleRate]).toEqual([expected.samples, 44100]);
    const quantised = quantise(resample(samples, sampleRate, 48000));
    expect(quantised.length).toBe(expected.resampled);
    const codes = quantised.filter((_, i) => i % 4001 === 1000).map((sample) => sample * 32767);
    expect(greatestGap(codes, numbers(expected.codes))).toBeLessThan(0.01);
    const { pieces } = lengthPolicy("study-joint")(quantised, laionClapFrontEnd.clipLength);
    const { data, frames, melBins } = logMel(pieces[0]!, laionClapFrontEnd);
    expect([frames, melBins]).toEqual([1001, 64]);
    const rows = expected.frames.flatMap((frame) => Array.from(data.subarray(frame * melBins, (frame + 1) * melBins)));
    // The tolerance of the log-mel of both models, in decibels.
    expect(greatestGap(rows, numbers(expected.decibels))).toBeLessThan(1e-4);
  });
});
