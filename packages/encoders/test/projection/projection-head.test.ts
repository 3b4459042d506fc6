import { memory, tensor } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend/backend.ts";
import { audioIntoTextSpace, intoJointSpace, textIntoAudioSpace } from "../../src/projection/mappings.ts";
import { identityHead, linearHead, mlpHead, type ProjectionHead } from "../../src/projection/projection-head.ts";
import { onEveryBackend } from "../backends.ts";

/** Rows, projected; the values are rounded to six places. */
function project(backend: Backend, head: ProjectionHead, rows: number[][]): number[][] {
  const result = backend.run(() => head.project(tensor(rows.flat(), [rows.length, head.inputs])));
  expect(result.shape).toEqual([rows.length, head.outputs]);
  const values = [...result.dataSync()].map((value) => Number(value.toFixed(6)));
  result.dispose();
  return rows.map((_, row) => values.slice(row * head.outputs, (row + 1) * head.outputs));
}

/** A linear layer of these rows and biases. */
const layer = (weight: number[][], bias?: number[]) => ({
  weight: tensor(weight.flat(), [weight.length, weight[0]!.length]),
  ...(bias && { bias: tensor(bias) }),
});

const square = [
  [1, 0],
  [0, 1],
];

onEveryBackend((open) => {
  describe("a projection head", () => {
    test("of LAION-CLAP: linear, ReLU, linear, length 1", async () => {
      const backend = await open();
      const head = mlpHead({
        hidden: layer([[1, -1]], [0, 0]),
        output: layer(
          [
            [3, 4, 0],
            [0, 0, 2],
          ],
          [0, 0, 0],
        ),
      });
      expect([head.inputs, head.outputs]).toEqual([1, 3]);
      expect(project(backend, head, [[2], [-7]])).toEqual([
        [0.6, 0.8, 0],
        [0, 0, 1],
      ]);
      head.dispose();
    });

    test("of LAION-CLAP leaves zeros zeros", async () => {
      const head = mlpHead({ hidden: layer(square, [0, 0]), output: layer(square, [0, 0]) });
      expect(project(await open(), head, [[0, -1]])).toEqual([[0, 0]]);
      head.dispose();
    });

    test("of MusCALL: linear without a bias, length 1; zeros become NaN", async () => {
      const head = linearHead(layer([[3, 4]]));
      expect(project(await open(), head, [[0.5], [-1e-9], [0]])).toEqual([
        [0.6, 0.8],
        [-0.6, -0.8],
        [Number.NaN, Number.NaN],
      ]);
      head.dispose();
    });

    test("that does nothing but normalise", async () => {
      const before = memory().numTensors;
      expect(
        project(await open(), identityHead(2), [
          [3, 4],
          [0, 0],
          [-2, 0],
        ]),
      ).toEqual([
        [0.6, 0.8],
        [0, 0],
        [-1, 0],
      ]);
      expect(memory().numTensors).toBe(before);
    });

    test("frees its weights", async () => {
      await open();
      const before = memory().numTensors;
      mlpHead({ hidden: layer(square, [0, 0]), output: layer(square, [0, 0]) }).dispose();
      linearHead(layer(square)).dispose();
      expect(memory().numTensors).toBe(before);
    });
  });

  describe("a mapping", () => {
    test("of audio into the text space leaves the directions of texts", async () => {
      const backend = await open();
      const mapping = audioIntoTextSpace(linearHead(layer([[0, 2]])), 2);
      expect(mapping.embedDim).toBe(2);
      expect(project(backend, mapping.audio, [[5]])).toEqual([[0, 1]]);
      expect(project(backend, mapping.text, [[6, 8]])).toEqual([[0.6, 0.8]]);
      mapping.audio.dispose();
    });

    test("of text into the audio space leaves the directions of clips", async () => {
      const backend = await open();
      const mapping = textIntoAudioSpace(linearHead(layer([[0, 2, 0]])), 3);
      expect(mapping.embedDim).toBe(3);
      expect(project(backend, mapping.audio, [[0, 3, 4]])).toEqual([[0, 0.6, 0.8]]);
      expect(project(backend, mapping.text, [[5]])).toEqual([[0, 1, 0]]);
      mapping.text.dispose();
    });

    test("of both needs a space that is the same for both", async () => {
      await open();
      const [audio, text] = [linearHead(layer([[1, 2]])), linearHead(layer([[1, 2, 3]]))];
      expect(() => intoJointSpace(audio, text)).toThrow(
        new RangeError("audio becomes 2 dimensions, text 3; expected the same number, so that they can be compared"),
      );
      expect(() => audioIntoTextSpace(audio, 3)).toThrow(RangeError);
      expect(() => textIntoAudioSpace(text, 2)).toThrow(RangeError);
      expect(intoJointSpace(audio, audio)).toEqual({ audio, text: audio, embedDim: 2 });
      audio.dispose();
      text.dispose();
    });
  });
});
