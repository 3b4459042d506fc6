import { elementsOf } from "./dtype.ts";
import { hostIsLittleEndian } from "./elements.ts";
import type { NamedArray } from "./named-array.ts";
import { toHalf } from "./to-half.ts";

/** The header ends at a multiple of this, so that the values behind it are aligned for every type. */
const ALIGNMENT = 8;

/** Before the header: its length, as a 64-bit integer. */
const LENGTH_BYTES = 8;

const types = {
  I64: { bytes: 8, rank: 0 },
  F32: { bytes: 4, rank: 1 },
  F16: { bytes: 2, rank: 2 },
} as const;

/**
 * A safetensors file with these tensors and strings. Its bytes depend on names, values and strings alone: tensors stand in the
 * order of the reference implementation, wide types first and then by name, and strings by their keys.
 * @param metadata - strings of the caller's, the file's `__metadata__`
 * @throws {RangeError} when a name comes twice or is reserved, the values are not as many as the shape has, or a value is too
 *   large for a half
 * @see https://github.com/huggingface/safetensors, section "Format"
 */
export function writeSafetensors(
  arrays: readonly NamedArray[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  requireArrays(arrays);
  const typed = arrays.map((array) => ({ ...array, type: typeOf(array) }));
  typed.sort((a, b) => types[a.type].rank - types[b.type].rank || compare(a.name, b.name));
  let end = 0;
  const entries = typed.map(({ name, shape, type, values }): [string, unknown] => {
    const begin = end;
    end += values.length * types[type].bytes;
    return [name, { dtype: type, shape, data_offsets: [begin, end] }];
  });
  const strings = Object.entries(metadata).sort(([a], [b]) => compare(a, b));
  const head: [string, unknown][] = strings.length === 0 ? [] : [["__metadata__", record(strings)]];
  const header = new TextEncoder().encode(json(record([...head, ...entries])));
  const dataStart = Math.ceil((LENGTH_BYTES + header.length) / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(dataStart + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(dataStart - LENGTH_BYTES), true);
  file.set(header, LENGTH_BYTES);
  file.fill(0x20, LENGTH_BYTES + header.length, dataStart);
  let at = dataStart;
  for (const array of typed) at = copyValues(array, file, at);
  return file;
}

/** An object whose keys keep their order, also those that look like numbers. */
type Entries = readonly (readonly [string, unknown])[] & { readonly isRecord?: true };

function record(entries: Entries): Entries {
  return Object.assign([...entries], { isRecord: true as const });
}

/** JSON of records, in their order: of objects, `JSON.stringify` puts keys first that look like numbers. */
function json(value: unknown): string {
  if (!Array.isArray(value) || (value as Entries).isRecord !== true) return JSON.stringify(value);
  return `{${(value as Entries).map(([key, inner]) => `${JSON.stringify(key)}:${json(inner)}`).join(",")}}`;
}

function requireArrays(arrays: readonly NamedArray[]): void {
  const names = new Set<string>();
  for (const { name, shape, values, dtype } of arrays) {
    if (names.has(name)) throw new RangeError(`two tensors are called "${name}"`);
    if (name === "__metadata__") throw new RangeError(`a tensor cannot be called "${name}", which the format reserves`);
    names.add(name);
    if (values.length !== elementsOf(shape)) {
      throw new RangeError(`tensor "${name}" has ${values.length} values, expected those of the shape [${shape}]`);
    }
    if (dtype !== undefined && values instanceof BigInt64Array) {
      throw new RangeError(`tensor "${name}" has integers, which cannot be written as ${dtype}`);
    }
  }
}

function typeOf({ values, dtype }: NamedArray): keyof typeof types {
  if (values instanceof BigInt64Array) return "I64";
  return dtype === "float16" ? "F16" : "F32";
}

/** @returns the byte behind the values */
function copyValues(array: NamedArray & { type: keyof typeof types }, file: Uint8Array, at: number): number {
  const { name, type, values } = array;
  const typed = type === "F16" ? toHalf(values as Float32Array, name) : values;
  const bytes = new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
  file.set(bytes, at);
  const end = at + bytes.length;
  if (!hostIsLittleEndian) {
    const size = types[type].bytes;
    for (let start = at; start < end; start += size) file.subarray(start, start + size).reverse();
  }
  return end;
}

/** By UTF-16 code units, the same on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
