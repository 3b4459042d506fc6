import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../src/errors.ts";
import { openFile } from "../src/npy/byte-source.ts";
import { halfToNumber } from "../src/npy/elements.ts";
import { type Embeddings, npyMatrix, openNpyMatrix, readNpyMatrix } from "../src/npy/npy-file.ts";
import { headerText, memorySource, npyFile } from "./npy-bytes.ts";
import { put, temporaryFolders } from "./temp-folder.ts";

// Made by tools/goldens/npy.py: files that NumPy wrote, and the bits of each value that NumPy read back.
const goldenFolder = fileURLToPath(new URL("goldens/npy/", import.meta.url));
const { readable } = JSON.parse(readFileSync(fileURLToPath(new URL("goldens/npy.json", import.meta.url)), "utf8")) as {
  readable: Record<string, { shape: [number, number]; bits: string[] }>;
};
const golden = (name: string) => join(goldenFolder, `${name}.npy`);
const newFolder = temporaryFolders();

/** The bits of a float64, as npy.py writes them. */
function bitsOf(value: number): string {
  if (Number.isNaN(value)) return "nan";
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
}

function bitsOfMatrix(matrix: Embeddings): string[] {
  const [rows, columns] = matrix.shape as [number, number];
  return [...Array(rows * columns).keys()].map((k) => bitsOf(matrix.get(Math.floor(k / columns), k % columns)));
}

describe.each(Object.entries(readable))("%s.npy, written by NumPy", (name, { shape, bits }) => {
  it("is read whole with NumPy's values, bit for bit", async () => {
    const matrix = await readNpyMatrix(golden(name));
    expect(matrix.shape).toEqual(shape);
    expect(bitsOfMatrix(matrix)).toEqual(bits);
  });

  // One byte asks for a row at a time; 50 for a few rows, the last block shorter; 1 MiB for all at once.
  it.each([1, 50, 1 << 20])("is read in blocks of about %i bytes with the same values", async (blockBytes) => {
    const matrix = await npyMatrix(await openFile(golden(name)), { blockBytes });
    try {
      expect([matrix.path, matrix.rows, matrix.columns]).toEqual([golden(name), ...shape]);
      const blocks: Embeddings[] = [];
      for await (const block of matrix.blocks()) blocks.push(block);
      if (blockBytes === 1) expect(blocks.map((block) => block.shape[0])).toEqual(Array(shape[0]).fill(1));
      for (const block of blocks) expect(block.shape[1]).toBe(shape[1]);
      expect(blocks.flatMap(bitsOfMatrix)).toEqual(bits);
      const [again] = [await matrix.blocks().next()];
      expect(bitsOfMatrix(again.value)).toEqual(bitsOfMatrix(blocks[0]!));
    } finally {
      await matrix.close();
    }
  });
});

it("reads blocks of one MiB of a row-major file when nothing else is said", async () => {
  const rows = 1000;
  const data = Float32Array.from({ length: rows * 512 }, (_, i) => i % 7919);
  const bytes = npyFile(headerText({ shape: `(${rows}, 512)` }), new Uint8Array(data.buffer));
  const path = put(join(newFolder(), "blocks.npy"), bytes);
  const matrix = await openNpyMatrix(path);
  const sizes: number[] = [];
  const values: number[] = [];
  for await (const block of matrix.blocks()) {
    sizes.push(block.shape[0]!);
    for (let i = 0; i < block.shape[0]!; i++) values.push(block.get(i, 511));
  }
  await matrix.close();
  expect(sizes).toEqual([512, 488]);
  expect(values).toEqual([...Array(rows).keys()].map((row) => data[row * 512 + 511]));
});

it("never asks for more of a column-major file at once than a block of one column", async () => {
  const data = Float32Array.from({ length: 1000 * 3 }, (_, i) => i);
  const source = memorySource(npyFile(headerText({ order: "True", shape: "(1000, 3)" }), new Uint8Array(data.buffer)));
  const matrix = await npyMatrix(source, { blockBytes: 1200 });
  const rows: number[][] = [];
  for await (const block of matrix.blocks()) {
    for (let i = 0; i < block.shape[0]!; i++) rows.push([0, 1, 2].map((j) => block.get(i, j)));
  }
  expect(rows).toEqual([...Array(1000).keys()].map((i) => [i, 1000 + i, 2000 + i]));
  expect(source.largest()).toBe(400);
});

