import { memory } from "@tensorflow/tfjs-core";
import ndarray, { type NdArray } from "ndarray";
import { describe, expect, test } from "vitest";
import { openBackend } from "../../src/backend/node.ts";
import { TrainingConfigError, TrainingDivergedError } from "../../src/training/errors.ts";
import { TrainingDataError } from "../../src/training/projection-heads/errors.ts";
import { readMatrix } from "../../src/training/projection-heads/matrix.ts";
import { projectionTrainingOn } from "../../src/training/projection-heads/projection-training.ts";
import {
  ResidualDescent,
  type TextTriplets,
  type TuneTextOptions,
} from "../../src/training/projection-heads/tune-text.ts";
import { RandomStream } from "../../src/training/random-stream.ts";
import { onEveryBackend } from "../backends.ts";
import { arrayOf, goldenDescent, goldenTriplets, largestDifference } from "./projection-goldens.ts";

/** Three steps in float32 against PyTorch in float64; differences of up to 1e-6 were seen on both backends. */
const TOLERANCE = 5e-6;

/** Texts without structure, and the triplets of two families, rows 0 to 3 and 4 to 7. */
function twoFamilies(seed = 5): TextTriplets {
  const random = new RandomStream(seed, "test");
  const rows = (size: number) =>
    ndarray(
      Float32Array.from({ length: 8 * size }, () => random.normal()),
      [8, size],
    );
  const family = (row: number) => Math.floor(row / 4);
  const [anchors, positives, negatives]: number[][] = [[], [], []];
  for (let a = 0; a < 8; a++) {
    for (let p = 0; p < 8; p++) {
      for (let n = 0; n < 8; n++) {
        if (p === a || family(p) !== family(a) || family(n) === family(a)) continue;
        anchors!.push(a);
        positives!.push(p);
        negatives!.push(n);
      }
    }
  }
  return { preJoint: rows(12), joint: rows(6), anchors: anchors!, positives: positives!, negatives: negatives! };
}

function cosine(rows: NdArray, i: number, j: number): number {
  let [product, lengthI, lengthJ] = [0, 0, 0];
  for (let k = 0; k < rows.shape[1]!; k++) {
    product += rows.get(i, k) * rows.get(j, k);
    lengthI += rows.get(i, k) ** 2;
    lengthJ += rows.get(j, k) ** 2;
  }
  return product / Math.sqrt(lengthI * lengthJ);
}

/** The share of triplets whose positive is closer. */
function accuracy(rows: NdArray, { anchors, positives, negatives }: TextTriplets): number {
  let right = 0;
  for (let i = 0; i < anchors.length; i++) {
    if (cosine(rows, anchors[i]!, positives[i]!) > cosine(rows, anchors[i]!, negatives[i]!)) right++;
  }
  return right / anchors.length;
}

