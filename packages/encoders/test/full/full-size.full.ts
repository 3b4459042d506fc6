import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadTwoTower } from "../../src/node.ts";
import { greatestGap } from "../audio/golden.ts";
import { onEveryBackend } from "../backends.ts";
import {
  clipsOf,
  countingTokenizer,
  type ModelName,
  meta,
  models,
  openGolden,
  texts,
  writeCheckpoint,
} from "./full-size-models.ts";

/** Against PyTorch, both in float32. */
const tolerance = { preJoint: 2e-5, joint: 5e-6 };

describe.each(Object.keys(models) as ModelName[])("a %s of the published size, from its checkpoint", (name) => {
  let folder: string;
  let written: Awaited<ReturnType<typeof writeCheckpoint>>;
  const path = () => join(folder, `${name}.safetensors`);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "irec-full-size-"));
    const golden = await openGolden(name);
    written = await writeCheckpoint(path(), name, golden);
    await golden.close();
  });

  afterAll(() => rm(folder, { recursive: true }));

  test("has the very weights that PyTorch had", () => {
    expect(written).toEqual(meta.weights[name]);
  });

  onEveryBackend((open) => {
    test("embeds clips and token ids as PyTorch does", async () => {
      const backend = (await open()).name;
      const model = await loadTwoTower(path(), { backend, tokenizer: countingTokenizer(name), healthCheck: false });
      const clips = clipsOf(name).map((samples) => ({ samples, sampleRate: model.sampleRate }));
      const outputs = { audio: await model.encodeAudio(clips), text: await model.encodeText(texts) };
      const golden = await openGolden(name);
      for (const side of ["audio", "text"] as const) {
        for (const space of ["preJoint", "joint"] as const) {
          const expected = await golden.read(`${side}.${space}`);
          expect(greatestGap(outputs[side][space].data, expected), `${side} ${space}`).toBeLessThan(tolerance[space]);
        }
      }
      model.dispose();
      await golden.close();
    });
  });
});
