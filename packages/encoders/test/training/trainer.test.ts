import { memory } from "@tensorflow/tfjs-core";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend/backend.ts";
import { bufferSource } from "../../src/bytes/buffer-source.ts";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import { type NamedArray, readNamedArrays } from "../../src/checkpoint/named-array.ts";
import { writeSafetensors } from "../../src/checkpoint/write-safetensors.ts";
import { loadFromCheckpoint } from "../../src/models/load.ts";
import { createTrainerOn } from "../../src/training/create.ts";
import {
  TrainingBatchError,
  TrainingConfigError,
  TrainingDivergedError,
  TrainingStateError,
} from "../../src/training/errors.ts";
import type { MuscallConfig } from "../../src/training/muscall-config.ts";
import type { ContrastiveTrainer, TrainerOptions, TrainingBatch } from "../../src/training/trainer.ts";
import { greatestGap } from "../audio/golden.ts";
import { onEveryBackend } from "../backends.ts";
import { openGolden as openModel } from "../models/muscall-goldens.ts";
import { goldenBatch, goldenTrainer, tinyConfig } from "./contrastive-goldens.ts";

const newTrainer = (backend: Backend, options: Partial<TrainerOptions> = {}) =>
  createTrainerOn(backend, {
    seed: 5,
    schedule: { kind: "constant" },
    optimiser: { learningRate: 1e-3 },
    ...options,
    config: { ...tinyConfig, ...options.config },
  });

const stepsOf = async (trainer: ContrastiveTrainer, batch: TrainingBatch, steps: number) => {
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) losses.push((await trainer.step(batch)).loss);
  return losses;
};

/** Through the bytes of a file, as a run that was interrupted does it. */
const saved = async (arrays: readonly NamedArray[]) =>
  readNamedArrays(await openCheckpoint(bufferSource("state.safetensors", writeSafetensors(arrays))));

/** As one value: comparing a hundred thousand numbers one by one takes seconds. */
const bytesOf = (arrays: readonly NamedArray[]) => Buffer.from(writeSafetensors(arrays)).toString("base64");

