import { type Tensor, tensor2d } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend/backend.ts";
import { loadParameters } from "../../src/layers/parameters.ts";
import { muscall } from "../../src/models/muscall.ts";
import { WeightReader } from "../../src/models/weight-reader.ts";
import { textTransformer, textTransformerParameters } from "../../src/towers/text-transformer.ts";
import { greatestGap } from "../audio/golden.ts";
import { onEveryBackend } from "../backends.ts";
import { goldenValues, models, openGolden, tolerance } from "../models/muscall-goldens.ts";

/** As the golden script has them, not as they are inferred. */
const shapes = {
  tiny: { vocabulary: 520, contextLength: 16, channels: 32, layers: 2, hidden: 128 },
  other: { vocabulary: 90, contextLength: 13, channels: 40, layers: 3, hidden: 72 },
} as const;

type Name = keyof typeof shapes;

async function loadTower(backend: Backend, name: Name) {
  const checkpoint = await openGolden(models[name].file);
  const plan = muscall.plan(checkpoint, models[name].settings);
  const reader = new WeightReader(checkpoint, plan, backend);
  const weights = await loadParameters(textTransformerParameters("textual_head.", shapes[name]), (wanted) =>
    reader.read(wanted),
  );
  const heads = models[name].settings.textHeads;
  /** The output for rows of ids, as values. */
  const encode = (rows: readonly (readonly number[])[]) => {
    const ids = rows.map((row) => [...row]);
    return backend.run(() => textTransformer(tensor2d(ids, undefined, "int32"), weights, heads)).dataSync<"float32">();
  };
  return { weights, heads, encode };
}

onEveryBackend((open) => {
  describe.each(["tiny", "other"] as const)("the text tower of MusCALL %s", (name) => {
    test("equals PyTorch after every layer", async () => {
      const backend = await open();
      const { weights, heads } = await loadTower(backend, name);
      const golden = await goldenValues(name);
      const stages = new Map<string, Float32Array>();
      const output = backend.run(() => {
        const tap = (stage: string, value: Tensor) => void stages.set(stage, value.dataSync<"float32">());
        const ids = [...golden.ids];
        const rows = Array.from({ length: golden.idsShape[0] }, (_, row) =>
          ids.slice(row * golden.idsShape[1], (row + 1) * golden.idsShape[1]),
        );
        return textTransformer(tensor2d(rows, undefined, "int32"), weights, heads, tap);
      });
      expect([...stages.keys()]).toEqual(weights.layers.map((_, i) => `text.layer${i}`));
      for (const [stage, values] of stages) {
        expect(greatestGap(values, await golden.read(`tap.${stage}`)), stage).toBeLessThan(tolerance.stage);
      }
      const expected = await golden.read("text.preJoint");
      expect(greatestGap(output.dataSync(), expected)).toBeLessThan(tolerance.preJoint);
    });
  });

  test("what stands after the end token changes nothing, though a longer text in the batch makes it computed", async () => {
    const backend = await open();
    const { encode } = await loadTower(backend, "tiny");
    const short = [518, 7, 8, 519];
    const long = [518, ...Array.from({ length: 14 }, (_, i) => 20 + i), 519];
    const padded = [...short, ...Array<number>(12).fill(0)];
    const scribbled = [...short, ...Array.from({ length: 12 }, (_, i) => 300 + i)];
    const alone = encode([short]);
    const channels = alone.length;
    for (const row of [padded, scribbled]) {
      // Alone it is cut to four tokens; beside a text of 16 it is not.
      expect(greatestGap(encode([row]), alone)).toBe(0);
      expect(greatestGap(encode([row, long]).subarray(0, channels), alone)).toBeLessThan(1e-6);
    }
  });

  test("the first of two end tokens is the end", async () => {
    const backend = await open();
    const { encode } = await loadTower(backend, "tiny");
    expect(greatestGap(encode([[518, 7, 519, 8, 519]]), encode([[518, 7, 519, 0, 0]]))).toBe(0);
    expect(greatestGap(encode([[518, 7, 519, 8, 519]]), encode([[518, 7, 9, 8, 519]]))).toBeGreaterThan(0.1);
  });

  test("an id beyond the vocabulary is refused, as of another model's tokenizer", async () => {
    const { encode } = await loadTower(await open(), "tiny");
    expect(() => encode([[518, 520, 519]])).toThrow(
      "token id 520 is not in the vocabulary of the text tower, expected 0 to 519; is the tokenizer that of another model?",
    );
    expect(() => encode([[518, -1, 519]])).toThrow(RangeError);
  });
});
