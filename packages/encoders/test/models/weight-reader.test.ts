import { memory, type Tensor } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { bufferSource } from "../../src/bytes/buffer-source.ts";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import { TensorNotFoundError } from "../../src/checkpoint/errors.ts";
import { type Parameter, parameter } from "../../src/layers/parameters.ts";
import { NonFiniteWeightError } from "../../src/models/errors.ts";
import type { ModelPlan } from "../../src/models/model-family.ts";
import { WeightReader, type WeightReaderOptions } from "../../src/models/weight-reader.ts";
import { onEveryBackend } from "../backends.ts";

/** A safetensors file of float32, one tensor after the other. */
async function checkpointOf(tensors: Record<string, { readonly shape: number[]; readonly values: Float32Array }>) {
  const header: Record<string, unknown> = {};
  let at = 0;
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    header[name] = { dtype: "F32", shape, data_offsets: [at, at + values.byteLength] };
    at += values.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + at);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 8);
  at = 8 + json.length;
  for (const { values } of Object.values(tensors)) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return await openCheckpoint(bufferSource("model.safetensors", bytes));
}

const counted = (length: number, first = 0) => Float32Array.from({ length }, (_, i) => first + i);

onEveryBackend((open) => {
  /** A reader of these parameters; "qkv" is stored as query, key and value. */
  async function readerOf(
    tensors: Parameters<typeof checkpointOf>[0],
    parameters: readonly Parameter[],
    options?: WeightReaderOptions,
  ) {
    const backend = await open();
    const names = {
      stored: (name: string) => (name === "qkv" ? ["query", "key", "value"] : [name]),
      ignored: () => false,
    };
    const plan = { parameters, names } as unknown as ModelPlan;
    return new WeightReader(await checkpointOf(tensors), plan, backend, options);
  }

  const valuesOf = (tensor: Tensor) => {
    const values = tensor.dataSync<"float32">();
    tensor.dispose();
    return values;
  };

  describe("reading a parameter", () => {
    test("puts the rows of its parts one after the other", async () => {
      const wanted = parameter("qkv", [3, 2]);
      const row = (first: number) => ({ shape: [1, 2], values: counted(2, first) });
      const reader = await readerOf({ value: row(0), query: row(2), key: row(4) }, [wanted]);
      const read = await reader.read(wanted);
      expect(read.shape).toEqual([3, 2]);
      expect(valuesOf(read)).toEqual(Float32Array.of(2, 3, 4, 5, 0, 1));
    });

    test("reads in any order, again and again, whatever was read ahead", async () => {
      const shape = [3, 1000];
      const tensors = Object.fromEntries(
        ["a", "b", "c", "d"].map((name, i) => [name, { shape, values: counted(3000, 10_000 * i) }]),
      );
      const wanted = Object.keys(tensors).map((name) => parameter(name, shape));
      const reader = await readerOf(tensors, wanted);
      for (const at of [0, 1, 3, 0, 2, 3, 2, 2, 1]) {
        expect(valuesOf(await reader.read(wanted[at]!))).toEqual(counted(3000, 10_000 * at));
      }
    });

    test("rejects with what is wrong with the tensor that was read ahead only when that one is asked for", async () => {
      const tensor = { shape: [2], values: counted(2, 1) };
      const [good, absent] = [parameter("good", [2]), parameter("absent", [2])];
      const reader = await readerOf({ good: tensor }, [good, absent]);
      expect(valuesOf(await reader.read(good))).toEqual(tensor.values);
      await expect(reader.read(absent)).rejects.toThrow(TensorNotFoundError);
    });

    test("transposes the weights of linear layers of any size, element by element", async () => {
      for (const [rows, columns] of [
        [1, 1],
        [2, 3],
        [1, 70],
        [33, 32],
        [65, 97],
      ] as const) {
        const wanted = parameter("w", [rows, columns], "linear");
        const reader = await readerOf({ w: { shape: [rows, columns], values: counted(rows * columns) } }, [wanted]);
        const read = await reader.read(wanted);
        expect(read.shape).toEqual([columns, rows]);
        const values = valuesOf(read);
        expect(values).toEqual(values.map((_, i) => (i % rows) * columns + Math.floor(i / rows)));
      }
    });

    test("puts the taps of a convolution first", async () => {
      const [outputs, inputs, height, width] = [3, 2, 2, 4];
      const wanted = parameter("w", [outputs, inputs, height, width], "convolution");
      const reader = await readerOf({ w: { shape: [...wanted.shape], values: counted(48) } }, [wanted]);
      const read = await reader.read(wanted);
      expect(read.shape).toEqual([height, width, inputs, outputs]);
      const values = valuesOf(read);
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

    test("joins what is longer than its buffer, and leaves nothing but the parameters with the backend", async () => {
      const before = memory().numTensors;
      // A buffer has 4,194,304 elements.
      const wanted = [parameter("words", [9001, 512]), parameter("scale", [])];
      const words = { shape: [9001, 512], values: counted(9001 * 512) };
      const progress: number[][] = [];
      const reader = await readerOf({ words, scale: { shape: [], values: counted(1, 7) } }, wanted, {
        onProgress: (done, total) => progress.push([done, total]),
      });
      const read = [await reader.read(wanted[0]!), await reader.read(wanted[1]!)];
      expect(memory().numTensors).toBe(before + 2);
      expect(progress).toEqual([
        [18_434_048, 18_434_052],
        [18_434_052, 18_434_052],
      ]);
      expect(read.map(({ shape }) => shape)).toEqual([[9001, 512], []]);
      expect(Buffer.compare(Buffer.from(read[0]!.dataSync().buffer), Buffer.from(words.values.buffer))).toBe(0);
      expect([...read[1]!.dataSync()]).toEqual([7]);
      reader.dispose();
      expect(memory().numTensors).toBe(before);
    });
  });

  describe("looking at the values", () => {
    test("finds each kind of number that is none, and says where it is", async () => {
      const before = memory().numTensors;
      const wanted = parameter("qkv", [3, 2]);
      for (const [value, words] of [
        [Number.NaN, "NaN"],
        [Number.POSITIVE_INFINITY, "Infinity"],
        [Number.NEGATIVE_INFINITY, "-Infinity"],
      ] as const) {
        const row = { shape: [1, 2], values: counted(2) };
        const reader = await readerOf({ query: row, key: row, value: { ...row, values: Float32Array.of(1, value) } }, [
          wanted,
        ]);
        const refused = expect(reader.read(wanted)).rejects;
        await refused.toThrow(NonFiniteWeightError);
        await refused.toThrow(`model.safetensors: tensor "value" has the value ${words} at element 1; the checkpoint`);
      }
      expect(memory().numTensors).toBe(before);
    });

    test("takes the largest, the least and subnormal numbers for what they are", async () => {
      const values = Float32Array.of(3.4028234663852886e38, -3.4028234663852886e38, 1e-45, -0);
      const wanted = parameter("w", [4]);
      const reader = await readerOf({ w: { shape: [4], values } }, [wanted]);
      expect(valuesOf(await reader.read(wanted))).toEqual(values);
      expect(reader.zeroParameters).toEqual([]);
    });

    test("lists what is all zero of either sign, and no bias", async () => {
      const zeros = { shape: [2], values: Float32Array.of(0, -0) };
      const tensors = {
        "norm.weight": zeros,
        "norm.bias": zeros,
        subnormal: { shape: [2], values: Float32Array.of(0, 1e-45) },
      };
      const wanted = Object.keys(tensors).map((name) => parameter(name, [2]));
      const reader = await readerOf(tensors, wanted);
      for (const one of wanted) await reader.read(one);
      reader.dispose();
      expect(reader.zeroParameters).toEqual(["norm.weight"]);
    });
  });
});
