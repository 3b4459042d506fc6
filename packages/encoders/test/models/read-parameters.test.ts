import { describe, expect, test } from "vitest";
import { bufferSource } from "../../src/bytes/buffer-source.ts";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import { flattenParameters, layerNormParameters, linearParameters, parameter } from "../../src/layers/parameters.ts";
import { CheckpointMismatchError } from "../../src/models/errors.ts";
import {
  compareParameters,
  inLayout,
  type NameMap,
  readStored,
  requireParameters,
} from "../../src/models/read-parameters.ts";

const asStored: NameMap = { stored: (name) => [name], ignored: () => false };

/** A safetensors file with these tensors, float32, filled 0, 1, 2 ... one after the other. */
async function checkpointOf(shapes: Record<string, number[]>) {
  const header: Record<string, unknown> = {};
  let elements = 0;
  for (const [name, shape] of Object.entries(shapes)) {
    const size = shape.reduce((product, n) => product * n, 1);
    header[name] = { dtype: "F32", shape, data_offsets: [4 * elements, 4 * (elements + size)] };
    elements += size;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + 4 * elements);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 8);
  const values = Float32Array.from({ length: elements }, (_, i) => i);
  bytes.set(new Uint8Array(values.buffer), 8 + json.length);
  return await openCheckpoint(bufferSource("model.safetensors", bytes));
}

describe("comparing a checkpoint with what a model needs", () => {
  const wanted = flattenParameters({
    dense: linearParameters("dense", 3, 2),
    norms: [layerNormParameters("norm.0", 2), layerNormParameters("norm.1", 2)],
    scale: parameter("scale", []),
  });

  test("finds nothing wrong where all is there", async () => {
    const checkpoint = await checkpointOf({
      "dense.weight": [2, 3],
      "dense.bias": [2],
      "norm.0.weight": [2],
      "norm.0.bias": [2],
      "norm.1.weight": [2],
      "norm.1.bias": [2],
      scale: [],
    });
    expect(compareParameters(checkpoint, wanted, asStored)).toEqual({ missing: [], unexpected: [], misshapen: [] });
    expect(() => requireParameters(checkpoint, wanted, asStored, "a model")).not.toThrow();
  });

  test("lists everything that is wrong together", async () => {
    const checkpoint = await checkpointOf({
      "dense.weight": [3, 2],
      "dense.bias": [2],
      "norm.0.weight": [2],
      "norm.0.bias": [2, 1],
      scale: [1],
      other: [4],
      "head.weight": [1],
    });
    const names = { ...asStored, ignored: (name: string) => name.startsWith("head.") };
    const check = () => requireParameters(checkpoint, wanted, names, "a model");
    expect(check).toThrow(CheckpointMismatchError);
    expect(check).toThrow(
      "model.safetensors: does not fit a model. 2 missing: norm.1.weight, norm.1.bias. 1 unexpected: other. " +
        "3 of another shape: dense.weight [3,2], expected [2,3], norm.0.bias [2,1], expected [2], scale [1], expected []. " +
        "Is it a part of a checkpoint, or of another model?",
    );
  });

  test("names the parts of a parameter that is stored in parts", async () => {
    const checkpoint = await checkpointOf({ query: [2, 3], value: [1, 3] });
    const names: NameMap = { stored: () => ["query", "key", "value"], ignored: () => false };
    expect(compareParameters(checkpoint, [parameter("qkv", [6, 3])], names)).toEqual({
      missing: ["key"],
      unexpected: [],
      misshapen: [{ name: "value", shape: [1, 3], expected: [2, 3] }],
    });
  });
});

describe("reading a parameter", () => {
  test("puts the rows of its parts one after the other", async () => {
    const checkpoint = await checkpointOf({ value: [1, 2], query: [1, 2], key: [1, 2] });
    const names: NameMap = { stored: () => ["query", "key", "value"], ignored: () => false };
    const values = await readStored(checkpoint, parameter("qkv", [3, 2]), names);
    expect(values).toEqual(Float32Array.of(2, 3, 4, 5, 0, 1));
  });

  test("transposes the weight of a linear layer", () => {
    const stored = Float32Array.of(1, 2, 3, 4, 5, 6);
    expect(inLayout(stored, parameter("w", [2, 3], "linear"))).toEqual({
      values: Float32Array.of(1, 4, 2, 5, 3, 6),
      shape: [3, 2],
    });
  });

  test("transposes matrices of any size, element by element", () => {
    for (const [rows, columns] of [
      [1, 1],
      [1, 70],
      [33, 32],
      [65, 97],
    ] as const) {
      const stored = Float32Array.from({ length: rows * columns }, (_, i) => i);
      const { values } = inLayout(stored, parameter("w", [rows, columns], "linear"));
      const expected = values.map((_, i) => (i % rows) * columns + Math.floor(i / rows));
      expect(values).toEqual(expected);
    }
  });

  test("puts the taps of a convolution first", () => {
    const [outputs, inputs, height, width] = [3, 2, 2, 4];
    const stored = Float32Array.from({ length: outputs * inputs * height * width }, (_, i) => i);
    const { values, shape } = inLayout(stored, parameter("w", [outputs, inputs, height, width], "convolution"));
    expect(shape).toEqual([height, width, inputs, outputs]);
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < inputs; i++) {
        for (let y = 0; y < height; y++) {
          for (let x = 0; x < width; x++) {
            const to = ((y * width + x) * inputs + i) * outputs + o;
            expect(values[to]).toBe(((o * inputs + i) * height + y) * width + x);
          }
        }
      }
    }
  });
});