onEveryBackend((open) => {
  describe("a new model", () => {
    test("learns the pairs of a batch, and is the same for the same seed", async () => {
      const backend = await open();
      const batch = await goldenBatch();
      const losses: number[][] = [];
      for (const seed of [5, 5, 6]) {
        const trainer = await newTrainer(backend, { seed });
        losses.push(await stepsOf(trainer, batch, 3));
        trainer.dispose();
      }
      expect(losses[1]).toEqual(losses[0]);
      expect(losses[2]).not.toEqual(losses[0]);
      for (const run of losses) expect(run[2]).toBeLessThan(run[0]! / 2);
    });

    test("that is saved, restored and continued makes the steps that it would have made, to the bit", async () => {
      const backend = await open();
      const batch = await goldenBatch();
      const undisturbed = await newTrainer(backend);
      await stepsOf(undisturbed, batch, 2);
      const state = {
        model: await saved(undisturbed.modelState()),
        optimiser: await saved(undisturbed.optimiserState()),
      };
      const continued = await newTrainer(backend);
      continued.restore(state);
      expect(continued.stepsDone).toBe(2);
      expect(await stepsOf(continued, batch, 3)).toEqual(await stepsOf(undisturbed, batch, 3));
      expect(bytesOf(continued.modelState()) === bytesOf(undisturbed.modelState())).toBe(true);
      expect(bytesOf(continued.optimiserState()) === bytesOf(undisturbed.optimiserState())).toBe(true);
      continued.dispose();
      undisturbed.dispose();
    });

    test("is loaded from its file without options, and embeds as the trainer does", async () => {
      const backend = await open();
      const batch = await goldenBatch();
      const trainer = await newTrainer(backend, { config: { textHeads: 2, dynamicRange: 90 } });
      await stepsOf(trainer, batch, 2);
      const file = bufferSource("new.safetensors", writeSafetensors(trainer.modelState(), trainer.modelMetadata()));
      const model = await loadFromCheckpoint({ checkpoint: await openCheckpoint(file), companions: {} }, backend);
      const clips = batch.waveforms!.map((samples) => ({ samples, sampleRate: 16_000 }));
      const loaded = await model.encodeAudio(clips);
      const own = await trainer.encodeAudio(batch.waveforms!);
      expect([...own.joint.data]).toEqual([...loaded.joint.data]);
      expect([...own.preJoint.data]).toEqual([...loaded.preJoint.data]);
      model.dispose();
      trainer.dispose();
    });

    test("takes no more tensors with every step, and none when it is disposed of", async () => {
      const backend = await open();
      const batch = await goldenBatch();
      const before = memory().numTensors;
      const trainer = await newTrainer(backend);
      await trainer.step(batch);
      const running = memory().numTensors;
      await stepsOf(trainer, batch, 3);
      await trainer.loss(batch);
      await trainer.step(batch);
      expect(memory().numTensors).toBe(running);
      await trainer.encodeText(batch.tokenIds);
      trainer.dispose();
      trainer.dispose();
      expect(memory().numTensors).toBe(before);
      await expect(trainer.step(batch)).rejects.toThrow("the trainer was used after dispose()");
    });

    test("is measured without drop-out and with running statistics, which change nothing", async () => {
      const backend = await open();
      const batch = await goldenBatch();
      const trainer = await newTrainer(backend);
      await stepsOf(trainer, batch, 3);
      const state = trainer.modelState();
      const measured = await trainer.loss(batch);
      expect(await trainer.loss(batch)).toBe(measured);
      expect(bytesOf(trainer.modelState()) === bytesOf(state)).toBe(true);
      // By hand, from the embeddings of a loaded model.
      const audio = (await trainer.encodeAudio(batch.waveforms!)).joint;
      const text = (await trainer.encodeText(batch.tokenIds)).joint;
      const scale = Math.exp(Number(state.find(({ name }) => name === "logit_scale")!.values[0]));
      const cosine = (t: number, a: number) =>
        Array.from({ length: 16 }, (_, i) => text.get(t, i) * audio.get(a, i)).reduce((sum, part) => sum + part, 0);
      const entropy = (own: number, logits: number[]) =>
        Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - own), 0));
      const pairs = [0, 1, 2, 3];
      const losses = pairs.flatMap((i) => [
        entropy(
          scale * cosine(i, i),
          pairs.map((j) => scale * cosine(i, j)),
        ),
        entropy(
          scale * cosine(i, i),
          pairs.map((j) => scale * cosine(j, i)),
        ),
      ]);
      expect(measured).toBeCloseTo(losses.reduce((sum, loss) => sum + loss, 0) / 8, 4);
      trainer.dispose();
    });

    test("with pairs weighted by their captions has another loss; all alike, the same", async () => {
      const backend = await open();
      const batch = await goldenBatch();
      const losses: number[] = [];
      for (const similarity of [undefined, [0.1, 0.1, 0.1, 0.1], [0.1, 0.2, 0.3, 0.4]]) {
        const trainer = await newTrainer(backend, { loss: similarity === undefined ? "clip" : "weighted-clip" });
        const captionSimilarity = ndarray(
          Float64Array.from({ length: 16 }, (_, i) => similarity?.[Math.floor(i / 4)] ?? 1),
          [4, 4],
        );
        losses.push((await trainer.step({ ...batch, captionSimilarity })).loss);
        trainer.dispose();
      }
      expect(losses[1]).toBeCloseTo(losses[0]!, 12);
      expect(Math.abs(losses[2]! - losses[0]!)).toBeGreaterThan(0.01);
    });
  });

  describe("drop-out", () => {
    const lossOf = async (config: Partial<MuscallConfig>) => {
      const trainer = await newTrainer(await open(), { config });
      const { loss } = await trainer.step(await goldenBatch());
      trainer.dispose();
      return loss;
    };

    test("of each kind changes the step", async () => {
      const none = await lossOf({ dropout: 0, attentionDropout: 0 });
      expect(await lossOf({ dropout: 0, attentionDropout: 0 })).toBe(none);
      expect(Math.abs((await lossOf({ dropout: 0.5, attentionDropout: 0 })) - none)).toBeGreaterThan(1e-3);
      expect(Math.abs((await lossOf({ dropout: 0, attentionDropout: 0.5 })) - none)).toBeGreaterThan(1e-3);
    });

    test("is another one in every step", async () => {
      const trainer = await newTrainer(await open(), { optimiser: { learningRate: 0 }, config: { dropout: 0.5 } });
      const [first, second] = await stepsOf(trainer, await goldenBatch(), 2);
      expect(second).not.toBe(first);
      trainer.dispose();
    });
  });

  describe("fine-tuning", () => {
    test("begins with the checkpoint: its loss, and its state but for what was not in it", async () => {
      const trainer = await goldenTrainer(await open());
      const checkpoint = await openModel("tiny.pth.tar");
      expect(
        trainer
          .modelState()
          .map(({ name }) => name)
          .toSorted(),
      ).toEqual([...checkpoint.tensors.keys()].toSorted());
      for (const { name, shape, values } of trainer.modelState()) {
        expect(shape, name).toEqual(checkpoint.tensors.get(name)!.shape);
        expect(Float32Array.from(values as Float32Array, Number), name).toEqual(await checkpoint.read(name));
      }
      trainer.dispose();
    });

    test("cannot change the model", async () => {
      const failing = goldenTrainer(await open(), { config: { embedDim: 32 } });
      await expect(failing).rejects.toThrow(TrainingConfigError);
      await expect(failing).rejects.toThrow(
        "embedDim is 32, but the checkpoint's is 16, which fine-tuning cannot change",
      );
      await expect(goldenTrainer(await open(), { config: { dropout: 1 } })).rejects.toThrow("dropout is 1");
    });

    test("may fix the temperature", async () => {
      const trainer = await goldenTrainer(await open(), { config: { temperature: 0.5 } });
      expect((await trainer.step(await goldenBatch())).temperature).toBeCloseTo(0.5, 7);
      trainer.dispose();
    });

    test("of a checkpoint without mel filters takes those of the formula, and saves them", async () => {
      const whole = await openModel("tiny.pth.tar");
      const filters = "audio_backbone.spec.mel_scale.fb";
      const tensors = new Map([...whole.tensors].filter(([name]) => name !== filters));
      const trainer = await goldenTrainer(await open(), {
        checkpoint: { ...whole, tensors },
        config: { melBins: 64, fftLength: 256 },
      } as Partial<TrainerOptions>);
      const saved = trainer.modelState().find(({ name }) => name === filters)!;
      expect(greatestGap(saved.values as Float32Array, await whole.read(filters))).toBeLessThan(1e-6);
      trainer.dispose();
    });

    test("of a model with average pooling works too", async () => {
      const backend = await open();
      const trainer = await createTrainerOn(backend, {
        checkpoint: await openModel("average.pth.tar"),
        seed: 1,
        schedule: { kind: "constant" },
        optimiser: { learningRate: 1e-3 },
        config: { textHeads: 2, clipSeconds: 0.5, dropout: 0, attentionDropout: 0 },
      });
      const waveforms = (await goldenBatch()).waveforms!.map((samples) => samples.subarray(0, trainer.clipSamples));
      const tokenIds = ndarray(
        Int32Array.from({ length: 32 }, (_, i) => (i % 8 === 7 ? 39 : (i * 5) % 38)),
        [4, 8],
      );
      const losses = await stepsOf(trainer, { waveforms, tokenIds }, 6);
      expect(losses[5]).toBeLessThan(losses[0]! / 2);
      trainer.dispose();
    });
  });

  describe("a temperature", () => {
    test("that is learned never falls below 0.01", async () => {
      const trainer = await newTrainer(await open(), { optimiser: { learningRate: 3, weightDecay: 0 } });
      const batch = await goldenBatch();
      let least = 1;
      for (let i = 0; i < 4; i++) {
        const step = await trainer.step(batch).catch(() => undefined);
        if (step !== undefined) least = Math.min(least, step.temperature);
      }
      expect(least).toBeGreaterThanOrEqual(0.00999999);
      trainer.dispose();
    });

    test("that is fixed stays", async () => {
      const trainer = await newTrainer(await open(), { config: { temperature: 0.2 } });
      const { temperature } = await trainer.step(await goldenBatch());
      expect(temperature).toBeCloseTo(0.2, 7);
      expect(trainer.optimiserState().some(({ name }) => name.includes("logit_scale"))).toBe(false);
      trainer.dispose();
    });
  });

  describe("a step that cannot be made", () => {
    test("because the loss is no number says so and leaves everything as it was", async () => {
      const backend = await open();
      const trainer = await newTrainer(backend);
      const batch = await goldenBatch();
      const state = trainer.modelState();
      const running = memory().numTensors;
      const logMels = batch.waveforms!.map((samples) => trainer.logMel(samples));
      logMels[1]!.data.fill(Number.NaN);
      const failing = trainer.step({ logMels, tokenIds: batch.tokenIds });
      await expect(failing).rejects.toThrow(TrainingDivergedError);
      await expect(failing).rejects.toThrow("step 1: the loss is NaN; the weights are as they were");
      expect(bytesOf(trainer.modelState()) === bytesOf(state)).toBe(true);
      expect(memory().numTensors).toBe(running);
      expect((await trainer.step(batch)).step).toBe(1);
      trainer.dispose();
    });

    test("because its gradients overflow says so and leaves everything as it was", async () => {
      const backend = await open();
      const trainer = await newTrainer(backend);
      const batch = await goldenBatch();
      // The direction of a vector hardly depends on its length, but its gradient is divided by it.
      const model = trainer.modelState().map((array) => {
        if (!array.name.startsWith("text_projection") || !(array.values instanceof Float32Array)) return array;
        return { ...array, values: array.values.map((value) => value * 3e-19) };
      });
      trainer.restore({ model, optimiser: trainer.optimiserState() });
      expect(await trainer.loss(batch)).toBeGreaterThan(0);
      const [state, moments] = [bytesOf(trainer.modelState()), bytesOf(trainer.optimiserState())];
      const running = memory().numTensors;
      const failing = trainer.step(batch);
      await expect(failing).rejects.toThrow(TrainingDivergedError);
      await expect(failing).rejects.toThrow(/^step 1: the squared gradients sum to (Infinity|NaN); the weights are as/);
      expect(bytesOf(trainer.modelState()) === state).toBe(true);
      expect(bytesOf(trainer.optimiserState()) === moments).toBe(true);
      expect(memory().numTensors).toBe(running);
      expect(trainer.stepsDone).toBe(0);
      trainer.dispose();
    });

    test("because of its batch says which part", async () => {
      const trainer = await newTrainer(await open());
      const batch = await goldenBatch();
      const { waveforms, tokenIds } = batch;
      const refused = async (changed: Partial<TrainingBatch>, message: string) => {
        const failing = trainer.step({ ...batch, ...changed });
        await expect(failing).rejects.toThrow(TrainingBatchError);
        await expect(failing).rejects.toThrow(message);
      };
      await refused(
        { waveforms: waveforms!.slice(1) },
        "the batch has 3 clips and 4 captions, expected as many, and 2 at least",
      );
      const short = [...waveforms!.slice(0, 3), new Float32Array(100)];
      await refused({ waveforms: short }, "waveforms has a clip of 100 samples, expected 16000 (1 s at 16000 Hz)");
      await refused({ logMels: [] }, "waveforms and logMels are both given, expected one of them");
      const foreign = ndarray(tokenIds.data.map((id, i) => (i === 18 ? 520 : id)) as Int32Array, [4, 16]);
      await refused(
        { tokenIds: foreign },
        "tokenIds has 520 at [1, 2], expected 0 to 519; is the tokenizer that of another model?",
      );
      await refused(
        { tokenIds: ndarray(new Int32Array(80), [4, 20]) },
        "tokenIds has the shape [4,20], expected [pairs, up to 16]",
      );
      trainer.dispose();
    });

    test("with the weighted loss and no similarities says so", async () => {
      const trainer = await newTrainer(await open(), { loss: "weighted-clip" });
      await expect(trainer.step(await goldenBatch())).rejects.toThrow("captionSimilarity is missing, expected [4, 4]");
      trainer.dispose();
    });
  });

  test("a state of another configuration is refused, and nothing of it is taken", async () => {
    const backend = await open();
    const other = await newTrainer(backend, { config: { textDim: 64 } });
    const trainer = await newTrainer(backend);
    const state = trainer.modelState();
    const foreign = { model: other.modelState(), optimiser: other.optimiserState() };
    expect(() => trainer.restore(foreign)).toThrow(TrainingStateError);
    expect(() => trainer.restore({ model: trainer.modelState(), optimiser: [] })).toThrow(
      "the saved state has no exp_avg.",
    );
    expect(bytesOf(trainer.modelState()) === bytesOf(state)).toBe(true);
    trainer.dispose();
    other.dispose();
  });

  test("a model that is too large is refused with its largest tensor", async () => {
    const failing = newTrainer(await open(), { config: { audioDim: 1e9 } });
    await expect(failing).rejects.toThrow(
      /^model has \d{12} parameters, expected at most 268435456; the largest tensor is audio_backbone\.\S+ of \[1000000000, /,
    );
  });

  test.each<[string, Partial<TrainerOptions>]>([
    ["seed", { seed: -1 }],
    ["loss", { loss: "triplet" as never }],
    ["schedule.period", { schedule: { kind: "cosine", period: 0 } }],
    ["learningRate", { optimiser: { learningRate: -1 } }],
    ["learningRate", { optimiser: { learningRate: 1e38 } }],
    ["learningRate", { optimiser: { learningRate: "0.1" as never } }],
    ["betas[1]", { optimiser: { betas: [0.9, 1] } }],
    ["betas", { optimiser: { betas: [0.9] as never } }],
    ["betas", { optimiser: { betas: 0.9 as never } }],
    ["betas[0]", { optimiser: { betas: ["0.9", 0.98] as never } }],
    ["epsilon", { optimiser: { epsilon: 1e-50 } }],
    ["weightDecay", { optimiser: { learningRate: 1, weightDecay: 2 } }],
    ["decayAll", { optimiser: { decayAll: 1 as never } }],
    ["weightdecay", { optimiser: { weightdecay: 0.1 } as never }],
    ["schedule.period", { schedule: { kind: "cosine", period: "10" as never } }],
    ["audioDims", { config: { audioDims: 12 } as never }],
    ["dropout", { config: { dropout: "0.1" as never } }],
    ["temperature", { config: { temperature: "0.1" as never } }],
    ["blocks", { config: { blocks: 2 as never } }],
    ["blocks", { config: { blocks: [1e9, 1, 1, 1] } }],
    ["textLayers", { config: { textLayers: 2 ** 24 } }],
    ["clipSeconds", { config: { clipSeconds: 1e9 } }],
    ["model", { config: { audioDim: 1e9 } }],
    ["model", { config: { vocabularySize: 2 ** 24 } }],
  ])("an impossible %s is refused: %j", async (field, options) => {
    const failing = newTrainer(await open(), options);
    await expect(failing).rejects.toThrow(TrainingConfigError);
    await expect(failing).rejects.toMatchObject({ field });
  });
});