it("knows all 65,536 half-precision numbers: their order, their neighbours and their specials", () => {
  const positive = [...Array(0x7c00).keys()].map(halfToNumber);
  expect(positive.slice(0, 3)).toEqual([0, 2 ** -24, 2 ** -23]);
  expect(positive[0x3c00]).toBe(1);
  expect(positive.at(-1)).toBe(65504);
  for (let bits = 1; bits < positive.length; bits++) {
    const step = 2 ** (Math.max(1, bits >> 10) - 25); // the spacing of binary16 at this exponent
    expect(positive[bits]! - positive[bits - 1]!).toBe(2 ** (Math.max(1, (bits - 1) >> 10) - 25));
    expect(positive[bits]! % step).toBe(0);
    expect(halfToNumber(0x8000 | bits)).toBe(-positive[bits]!);
  }
  expect(halfToNumber(0x8000)).toBe(-0);
  expect([halfToNumber(0x7c00), halfToNumber(0xfc00)]).toEqual([Infinity, -Infinity]);
  for (let bits = 0x7c01; bits < 0x8000; bits++)
    expect([halfToNumber(bits), halfToNumber(0x8000 | bits)]).toEqual([NaN, NaN]);
});

/** The message of the InputError that reading these bytes gives, without the file's name. */
async function refusal(bytes: Uint8Array): Promise<string> {
  const path = put(join(newFolder(), "x.npy"), bytes);
  const error = await readNpyMatrix(path).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(InputError);
  const { file, message, exitCode } = error as InputError;
  expect({ file, exitCode, start: message.slice(0, path.length + 2) }).toEqual({
    file: path,
    exitCode: 3,
    start: `${path}: `,
  });
  return message.slice(path.length + 2);
}

const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const four = new Uint8Array(16);

