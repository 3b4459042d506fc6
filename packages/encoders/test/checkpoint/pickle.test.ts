import { describe, expect, it } from "vitest";
import { CheckpointLimitError, DamagedCheckpointError, UnsafeCheckpointError } from "../../src/checkpoint/errors.ts";
import { CHECKPOINT_LIMITS, type CheckpointLimits } from "../../src/checkpoint/limits.ts";
import { Dict, List, Opaque, PySet, Tuple } from "../../src/checkpoint/pickle.ts";
import { PickledTensor, unpickleTorch } from "../../src/checkpoint/torch-pickle.ts";
import { concat, pickle, storage, tensor, text, u32, u64 } from "./build.ts";

const read = (bytes: Uint8Array, limits: Partial<CheckpointLimits> = {}, allowOpaque = false) =>
  unpickleTorch(bytes, { ...CHECKPOINT_LIMITS, ...limits }, { file: "a.pt", position: 100 }, allowOpaque);

/** Plain JavaScript of what was unpickled: tuples as { tuple }, sets as { set }, dicts as lists of pairs. */
function plain(value: unknown): unknown {
  if (value instanceof Tuple) return { tuple: value.items.map(plain) };
  if (value instanceof PySet) return { set: value.items.map(plain) };
  if (value instanceof List) return value.items.map(plain);
  if (value instanceof Dict) return { dict: [...value.entries].map(([k, v]) => [plain(k), plain(v)]) };
  if (value instanceof Uint8Array) return { bytes: [...value] };
  return value;
}
const of = (...opcodes: (readonly number[])[]) => plain(read(pickle.whole(...opcodes.flat())).value);

