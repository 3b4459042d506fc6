import { memory } from "@tensorflow/tfjs-core";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend/backend.ts";
import { bufferSource } from "../../src/bytes/buffer-source.ts";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import { CheckpointFormatError } from "../../src/checkpoint/errors.ts";
import { writeSafetensors } from "../../src/checkpoint/write-safetensors.ts";
import { TrainingConfigError, TrainingDivergedError } from "../../src/training/errors.ts";
import { TrainingDataError } from "../../src/training/projection-heads/errors.ts";
import { type FitHeadsOptions, HeadsDescent } from "../../src/training/projection-heads/fit-heads.ts";
import { readMatrix } from "../../src/training/projection-heads/matrix.ts";
import {
  type HeadSizes,
  MAPPING_NAMES,
  type MappingName,
  type ProjectionHeads,
  projectionHeadsFile,
  readProjectionHeads,
} from "../../src/training/projection-heads/projection-heads.ts";
import { projectionTrainingOn } from "../../src/training/projection-heads/projection-training.ts";
import { RandomStream } from "../../src/training/random-stream.ts";
import { onEveryBackend } from "../backends.ts";
import {
  arrayOf,
  type GoldenHeads,
  goldenDescent,
  goldenHeads,
  largestDifference,
  namedArrays,
} from "./projection-goldens.ts";

/** Three steps in float32 against PyTorch in float64; differences of up to 1e-6 were seen on both backends. */
const TOLERANCE = 5e-6;

function sizesOf({ audio, text, audioHead, textHead, projected, start }: GoldenHeads) {
  const outputs = projected.audio.shape[1]!;
  const sizes = (tower: "audio" | "text", kind: HeadSizes["kind"], inputs: number): HeadSizes => ({
    kind,
    inputs,
    outputs,
    ...(kind === "mlp" && { hidden: start[`${tower}_projection.0.bias`]!.shape[0]! }),
  });
  return { audio: sizes("audio", audioHead, audio.shape[1]!), text: sizes("text", textHead, text.shape[1]!) };
}

function mappingOf({ audioHead, textHead }: GoldenHeads): MappingName {
  if (textHead === "identity") return "audio-into-text-space";
  return audioHead === "identity" ? "text-into-audio-space" : "into-joint-space";
}

/** Three kinds of sound: clips and texts are noisy versions of a direction of their own, of different sizes. */
function threeLabels(seed: number, { clips = 60, texts = 6 } = {}) {
  const random = new RandomStream(seed, "test");
  const rows = (count: number, size: number) => {
    const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
    const values = new Float32Array(count * size);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < size; j++) values[i * size + j] = random.normal() * 0.4 + (j === labels[i] ? 2 : 0);
    }
    return { labels, array: ndarray(values, [count, size]) };
  };
  const [audio, text] = [rows(clips, 7), rows(texts, 5)];
  return { audio: audio.array, text: text.array, labels: { audio: audio.labels, text: text.labels } };
}

const fit = (backend: Backend, options: Partial<FitHeadsOptions> = {}, data = threeLabels(1)) =>
  projectionTrainingOn(backend).fitHeads(data, { mapping: "into-joint-space", ...small(options), ...options });

/** A small space, where the mapping leaves a choice. */
const small = ({ mapping = "into-joint-space" }: Partial<FitHeadsOptions>) => ({
  learningRate: 0.02,
  batchSize: 16,
  ...(mapping === "into-joint-space" && { embedDim: 4 }),
});

/** How many clips are nearest to a text of their own label. */
function found(
  backend: Backend,
  heads: ProjectionHeads,
  { audio, text, labels }: ReturnType<typeof threeLabels>,
): number {
  const training = projectionTrainingOn(backend);
  const [a, t] = [training.project(heads, "audio", audio), training.project(heads, "text", text)];
  let right = 0;
  for (let i = 0; i < labels.audio.length; i++) {
    const cosines = Array.from(labels.text, (_, j) => {
      let sum = 0;
      for (let k = 0; k < heads.embedDim; k++) sum += a.get(i, k) * t.get(j, k);
      return sum;
    });
    if (labels.text[cosines.indexOf(Math.max(...cosines))] === labels.audio[i]) right++;
  }
  return right;
}

