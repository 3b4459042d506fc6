import { ones, type Tensor, tensor1d, zeros } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { loadParameters } from "../../src/layers/parameters.ts";
import { htsat, htsatFrames, htsatParameters, htsatWindows } from "../../src/towers/htsat.ts";
import { greatestGap } from "../audio/golden.ts";
import { onEveryBackend } from "../backends.ts";
import {
  goldenValues,
  goldenWave,
  loadGoldenModel,
  meta,
  modelNames,
  stacked,
  tolerance,
} from "../models/clap-goldens.ts";

const stageNames = [
  "bn0",
  "resized",
  "patch_embed",
  ...[0, 1, 2].flatMap((stage) => [
    `stage${stage}.block0`,
    `stage${stage}.block1`,
    ...(stage < 2 ? [`stage${stage}.merge`] : []),
  ]),
  "norm",
];

onEveryBackend((open) => {
  describe.each(modelNames)("HTS-AT, the small CLAP %s", (model) => {
    test("equals PyTorch after every stage", async () => {
      const { towers, run } = await loadGoldenModel(await open(), model);
      const golden = await goldenValues(model);
      const seen: string[] = [];
      run(() =>
        towers.audio(golden.tensor("tap.logmel"), (stage: string, value: Tensor) => {
          seen.push(stage);
          const expected = golden.read(`tap.${stage}`);
          const largest = expected.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
          const gap = greatestGap(value.dataSync<"float32">(), expected);
          expect([stage, gap < tolerance.stage * largest, gap]).toEqual([stage, true, gap]);
        }),
      );
      expect(seen).toEqual(stageNames);
      towers.dispose();
    });

    test("has the log-mel spectrogram of PyTorch in front of it", async () => {
      const { towers } = await loadGoldenModel(await open(), model);
      const golden = await goldenValues(model);
      const { data } = towers.logMel(towers.prepare(goldenWave(meta.models[model].clips.exact)));
      expect(greatestGap(data, golden.read("tap.logmel"))).toBeLessThan(tolerance.decibels);
      towers.dispose();
    });

    test("stretches few frames, reads as many as its image holds, and refuses more", async () => {
      const { towers, run } = await loadGoldenModel(await open(), model);
      const bins = { tiny: 16, other: 32 }[model];
      const most = { tiny: 256, other: 128 }[model];
      const embed = (frames: number) => run(() => towers.audio(zeros([1, frames, bins])));
      // Silence is silence, however long.
      expect(greatestGap(embed(20), embed(most))).toBeLessThan(tolerance.preJoint);
      expect(() => embed(most + 1)).toThrow(
        new RangeError(`log-mel has ${most + 1} frames, HTS-AT reads at most ${most} at once; cut the clip first`),
      );
      expect(() => run(() => towers.audio(zeros([1, most, 64])))).toThrow(
        new RangeError(`log-mel has 64 bins, HTS-AT reads ${bins}`),
      );
      towers.dispose();
    });

    test("leaves its input as it is, for another use", async () => {
      const backend = await open();
      const { towers, run } = await loadGoldenModel(backend, model);
      const logMel = stacked([towers.logMel(goldenWave(12_000))]);
      const once = run(() => towers.audio(logMel));
      expect(run(() => towers.audio(logMel))).toEqual(once);
      logMel.dispose();
      towers.dispose();
    });
  });

  test("HTS-AT normalises mel bins with 1e-5 beside a variance that is smaller", async () => {
    const backend = await open();
    const config = { melBins: 4, imageSize: 8, patchSize: 2, width: 4, stages: [{ depth: 1, heads: 1, window: 2 }] };
    const bins: Record<string, readonly number[]> = {
      weight: [1, 2, -3, 4],
      bias: [0, 1, 2, 3],
      running_mean: [0.1, -0.2, 0.3, 0],
      running_var: [0, 1e-6, 1e-5, 1e-4],
    };
    const weights = await loadParameters(htsatParameters(config), async ({ name, shape, layout }) => {
      const values = name.includes(".bn0.") ? bins[name.split(".").at(-1)!] : undefined;
      const wanted = layout === "linear" ? [...shape].reverse() : [...shape];
      return values === undefined ? zeros(wanted) : tensor1d([...values]);
    });
    const tower = htsat(config, weights);
    let normalised: Float32Array = new Float32Array();
    const result = backend.run(() =>
      tower.encode(ones([1, 16, 4]), (stage, value) => {
        if (stage === "bn0") normalised = value.dataSync<"float32">().slice(0, 4);
      }),
    );
    // weight (1 - mean) / sqrt(variance + 1e-5) + bias
    const expected = [
      0.9 / Math.sqrt(1e-5),
      2.4 / Math.sqrt(1.1e-5) + 1,
      -2.1 / Math.sqrt(2e-5) + 2,
      4 / Math.sqrt(1.1e-4) + 3,
    ];
    for (const [bin, value] of expected.entries()) expect(normalised[bin]! / value).toBeCloseTo(1, 6);
    result.dispose();
    tower.dispose();
  });
});

describe("windows of HTSAT-base", () => {
  const config = {
    melBins: 64,
    imageSize: 256,
    patchSize: 4,
    width: 128,
    stages: [2, 2, 12, 2].map((depth, stage) => ({ depth, heads: 4 * 2 ** stage, window: 8 })),
  };

  test("are shifted by half their side in every second block, but for the last stage, which has one window", () => {
    const shifts = config.stages.map(({ depth }, stage) =>
      Array.from({ length: depth }, (_, block) => htsatWindows(config, stage, block).shift),
    );
    expect(shifts).toEqual([
      [0, 4],
      [0, 4],
      [0, 4, 0, 4, 0, 4, 0, 4, 0, 4, 0, 4],
      [0, 0],
    ]);
    expect(config.stages.map((_, stage) => htsatWindows(config, stage, 0).grid)).toEqual([64, 32, 16, 8]);
  });

  test("make an image of 1024 frames", () => {
    expect(htsatFrames(config)).toBe(1024);
  });
});
