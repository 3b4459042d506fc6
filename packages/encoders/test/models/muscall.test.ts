import { memory, type Tensor, tensor } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend/backend.ts";
import type { LoadedTowers, ModelSettings } from "../../src/models/model-family.ts";
import { greatestGap } from "../audio/golden.ts";
import { onEveryBackend } from "../backends.ts";
import { goldenValues, loadGoldenModel, type ModelName, models, stackedLogMel, tolerance } from "./muscall-goldens.ts";

const valuesOf = (backend: Backend, compute: () => Tensor): Float32Array => {
  const result = backend.run(compute);
  const values = result.dataSync<"float32">();
  result.dispose();
  return values;
};

function encodeAudio(backend: Backend, towers: LoadedTowers, clips: readonly Float32Array[]) {
  const { values, shape } = stackedLogMel(towers, clips);
  const preJoint = valuesOf(backend, () => towers.audio(tensor(values, shape)));
  const rows = [clips.length, preJoint.length / clips.length];
  return { preJoint, joint: valuesOf(backend, () => towers.projectAudio(tensor(preJoint, rows))) };
}

function encodeIds(
  backend: Backend,
  towers: LoadedTowers,
  ids: Int32Array,
  [texts, length]: readonly [number, number],
) {
  const preJoint = valuesOf(backend, () => towers.text(tensor(ids, [texts, length], "int32")));
  const rows = [texts, preJoint.length / texts];
  return { preJoint, joint: valuesOf(backend, () => towers.projectText(tensor(preJoint, rows))) };
}

onEveryBackend((open) => {
  describe.each(Object.keys(models) as ModelName[])("MusCALL %s", (name) => {
    test("embeds waveforms as PyTorch does, silence and clipping included", async () => {
      const backend = await open();
      const { towers } = await loadGoldenModel(backend, name);
      const golden = await goldenValues(name);
      const { preJoint, joint } = encodeAudio(backend, towers, golden.clips);
      expect(greatestGap(preJoint, await golden.read("audio.preJoint"))).toBeLessThan(tolerance.preJoint);
      expect(greatestGap(joint, await golden.read("audio.joint"))).toBeLessThan(tolerance.joint);
      towers.dispose();
    });

    test("embeds token ids as PyTorch does, wherever the end token stands", async () => {
      const backend = await open();
      const { towers } = await loadGoldenModel(backend, name);
      const golden = await goldenValues(name);
      const { preJoint, joint } = encodeIds(backend, towers, golden.ids, golden.idsShape);
      expect(greatestGap(preJoint, await golden.read("text.preJoint"))).toBeLessThan(tolerance.preJoint);
      expect(greatestGap(joint, await golden.read("text.joint"))).toBeLessThan(tolerance.joint);
      towers.dispose();
    });

    test("makes of one input what it makes of the same input among others", async () => {
      const backend = await open();
      const { towers } = await loadGoldenModel(backend, name);
      const golden = await goldenValues(name);
      const [texts, length] = golden.idsShape;
      const together = {
        audio: encodeAudio(backend, towers, golden.clips).joint,
        text: encodeIds(backend, towers, golden.ids, golden.idsShape).joint,
      };
      const alone = {
        audio: golden.clips.flatMap((clip) => [...encodeAudio(backend, towers, [clip]).joint]),
        text: Array.from({ length: texts }, (_, row) =>
          encodeIds(backend, towers, golden.ids.subarray(row * length, (row + 1) * length), [1, length]),
        ).flatMap(({ joint }) => [...joint]),
      };
      // Sums are taken in another order for another number of rows; each value is below 1.
      expect(greatestGap(alone.audio, together.audio)).toBeLessThan(1e-6);
      expect(greatestGap(alone.text, together.text)).toBeLessThan(1e-6);
      towers.dispose();
    });

    test("leaves no tensor behind", async () => {
      const backend = await open();
      const before = memory().numTensors;
      const { plan, towers } = await loadGoldenModel(backend, name);
      const loaded = memory().numTensors;
      const golden = await goldenValues(name);
      encodeAudio(backend, towers, golden.clips);
      encodeIds(backend, towers, golden.ids, golden.idsShape);
      expect(memory().numTensors).toBe(loaded);
      // Two tensors of each normalised convolution instead of five, and no filters.
      expect(loaded - before).toBeLessThan(plan.parameters.length);
      towers.dispose();
      expect(memory().numTensors).toBe(before);
    });
  });

  test("a checkpoint without mel filters gets those of the formula, with the highest frequency of a setting", async () => {
    const backend = await open();
    const [clip] = (await goldenValues("other")).clips;
    const frames = { melBins: 96, fftLength: 128 };
    const spectrogramOf = async (settings?: ModelSettings) => {
      const { towers } = await loadGoldenModel(backend, "other", settings);
      towers.dispose();
      return towers.logMel(clip!).data;
    };
    const stored = await spectrogramOf();
    // Of weights that were rounded to float32.
    expect(greatestGap(await spectrogramOf({ ...frames, fMax: 3500 }), stored)).toBeLessThan(1e-4);
    // The published 11,025 Hz are another model's.
    expect(greatestGap(await spectrogramOf(frames), stored)).toBeGreaterThan(10);
  });
});