onEveryBackend((open) => {
  describe("projection heads, three steps as PyTorch makes them", () => {
    test.each(goldenHeads)("%s", async (_, golden) => {
      const backend = await open();
      const data = {
        audio: readMatrix("audio", arrayOf(golden.audio)),
        text: readMatrix("text", arrayOf(golden.text)),
      };
      const descent = new HeadsDescent(backend, sizesOf(golden), namedArrays(golden.start), goldenDescent);
      const losses = golden.batches.map((batch) => descent.step(data, batch));
      expect(largestDifference(losses, [...golden.losses])).toBeLessThan(TOLERANCE);
      const arrays = descent.read();
      descent.dispose();
      for (const { name, values } of arrays) {
        expect(largestDifference(values, golden.end[name]!.values), name).toBeLessThan(TOLERANCE);
      }
      const heads: ProjectionHeads = {
        mapping: mappingOf(golden),
        ...sizesOf(golden),
        embedDim: golden.projected.audio.shape[1]!,
        temperature: 0.07,
        arrays,
      };
      const training = projectionTrainingOn(backend);
      for (const tower of ["audio", "text"] as const) {
        const projected = training.project(heads, tower, arrayOf(golden[tower]));
        expect(projected.shape).toEqual(golden.projected[tower].shape);
        expect(largestDifference(projected.data, golden.projected[tower].values), tower).toBeLessThan(TOLERANCE);
      }
    });
  });

  describe("fitting projection heads", () => {
    test.each(MAPPING_NAMES.flatMap((mapping) => (["linear", "mlp"] as const).map((head) => [mapping, head] as const)))(
      "%s with %s heads brings clips that it has not seen to the texts of their label",
      async (mapping, head) => {
        const backend = await open();
        const heads = await fit(backend, { mapping, head, epochs: 30, ...(head === "mlp" && { hidden: 32 }) });
        expect(heads.embedDim).toBe(
          { "into-joint-space": 4, "audio-into-text-space": 5, "text-into-audio-space": 7 }[mapping],
        );
        expect(heads.losses).toHaveLength(30);
        expect(heads.losses.at(-1)).toBeLessThan(heads.losses[0]!);
        // Three labels: 20 of 60 would be chance.
        expect(found(backend, heads, threeLabels(2))).toBeGreaterThan(54);
      },
    );

    test("of pairs takes row i of both for each other and no other", async () => {
      const backend = await open();
      const { audio, text } = threeLabels(3, { clips: 6, texts: 6 });
      const heads = await projectionTrainingOn(backend).fitHeads(
        { audio, text },
        { mapping: "into-joint-space", embedDim: 6, epochs: 300, learningRate: 0.02, batchSize: 6 },
      );
      const own = { audio: [0, 1, 2, 3, 4, 5], text: [0, 1, 2, 3, 4, 5] };
      const pairs = { audio, text, labels: { audio: Int32Array.from(own.audio), text: Int32Array.from(own.text) } };
      expect(found(backend, heads, pairs)).toBe(6);
      expect(heads.losses.at(-1)).toBeLessThan(0.1);
    });

    test("gives the same bytes for the same seed, and others for another", async () => {
      const backend = await open();
      const bytes = async (seed: number) => {
        const heads = await fit(backend, { seed, epochs: 2, head: "mlp" });
        return heads.arrays.map(({ name, values }) => [name, ...values]);
      };
      const first = await bytes(7);
      expect(await bytes(7)).toEqual(first);
      expect(await bytes(8)).not.toEqual(first);
    });

    test("learns the temperature and keeps it at 0.01 or above", async () => {
      const backend = await open();
      const heads = await fit(backend, { epochs: 40, learningRate: 0.3, temperature: 0.02 });
      expect(heads.temperature).not.toBeCloseTo(0.02, 4);
      // exp(log 100) in float32 is 99.99996.
      expect(heads.temperature).toBeGreaterThan(0.01 - 1e-8);
    });

    test("says how far it is, stops when it is told to, and leaves no tensor", async () => {
      const backend = await open();
      await fit(backend, { epochs: 1 });
      const before = memory().numTensors;
      const controller = new AbortController();
      const seen: number[] = [];
      const onEpoch = (epoch: number) => {
        seen.push(epoch);
        if (epoch === 2) controller.abort(new Error("enough"));
      };
      await expect(fit(backend, { epochs: 5, onEpoch, signal: controller.signal })).rejects.toThrow("enough");
      expect(seen).toEqual([1, 2]);
      found(backend, await fit(backend, { epochs: 1 }), threeLabels(1));
      expect(memory().numTensors).toBe(before);
    });

    test("stops when the loss is no number", async () => {
      const backend = await open();
      const before = memory().numTensors;
      const fitting = fit(backend, { learningRate: 1e30, epochs: 5, head: "mlp" });
      await expect(fitting).rejects.toThrow(TrainingDivergedError);
      await expect(fitting).rejects.toThrow(/step \d+: training has diverged, the loss is NaN/);
      expect(memory().numTensors).toBe(before);
    });
  });

  test("says that training diverged when weights leave float32 and the loss does not", async () => {
    const backend = await open();
    const fitting = fit(backend, { learningRate: 1e30, weightDecay: 0, epochs: 1, head: "linear" });
    await expect(fitting).rejects.toThrow(TrainingDivergedError);
    await expect(fitting).rejects.toThrow(
      /training has diverged, row \d+ of audio has no direction behind its head; .* Lower the learning rate/,
    );
  });

  test("projecting rows of another size or without a direction is refused", async () => {
    const backend = await open();
    const heads = await fit(backend, { epochs: 1 });
    const project = (values: number[]) =>
      projectionTrainingOn(backend).project(heads, "audio", ndarray(values, [1, values.length]));
    expect(() => project([1, 2])).toThrow("preJoint has rows of 2 numbers; the audio head takes 7");
    expect(() => project(Array(7).fill(0))).toThrow("preJoint: row 0 has no direction behind the audio head");
    expect(() => project([Number.NaN, 0, 0, 0, 0, 0, 0])).toThrow(
      "preJoint: row 0, column 0 is NaN, expected finite numbers",
    );
  });

  test.each(MAPPING_NAMES)(
    "heads of the mapping %s are the same when they are read from their file",
    async (mapping) => {
      const heads = await fit(await open(), { mapping, head: "mlp", epochs: 1 });
      const { losses: _, ...written } = heads;
      const read = await readProjectionHeads(
        await openCheckpoint(bufferSource("heads.safetensors", projectionHeadsFile(heads))),
      );
      const byName = (all: ProjectionHeads) => ({
        ...all,
        arrays: all.arrays.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      });
      expect(byName(read)).toEqual(byName(written));
    },
  );
});

