import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { greatestGap } from "../audio/golden.ts";
import { onEveryBackend } from "../backends.ts";
import { goldenValues, loadGoldenModel, meta, modelNames, ROUNDING, tolerance } from "../models/clap-goldens.ts";

onEveryBackend((open) => {
  describe.each(modelNames)("RoBERTa, the small CLAP %s", (model) => {
    test("equals PyTorch after every layer; of the last one it has the first token only", async () => {
      const { towers, run } = await loadGoldenModel(await open(), model);
      const golden = await goldenValues(model);
      // The first two texts, cut to the length of the second.
      const n = meta.tokens[1]!;
      const ids = Int32Array.from([...golden.ids.subarray(0, n), ...golden.ids.subarray(77, 77 + n)]);
      const seen: [string, number[]][] = [];
      run(() =>
        towers.text(tensor(ids, [2, n], "int32"), {
          tap: (stage: string, value: Tensor) => {
            seen.push([stage, value.shape]);
            const all = golden.read(`text.tap.${stage}`);
            const width = value.shape[2]!;
            const expected =
              value.shape[1] === n
                ? all
                : [0, 1].flatMap((row) => [...all.subarray(row * n * width).subarray(0, width)]);
            const largest = all.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
            const gap = greatestGap(value.dataSync<"float32">(), expected);
            expect([stage, gap < tolerance.stage * largest, gap]).toEqual([stage, true, gap]);
          },
        }),
      );
      expect(seen).toEqual([
        ["embeddings", [2, n, 32]],
        ["layer0", [2, n, 32]],
        ["layer1", [2, 1, 32]],
      ]);
      towers.dispose();
    });

    test("reads the padding token like others where the mask says that it is one", async () => {
      const { towers, run } = await loadGoldenModel(await open(), model);
      const embed = (ids: number[], mask?: number[]) =>
        run(() =>
          towers.text(tensor([ids], [1, ids.length], "int32"), {
            ...(mask && { attentionMask: tensor([mask], [1, mask.length], "int32") }),
          }),
        );
      const asToken = embed([0, 1, 7, 2, 1], [1, 1, 1, 1, 0]);
      expect(greatestGap(embed([0, 1, 7, 2], [1, 1, 1, 1]), asToken)).toBeLessThan(ROUNDING);
      expect(greatestGap(embed([0, 1, 7, 2, 1]), asToken)).toBeGreaterThan(1e-3);
      expect(greatestGap(embed([0, 9, 7, 2, 1], [1, 1, 1, 1, 0]), embed([0, 9, 7, 2, 1]))).toBe(0);
      towers.dispose();
    });

    test("reads a text the same whatever the others in its batch are", async () => {
      const { towers, run } = await loadGoldenModel(await open(), model);
      const { ids } = await goldenValues(model);
      const embed = (rows: readonly Int32Array[]) =>
        run(() =>
          towers.text(
            tensor(
              rows.flatMap((row) => [...row]),
              [rows.length, 77],
              "int32",
            ),
          ),
        );
      const rows = meta.texts.map((_, row) => ids.subarray(row * 77, (row + 1) * 77));
      const together = embed(rows);
      expect(greatestGap(embed([...rows].reverse()).subarray(3 * 32), together.subarray(0, 32))).toBeLessThan(ROUNDING);
      expect(greatestGap(embed([rows[2]!]), together.subarray(2 * 32, 3 * 32))).toBeLessThan(ROUNDING);
      towers.dispose();
    });

    test("refuses a text that is longer than its positions", async () => {
      const { towers, run } = await loadGoldenModel(await open(), model);
      const embed = (n: number) => run(() => towers.text(tensor(new Array(n).fill(5), [1, n], "int32")));
      expect(embed(80).every(Number.isFinite)).toBe(true);
      expect(() => embed(81)).toThrow(new RangeError("texts of 81 tokens; this RoBERTa reads at most 80"));
      towers.dispose();
    });
  });
});
