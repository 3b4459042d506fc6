import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bufferSource } from "../../src/bytes/buffer-source.ts";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import { type NamedArray, readNamedArrays } from "../../src/checkpoint/named-array.ts";
import { toHalf } from "../../src/checkpoint/to-half.ts";
import { writeSafetensors } from "../../src/checkpoint/write-safetensors.ts";

const open = (bytes: Uint8Array<ArrayBuffer>) => openCheckpoint(bufferSource("written.safetensors", bytes));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

const arrays: NamedArray[] = [
  { name: "b", shape: [2], values: Float32Array.of(1, -2) },
  { name: "a", shape: [1, 3], values: Float32Array.of(0.5, 65504, -1), dtype: "float16" },
  { name: "step", shape: [], values: BigInt64Array.of(3n) },
];

describe("a written safetensors file", () => {
  test("is what the reference implementation writes, byte for byte", () => {
    // python -c "import torch; from safetensors.torch import save; print(save({'b': torch.tensor([1., -2.]), 'a':
    //   torch.tensor([[.5, 65504, -1]]).half(), 'step': torch.tensor(3)}, {'note': 'ä'}).hex())"
    const header =
      '{"__metadata__":{"note":"ä"},"step":{"dtype":"I64","shape":[],"data_offsets":[0,8]},' +
      '"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},"a":{"dtype":"F16","shape":[1,3],"data_offsets":[16,22]}}';
    const bytes = new TextEncoder().encode(header);
    const padded = Buffer.concat([bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8, " ")]);
    const length = Buffer.alloc(8);
    length.writeUInt32LE(padded.length);
    const data = "0300000000000000" + "0000803f000000c0" + "0038ff7b00bc";
    const expected = length.toString("hex") + padded.toString("hex") + data;
    expect(hex(writeSafetensors(arrays, { note: "ä" }))).toBe(expected);
  });

  test("does not depend on the order of tensors and strings", () => {
    const one = writeSafetensors(arrays, { x: "1", "10": "2", "9": "3" });
    expect(hex(writeSafetensors(arrays.toReversed(), { "9": "3", "10": "2", x: "1" }))).toBe(hex(one));
  });

  test("is read back as it was", async () => {
    const checkpoint = await open(writeSafetensors(arrays, { b: 'a "quoted" \u0001 \\ line\n', a: "" }));
    expect([...checkpoint.metadata]).toEqual([
      ["a", ""],
      ["b", 'a "quoted" \u0001 \\ line\n'],
    ]);
    const read = new Map((await readNamedArrays(checkpoint)).map((array) => [array.name, array]));
    for (const { name, shape, values } of arrays) expect(read.get(name)).toEqual({ name, shape, values });
  });

  test("may be empty, as may be a tensor", async () => {
    expect((await open(writeSafetensors([]))).tensors.size).toBe(0);
    const checkpoint = await open(writeSafetensors([{ name: "none", shape: [0, 4], values: new Float32Array() }]));
    expect(checkpoint.tensors.get("none")!.shape).toEqual([0, 4]);
  });

  test("is refused for names and values that do not fit", () => {
    const [b] = arrays as [NamedArray];
    expect(() => writeSafetensors([b, b])).toThrow('two tensors are called "b"');
    expect(() => writeSafetensors([{ ...b, name: "__metadata__" }])).toThrow("which the format reserves");
    expect(() => writeSafetensors([{ ...b, shape: [3] }])).toThrow(
      'tensor "b" has 2 values, expected those of the shape [3]',
    );
    expect(() => writeSafetensors([{ ...b, shape: [2], values: BigInt64Array.of(1n, 2n), dtype: "float16" }])).toThrow(
      "has integers, which cannot be written as float16",
    );
    expect(() => writeSafetensors([{ ...b, shape: [1], values: Float32Array.of(65520), dtype: "float16" }])).toThrow(
      'tensor "b" has 65520 at element 0, and halves reach to 65504',
    );
  });
});

describe("halves", () => {
  test.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519.99, 0x7bff],
    [Number.POSITIVE_INFINITY, 0x7c00],
    [Number.NEGATIVE_INFINITY, 0xfc00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000], // a tie between 0 and the least, to even
    [1.5 * 2 ** -24, 0x0002], // a tie, to even
    [2 ** -25 * 1.001, 0x0001],
    [2 ** -14 - 2 ** -26, 0x0400], // carries from the subnormals to the least normal
    [1 + 2 ** -11, 0x3c00], // a tie, to even
    [1 + 3 * 2 ** -11, 0x3c02],
  ])("of %d are %i", (value, bits) => {
    expect(toHalf(Float32Array.of(value), "x")[0]).toBe(bits);
  });

  test("of NaN are NaN", () => {
    expect(toHalf(Float32Array.of(Number.NaN), "x")[0]! & 0x7fff).toBe(0x7e00);
  });

  test("are the nearest: none of the neighbours is nearer, as this package reads them", async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: -65504, max: 65504, noNaN: true }), async (value) => {
        const single = Math.fround(value);
        const values = Float32Array.of(single);
        const checkpoint = await open(writeSafetensors([{ name: "x", shape: [1], values, dtype: "float16" }]));
        const [read] = await checkpoint.read("x");
        const spacing = 2 ** Math.max(-24, Math.floor(Math.log2(Math.abs(single) || 1)) - 10);
        expect(Math.abs(read! - single)).toBeLessThanOrEqual(spacing / 2);
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});
