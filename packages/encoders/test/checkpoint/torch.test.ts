import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bufferSource } from "../../src/bytes/buffer-source.ts";
import { type OpenCheckpointOptions, openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import {
  type CheckpointError,
  CheckpointFormatError,
  CheckpointLimitError,
  DamagedCheckpointError,
  StateDictError,
  TensorNotFoundError,
  UnsafeCheckpointError,
  UnsupportedCheckpointError,
} from "../../src/checkpoint/errors.ts";
import { concat, pickle, SIX, tensor, text, torchZip, u64, zip } from "./build.ts";
import { expected, golden, goldenBytes, watched } from "./goldens.ts";

const open = (bytes: Uint8Array, options?: OpenCheckpointOptions) =>
  openCheckpoint(bufferSource("a.pt", bytes), options);
const dict = (...tensors: [string, readonly number[]][]) => pickle.dict(...tensors);
const swapped = (bytes: Uint8Array, size: number) =>
  concat(...Array.from({ length: bytes.length / size }, (_, i) => bytes.slice(i * size, (i + 1) * size).reverse()));

describe("the state dict", () => {
  it("is what stands under state_dict, without the prefix of DistributedDataParallel; scalars beside it are metadata", async () => {
    for (const file of ["training.pt", "training-legacy.pt", "protocol-4.pt"]) {
      const checkpoint = await openCheckpoint(golden(file));
      expect(checkpoint.tensors.has("linear.weight"), file).toBe(true);
      expect(checkpoint.metadata).toEqual(
        new Map<string, unknown>([
          ["epoch", 15],
          ["name", "tiny"],
          ["best", 0.9014],
          ["scaler", null],
          ["amp", false],
        ]),
      );
    }
  });

  it("is the whole file when there is no such key, and may stand under another", async () => {
    const whole = await openCheckpoint(golden("state-dict.bin"));
    expect([...whole.tensors.keys()]).toEqual(Object.keys(expected.files["state-dict.bin"]!));
    expect(whole.metadata.size).toBe(0);
    const nested = await openCheckpoint(golden("nested.pt"), { stateDictKey: "model" });
    expect(nested.metadata).toEqual(new Map([["epoch", 3]]));
    const refused = openCheckpoint(golden("nested.pt"));
    await expect(refused).rejects.toThrow(StateDictError);
    await expect(refused).rejects.toThrow(
      'has no "state_dict", and is no state dict itself: its entry "model" is a dict, expected a tensor. ' +
        'Tensors are under "model": choose one with the option `stateDictKey`',
    );
  });

  it("with the prefix before some of its names only is refused", async () => {
    const refused = openCheckpoint(golden("mixed-prefix.pt"));
    await expect(refused).rejects.toThrow(StateDictError);
    await expect(refused).rejects.toThrow('mixes names with and without the prefix "module.": "module.a" and "b"');
  });

  it("keeps a prefix that only looks like it", async () => {
    const names = ["modules.a", "module"];
    const checkpoint = await open(torchZip(dict(...names.map((name): [string, number[]] => [name, tensor()]))));
    expect([...checkpoint.tensors.keys()]).toEqual(names);
  });

  it("that is none says what is there instead", async () => {
    const cases: [content: number[], message: RegExp][] = [
      [[0x4b, 1], /holds a number; expected a state dict, or a dict with one as "state_dict"/],
      [[0x5d], /holds a list/],
      [dict(["state_dict", [0x4e]]), /has None as "state_dict"; expected a state dict/],
      [
        dict(["state_dict", dict(["a", tensor()], ["b", [0x4b, 1]])]),
        /strange "state_dict": its entry "b" is a number/,
      ],
      [dict(["a", tensor()], ["b", [0x5d]]), /is no state dict itself: its entry "b" is a list/],
      [[0x7d, 0x4b, 1, ...tensor(), 0x73], /its entry a number is an object, expected a tensor/],
    ];
    for (const [content, message] of cases) {
      await expect(open(torchZip(content))).rejects.toThrow(message);
      await expect(open(torchZip(content))).rejects.toThrow(StateDictError);
    }
  });

  it("may be empty", async () => {
    expect((await open(torchZip([0x7d], {}))).tensors.size).toBe(0);
  });

  it("may have names that JavaScript would stumble over", async () => {
    const checkpoint = await open(torchZip(dict(["__proto__", tensor()], ["constructor", tensor()])));
    expect([...checkpoint.tensors.keys()]).toEqual(["__proto__", "constructor"]);
    expect(await checkpoint.read("__proto__")).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
  });
});

describe("only what is needed is read:", () => {
  it.each(["training.pt", "training-legacy.pt"])(
    "the weights of %s, and not the moments of its optimiser",
    async (file) => {
      const source = watched(golden(file));
      const checkpoint = await openCheckpoint(source);
      // A legacy file says nowhere how long its pickles are: of this small one the first read takes everything.
      if (file === "training-legacy.pt") source.reads.length = 0;
      for (const name of checkpoint.tensors.keys()) await checkpoint.read(name);
      expect(expected.optimiser.length).toBe(10);
      for (const moments of expected.optimiser) {
        const bytes = Buffer.from(moments, "base64");
        const start = Buffer.from(goldenBytes(file)).indexOf(bytes);
        expect(start).toBeGreaterThan(0);
        expect(source.reads.filter(([from, to]) => from < start + bytes.length && to > start)).toEqual([]);
      }
    },
  );

  /** Weights, then a megabyte of an optimiser, then weights, then a megabyte again. */
  const content = dict(
    ["state_dict", dict(["a", tensor()], ["b", tensor({ key: "2" })])],
    [
      "optimizer",
      dict(
        ...["1", "3"].map((key): [string, number[]] => [
          key,
          tensor({ key, elements: 2 ** 18, shape: [2 ** 18], strides: [1] }),
        ]),
      ),
    ],
  );
  const moments = new Uint8Array(2 ** 20).fill(0x77);
  const large: [string, Uint8Array][] = [
    ["zip", torchZip(content, { 0: SIX, 1: moments, 2: SIX, 3: moments })],
    [
      "legacy",
      legacy(content, ["0", "1", "2", "3"], [SIX, moments, SIX, moments], { counts: [6, 2 ** 18, 6, 2 ** 18] }),
    ],
  ];

  it.each(large)("the parts of a large %s file that hold weights", async (kind, bytes) => {
    const source = watched(bufferSource("a.pt", bytes));
    const checkpoint = await openCheckpoint(source);
    for (const name of ["a", "b"]) expect(await checkpoint.read(name)).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    const read = new Uint8Array(bytes.length);
    for (const [from, to] of source.reads) read.fill(1, from, to);
    const touched = bytes.reduce((count, byte, i) => count + (byte === 0x77 && read[i] === 1 ? 1 : 0), 0);
    // Beyond the pickles of a legacy file, whose length nothing says; a few bytes of a zip are 0x77 by chance.
    expect(touched).toBeLessThan(kind === "zip" ? 20 : 64 * 2 ** 10);
    expect(source.reads.length).toBeLessThan(12);
  });
});

describe("a checkpoint that would run a command", () => {
  it.each(["evil.pt", "evil-legacy.pt", "evil-inside.pt"])(
    "%s is refused with the name of the command",
    async (file) => {
      const refused = openCheckpoint(golden(file));
      await expect(refused).rejects.toThrow(UnsafeCheckpointError);
      await expect(refused).rejects.toMatchObject({ global: "posix.system", file });
      expect(existsSync("irec-evil-was-here")).toBe(false);
    },
  );

  it("can be read around where that is outside of the state dict, without running it", async () => {
    const checkpoint = await openCheckpoint(golden("evil.pt"), { allowOpaque: true });
    expect(checkpoint.tensors.size).toBe(Object.keys(expected.files["evil.pt"]!).length);
    expect(existsSync("irec-evil-was-here")).toBe(false);
    const inside = openCheckpoint(golden("evil-inside.pt"), { allowOpaque: true });
    await expect(inside).rejects.toThrow(
      'the Python object "posix.system" is in the state dict, as "bad"; expected tensors',
    );
    await expect(inside).rejects.toThrow(UnsafeCheckpointError);
    const place = pickle.reduce(pickle.global("my.model", "Net"));
    await expect(open(torchZip(place), { allowOpaque: true })).rejects.toThrow(/"my.model.Net" is the whole content/);
    await expect(open(torchZip(dict(["state_dict", place])), { allowOpaque: true })).rejects.toThrow(
      /"my.model.Net" stands where the state dict should be/,
    );
  });
});

describe("a tensor that does not fit its storage is refused with its name:", () => {
  const cases: [
    what: string,
    fields: Parameters<typeof tensor>[0],
    error: new (...args: never[]) => CheckpointError,
    message: RegExp,
  ][] = [
    [
      "a storage that is shorter than it says",
      { elements: 7 },
      DamagedCheckpointError,
      /"0" of 28 bytes, but its zip entry has 24/,
    ],
    [
      "a storage that is longer than it says",
      { elements: 5, shape: [5], strides: [1] },
      DamagedCheckpointError,
      /of 20 bytes, but/,
    ],
    ["a storage that is not there", { key: "9" }, DamagedCheckpointError, /the storage "9", which the archive lacks/],
    [
      "a storage outside of its folder",
      { key: "../data.pkl" },
      DamagedCheckpointError,
      /"..\/data.pkl", which the archive lacks/,
    ],
    [
      "a view past the end",
      { offset: 1 },
      DamagedCheckpointError,
      /reaches to element 7 of its storage "0", which has 6/,
    ],
    ["a view by long steps", { strides: [4, 1] }, DamagedCheckpointError, /reaches to element 7 of/],
    [
      "steps that overflow",
      { strides: [2n ** 53n - 1n, 2n ** 53n - 1n] },
      DamagedCheckpointError,
      /reaches to element 2702/,
    ],
    ["more dimensions than strides", { strides: [1] }, DamagedCheckpointError, /has 2 dimensions and 1 strides/],
    [
      "a shape that overflows",
      { shape: [2 ** 40, 2 ** 40], strides: [0, 0] },
      CheckpointLimitError,
      /limit tensorElements is/,
    ],
    [
      "a repetition of gigabytes",
      { shape: [2 ** 15, 2 ** 15], strides: [0, 0] },
      CheckpointLimitError,
      /repeats 1 elements to 1073741824; the limit expandedElements/,
    ],
    ["complex numbers", { type: "ComplexFloatStorage" }, UnsupportedCheckpointError, /has the type complex64; real/],
    [
      "lazily negated numbers",
      { metadata: pickle.dict(["neg", [0x88]]) },
      UnsupportedCheckpointError,
      /the tensor metadata "neg"/,
    ],
  ];

  it.each(cases)("%s", async (_, fields, error, message) => {
    const refused = open(torchZip(dict(["fine", tensor()], ["bad", tensor(fields)])));
    await expect(refused).rejects.toThrow(error);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toThrow(/^a\.pt: tensor "bad" /);
    await expect(refused).rejects.toMatchObject({ file: "a.pt", tensor: "bad" });
  });

  it("the complex tensor of torch itself", async () => {
    await expect(openCheckpoint(golden("complex.pt"))).rejects.toThrow(/tensor "z" has the type complex64/);
  });

  it("but metadata that says nothing, steps along one element, and empty tensors anywhere are fine", async () => {
    const checkpoint = await open(
      torchZip(
        dict(
          ["plain", tensor({ metadata: pickle.dict(["neg", [0x89]]) })],
          ["single", tensor({ shape: [1, 6], strides: [2 ** 40, 1] })],
          ["empty", tensor({ shape: [0, 3], strides: [3, 1], offset: 2 ** 40 })],
          ["endless", tensor({ shape: [2 ** 50, 0, 2 ** 50], strides: [1, 1, 1] })],
        ),
      ),
    );
    expect(await checkpoint.read("single")).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    expect(await checkpoint.read("empty")).toEqual(new Float32Array());
    expect(await checkpoint.readValues("endless")).toEqual(new Float32Array());
  });
});

describe("a zip checkpoint", () => {
  it("may be compressed by nobody, and must have one data.pkl of torch.save", async () => {
    const content = pickle.whole(...dict(["a", tensor()]));
    const entry = { name: "some/data.pkl", bytes: content };
    const data = { name: "some/data/0", bytes: SIX };
    await expect(open(zip([{ ...entry, method: 8 }, data]))).rejects.toThrow(UnsupportedCheckpointError);
    await expect(open(zip([entry, { ...data, method: 8 }]))).rejects.toThrow(/zipped again\? Unzip it once/);
    await expect(open(zip([entry, data, { ...entry, name: "other/data.pkl" }]))).rejects.toThrow(
      /2 checkpoints in one/,
    );
    await expect(open(zip([{ ...entry, crc: 1 }, data]))).rejects.toThrow(DamagedCheckpointError);
    await expect(open(zip([entry, data, { name: "some/constants.pkl", bytes: SIX }]))).rejects.toThrow(
      /TorchScript program/,
    );
    await expect(open(zip([{ name: "x/y/data.pkl", bytes: content }]))).rejects.toThrow(CheckpointFormatError);
    await expect(open(zip([{ name: "arr_0.npy", bytes: SIX }]))).rejects.toThrow(/this is an \.npz of NumPy/);
    await expect(open(zip([{ name: "best.pt", bytes: SIX }]))).rejects.toThrow(
      'It holds "best.pt": unzip it, and open that',
    );
    await expect(open(zip([]))).rejects.toThrow(/without the data.pkl of torch.save/);
    await expect(open(torchZip(concat(content, [0])))).rejects.toThrow(/has something behind its pickle/);
  });

  it("with a pickle of more than the limit is refused before it is read", async () => {
    const source = watched(bufferSource("a.pt", torchZip(new Uint8Array(1_000_000))));
    const refused = openCheckpoint(source, { limits: { pickleBytes: 999_999 } });
    await expect(refused).rejects.toThrow(CheckpointLimitError);
    await expect(refused).rejects.toThrow(/its pickle has bytes: 1000000; the limit pickleBytes is 999999/);
    expect(source.reads.every(([from, to]) => to - from < 100_000)).toBe(true);
  });

  it("of a big-endian machine has the same values", async () => {
    const order = (value: string) => [{ name: "some/byteorder", bytes: text(value) }];
    const half = Uint8Array.from([0, 0x3c, 0xff, 0x7b]); // 1 and 65504
    const long = Uint8Array.from(u64(2n ** 40n));
    const content = dict(
      ["float", tensor()],
      ["half", tensor({ key: "1", type: "HalfStorage", elements: 2, shape: [2], strides: [1] })],
      ["long", tensor({ key: "2", type: "LongStorage", elements: 1, shape: [], strides: [] })],
      ["bool", tensor({ key: "3", type: "BoolStorage", elements: 2, shape: [2], strides: [1] })],
    );
    const bool = Uint8Array.of(0, 2);
    const big = torchZip(
      content,
      { 0: swapped(SIX, 4), 1: swapped(half, 2), 2: swapped(long, 8), 3: bool },
      order("big"),
    );
    for (const bytes of [big, torchZip(content, { 0: SIX, 1: half, 2: long, 3: bool }, order("little"))]) {
      const checkpoint = await open(bytes);
      expect(await checkpoint.read("float")).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
      expect(await checkpoint.read("half")).toEqual(Float32Array.of(1, 65504));
      expect(await checkpoint.readValues("long")).toEqual(BigInt64Array.of(2n ** 40n));
      expect(await checkpoint.readValues("bool")).toEqual(Uint8Array.of(0, 1));
    }
    await expect(open(torchZip(content, {}, order("middle")))).rejects.toThrow(/has the byte order "middle"; expected/);
  });

  it("is checked against its checksums when that is asked for", async () => {
    const bytes = new Uint8Array(goldenBytes("training.pt"));
    const weight = Buffer.from(expected.files["training.pt"]!["linear.weight"]!.values, "base64");
    const at = Buffer.from(bytes).indexOf(weight);
    bytes[at + 5]! ^= 1;
    const careless = await open(bytes);
    await careless.read("linear.weight");
    const careful = await open(bytes, { verify: true });
    for (const read of [careful.read, careful.readValues]) {
      await expect(read("linear.weight")).rejects.toThrow(DamagedCheckpointError);
      await expect(read("linear.weight")).rejects.toThrow(/tensor "linear.weight" has another checksum \(CRC-32\)/);
    }
    await expect(careful.readInto("linear.weight", new Float32Array(12))).rejects.toThrow(/another checksum/);
    const parts = async () => {
      for await (const part of careful.readParts("linear.weight", new Float32Array(5)))
        expect(part).not.toHaveLength(0);
    };
    await expect(parts()).rejects.toThrow(/tensor "linear.weight" has another checksum/);
    await careful.read("linear.bias");
    for (const name of careful.tensors.keys()) if (name !== "linear.weight") await careful.readValues(name);
  });
});

describe("a legacy checkpoint", () => {
  const bytes = goldenBytes("training-legacy.pt");

  it("cut off anywhere is refused", async () => {
    for (const length of [15, 16, 20, 100, 700, 2000, bytes.length - 100, bytes.length - 1]) {
      await expect(open(bytes.subarray(0, length)), `${length}`).rejects.toThrow(DamagedCheckpointError);
    }
    await expect(open(bytes.subarray(0, -1))).rejects.toThrow(
      `should have ${bytes.length} bytes, and has ${bytes.length - 1}; truncated`,
    );
  });

  it("with long pickles is read in growing parts, up to the limit", async () => {
    const long = legacy(
      pickle.dict(["state_dict", dict(["a", tensor()])], ["notes", [0x5d, ...notes(400)]]),
      ["0"],
      [SIX],
    );
    const checkpoint = await open(long);
    expect(checkpoint.format).toBe("torch-legacy");
    expect(await checkpoint.read("a")).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    const refused = open(long, { limits: { pickleBytes: 100_000 } });
    await expect(refused).rejects.toThrow(CheckpointLimitError);
    await expect(refused).rejects.toThrow(/its pickles go on; the limit pickleBytes is 100000/);
  });

  const notes = (count: number) => new Array(count).fill([...pickle.string("x".repeat(500)), 0x61]).flat();

  it("whose parts contradict one another is refused", async () => {
    const content = dict(["a", tensor()]);
    const refused = (...args: Parameters<typeof legacy>) =>
      expect(open(legacy(...args)).then((c) => c.read("a"))).rejects;
    await refused(content, ["0"], [SIX], { protocol: 1002 }).toThrow(/has the torch protocol 1002, not 1001/);
    await refused(content, ["0", "0"], [SIX]).toThrow(/no list of different storage keys/);
    await refused(content, ["0", "1"], [SIX, SIX]).toThrow(/lists the storage "1", which nothing uses/);
    await refused(content, [], []).toThrow(/tensor "a" lies in the storage "0", which the file does not list/);
    await refused(content, ["0"], [SIX], { counts: [5] }).toThrow(
      /has 5 elements where the 6 of the storage "0" should be/,
    );
    await refused(content, ["0"], [SIX.subarray(4)]).toThrow(/truncated/);
    const two = dict(["a", tensor()], ["b", tensor({ elements: 5 })]);
    await refused(two, ["0"], [SIX]).toThrow(/tensor "b" has another idea of its storage "0" than other tensors/);
  });

  it("with storage views, as torch 0.4 wrote them, counts from where the view begins", async () => {
    const { string, tuple, int, global, reduce } = pickle;
    const view = (offset: number, elements: number) => [
      ...tuple(
        string("storage"),
        global("torch", "FloatStorage"),
        string("0"),
        string("cpu"),
        int(6),
        tuple(string("1"), int(offset), int(elements)),
      ),
      0x51,
    ];
    const made = (offset: number, elements: number, shape: number) =>
      legacy(
        dict([
          "a",
          reduce(
            global("torch._utils", "_rebuild_tensor"),
            view(offset, elements),
            int(1),
            tuple(int(shape)),
            tuple(int(1)),
          ),
        ]),
        ["0"],
        [SIX],
      );
    expect(await (await open(made(2, 4, 3))).read("a")).toEqual(Float32Array.of(4, 5, 6));
    await expect(open(made(2, 3, 3))).rejects.toThrow(/reaches to element 4 of its storage "0", which has 3/);
    await expect(open(made(3, 4, 3))).rejects.toThrow(/a storage view of 4 elements from 3 on, of 6/);
  });
});

describe("an open checkpoint", () => {
  it("says which tensors it does not have, and that an array has the wrong length", async () => {
    const checkpoint = await openCheckpoint(golden("training.pt"));
    await expect(checkpoint.read("linear.wait")).rejects.toThrow(TensorNotFoundError);
    await expect(checkpoint.read("toString")).rejects.toThrow(
      `training.pt: tensor "toString" is not among the ${checkpoint.tensors.size} tensors of this checkpoint`,
    );
    await expect(checkpoint.readInto("linear.bias", new Float32Array(4))).rejects.toThrow(
      'training.pt: tensor "linear.bias" has 3 elements, the target 4',
    );
    const partsOf = (name: string, buffer: Float32Array<ArrayBuffer>) =>
      checkpoint.readParts(name, buffer)[Symbol.asyncIterator]().next();
    await expect(partsOf("linear.bias", new Float32Array(0))).rejects.toThrow("training.pt: expected a buffer");
    await expect(partsOf("toString", new Float32Array(1))).rejects.toThrow(TensorNotFoundError);
  });

  it("closes its file once, also when it is refused, and reads nothing afterwards", async () => {
    for (const file of ["training.pt", "evil.pt"]) {
      let closed = 0;
      const source = { ...golden(file), close: async () => void closed++ };
      const checkpoint = await openCheckpoint(source).catch(() => undefined);
      await checkpoint?.close();
      expect(closed, file).toBe(1);
      if (checkpoint !== undefined)
        await expect(checkpoint.read("linear.bias")).rejects.toThrow(/checkpoint is closed/);
    }
  });

  it("stops when it is told to", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(openCheckpoint(golden("training.pt"), { signal })).rejects.toThrow("enough");
    const checkpoint = await openCheckpoint(golden("training.pt"));
    for (const read of [checkpoint.read, checkpoint.readValues]) {
      await expect(read("linear.bias", { signal })).rejects.toThrow("enough");
    }
  });

  it("shows which tensors share their bytes", async () => {
    const { tensors } = await openCheckpoint(golden("views.pt"));
    expect(tensors.get("transposed")!.storage).toBe(tensors.get("base")!.storage);
    expect(tensors.get("double")!.storage).not.toBe(tensors.get("base")!.storage);
  });

  it("converts long tensors in parts", async () => {
    const halves = new Uint8Array(new Uint16Array(3_000_000).fill(0x3c00).buffer);
    halves.set([0xff, 0x7b], 5_999_998);
    const content = dict(["a", tensor({ type: "HalfStorage", elements: 3e6, shape: [3e6], strides: [1] })]);
    const source = watched(bufferSource("a.pt", torchZip(content, { 0: halves })));
    const checkpoint = await openCheckpoint(source, { verify: true });
    source.reads.length = 0;
    const values = await checkpoint.read("a");
    expect(values.every((value, i) => value === (i === 2_999_999 ? 65504 : 1))).toBe(true);
    expect(Math.max(...source.reads.map(([from, to]) => to - from))).toBe(4 * 2 ** 20);
  });
});

function legacy(
  content: readonly number[],
  keys: readonly string[],
  storages: readonly Uint8Array[],
  { protocol = 1001, counts = storages.map(() => 6) } = {},
): Uint8Array {
  return concat(
    goldenBytes("training-legacy.pt").subarray(0, 15),
    pickle.whole(...pickle.int(protocol)),
    pickle.whole(0x7d),
    pickle.of(content),
    pickle.whole(0x5d, 0x28, ...keys.flatMap(pickle.string), 0x65),
    ...storages.flatMap((data, i) => [u64(counts[i]!), data]),
  );
}
