import { fileURLToPath } from "node:url";
import { memory } from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AudioError, EmptyAudioError, NonFiniteSampleError } from "../../src/audio/errors.ts";
import { lengthPolicyNames } from "../../src/audio/length-policies.ts";
import type { BackendName } from "../../src/backend/backend.ts";
import type { LoadedTwoTower } from "../../src/models/load.ts";
import { loadModel, type NodeLoadOptions, readTokenizerFiles } from "../../src/models/node.ts";
import type { TowerOutput, Waveform } from "../../src/two-tower.ts";
import { onEveryBackend } from "../backends.ts";

const golden = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url));

const models: Record<string, { path: string; vocabulary: string | undefined; options: NodeLoadOptions }> = {
  CLAP: {
    path: golden("models/goldens/clap/tiny.pt"),
    vocabulary: golden("text/goldens/roberta-tokenizer.json"),
    options: { textHeads: 4, hopLength: 120, clipSeconds: 30_000 / 48_000 },
  },
  // The vocabulary of the tests has not the number of its ids.
  MusCALL: { path: golden("models/goldens/muscall/tiny.pth.tar"), vocabulary: undefined, options: { textHeads: 4 } },
};

const constant = (value: number, length: number, sampleRate: number): Waveform => ({
  samples: new Float32Array(length).fill(value),
  sampleRate,
});

function expectSound({ preJoint, joint }: TowerOutput): void {
  expect(preJoint.data.every(Number.isFinite)).toBe(true);
  const [count, width] = joint.shape as [number, number];
  for (let row = 0; row < count; row++) {
    const squares = joint.data.subarray(row * width, (row + 1) * width).reduce((sum, value) => sum + value * value, 0);
    expect(Math.sqrt(squares)).toBeCloseTo(1, 5);
  }
}

onEveryBackend((_, backend) => {
  describe.each(Object.keys(models))("%s", (name) => {
    let model: LoadedTwoTower;
    beforeAll(async () => {
      const { path, vocabulary, options } = models[name]!;
      const tokenizer = vocabulary === undefined ? null : await readTokenizerFiles(vocabulary);
      model = await loadModel(path, { ...options, tokenizer, backend: backend as BackendName });
    });
    afterAll(() => model.dispose());

    test("makes sound rows of silence, a click, an overdriven and a constant signal", async () => {
      const rate = model.sampleRate;
      const click = constant(0, rate, rate);
      click.samples[1] = 1;
      const clips = [constant(0, rate, rate), click, constant(100, rate, rate), constant(-1e-7, 10, rate)];
      expectSound(await model.encodeAudio(clips));
    });

    test("makes a sound row of a clip of one sample", async () => {
      expectSound(await model.encodeAudio([constant(0.5, 1, model.sampleRate)]));
    });

    test.each([8000, 11_025, 44_100, 96_000])("takes clips of %i Hz", async (rate) => {
      expectSound(await model.encodeAudio([constant(0.1, rate, rate)]));
    });

    test.each(lengthPolicyNames)("makes a sound row of a clip of a minute by %s", async (lengthPolicy) => {
      const minute = constant(0, 60 * model.sampleRate, model.sampleRate);
      for (let i = 0; i < minute.samples.length; i++) minute.samples[i] = Math.sin(i * i * 1e-9);
      expectSound(await model.encodeAudio([minute], { lengthPolicy }));
    });

    test("refuses a clip that the policy leaves too short", async () => {
      const lengthPolicy = (samples: Float32Array) => ({ pieces: [samples], weights: [1] });
      const encoded = model.encodeAudio([constant(0.5, 20, model.sampleRate)], { lengthPolicy });
      await expect(encoded).rejects.toThrow(AudioError);
    });

    test("refuses empty clips and samples that are no numbers, and keeps no tensor of it", async () => {
      const before = memory().numTensors;
      const sound = constant(0.5, 1000, model.sampleRate);
      const [nan, infinite] = [constant(0.5, 1000, model.sampleRate), constant(0.5, 1000, model.sampleRate)];
      nan.samples[999] = Number.NaN;
      infinite.samples[0] = Number.NEGATIVE_INFINITY;
      await expect(model.encodeAudio([sound, constant(0, 0, 48_000)])).rejects.toThrow(EmptyAudioError);
      await expect(model.encodeAudio([sound, nan])).rejects.toThrow(NonFiniteSampleError);
      await expect(model.encodeAudio([sound, infinite])).rejects.toThrow("clip 1: sample 0 (at 0.000 s) is -Infinity");
      expect(memory().numTensors).toBe(before);
    });

    test("makes sound rows of odd texts", async () => {
      if (model.tokenizer === undefined) return;
      const texts = [
        "",
        " ",
        "\u0000",
        "\ud800",
        "🎻".repeat(50),
        "a".repeat(2 ** 20),
        "</s><pad><mask>",
        "\u202eviolin",
      ];
      const output = await model.encodeText(texts);
      expectSound(output);
      expect(output.lostTokens[5]).toBeGreaterThan(1000);
      expectSound(await model.encodeText([]));
    });
  });
});
