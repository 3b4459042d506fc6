import { memory, tensor } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { sameInput, studyPreJoint } from "../../src/audio/length-policies.ts";
import { greatestGap } from "../audio/golden.ts";
import { onEveryBackend } from "../backends.ts";
import {
  type ContainerName,
  embedClip,
  type GoldenModel,
  goldenValues,
  goldenWave,
  loadGoldenModel,
  meta,
  modelNames,
  ROUNDING,
  stacked,
  tolerance,
} from "./clap-goldens.ts";

const clipNames = ["short", "mid", "exact", "long"] as const;

/** Rows of token ids to pre-joint and joint embeddings. */
function embedIds({ plan, towers, run }: GoldenModel, ids: Int32Array, shape: readonly [number, number]) {
  const preJoint = run(() => towers.text(tensor(ids, [...shape], "int32")));
  const joint = run(() => towers.projectText(tensor(preJoint, [shape[0], plan.preJointDim.text])));
  return { preJoint, joint };
}

/** What the goldens of a container begin with: those from Hugging Face have epsilons of their own. */
const prefixes = { laion: "", huggingFace: "huggingFace." };

/** What holds for the small CLAP models from any container. */
export function testParity(container: ContainerName): void {
  onEveryBackend((open) => {
    describe.each(modelNames)("the small CLAP %s", (model) => {
      test.each(clipNames)("makes of a waveform what PyTorch makes of it, whatever its length: %s", async (clip) => {
        const loaded = await loadGoldenModel(await open(), model, container);
        const golden = await goldenValues(model);
        const expected = (name: string) => golden.read(`${prefixes[container]}${clip}.${name}`);
        const samples = goldenWave(meta.models[model].clips[clip]);
        const preJoint = embedClip(loaded, samples, sameInput);
        const joint = loaded.run(() => loaded.towers.projectAudio(tensor(preJoint, [1, preJoint.length])));
        expect(greatestGap(preJoint, expected("preJoint"))).toBeLessThan(tolerance.preJoint);
        expect(greatestGap(joint, expected("joint"))).toBeLessThan(tolerance.joint);
        const stretched = embedClip(loaded, samples, studyPreJoint);
        expect(greatestGap(stretched, expected("stretched"))).toBeLessThan(tolerance.preJoint);
        loaded.towers.dispose();
      });

      test("makes of padded token ids what PyTorch makes of them, the empty and the cut text included", async () => {
        const loaded = await loadGoldenModel(await open(), model, container);
        const golden = await goldenValues(model);
        const { preJoint, joint } = embedIds(loaded, golden.ids, golden.idsShape);
        const expected = (name: string) => golden.read(`${prefixes[container]}text.${name}`);
        expect(greatestGap(preJoint, expected("preJoint"))).toBeLessThan(tolerance.preJoint);
        expect(greatestGap(joint, expected("joint"))).toBeLessThan(tolerance.joint);
        loaded.towers.dispose();
      });

      test("makes the same of a text whose padding is cut off", async () => {
        const loaded = await loadGoldenModel(await open(), model, container);
        const { ids, idsShape } = await goldenValues(model);
        const together = embedIds(loaded, ids, idsShape).preJoint;
        const cut = meta.tokens.flatMap((tokens, row) => {
          const start = row * idsShape[1];
          return [...embedIds(loaded, ids.subarray(start, start + tokens), [1, tokens]).preJoint];
        });
        expect(greatestGap(cut, together)).toBeLessThan(ROUNDING);
        loaded.towers.dispose();
      });

      test("makes of one clip what it makes of it among others", async () => {
        const loaded = await loadGoldenModel(await open(), model, container);
        const { plan, towers, run } = loaded;
        const spectrograms = clipNames
          .map((clip) => goldenWave(meta.models[model].clips[clip]))
          .map((samples) => towers.logMel(sameInput(towers.prepare(samples), plan.clipSamples).pieces[0]!));
        const together = run(() => towers.audio(stacked(spectrograms)));
        const alone = spectrograms.flatMap((one) => [...run(() => towers.audio(stacked([one])))]);
        expect(greatestGap(alone, together)).toBeLessThan(ROUNDING);
        towers.dispose();
      });

      test("leaves no tensor behind, neither of a forward pass nor of itself", async () => {
        const backend = await open();
        const before = memory().numTensors;
        const loaded = await loadGoldenModel(backend, model, container);
        const withWeights = memory().numTensors;
        const { ids, idsShape } = await goldenValues(model);
        const preJoint = embedClip(loaded, goldenWave(5000), studyPreJoint);
        loaded.run(() => loaded.towers.projectAudio(tensor(preJoint, [1, preJoint.length])));
        embedIds(loaded, ids, idsShape);
        expect(memory().numTensors).toBe(withWeights);
        loaded.towers.dispose();
        expect(memory().numTensors).toBe(before);
      });
    });
  });
}
