import { describe, expect, it } from "vitest";
import { bufferSource } from "../../src/bytes/buffer-source.ts";
import { type OpenCheckpointOptions, openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import {
  CheckpointLimitError,
  DamagedCheckpointError,
  UnsupportedCheckpointError,
} from "../../src/checkpoint/errors.ts";
import type { CheckpointLimits } from "../../src/checkpoint/limits.ts";
import { concat, SIX, safetensors, text } from "./build.ts";
import { golden, goldenBytes, watched } from "./goldens.ts";

const open = (bytes: Uint8Array, options?: OpenCheckpointOptions) =>
  openCheckpoint(bufferSource("a.safetensors", bytes), options);
const matrix = { dtype: "F32", shape: [2, 3], data_offsets: [0, 24] };
const half = (begin: number, end: number, rows = 1) => ({ dtype: "F32", shape: [rows, 3], data_offsets: [begin, end] });

describe("a safetensors file", () => {
  it("has tensors and metadata of strings", async () => {
    const checkpoint = await openCheckpoint(golden("dtypes.safetensors"));
    expect(checkpoint.format).toBe("safetensors");
    expect(checkpoint.metadata).toEqual(
      new Map([
        ["format", "pt"],
        ["trained on", "nothing"],
      ]),
    );
    expect(checkpoint.tensors.get("deep")).toBeUndefined();
    expect(checkpoint.tensors.get("transposed")).toEqual({
      dtype: "float32",
      shape: [6, 4],
      byteLength: 96,
      storage: "transposed",
    });
  });

  it("may be padded with spaces, begin at any byte, be empty, and name its tensors as it likes", async () => {
    const padded = await open(safetensors(`${JSON.stringify({ __proto__: null, "module.a": matrix })}   `));
    // 8 + 67 bytes: the numbers do not begin at a multiple of four.
    expect(await padded.read("module.a")).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    const strange = await open(safetensors('{"__proto__":{"data_offsets":[0,24],"shape":[6],"dtype":"F32"}}'));
    expect([...strange.tensors.keys()]).toEqual(["__proto__"]);
    const escaped = await open(
      safetensors('{ "\\u00e9\\"\\\\" : {"dtype":"F32", "shape":[ 6 ] ,"data_offsets":[0 , 24]} }'),
    );
    expect([...escaped.tensors.keys()]).toEqual(['é"\\']);
    expect((await open(safetensors("{}", new Uint8Array()))).tensors.size).toBe(0);
    const withEmpty = await open(safetensors({ e: { dtype: "F32", shape: [0, 7], data_offsets: [0, 0] }, a: matrix }));
    expect(await withEmpty.read("e")).toEqual(new Float32Array());
  });

  it("is read at its header and at the tensor that is asked for", async () => {
    const source = watched(golden("dtypes.safetensors"));
    const checkpoint = await openCheckpoint(source);
    const headerEnd = source.reads.at(-1)![1];
    source.reads.length = 0;
    await checkpoint.read("base");
    expect(source.reads).toHaveLength(1);
    const [[from, to]] = source.reads as [[number, number]];
    expect(to - from).toBe(96);
    expect(from).toBeGreaterThanOrEqual(headerEnd);
  });

  it("of 8-bit floats is refused", async () => {
    const refused = openCheckpoint(golden("float8.safetensors"));
    await expect(refused).rejects.toThrow(UnsupportedCheckpointError);
    await expect(refused).rejects.toThrow('float8.safetensors: tensor "f" has the type "F8_E4M3"; F64, F32, F16');
    await expect(open(safetensors({ a: { ...matrix, dtype: "toString" } }))).rejects.toThrow(
      UnsupportedCheckpointError,
    );
  });
});

describe("a hostile or damaged safetensors file is refused:", () => {
  const cases: [what: string, bytes: Uint8Array, message: RegExp][] = [
    [
      "overlapping tensors",
      safetensors({ a: half(0, 24, 2), b: half(12, 24) }),
      /tensor "b" overlaps another one: bytes \[12, 24\)/,
    ],
    ["two tensors in one place", safetensors({ a: matrix, b: matrix }), /tensor "b" overlaps another one/],
    [
      "a gap",
      safetensors({ a: half(12, 24) }),
      /tensor "a" leaves a gap before it: bytes \[12, 24\) of the data, expected 0/,
    ],
    [
      "an end before the beginning",
      safetensors({ a: half(0, 24, 2), b: half(24, 12) }),
      /tensor "b" ends before it begins/,
    ],
    ["more data than the header says", safetensors({ a: half(0, 12) }), /there is more than its header says/],
    [
      "less data than the header says",
      safetensors({ a: matrix }, SIX.subarray(1)),
      /should have \d+ bytes, and has \d+: truncated/,
    ],
    [
      "a header that is cut off",
      safetensors({ a: matrix }).subarray(0, 20),
      /looks like a safetensors file that is truncated/,
    ],
    [
      "a shape of another size",
      safetensors({ a: { ...matrix, shape: [2, 2] } }),
      /tensor "a" of the shape \[2, 2\] and the type float32 takes 16 bytes, but has 24/,
    ],
    ["a type of another size", safetensors({ a: { ...matrix, dtype: "F64" } }), /takes 48 bytes, but has 24/],
    [
      "a tensor named twice",
      safetensors(
        '{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[5],"data_offsets":[4,24]}}',
      ),
      /names "a" twice/,
    ],
    [
      "a field named twice",
      safetensors('{"a":{"dtype":"F32","dtype":"F64","shape":[3],"data_offsets":[0,24]}}'),
      /names "dtype" twice/,
    ],
    ["an unknown field", safetensors({ a: { ...matrix, strides: [1] } }), /the unknown field "strides" in "a"/],
    [
      "a missing field",
      safetensors({ a: { dtype: "F32", shape: [6] } }),
      /lacks dtype, shape or the two data_offsets of "a"/,
    ],
    ["one offset", safetensors({ a: { ...matrix, data_offsets: [0] } }), /lacks dtype, shape or the two/],
    ["a negative offset", safetensors({ a: half(-12, 0) }), /cannot be understood at character 50: "-12,/],
    [
      "a fractional size",
      safetensors({ a: { ...matrix, shape: [1.5] } }),
      /before character \d+, expected|cannot be understood/,
    ],
    [
      "a size that is no number",
      safetensors({ a: { ...matrix, shape: ["6"] } }),
      /has "\\"6\\"" before character 32, expected a size/,
    ],
    [
      "a size beyond 2^53",
      safetensors('{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,24]}}'),
      /expected a size/,
    ],
    [
      "metadata that is no string",
      safetensors({ __metadata__: { a: 1 } }),
      /has "1" before character 22, expected a string/,
    ],
    ["a tensor that is a number", safetensors({ a: 1 }), /has "1" before character 6, expected \{/],
    ["an array", safetensors(`{"a":[${"[".repeat(1000)}`), /expected \{/],
    ["a comma too many", safetensors('{"__metadata__":{},}'), /has a comma before \} at character 20/],
    ["no comma", safetensors('{"__metadata__":{"a":"b" "c":"d"}}'), /expected a comma/],
    ["text behind the header", safetensors("{} x"), /goes on behind its end: " x"/],
    ["a string without an end", safetensors('{"__metadata__":{"a":"b'), /a string at character 21 that does not end/],
    [
      "an escape that is none",
      safetensors('{"__metadata__":{"\\x":"b"}}'),
      /a string before character 21 that is none in JSON/,
    ],
    [
      "a header that is no UTF-8",
      safetensors("{}", SIX, 2).map((byte, i) => (i === 9 ? 0xff : byte)),
      /header is not UTF-8/,
    ],
  ];

  it.each(cases)("%s", async (_, bytes, message) => {
    await expect(open(bytes)).rejects.toThrow(message);
    await expect(open(bytes)).rejects.toThrow(/^a\.safetensors: /);
    if (!/looks like/.test(message.source)) await expect(open(bytes)).rejects.toThrow(DamagedCheckpointError);
  });

  it("a header longer than the file", async () => {
    for (const length of [1000, 2 ** 40, 2n ** 63n])
      await expect(open(safetensors({ a: matrix }, SIX, length))).rejects.toThrow(/safetensors file that is truncated/);
  });

  it("the golden file, cut off anywhere", async () => {
    const bytes = goldenBytes("dtypes.safetensors");
    for (let length = 0; length < bytes.length; length += 97) {
      await expect(open(bytes.subarray(0, length)), `${length}`).rejects.toThrow(/truncated|empty|begins with/);
    }
  });

  it("what exceeds a limit", async () => {
    const limited: [limits: Partial<CheckpointLimits>, header: unknown, message: RegExp][] = [
      [{ headerBytes: 10 }, { a: matrix }, /its safetensors header has bytes: \d+; the limit headerBytes is 10/],
      [{ headerKeys: 1 }, { a: half(0, 12), b: half(12, 24) }, /the limit headerKeys is 1/],
      [{ tensorRank: 1 }, { a: matrix }, /the limit tensorRank is 1/],
      [{ tensorElements: 5 }, { a: matrix }, /tensor "a" has this many elements: 6; the limit tensorElements is 5/],
      [{ stringBytes: 9 }, { "a long name": matrix }, /has a string of: 13; the limit stringBytes is 9/],
    ];
    for (const [limits, header, message] of limited) {
      await expect(open(safetensors(header), { limits })).rejects.toThrow(CheckpointLimitError);
      await expect(open(safetensors(header), { limits })).rejects.toThrow(message);
    }
  });

  it("100 MB of brackets, before they fill the memory", async () => {
    const header = new Uint8Array(99_000_000).fill(0x5b);
    header.set(text('{"a":'));
    const length = new Uint8Array(new BigUint64Array([BigInt(header.length)]).buffer);
    await expect(open(concat(length, header))).rejects.toThrow(/has "\[" before character 6, expected \{/);
  });
});