onEveryBackend((open) => {
  test.each(goldenTriplets)("tuning texts with the loss %s makes three steps as PyTorch does", async (_, golden) => {
    const backend = await open();
    const [preJoint, joint] = [arrayOf(golden.preJoint), arrayOf(golden.joint)];
    const texts = { preJoint: readMatrix("preJoint", preJoint), joint: readMatrix("joint", joint) };
    const descent = new ResidualDescent(backend, texts, goldenDescent);
    const { loss, pull, temperature = 1, margin = 0 } = golden;
    const losses = golden.losses.map(() => descent.step(golden.triplets, { loss, pull, temperature, margin }));
    expect(largestDifference(losses, golden.losses)).toBeLessThan(TOLERANCE);
    const weight = descent.weight();
    descent.dispose();
    expect(weight.shape).toEqual(golden.end["text_residual.weight"]!.shape);
    expect(largestDifference(weight.data, golden.end["text_residual.weight"]!.values)).toBeLessThan(TOLERANCE);
    const tuned = projectionTrainingOn(backend).applyResidual({ weight }, { preJoint, joint });
    expect(largestDifference(tuned.data, golden.tuned.values)).toBeLessThan(TOLERANCE);
  });

  describe("tuning texts", () => {
    test.each(["softplus", "margin"] as const)(
      "with the loss %s, triplets come right and texts stay near",
      async (loss) => {
        const training = projectionTrainingOn(await open());
        const texts = twoFamilies();
        expect(accuracy(texts.joint, texts)).toBeLessThan(0.7);
        const tuned = await training.tuneText(texts, { loss, learningRate: 0.01 });
        expect(tuned.losses).toHaveLength(50);
        const after = training.applyResidual(tuned, texts);
        expect(accuracy(after, texts)).toBeGreaterThan(0.9);
        // The pull outweighs everything: the model's own projection, to the float.
        const held = training.applyResidual(await training.tuneText(texts, { loss, pull: 1e4, epochs: 5 }), texts);
        for (let row = 0; row < 8; row++) {
          const both = ndarray(
            [...Array(6).keys()]
              .map((k) => held.get(row, k))
              .concat([...Array(6).keys()].map((k) => texts.joint.get(row, k))),
            [2, 6],
          );
          expect(cosine(both, 0, 1)).toBeGreaterThan(0.9999);
        }
      },
    );

    test("a correction of zeros is the model's own projection, divided by its length", async () => {
      const joint = ndarray(Float32Array.of(3, 4), [1, 2]);
      const preJoint = ndarray(Float32Array.of(1, 2, 3), [1, 3]);
      const weight = ndarray(new Float32Array(6), [2, 3]);
      const own = projectionTrainingOn(await open()).applyResidual({ weight }, { preJoint, joint });
      expect(largestDifference(own.data, [0.6, 0.8])).toBeLessThan(1e-7);
    });

    test("says that training diverged when the correction leaves float32", async () => {
      const tuning = projectionTrainingOn(await open()).tuneText(twoFamilies(), { learningRate: 1e30, epochs: 2 });
      await expect(tuning).rejects.toThrow(TrainingDivergedError);
      await expect(tuning).rejects.toThrow("text 0 has no direction behind the correction");
    });

    test("the same seed gives the same bytes, and nothing is left behind", async () => {
      const training = projectionTrainingOn(await open());
      const run = async (seed: number) => [
        ...(await training.tuneText(twoFamilies(), { seed, epochs: 3, batchSize: 10 })).weight.data,
      ];
      const first = await run(1);
      const before = memory().numTensors;
      expect(await run(1)).toEqual(first);
      expect(await run(2)).not.toEqual(first);
      expect(memory().numTensors).toBe(before);
    });
  });
});

describe("what cannot be tuned", () => {
  const refusal = async (data: Partial<TextTriplets>, options: object = {}) =>
    projectionTrainingOn(await openBackend("wasm"))
      .tuneText({ ...twoFamilies(), ...data }, options as TuneTextOptions)
      .then(
        () => new Error("nothing was refused"),
        (error) => error as Error,
      );

  test.each([
    [{ anchors: [], positives: [], negatives: [] }, "there are no triplets; nothing can be learned"],
    [{ anchors: [0], positives: [1, 2], negatives: [3] }, "there are 1 anchors, 2 positives and 1 negatives"],
    [{ anchors: [0], positives: [8], negatives: [3] }, "positives[0] is 8, expected a row from 0 to 7"],
    [{ joint: ndarray([1, 2], [1, 2]) }, "preJoint has 8 rows, joint 1; row i of both is one text"],
    [{ joint: ndarray(new Float32Array(16), [8, 2]) }, "joint: row 0 is all zeros"],
    [{ preJoint: ndarray([1, Number.POSITIVE_INFINITY], [2, 1]) }, "preJoint: row 1, column 0 is Infinity"],
  ])("%o", async (data, message) => {
    const error = await refusal(data as Partial<TextTriplets>);
    expect(error).toBeInstanceOf(TrainingDataError);
    expect(error.message).toContain(message);
  });

  test.each([
    [{ loss: "hinge" }, 'loss is "hinge", expected one of: softplus, margin'],
    [{ pull: -1 }, "pull is -1, expected a finite number of at least 0"],
    [{ margin: 0.1 }, 'margin is 0.1, expected nothing: the loss "softplus" has none'],
    [{ loss: "margin", temperature: 1 }, 'temperature is 1, expected nothing: the loss "margin" has none'],
    [{ temperature: 0 }, "temperature is 0, expected a finite number above 0"],
  ])("with %o", async (options, message) => {
    const error = await refusal({}, options);
    expect(error).toBeInstanceOf(TrainingConfigError);
    expect(error.message).toContain(message);
  });

  test("a correction of another size", async () => {
    const training = projectionTrainingOn(await openBackend("wasm"));
    const weight = ndarray(new Float32Array(6), [2, 3]);
    expect(() => training.applyResidual({ weight }, twoFamilies())).toThrow(
      "weight has the shape [2, 3], expected [6, 12] for these texts",
    );
  });
});
