import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { openCheckpointFile } from "../../src/checkpoint/node.ts";
import { inspectOpenModel } from "../../src/models/inspect.ts";
import { inspectModel } from "../../src/models/node.ts";

const tiny = fileURLToPath(new URL("goldens/clap/tiny.pt", import.meta.url));
const settings = { textHeads: 4, hopLength: 120, clipSeconds: 30_000 / 48_000 };

describe("inspecting a model", () => {
  test("finds the figures of a checkpoint, and nothing that it lacks", async () => {
    const { family, model, comparison, problem, hasTokenizer } = await inspectModel(tiny, settings);
    expect(family).toBe("LAION-CLAP");
    expect(model).toMatchObject({ embedDim: 16, preJointDim: { audio: 32, text: 32 }, vocabularySize: 560 });
    expect(comparison).toEqual({ missing: [], unexpected: [], misshapen: [] });
    expect([problem, hasTokenizer]).toEqual([undefined, false]);
  });

  test("says that weights stored as integers cannot be used", async () => {
    const checkpoint = await openCheckpointFile(tiny);
    const name = "text_branch.pooler.dense.weight";
    const tensors = new Map(checkpoint.tensors).set(name, { ...checkpoint.tensors.get(name)!, dtype: "int8" });
    const inspection = await inspectOpenModel({ checkpoint: { ...checkpoint, tensors }, companions: {} }, settings);
    expect(inspection.model).toBeUndefined();
    expect(inspection.problem).toContain(`${name} (int8). It is quantised or damaged`);
  });
});
