import { InputError } from "../errors.ts";
import { quoted } from "../quoted.ts";
import type { ByteSource } from "./byte-source.ts";

/** Element types that an embedding can have. */
export type FloatType = "float16" | "float32" | "float64";

/** What the head of a .npy file says of the array behind it. */
export interface NpyHeader {
  readonly dtype: FloatType;
  readonly littleEndian: boolean;
  /** Column-major when true. */
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Where the first element starts, in bytes from the start of the file. */
  readonly dataStart: number;
}

export const BYTES_PER_ELEMENT: Readonly<Record<FloatType, number>> = { float16: 2, float32: 4, float64: 8 };

/** NumPy itself refuses to parse more than 10,000 characters; a float array's header has about 120. */
const MAX_HEADER_BYTES = 10_000;
/** More dimensions than NumPy allows (64) cannot come from NumPy. */
const MAX_DIMENSIONS = 64;

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY

/**
 * Reads and checks the head of a .npy file, versions 1 to 3, and that the file is exactly as long as it says.
 * @throws {InputError} for a foreign, truncated or overlong file and for element types that are not floating point
 * @see NEP 1, "A simple file format for NumPy arrays"; numpy.lib.format
 */
export async function readNpyHeader(source: ByteSource): Promise<NpyHeader> {
  const fail = (message: string): never => {
    throw new InputError(source.name, message);
  };
  if (source.byteLength < 10) {
    fail(`expected a .npy file, which has at least 10 bytes; this file has ${source.byteLength}. Truncated?`);
  }
  const start = await source.slice(0, Math.min(12, source.byteLength));
  if (!MAGIC.every((byte, i) => start[i] === byte)) fail(`expected a .npy file; ${foreignFormat(start)}`);
  const [major, minor] = [start[6]!, start[7]!];
  if (major < 1 || major > 3 || minor !== 0) {
    fail(`.npy version ${major}.${minor} at byte 6; versions 1.0, 2.0 and 3.0 are known.`);
  }
  const lengthBytes = major === 1 ? 2 : 4;
  const textStart = 8 + lengthBytes;
  if (source.byteLength < textStart) fail(`ends inside the .npy header at byte ${source.byteLength}; truncated?`);
  const view = new DataView(start.buffer);
  const textLength = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (textLength > MAX_HEADER_BYTES) {
    fail(`its .npy header claims ${textLength} bytes; at most ${MAX_HEADER_BYTES} are accepted, as in NumPy. Damaged?`);
  }
  const dataStart = textStart + textLength;
  if (source.byteLength < dataStart) {
    fail(`ends at byte ${source.byteLength}, inside the .npy header that reaches to byte ${dataStart}; truncated?`);
  }
  const encoding = major === 3 ? "utf-8" : "latin1";
  const text = new TextDecoder(encoding).decode(await source.slice(textStart, dataStart));
  const header = { ...interpret(text, fail), dataStart };

  const elements = header.shape.reduce((product, length) => product * length, 1);
  const expected = dataStart + elements * BYTES_PER_ELEMENT[header.dtype];
  if (!Number.isSafeInteger(expected)) fail(`claims the shape (${header.shape.join(", ")}), which no file can hold.`);
  if (source.byteLength !== expected) {
    const difference = source.byteLength - expected;
    fail(
      `its header says ${header.dtype} of shape (${header.shape.join(", ")}), which takes ${expected} bytes, ` +
        `but the file has ${source.byteLength}: ${Math.abs(difference)} ${
          difference < 0
            ? "are missing. Truncated while copying or downloading?"
            : "too many. Not a single array written by numpy.save?"
        }`,
    );
  }
  return header;
}

/** Names what was found instead, for the formats that people mistake for .npy. */
function foreignFormat(start: Uint8Array): string {
  const head = String.fromCharCode(...start);
  if (head.startsWith("PK"))
    return "this is a zip archive: an .npz or a torch checkpoint? Save each array with numpy.save.";
  if (head.startsWith("\x89HDF")) return "this is an HDF5 file. Save each array with numpy.save.";
  if (head.startsWith("\x80")) return "this is a Python pickle, which is never opened. Save the array with numpy.save.";
  if (head.startsWith("version http")) return "this is a Git LFS pointer. Fetch the real file with `git lfs pull`.";
  return `the first bytes are ${[...start.subarray(0, 6)].map((b) => b.toString(16).padStart(2, "0")).join(" ")}.`;
}

