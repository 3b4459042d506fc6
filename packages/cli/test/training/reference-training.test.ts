import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { needsReference, reference, referencePath } from "../../../../test/reference.ts";
import { silentProgress } from "../../src/progress.ts";
import { readTrainConfig } from "../../src/training/config.ts";
import { temporaryFolders } from "../temp-folder.ts";
import { writeConfig } from "./instrument-store.ts";

const newFolder = temporaryFolders();

describe.skipIf(!reference)(`on the study's own embeddings${needsReference}`, () => {
  // Two seconds alone; on a machine that is busy with all other tests, ten times that.
  vi.setConfig({ testTimeout: 60_000 });

  async function run(config: object) {
    const folder = newFolder();
    const file = writeConfig(folder, {
      out: "store",
      name: "new",
      embeddings: referencePath("model_embeddings"),
      groundTruth: referencePath("tinysol_groundtruth_reordered.csv"),
      promptSets: ["muscall_prompt"],
      ...config,
    });
    const training = await readTrainConfig(file);
    await training.run({ backend: "wasm", progress: silentProgress, say: () => {} });
    return JSON.parse(readFileSync(join(folder, "store", "new", "training.json"), "utf8")).scores[0];
  }

  it.each([
    // Accuracies of the corrected rule, .7215743440 and .4693877551 of 686, as the triplets experiment has them.
    ["music_laion_clap", 495],
    ["muscall", 322],
  ])(
    "cross-validation of %s asks every triplet once, and before the tuning %d of 686 are right",
    async (model, right) => {
      const { triplets } = await run({ kind: "triplets", model, epochs: 1 });
      expect(triplets.before.heldOut).toEqual({ triplets: 686, correct: right });
      expect(triplets.after.heldOut.triplets).toBe(686);
    },
  );

  it("heads for MusCALL's embeddings are far above the majority baseline of .2365 on clips that were held out", async () => {
    const { before, after } = await run({ kind: "projection", model: "muscall" });
    expect(before).toBeNull();
    expect(after.heldOut.clips).toBe(583);
    // 0.67 and 0.69 with the seeds 1 and 2.
    expect(after.heldOut.top1).toBeGreaterThan(0.6);
  });
});
