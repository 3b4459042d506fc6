import { describe, expect, test } from "vitest";
import { bufferSource } from "../../src/bytes/buffer-source.ts";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import { UnsupportedCheckpointError } from "../../src/checkpoint/errors.ts";
import { flattenParameters, layerNormParameters, linearParameters, parameter } from "../../src/layers/parameters.ts";
import { CheckpointMismatchError } from "../../src/models/errors.ts";
import { compareParameters, type NameMap, requireParameters } from "../../src/models/read-parameters.ts";

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

  test("refuses weights that are stored as integers, before what a quantisation leaves beside them", async () => {
    const info = (dtype: "int8" | "bfloat16" | "float16" | "float64" | "float32", shape: number[]) =>
      ({ dtype, shape, byteLength: 0, storage: "0" }) as const;
    const tensors = new Map([
      ["dense.weight", info("int8", [2, 3])],
      ["dense.bias", info("bfloat16", [2])],
      ["norm.0.weight", info("float16", [2])],
      ["norm.0.bias", info("float64", [2])],
      ["norm.1.weight", info("int8", [2])],
      ["norm.1.bias", info("float32", [2])],
      ["scale", info("float32", [])],
      ["dense.weight_scale", info("float32", [2])],
    ]);
    const check = () => requireParameters({ name: "model.safetensors", tensors }, wanted, asStored, "a model");
    expect(check).toThrow(UnsupportedCheckpointError);
    expect(check).toThrow(
      "model.safetensors: holds weights that are not floating-point numbers: dense.weight (int8), norm.1.weight (int8). " +
        "It is quantised or damaged; take the float checkpoint",
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