describe("a file that is no matrix of embeddings is refused, with what was found and where:", () => {
  const written = (name: string) => readFileSync(golden(name));
  const whole = written("f4-little-c");
  const cases: readonly [title: string, bytes: Uint8Array, message: string][] = [
    ["empty", new Uint8Array(0), "expected a .npy file, which has at least 10 bytes; this file has 0. Truncated?"],
    [
      "cut inside the magic",
      whole.subarray(0, 4),
      "expected a .npy file, which has at least 10 bytes; this file has 4. Truncated?",
    ],
    [
      "cut inside the length of a version 2 header",
      written("version-2").subarray(0, 11),
      "ends inside the .npy header at byte 11; truncated?",
    ],
    [
      "cut inside the header",
      whole.subarray(0, 40),
      "ends at byte 40, inside the .npy header that reaches to byte 128; truncated?",
    ],
    [
      "cut inside the data",
      whole.subarray(0, whole.length - 1),
      "its header says float32 of shape (5, 3), which takes 188 bytes, but the file has 187: 1 are missing. Truncated while copying or downloading?",
    ],
    [
      "too long",
      new Uint8Array([...whole, 0, 0]),
      "its header says float32 of shape (5, 3), which takes 188 bytes, but the file has 190: 2 too many. Not a single array written by numpy.save?",
    ],
    [
      "a zip archive",
      ascii("PK\u0003\u0004.............."),
      "expected a .npy file; this is a zip archive: an .npz or a torch checkpoint? Save each array with numpy.save.",
    ],
    [
      "HDF5",
      ascii("\x89HDF\r\n\x1a\n........"),
      "expected a .npy file; this is an HDF5 file. Save each array with numpy.save.",
    ],
    [
      "a pickle",
      ascii("\x80\u0004\x95\u0010........"),
      "expected a .npy file; this is a Python pickle, which is never opened. Save the array with numpy.save.",
    ],
    [
      "a Git LFS pointer",
      ascii("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
      "expected a .npy file; this is a Git LFS pointer. Fetch the real file with `git lfs pull`.",
    ],
    ["text", ascii("0.1, 0.2, 0.3\n"), "expected a .npy file; the first bytes are 30 2e 31 2c 20 30."],
    [
      "version 4",
      npyFile(headerText(), four, [4, 0]),
      ".npy version 4.0 at byte 6; versions 1.0, 2.0 and 3.0 are known.",
    ],
    [
      "version 1.1",
      npyFile(headerText(), four, [1, 1]),
      ".npy version 1.1 at byte 6; versions 1.0, 2.0 and 3.0 are known.",
    ],
    [
      "a header of 4 GB",
      new Uint8Array([...npyFile("", four, [2, 0]).subarray(0, 8), 0xff, 0xff, 0xff, 0xff, ...four]),
      "its .npy header claims 4294967295 bytes; at most 10000 are accepted, as in NumPy. Damaged?",
    ],
    [
      "a header longer than NumPy reads",
      npyFile(headerText().padEnd(10_001), four),
      "its .npy header claims 10001 bytes; at most 10000 are accepted, as in NumPy. Damaged?",
    ],
    ["an empty header", npyFile("", four), 'its .npy header cannot be understood at character 0: ""'],
    [
      "a header of garbage",
      npyFile("\u0000\u0001{{", four),
      'its .npy header cannot be understood at character 0: "\\u0000\\u0001{{"',
    ],
    [
      "a header that is a call",
      npyFile("dict(descr='<f4')", four),
      "its .npy header cannot be understood at character 0: \"dict(descr='<f4')\"",
    ],
    ["a header that goes on", npyFile(`${headerText()} + 1`, four), 'its .npy header goes on after its end: " + 1"'],
    [
      "a header that lacks a field",
      npyFile("{'descr': '<f4', 'shape': (2, 2)}", four),
      'expected the .npy header fields descr, fortran_order, shape; found "descr, shape".',
    ],
    [
      "a header with another field",
      npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), 'x': 1}", four),
      'its .npy header has an unexpected "1" for "x".',
    ],
    [
      "a header with a field twice",
      npyFile("{'descr': '<f4', 'descr': '<f4'}", four),
      'its .npy header has an unexpected "descr".',
    ],
    [
      "a fortran_order that is a string",
      npyFile(headerText({ order: "'no'" }), four),
      "its .npy header has a fortran_order that is neither True nor False.",
    ],
    [
      "a shape that is a string",
      npyFile(headerText({ shape: "'2, 2'" }), four),
      "its .npy header has a shape that is not a tuple.",
    ],
    [
      "a negative length",
      npyFile(headerText({ shape: "(-1, 4)" }), four),
      'its .npy header cannot be understood at character 51: "-1, 4), }"',
    ],
    [
      "a fractional length",
      npyFile(headerText({ shape: "(1.5, 4)" }), four),
      'its .npy header cannot be understood at character 52: ".5, 4), }"',
    ],
    [
      "a shape that no file can hold",
      npyFile(headerText({ shape: "(4294967296, 4294967296)" }), four),
      "claims the shape (4294967296, 4294967296), which no file can hold.",
    ],
    [
      "a shape of a hundred exabytes and nothing",
      npyFile(headerText({ shape: "(9999999999999999, 0)" })),
      "has the shape (10000000000000000, 0): it is empty; expected at least one embedding.",
    ],
    [
      "65 dimensions",
      npyFile(headerText({ shape: `(${"1, ".repeat(65)})` }), four),
      "has 65 dimensions; NumPy allows 64.",
    ],
    ["one dimension", written("refused-1d"), "has the shape (6); expected two dimensions, (items, embedding size)."],
    [
      "three dimensions",
      written("refused-3d"),
      "has the shape (2, 3, 4); expected two dimensions, (items, embedding size).",
    ],
    ["no dimension", written("refused-0d"), "has the shape (); expected two dimensions, (items, embedding size)."],
    ["no rows", written("refused-no-rows"), "has the shape (0, 4): it is empty; expected at least one embedding."],
    [
      "no columns",
      written("refused-no-columns"),
      "has the shape (4, 0): it is empty; expected at least one embedding.",
    ],
    [
      "integers",
      written("refused-int64"),
      'has elements of type "<i8"; expected float16, float32 or float64 ("<f2", "<f4", "<f8" or ">f4" ...).',
    ],
    [
      "booleans",
      written("refused-bool"),
      'has elements of type "|b1"; expected float16, float32 or float64 ("<f2", "<f4", "<f8" or ">f4" ...).',
    ],
    [
      "complex numbers",
      written("refused-complex"),
      'has elements of type "<c8"; expected float16, float32 or float64 ("<f2", "<f4", "<f8" or ">f4" ...).',
    ],
    [
      "extended precision",
      written("refused-longdouble"),
      'has elements of type "<f16"; expected float16, float32 or float64 ("<f2", "<f4", "<f8" or ">f4" ...).',
    ],
    [
      "strings",
      written("refused-string"),
      'has elements of type "<U1"; expected float16, float32 or float64 ("<f2", "<f4", "<f8" or ">f4" ...).',
    ],
    [
      "pickled objects",
      written("refused-object"),
      "holds pickled Python objects. They can run code when opened, so they are refused; save a float array.",
    ],
    [
      "a structured array",
      written("refused-structured"),
      "is a structured array; expected plain floating-point numbers.",
    ],
  ];

  it.each(cases)("%s", async (_title, bytes, message) => {
    expect(await refusal(bytes)).toBe(message);
  });

  it("missing", async () => {
    const path = join(newFolder(), "none.npy");
    await expect(readNpyMatrix(path)).rejects.toThrow(
      `${path}: no such file or folder. Check the path; relative paths start at the current folder.`,
    );
  });

  it("a folder", async () => {
    const folder = newFolder();
    await expect(readNpyMatrix(folder)).rejects.toThrow(`${folder}: expected a file, found a folder or a device.`);
  });

  it("a pipe, at once and not when somebody writes into it", async () => {
    const path = join(newFolder(), "pipe.npy");
    execFileSync("mkfifo", [path]);
    await expect(readNpyMatrix(path)).rejects.toThrow(`${path}: expected a file, found a folder or a device.`);
  });
});