describe("what cannot be fitted", () => {
  const open = async () => (await import("../../src/backend/node.ts")).openBackend("wasm");
  const matrix = (rows: number, columns: number) => ndarray(new Float32Array(rows * columns).fill(1), [rows, columns]);
  const refusal = async (data: object, options: object = {}) => {
    const fitting = projectionTrainingOn(await open()).fitHeads({ audio: matrix(4, 2), text: matrix(4, 3), ...data }, {
      mapping: "into-joint-space",
      ...options,
    } as FitHeadsOptions);
    return await fitting.then(
      () => "nothing was refused",
      (error) => error as Error,
    );
  };

  test.each([
    [
      "rows whose length has no square in float32",
      { audio: ndarray(new Float32Array(8).fill(1e30), [4, 2]) },
      "audio: row 0 has the length 1.41e+30, expected 1e-15 to 1e15; scale the rows",
    ],
    [
      "rows whose length has a square that float32 takes for 0",
      { text: ndarray(new Float32Array(12).fill(1e-30), [4, 3]) },
      "text: row 0 has the length 1.73e-30, expected 1e-15 to 1e15; scale the rows",
    ],
    [
      "a matrix of another rank",
      { audio: ndarray([1, 2], [2]) },
      "audio has the shape [2], expected [rows, size], at least [1, 1]",
    ],
    ["NaN", { text: ndarray([1, 2, 3, Number.NaN], [4, 1]) }, "text: row 3, column 0 is NaN, expected finite numbers"],
    ["unpaired rows without labels", { text: matrix(3, 3) }, "there are 4 clips and 3 texts; expected as many of both"],
    ["too few labels", { labels: { audio: [0, 1, 0], text: [0, 1, 0, 1] } }, "labels.audio has 3 labels for 4 rows"],
    ["a label that is none", { labels: { audio: [0, 1, 0.5, 1], text: [0, 1, 0, 1] } }, "labels.audio[2] is 0.5"],
    [
      "a clip without a text",
      { labels: { audio: [0, 1, 2, 1], text: [0, 1, 0, 1] } },
      "clip 2 has the label 2, of which there is no text",
    ],
    [
      "one label only",
      { labels: { audio: [1, 1, 1, 1], text: [0, 1, 0, 1] } },
      "all clips have one label; expected at least two",
    ],
  ])("%s", async (_, data, message) => {
    const error = await refusal(data);
    expect(error).toBeInstanceOf(TrainingDataError);
    expect((error as Error).message).toContain(message);
  });

  test.each([
    [{ mapping: "sideways" }, 'mapping is "sideways", expected one of: into-joint-space, audio-into-text-space'],
    [{ head: "deep" }, 'head is "deep", expected one of: linear, mlp'],
    [{ epochs: 0 }, "epochs is 0, expected a whole number from 1 to 1000000"],
    [{ batchSize: 1 }, "batchSize is 1, expected a whole number from 2 to 8192"],
    [{ learningRate: 0 }, "learningRate is 0, expected a finite number above 0"],
    [{ weightDecay: -1 }, "weightDecay is -1, expected a finite number of at least 0"],
    [{ temperature: 0.001 }, "temperature is 0.001, expected a number of at least 0.01"],
    [{ seed: 0.5 }, "seed is 0.5, expected a whole number"],
    [{ mapping: "audio-into-text-space", embedDim: 8 }, "embedDim is 8, expected nothing"],
    [{ head: "linear", hidden: 8 }, "hidden is 8, expected nothing: a linear head has no hidden layer"],
  ])("with %o", async (options, message) => {
    const error = await refusal({}, options);
    expect(error).toBeInstanceOf(TrainingConfigError);
    expect((error as Error).message).toContain(message);
  });

  test("a file without heads, or with heads that do not fit its mapping, is not read as heads", async () => {
    const weight = { name: "audio_projection.weight", shape: [1, 2], values: Float32Array.of(1, 2) };
    const read = async (metadata: Record<string, string>) =>
      readProjectionHeads(await openCheckpoint(bufferSource("x.safetensors", writeSafetensors([weight], metadata))));
    await expect(read({})).rejects.toThrow(CheckpointFormatError);
    await expect(read({})).rejects.toThrow("x.safetensors: has no projection heads");
    const format = "irec projection heads 1";
    await expect(read({ format, mapping: "into-joint-space" })).rejects.toThrow(
      "lack text_projection for into-joint-space",
    );
    await expect(read({ format, mapping: "text-into-audio-space" })).rejects.toThrow("have audio_projection for text");
    await expect(read({ format, mapping: "audio-into-text-space", textInputs: "1" })).rejects.toThrow(
      "lack logit_scale",
    );
  });
});
