import { describe, expect, test } from "vitest";
import type { NamedArray } from "../../src/checkpoint/named-array.ts";
import { greatestGap } from "../audio/golden.ts";
import { onEveryBackend } from "../backends.ts";
import { goldenBatch, goldenTrainer, openGolden } from "./contrastive-goldens.ts";

/**
 * Measured: 3e-6 of a loss of 2.6, and 3e-5 of the largest value of a gradient; sums in float32 are taken in other orders.
 * A bias of the keys has no gradient but rounding, since a softmax does not see it.
 */
const tolerance = { loss: 2e-5, gradient: 2e-4 };
/** Below this a gradient has much of rounding in it, of which AdamW's first steps make a whole step in either direction. */
const ROUNDING = 1e-5;

const numbers = ({ values }: NamedArray) => Float32Array.from(values as Float32Array, Number);

onEveryBackend((open) => {
  describe("three steps of MusCALL's training", () => {
    const train = async (steps: number) => {
      const trainer = await goldenTrainer(await open(), {
        schedule: { kind: "cosine", period: 2.5 },
        optimiser: { learningRate: 1e-3 },
      });
      const batch = await goldenBatch();
      const made = [];
      for (let i = 0; i < steps; i++) made.push(await trainer.step(batch));
      return { trainer, made };
    };

    test("have the losses and learning rates of PyTorch", async () => {
      const golden = await openGolden("steps");
      const { trainer, made } = await train(3);
      for (const [i, { loss, learningRate, step }] of made.entries()) {
        expect(Math.abs(loss - (await golden.read(`loss.${i}`))[0]!)).toBeLessThan(tolerance.loss);
        expect(learningRate).toBeCloseTo((await golden.readValues(`lr.${i}`))[0] as number, 15);
        expect(step).toBe(i + 1);
      }
      trainer.dispose();
    });

    test("have its gradients: the first step leaves a tenth of them in the running mean", async () => {
      const golden = await openGolden("steps");
      const { trainer } = await train(1);
      const means = trainer.optimiserState().filter(({ name }) => name.startsWith("exp_avg."));
      const expected = [...golden.tensors.keys()].filter((name) => name.startsWith("grad."));
      expect(means.map(({ name }) => name.replace("exp_avg.", "grad.")).toSorted()).toEqual(expected.toSorted());
      for (const array of means) {
        const gradient = await golden.read(array.name.replace("exp_avg.", "grad."));
        const largest = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const gap = greatestGap(
          numbers(array).map((value) => 10 * value),
          gradient,
        );
        expect(gap, array.name).toBeLessThan(tolerance.gradient * largest + 1e-7);
      }
      trainer.dispose();
    });

    test("leave its weights, running statistics and counters", async () => {
      const golden = await openGolden("steps");
      const { trainer } = await train(3);
      const state = new Map(trainer.modelState().map((array) => [array.name, array]));
      for (const key of golden.tensors.keys()) {
        if (!key.startsWith("final.")) continue;
        const name = key.slice("final.".length);
        const expected = await golden.read(key);
        const found = numbers(state.get(name)!);
        const gradient = golden.tensors.has(`grad.${name}`) ? await golden.read(`grad.${name}`) : undefined;
        const isSure = (_: number, i: number) => gradient === undefined || Math.abs(gradient[i]!) > ROUNDING;
        const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        // Weights move by 1e-3 in the first step alone; measured 6e-5, where a later gradient is nearly zero.
        const allowed = gradient === undefined ? 1e-6 * Math.max(1, largest) : 2e-4;
        expect(greatestGap(found.filter(isSure), expected.filter(isSure)), name).toBeLessThan(allowed);
      }
      trainer.dispose();
    });
  });
});