describe("unpickle", () => {
  // Each is base64.b64encode(pickle.dumps(value, protocol)) of CPython 3.11.
  const dumps: [python: string, protocol: number, base64: string, value: unknown][] = [
    [
      "[1, -1, 255, 256, 65536, -70000]",
      2,
      "gAJdcQAoSwFK/////0v/TQABSgAAAQBKkO7+/2Uu",
      [1, -1, 255, 256, 65536, -70000],
    ],
    [
      "[2**31, -2**63, 2**64, -2**31 - 1]",
      2,
      "gAJdcQAoigUAAACAAIoIAAAAAAAAAICKCQAAAAAAAAAAAYoF////f/9lLg==",
      [2 ** 31, -(2n ** 63n), 2n ** 64n, -(2 ** 31) - 1],
    ],
    [
      "(None, True, False, 0.1, -1e300)",
      2,
      "gAIoToiJRz+5mZmZmZmaR/435DyIAHWcdHEALg==",
      { tuple: [null, true, false, 0.1, -1e300] },
    ],
    [
      "{'a': [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)], 'b': {}}",
      2,
      "gAJ9cQAoWAEAAABhcQFdcQIoKUsBhXEDSwFLAoZxBEsBSwJLA4dxBShLAUsCSwNLBHRxBmVYAQAAAGJxB31xCHUu",
      {
        dict: [
          ["a", [{ tuple: [] }, { tuple: [1] }, { tuple: [1, 2] }, { tuple: [1, 2, 3] }, { tuple: [1, 2, 3, 4] }]],
          ["b", { dict: [] }],
        ],
      },
    ],
    [
      "['é\\ufeff', '😀', 'x' * 300]",
      2,
      "gAJdcQAoWAUAAADDqe+7v3EBWAQAAADwn5iAcQJYLAEAAHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHEDZS4=",
      ["é\ufeff", "😀", "x".repeat(300)],
    ],
    [
      "[1, -1, 255, 256, 65536, -70000]",
      4,
      "gASVGwAAAAAAAABdlChLAUr/////S/9NAAFKAAABAEqQ7v7/ZS4=",
      [1, -1, 255, 256, 65536, -70000],
    ],
    [
      "[2**31, -2**63, 2**64, -2**31 - 1]",
      4,
      "gASVKAAAAAAAAABdlCiKBQAAAIAAiggAAAAAAAAAgIoJAAAAAAAAAAABigX///9//2Uu",
      [2 ** 31, -(2n ** 63n), 2n ** 64n, -(2 ** 31) - 1],
    ],
    [
      "(None, True, False, 0.1, -1e300)",
      4,
      "gASVGQAAAAAAAAAoToiJRz+5mZmZmZmaR/435DyIAHWcdJQu",
      { tuple: [null, true, false, 0.1, -1e300] },
    ],
    [
      "{'a': [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)], 'b': {}}",
      4,
      "gASVMQAAAAAAAAB9lCiMAWGUXZQoKUsBhZRLAUsChpRLAUsCSwOHlChLAUsCSwNLBHSUZYwBYpR9lHUu",
      {
        dict: [
          ["a", [{ tuple: [] }, { tuple: [1] }, { tuple: [1, 2] }, { tuple: [1, 2, 3] }, { tuple: [1, 2, 3, 4] }]],
          ["b", { dict: [] }],
        ],
      },
    ],
    [
      "['é\\ufeff', '😀', 'x' * 300]",
      4,
      "gASVRgEAAAAAAABdlCiMBcOp77u/lIwE8J+YgJRYLAEAAHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eJRlLg==",
      ["é\ufeff", "😀", "x".repeat(300)],
    ],
    [
      "[1, -1, 255, 256, 65536, -70000]",
      5,
      "gAWVGwAAAAAAAABdlChLAUr/////S/9NAAFKAAABAEqQ7v7/ZS4=",
      [1, -1, 255, 256, 65536, -70000],
    ],
    [
      "[2**31, -2**63, 2**64, -2**31 - 1]",
      5,
      "gAWVKAAAAAAAAABdlCiKBQAAAIAAiggAAAAAAAAAgIoJAAAAAAAAAAABigX///9//2Uu",
      [2 ** 31, -(2n ** 63n), 2n ** 64n, -(2 ** 31) - 1],
    ],
    [
      "(None, True, False, 0.1, -1e300)",
      5,
      "gAWVGQAAAAAAAAAoToiJRz+5mZmZmZmaR/435DyIAHWcdJQu",
      { tuple: [null, true, false, 0.1, -1e300] },
    ],
    [
      "{'a': [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)], 'b': {}}",
      5,
      "gAWVMQAAAAAAAAB9lCiMAWGUXZQoKUsBhZRLAUsChpRLAUsCSwOHlChLAUsCSwNLBHSUZYwBYpR9lHUu",
      {
        dict: [
          ["a", [{ tuple: [] }, { tuple: [1] }, { tuple: [1, 2] }, { tuple: [1, 2, 3] }, { tuple: [1, 2, 3, 4] }]],
          ["b", { dict: [] }],
        ],
      },
    ],
    [
      "['é\\ufeff', '😀', 'x' * 300]",
      5,
      "gAWVRgEAAAAAAABdlCiMBcOp77u/lIwE8J+YgJRYLAEAAHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eJRlLg==",
      ["é\ufeff", "😀", "x".repeat(300)],
    ],
    [
      "({1}, frozenset({2}), b'\\x00\\xff', bytearray(b'a'))",
      5,
      "gAWVHwAAAAAAAAAoj5QoSwGQKEsCkZRDAgD/lJYBAAAAAAAAAGGUdJQu",
      { tuple: [{ set: [1] }, { set: [2] }, { bytes: [0, 255] }, { bytes: [97] }] },
    ],
  ];

  it.each(dumps)("reads what Python writes for %s with protocol %i", (_, __, base64, value) => {
    expect(plain(read(new Uint8Array(Buffer.from(base64, "base64"))).value)).toEqual(value);
  });

  it("reads numbers of every width", () => {
    expect(of([0x4a, 0xff, 0xff, 0xff, 0xff])).toBe(-1);
    expect(of([0x4b, 200])).toBe(200);
    expect(of([0x4d, 0x34, 0x12])).toBe(0x1234);
    expect(of([0x8a, 0])).toBe(0);
    expect(of([0x8a, 5, 0, 0, 0, 0x80, 0])).toBe(2 ** 31);
    expect(of([0x8a, 8, ...u64(-5)])).toBe(-5);
    expect(of([0x8a, 9, ...u64(0), 1])).toBe(2n ** 64n);
    expect(of([0x8b, ...u32(8), ...u64(-(2n ** 63n))])).toBe(-(2n ** 63n));
    expect(of([0x47, 0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a])).toBe(0.1);
  });

  it("reads strings, with a byte order mark that stays, and bytes", () => {
    expect(of([0x58, ...u32(5), ...text("\ufeffé")])).toBe("\ufeffé");
    expect(of([0x8c, 2, ...text("é")])).toBe("é");
    expect(of([0x8d, ...u64(1), 0x61])).toBe("a");
    expect(of([0x54, ...u32(1), 0x61])).toBe("a");
    expect(of([0x55, 1, 0x61])).toBe("a");
    expect(of([0x42, ...u32(2), 0, 0xff])).toEqual({ bytes: [0, 255] });
    expect(of([0x43, 1, 7])).toEqual({ bytes: [7] });
    expect(of([0x8e, ...u64(1), 7])).toEqual({ bytes: [7] });
    expect(of([0x96, ...u64(1), 7])).toEqual({ bytes: [7] });
  });

  it("reads containers", () => {
    const [one, two, three] = [1, 2, 3].map((n) => [0x4b, n]) as [number[], number[], number[]];
    expect(of([0x29])).toEqual({ tuple: [] });
    expect(of(one, [0x85])).toEqual({ tuple: [1] });
    expect(of(one, two, [0x86])).toEqual({ tuple: [1, 2] });
    expect(of(one, two, three, [0x87])).toEqual({ tuple: [1, 2, 3] });
    expect(of([0x28], one, two, [0x74])).toEqual({ tuple: [1, 2] });
    expect(of([0x5d], one, [0x61, 0x28], two, three, [0x65])).toEqual([1, 2, 3]);
    expect(of([0x7d], one, two, [0x73, 0x28], three, one, [0x75])).toEqual({
      dict: [
        [1, 2],
        [3, 1],
      ],
    });
    expect(of([0x8f, 0x28], one, two, [0x90])).toEqual({ set: [1, 2] });
    expect(of([0x28], one, two, [0x91])).toEqual({ set: [1, 2] });
  });

  it("knows what it was told to remember, to drop and to double", () => {
    expect(of([0x4b, 9, 0x71, 5, 0x30, 0x68, 5])).toBe(9);
    expect(of([0x4b, 9, 0x72, ...u32(70_000), 0x30, 0x6a, ...u32(70_000)])).toBe(9);
    expect(of([0x4b, 9, 0x94, 0x30, 0x68, 0])).toBe(9);
    expect(of([0x4b, 9, 0x32, 0x86])).toEqual({ tuple: [9, 9] });
    expect(of([0x4b, 9, 0x28, 0x4b, 1, 0x31])).toBe(9);
    expect(of([0x4b, 9, 0x28, 0x30])).toBe(9);
    expect(of([0x95, ...u64(2), 0x4b, 9])).toBe(9);
  });

  it("keeps keys that JavaScript would stumble over", () => {
    const { value } = read(pickle.whole(...pickle.dict(["__proto__", [0x4b, 1]], ["constructor", [0x4b, 2]])));
    expect((value as Dict).entries).toEqual(new Map(Object.entries({ ["__proto__"]: 1, constructor: 2 })));
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("says where the pickle ends, for those that follow one another", () => {
    expect(read(concat(pickle.whole(0x4b, 1), pickle.whole(0x4b, 2)))).toMatchObject({ value: 1, end: 5 });
  });
});

describe("what torch.save writes besides", () => {
  it("tensors and their storages", () => {
    const { value, storages } = read(pickle.whole(...tensor({ key: "7", offset: 2, shape: [2, 2], strides: [2, 1] })));
    expect(value).toBeInstanceOf(PickledTensor);
    expect((value as PickledTensor).layout).toEqual({
      storage: { key: "7", dtype: "float32", elements: 6, view: undefined },
      dtype: "float32",
      offset: 2,
      shape: [2, 2],
      strides: [2, 1],
      refusal: undefined,
    });
    expect([...storages.keys()]).toEqual(["7"]);
  });

  it("tensors of the oldest form, and parameters with and without a state", () => {
    const { global, int, tuple, reduce } = pickle;
    const oldest = reduce(global("torch._utils", "_rebuild_tensor"), storage(), int(0), tuple(int(6)), tuple(int(1)));
    for (const name of ["_rebuild_parameter", "_rebuild_parameter_with_state"]) {
      const { value } = read(pickle.whole(...reduce(global("torch._utils", name), oldest, [0x88], [0x7d])));
      expect((value as PickledTensor).layout.shape).toEqual([6]);
    }
  });

  it("ordered dicts, empty and of pairs, whose attributes are dropped", () => {
    const ordered = pickle.global("collections", "OrderedDict");
    const pair = pickle.tuple(pickle.string("a"), [0x4b, 1]);
    expect(of(pickle.reduce(ordered))).toEqual({ dict: [] });
    expect(of(pickle.reduce(ordered, [0x5d, ...pair, 0x61]))).toEqual({ dict: [["a", 1]] });
    expect(of(pickle.reduce(ordered), pickle.dict(["_metadata", [0x4e]]), [0x62])).toEqual({ dict: [] });
    expect(of(ordered, [0x29, 0x81])).toEqual({ dict: [] });
    expect(of(ordered, [0x29, 0x7d, 0x92])).toEqual({ dict: [] });
  });

  it("NumPy numbers of both versions of NumPy and both byte orders", () => {
    const scalar = (module: string, code: string, order: string, bytes: readonly number[]) => {
      const dtype = pickle.reduce(pickle.global("numpy", "dtype"), pickle.string(code), [0x89], [0x88]);
      const state = pickle.tuple([0x4b, 3], pickle.string(order), [0x4e]);
      const data = pickle.reduce(
        pickle.global("_codecs", "encode"),
        pickle.string(String.fromCharCode(...bytes)),
        pickle.string("latin1"),
      );
      return of(pickle.reduce(pickle.global(module, "scalar"), [...dtype, ...state, 0x62], data));
    };
    const half = [0x3f, 0xe0, 0, 0, 0, 0, 0, 0];
    expect(scalar("numpy.core.multiarray", "f8", "<", half.toReversed())).toBe(0.5);
    expect(scalar("numpy._core.multiarray", "f8", ">", half)).toBe(0.5);
    expect(scalar("numpy._core.multiarray", "i8", "<", [254, ...new Array(7).fill(255)])).toBe(-2);
    expect(scalar("numpy._core.multiarray", "u8", "<", new Array(8).fill(255))).toBe(2n ** 64n - 1n);
    expect(scalar("numpy._core.multiarray", "b1", "|", [1])).toBe(true);
    expect(scalar("numpy._core.multiarray", "U1", "<", [0x61, 0, 0, 0])).toEqual(new Opaque("numpy.dtype(U1)"));
    expect(() => scalar("numpy._core.multiarray", "f8", "<", [0])).toThrow("makes a NumPy number f8 of bytes");
    const numbers: [code: string, bytes: number[], value: unknown][] = [
      ["f4", [0, 0, 0xc0, 0x3f], 1.5],
      ["i8", [0, 0, 0, 0, 0, 0, 0, 0x80], -(2n ** 63n)],
      ["i4", [0xfe, 0xff, 0xff, 0xff], -2],
      ["i2", [0xfe, 0xff], -2],
      ["i1", [0xfe], -2],
      ["u4", [0xfe, 0xff, 0xff, 0xff], 2 ** 32 - 2],
      ["u2", [0xfe, 0xff], 65534],
      ["u1", [0xfe], 254],
    ];
    for (const [code, bytes, value] of numbers) {
      expect(scalar("numpy._core.multiarray", code, "<", bytes), code).toBe(value);
      expect(scalar("numpy._core.multiarray", code, ">", bytes.toReversed()), code).toBe(value);
    }
  });

  it("sizes, devices, layouts and types", () => {
    const { global, string, tuple, reduce } = pickle;
    expect(of(reduce(global("torch", "Size"), tuple([0x4b, 3])))).toEqual({ tuple: [3] });
    expect(of(reduce(global("torch", "device"), string("cuda"), [0x4b, 0]))).toBe("cuda:0");
    expect(of(reduce(global("torch.serialization", "_get_layout"), string("torch.strided")))).toBe("torch.strided");
    expect(of(global("torch", "float16"))).toMatchObject({ name: "torch.float16" });
  });
});

describe("a name that is not on the allow-list", () => {
  const evil = pickle.reduce(pickle.global("os", "system"), pickle.string("touch x"));

  it("is an error that says it", () => {
    expect(() => read(pickle.whole(...evil))).toThrow(UnsafeCheckpointError);
    expect(() => read(pickle.whole(...evil))).toThrow(
      'a.pt: its pickle asks for the Python object "os.system", which is not on the allow-list. Nothing was executed.',
    );
    expect(() => read(pickle.whole(...pickle.string("posix"), ...pickle.string("system"), 0x93))).toThrow(
      /"posix.system"/,
    );
    for (const [module, name] of [
      ["builtins", "eval"],
      ["__builtin__", "getattr"],
      ["torch._utils", "_rebuild_qtensor"],
      ["torch", "load"],
      ["collections", "OrderedDict.__init__"],
      ["collections OrderedDict", ""],
      ["__proto__", ""],
      ["constructor", "constructor"],
    ] as const)
      expect(() => read(pickle.whole(...pickle.global(module, name)))).toThrow(UnsafeCheckpointError);
  });

  it("becomes a placeholder when that is asked for, whatever is done with it", () => {
    const made = [
      ...evil,
      ...pickle.dict(["a", [0x4e]]),
      0x62,
      0x4b,
      1,
      0x61,
      0x4b,
      1,
      0x4b,
      2,
      0x73,
      0x28,
      0x4b,
      1,
      0x90,
    ];
    expect(read(pickle.whole(...made), {}, true).value).toEqual(new Opaque("os.system"));
    expect(read(pickle.whole(...evil, 0x29, 0x81), {}, true).value).toEqual(new Opaque("os.system"));
    const named = pickle.dict(["a", [0x4e]]);
    expect(read(pickle.whole(...evil, 0x29, ...named, 0x92), {}, true).value).toEqual(new Opaque("os.system"));
  });
});

describe("a hostile pickle is refused:", () => {
  const limited: [what: string, bytes: Uint8Array, limit: keyof CheckpointLimits, value: number][] = [
    [
      "a memo bomb",
      pickle.whole(0x4e, ...Array.from({ length: 50 }, (_, i) => [0x72, ...u32(2 ** 31 + i)]).flat()),
      "pickleMemo",
      40,
    ],
    ["a stack that grows", pickle.whole(...new Array(50).fill(0x4e)), "pickleStack", 40],
    ["deep nesting of tuples", pickle.whole(0x29, ...new Array(50).fill(0x85)), "pickleNesting", 40],
    ["deep nesting of marks", pickle.whole(...new Array(50).fill(0x28)), "pickleNesting", 40],
    [
      "deep nesting of lists",
      pickle.whole(...new Array(50).fill([0x5d]).flat(), ...new Array(49).fill(0x61)),
      "pickleNesting",
      40,
    ],
    [
      "a list that contains itself again and again",
      pickle.whole(0x5d, ...new Array(50).fill([0x32, 0x61]).flat()),
      "pickleNesting",
      40,
    ],
    ["many small containers", pickle.whole(...new Array(50).fill([0x7d, 0x30]).flat(), 0x4e), "pickleItems", 40],
    ["many items", pickle.whole(0x5d, 0x28, ...new Array(50).fill(0x4e), 0x65), "pickleItems", 40],
    ["a remembered list that is copied again and again", copies(), "pickleItems", 100],
    ["a remembered text that is encoded again and again", encodings(), "pickleItems", 100],
    ["a long string", pickle.whole(...pickle.string("x".repeat(50))), "stringBytes", 40],
    ["a tensor of many dimensions", pickle.whole(...tensor({ shape: new Array(9).fill(1) })), "tensorRank", 8],
  ];

  it.each(limited)("%s", (_, bytes, limit, value) => {
    expect(() => read(bytes, { [limit]: value })).toThrow(CheckpointLimitError);
    expect(() => read(bytes, { [limit]: value })).toThrow(new RegExp(`^a\\.pt: .*the limit ${limit} is ${value}`));
  });

  function copies(): Uint8Array {
    const ordered = [...pickle.global("collections", "OrderedDict"), 0x71, 0];
    const list = [0x5d, ...pickle.tuple([0x4b, 1], [0x4b, 2]), 0x61, 0x85, 0x71, 1];
    return pickle.whole(...ordered, ...list, ...new Array(60).fill([0x30, 0x68, 0, 0x68, 1, 0x52]).flat());
  }

  function encodings(): Uint8Array {
    const args = [...pickle.string("x".repeat(30)), ...pickle.string("latin1"), 0x86, 0x71, 1];
    const encode = [...pickle.global("_codecs", "encode"), 0x71, 0];
    return pickle.whole(...encode, ...args, ...new Array(9).fill([0x30, 0x68, 0, 0x68, 1, 0x52]).flat());
  }

  it("64 MiB of empty dicts, before they fill the memory", () => {
    const bytes = new Uint8Array(64 * 2 ** 20).fill(0x7d);
    bytes.set([0x80, 2]);
    expect(() => read(bytes)).toThrow(/its pickle piles up values without end; the limit pickleStack is 100000/);
  });

  const damaged: [what: string, opcodes: readonly number[], message: RegExp][] = [
    ["an empty stack", [0x30], /takes a value from the pickle's empty stack \(at byte 102\)/],
    ["an empty stack at the end", [], /takes a value from the pickle's empty stack/],
    ["values that are left over", [0x4e, 0x4e], /stops in the middle of a value/],
    ["a mark that is left over", [0x4e, 0x28], /empty stack/],
    ["a mark that is missing", [0x4e, 0x74], /closes a container in the pickle that was not opened/],
    ["a tuple across a mark", [0x4e, 0x28, 0x4e, 0x86], /takes more values from the pickle's stack than there are/],
    ["a copy of nothing", [0x32], /looks at the pickle's empty stack/],
    ["a value that was not remembered", [0x68, 3], /recalls value 3 of the pickle, which was not remembered/],
    ["a list as a dict key", [0x7d, 0x5d, 0x4e, 0x73], /has a list as a dict key/],
    ["a key without a value", [0x7d, 0x28, 0x4e, 0x75], /has a dict key without a value/],
    ["an item for a number", [0x4b, 1, 0x4b, 1, 0x61], /appends to a number/],
    ["a key for a string", [...pickle.string("s"), 0x4e, 0x4e, 0x73], /sets keys of a string/],
    ["a member for a list", [0x5d, 0x28, 0x4e, 0x90], /adds set members to a list/],
    ["a state for None", [0x4e, 0x7d, 0x62], /gives None a state/],
    ["a call of a string", [...pickle.string("os.system"), 0x29, 0x52], /calls a string/],
    ["a call of a type", [...pickle.global("torch", "FloatStorage"), 0x29, 0x52], /calls the name torch.FloatStorage/],
    [
      "a call without a tuple",
      [...pickle.global("collections", "OrderedDict"), 0x5d, 0x52],
      /calls with a list instead/,
    ],
    [
      "named arguments",
      [...pickle.global("collections", "OrderedDict"), 0x29, ...pickle.dict(["a", [0x4e]]), 0x92],
      /named/,
    ],
    ["a name that is a number", [0x4e, 0x4e, 0x93], /names a Python object by no string/],
    ["a name without an end", [0x63, ...new Array(2000).fill(0x61)], /a Python name of more than 1024 bytes/],
    ["protocol 6", [0x80, 6], /pickled with protocol 6; 2 to 5 are known/],
    ["an opcode of protocol 0", [0x49, 0x31, 0x0a], /has the pickle opcode 0x49, which torch.save does not write/],
    ["an extension registry", [0x82, 1], /has the pickle opcode 0x82/],
    ["a string that is no UTF-8", [0x58, ...u32(1), 0xff], /has a string in its pickle that is not UTF-8/],
    ["a huge integer", [0x8b, ...u32(300), ...new Array(300).fill(1)], /has an integer of 300 bytes/],
    [
      "a persistent id that is no storage",
      [...pickle.string("file:///etc/passwd"), 0x51],
      /outside of its pickle that is no/,
    ],
    [
      "a storage of no type",
      [...pickle.tuple(...["storage", "x", "0", "cpu"].map(pickle.string), [0x4b, 1]), 0x51],
      /of the type a string/,
    ],
    ["a storage of negative length", storage({ elements: -1 }), /has -1 in a storage's length/],
    ["a storage of endless length", storage({ elements: 2n ** 62n }), /has a number in a storage's length/],
    ["a tensor of negative strides", tensor({ strides: [-3, 1] }), /has -3 in a tensor's strides; expected a count/],
    ["a tensor of negative shape", tensor({ shape: [-1, 3] }), /has -1 in a tensor's shape/],
    ["a tensor of negative offset", tensor({ offset: -1 }), /has -1 in a tensor's offset/],
    [
      "a tensor of no storage",
      pickle.reduce(pickle.global("torch._utils", "_rebuild_tensor_v2"), [0x4e]),
      /of None instead of a storage/,
    ],
    [
      "a tensor of a list",
      pickle.reduce(pickle.global("torch._utils", "_rebuild_tensor_v2"), storage(), [0x4b, 0], [0x5d]),
      /a list as a tensor's shape/,
    ],
    [
      "a parameter of a string",
      pickle.reduce(pickle.global("torch._utils", "_rebuild_parameter"), pickle.string("x")),
      /a parameter of a string/,
    ],
    [
      "another encoding",
      pickle.reduce(pickle.global("_codecs", "encode"), pickle.string("a"), pickle.string("rot13")),
      /else than latin1/,
    ],
    [
      "text that is not latin1",
      pickle.reduce(pickle.global("_codecs", "encode"), pickle.string("€"), pickle.string("latin1")),
      /no place in it/,
    ],
    [
      "an OrderedDict of singles",
      pickle.reduce(pickle.global("collections", "OrderedDict"), [0x5d, 0x4e, 0x61]),
      /something else than pairs/,
    ],
  ];

  it.each(damaged)("%s", (_, opcodes, message) => {
    expect(() => read(pickle.whole(...opcodes))).toThrow(message);
    expect(() => read(pickle.whole(...opcodes))).toThrow(DamagedCheckpointError);
  });

  it("one that is cut off, at whichever byte", () => {
    const whole = pickle.whole(...pickle.dict(["a", tensor()], ["b", [0x47, ...u64(0)]]), 0x94);
    expect(() => read(whole)).not.toThrow();
    for (let length = 0; length < whole.length; length++) {
      expect(() => read(whole.subarray(0, length)), `${length}`).toThrow(/ends inside of its pickle; truncated\?/);
    }
  });
});