it("accepts spellings that NumPy reads though it does not write them: double quotes, Python 2's 10L, native order", async () => {
  const header = `{"shape": (1L, 2L), "descr": "=f4", "fortran_order": False}`;
  const data = new Uint8Array(Float32Array.of(1, 2).buffer);
  const matrix = await readNpyMatrix(put(join(newFolder(), "a.npy"), npyFile(header, data)));
  expect(matrix.data).toEqual(Float32Array.of(1, 2));
});

it("says where a file ends that was cut while it was being read", async () => {
  const folder = newFolder();
  mkdirSync(join(folder, "a"));
  const path = put(join(folder, "a/cut.npy"), npyFile(headerText(), four));
  const matrix = await openNpyMatrix(path);
  const { size } = statSync(path);
  truncateSync(path, size - 5);
  await expect(matrix.read()).rejects.toThrow(
    `${path}: ends at byte ${size - 5}, while bytes up to ${size} were expected; truncated?`,
  );
  await matrix.close();
  expect(existsSync(path)).toBe(true);
});

describe("any damage", () => {
  const originals = Object.keys(readable).map((name) => new Uint8Array(readFileSync(golden(name))));

  /** A few bytes changed, inserted, deleted, repeated or cut off, most of them in the header. */
  const damaged = fc
    .tuple(
      fc.constantFrom(...originals),
      fc.array(
        fc.record({
          kind: fc.constantFrom("set", "insert", "delete", "cut", "repeat"),
          at: fc.oneof(fc.nat(127), fc.nat(400)),
          byte: fc.oneof(fc.nat(255), fc.constantFrom(...ascii("0123456789()[]{},:'\"<>fFTL- "))),
          count: fc.nat(12),
        }),
        { minLength: 1, maxLength: 6 },
      ),
    )
    .map(([original, edits]) => {
      const bytes = [...original];
      for (const { kind, at, byte, count } of edits) {
        if (kind === "set" && at < bytes.length) bytes[at] = byte;
        else if (kind === "insert") bytes.splice(at, 0, byte);
        else if (kind === "delete") bytes.splice(at, count);
        else if (kind === "cut") bytes.length = Math.min(bytes.length, at);
        else if (kind === "repeat") bytes.splice(at, 0, ...bytes.slice(at, at + count));
      }
      return Uint8Array.from(bytes);
    });

  it("gives an InputError of one paragraph or a matrix of the size of the file, and reads nothing beyond it", async () => {
    let [read, refused] = [0, 0];
    await fc.assert(
      fc.asyncProperty(damaged, async (bytes) => {
        const source = memorySource(bytes);
        try {
          const matrix = await npyMatrix(source, { blockBytes: 24 });
          const whole = await matrix.read();
          expect(whole.shape).toEqual([matrix.rows, matrix.columns]);
          expect(whole.size).toBe(whole.data.length);
          let rows = 0;
          for await (const block of matrix.blocks()) rows += block.shape[0]!;
          expect(rows).toBe(matrix.rows);
          read += 1;
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          expect(error.message).toMatch(/^array\.npy: [^\n]{10,400}$/);
          refused += 1;
        }
        expect(source.largest()).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 5000, seed: 2024 },
    );
    // Both ends are met often enough to mean something.
    expect(Math.min(read, refused)).toBeGreaterThan(100);
  });
});
