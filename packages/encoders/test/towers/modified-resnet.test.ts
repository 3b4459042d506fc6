import { type Tensor, type Tensor4D, tensor, transpose, zeros } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend/backend.ts";
import { loadParameters } from "../../src/layers/parameters.ts";
import { muscall } from "../../src/models/muscall.ts";
import { WeightReader } from "../../src/models/weight-reader.ts";
import { attentionPool, attentionPoolParameters } from "../../src/towers/attention-pool.ts";
import {
  foldBatchNorms,
  type ModifiedResNetWeights,
  modifiedResNet,
  modifiedResNetParameters,
  modifiedResNetSize,
} from "../../src/towers/modified-resnet.ts";
import { greatestGap } from "../audio/golden.ts";
import { onEveryBackend } from "../backends.ts";
import { goldenValues, models, openGolden, tolerance } from "../models/muscall-goldens.ts";

/** As the golden script has them, not as they are inferred. */
const shapes = {
  tiny: { resnet: { stem: 2, width: 4, blocks: [2, 1, 1, 1] }, tokens: 7, channels: 128, outputs: 12 },
  other: { resnet: { stem: 3, width: 6, blocks: [1, 2, 1, 2] }, tokens: 10, channels: 192, outputs: 10 },
};

type Name = keyof typeof shapes;

async function loadTower(backend: Backend, name: Name) {
  const { resnet, tokens, channels, outputs } = shapes[name];
  const checkpoint = await openGolden(models[name].file);
  const plan = muscall.plan(checkpoint, models[name].settings);
  const reader = new WeightReader(checkpoint, plan, backend);
  const tree = {
    resnet: modifiedResNetParameters("audio_backbone.", resnet),
    pool: attentionPoolParameters("audio_backbone.attnpool.", tokens, channels, outputs),
  };
  return await loadParameters(tree, (wanted) => reader.read(wanted));
}

/** PyTorch's own spectrograms, of the clips whose stages are in the file, as images. */
async function images(name: Name): Promise<() => Tensor> {
  const golden = await goldenValues(name);
  const values = await golden.read("tap.logmel");
  const [b, melBins, frames] = golden.shape("tap.logmel") as [number, number, number];
  return () => tensor(values, [b, melBins, frames, 1]);
}

/** The stages of a tower and its output, in PyTorch's order [b, c, height, width]. */
async function stagesOf(
  backend: Backend,
  name: Name,
  weights: ModifiedResNetWeights,
): Promise<Map<string, Float32Array>> {
  const image = await images(name);
  const stages = new Map<string, Float32Array>();
  backend.run(() => {
    const tap = (stage: string, value: Tensor) =>
      void stages.set(stage, transpose(value as Tensor4D, [0, 3, 1, 2]).dataSync<"float32">());
    modifiedResNet(image(), weights, tap);
    return [];
  });
  return stages;
}

const greatest = (values: Float32Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

onEveryBackend((open) => {
  describe.each(["tiny", "other"] as const)("the audio tower of MusCALL %s", (name) => {
    test.each(["folded", "separate"])("equals PyTorch after every stage, with %s normalisations", async (kind) => {
      const backend = await open();
      const { resnet } = await loadTower(backend, name);
      const weights = kind === "folded" ? backend.run(() => foldBatchNorms(resnet)) : resnet;
      const golden = await goldenValues(name);
      const stages = await stagesOf(backend, name, weights);
      expect([...stages.keys()]).toEqual(["stem", "layer1", "layer2", "layer3", "layer4"]);
      for (const [stage, values] of stages) {
        const expected = await golden.read(`tap.${stage}`);
        expect(greatestGap(values, expected) / greatest(expected), stage).toBeLessThan(tolerance.stage);
      }
    });

    test("pools by attention as PyTorch does", async () => {
      const backend = await open();
      const { pool } = await loadTower(backend, name);
      const golden = await goldenValues(name);
      const map = await golden.read("tap.layer4");
      const shape = golden.shape("tap.layer4") as [number, number, number, number];
      const pooled = backend.run(() => attentionPool(transpose(tensor(map, shape), [0, 2, 3, 1]), pool));
      const expected = (await golden.read("audio.preJoint")).slice(-pooled.size);
      expect(greatestGap(pooled.dataSync(), expected)).toBeLessThan(tolerance.preJoint);
    });
  });

  test("has outputs of the size that is told beforehand, for even and for odd images", async () => {
    const backend = await open();
    const { resnet } = await loadTower(backend, "tiny");
    for (const size of [31, 32, 33, 62, 63, 64, 65, 95]) {
      const output = backend.run(() => modifiedResNet(zeros([1, size, 64, 1]), resnet));
      expect(output.shape, `${size}`).toEqual([1, modifiedResNetSize(size, 4), 2, 128]);
    }
  });
});

test("an image of 626 columns becomes 19, as PyTorch's pooling of 313, 156, 78 and 39 columns makes it", () => {
  expect(modifiedResNetSize(626, 4)).toBe(19);
  expect(modifiedResNetSize(128, 4)).toBe(4);
});