function interpret(text: string, fail: (message: string) => never): Omit<NpyHeader, "dataStart"> {
  const fields = parseDict(text, fail);
  const { descr, fortran_order: fortranOrder, shape } = fields;
  const keys = Object.keys(fields).sort().join(", ");
  if (keys !== "descr, fortran_order, shape") {
    fail(`expected the .npy header fields descr, fortran_order, shape; found ${keys === "" ? "none" : quoted(keys)}.`);
  }
  if (typeof descr !== "string") return fail("is a structured array; expected plain floating-point numbers.");
  const type = /^([<>=|]?)([a-zA-Z])(\d*)$/.exec(descr);
  const dtype = type?.[2] === "f" ? ({ 2: "float16", 4: "float32", 8: "float64" } as const)[type[3] as "2"] : undefined;
  if (type?.[2] === "O") {
    return fail(
      "holds pickled Python objects. They can run code when opened, so they are refused; save a float array.",
    );
  }
  if (type === null || dtype === undefined) {
    return fail(
      `has elements of type ${quoted(descr)}; expected float16, float32 or float64 ("<f2", "<f4", "<f8" or ">f4" ...).`,
    );
  }
  if (typeof fortranOrder !== "boolean")
    return fail("its .npy header has a fortran_order that is neither True nor False.");
  if (!Array.isArray(shape)) return fail("its .npy header has a shape that is not a tuple.");
  if (shape.length > MAX_DIMENSIONS) return fail(`has ${shape.length} dimensions; NumPy allows ${MAX_DIMENSIONS}.`);
  return { dtype, littleEndian: type[1] !== ">", fortranOrder, shape };
}

type Literal = string | boolean | number[];

/** Parses the one Python literal that a .npy header is: a flat dict of strings, booleans, tuples of integers. */
function parseDict(text: string, fail: (message: string) => never): Record<string, Literal> {
  const token = /\s*(?:'([^'\\]*)'|"([^"\\]*)"|(True|False)|(\d{1,16})L?|([{}():,[\]]))/y;
  let position = 0;
  const next = (): { kind: string; value: string } => {
    token.lastIndex = position;
    const match = token.exec(text);
    if (match === null)
      return fail(`its .npy header cannot be understood at character ${position}: ${excerpt(text, position)}`);
    position = token.lastIndex;
    if (match[3] !== undefined) return { kind: "boolean", value: match[3] };
    if (match[4] !== undefined) return { kind: "integer", value: match[4] };
    if (match[5] !== undefined) return { kind: match[5], value: match[5] };
    return { kind: "string", value: match[1] ?? match[2] ?? "" };
  };
  const expect = (kind: string): string => {
    const found = next();
    if (found.kind !== kind)
      fail(`its .npy header has ${quoted(found.value)} before character ${position}; expected ${kind}.`);
    return found.value;
  };
  const tuple = (): number[] => {
    const values: number[] = [];
    for (;;) {
      const item = next();
      if (item.kind === ")") return values;
      if (item.kind !== "integer")
        fail(`its .npy header has a shape with ${quoted(item.value)} in it; expected integers.`);
      values.push(Number(item.value));
      const separator = next();
      if (separator.kind === ")") return values;
      if (separator.kind !== ",")
        fail(`its .npy header has a shape with ${quoted(separator.value)} in it; expected a comma.`);
    }
  };

  const fields: Record<string, Literal> = Object.create(null);
  expect("{");
  for (;;) {
    const key = next();
    if (key.kind === "}") break;
    if (key.kind !== "string" || key.value in fields) fail(`its .npy header has an unexpected ${quoted(key.value)}.`);
    expect(":");
    const value = next();
    if (value.kind === "string") fields[key.value] = value.value;
    else if (value.kind === "boolean") fields[key.value] = value.value === "True";
    else if (value.kind === "(") fields[key.value] = tuple();
    else if (value.kind === "[") return fail("is a structured array; expected plain floating-point numbers.");
    else fail(`its .npy header has an unexpected ${quoted(value.value)} for ${quoted(key.value)}.`);
    const separator = next();
    if (separator.kind === "}") break;
    if (separator.kind !== ",")
      fail(`its .npy header has ${quoted(separator.value)} after ${quoted(key.value)}; expected a comma.`);
  }
  if (text.slice(position).trim() !== "") fail(`its .npy header goes on after its end: ${excerpt(text, position)}`);
  return fields;
}

function excerpt(text: string, position: number): string {
  return JSON.stringify(text.slice(position, position + 24));
}
