import { crc32 } from "../../src/checkpoint/crc32.ts";

/** Files that no library writes, made byte by byte. */

export type Bytes = Uint8Array<ArrayBuffer>;

export function concat(...parts: readonly (Uint8Array | readonly number[])[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const text = (value: string): Bytes => new TextEncoder().encode(value);

const little = (value: number | bigint, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Number((BigInt.asUintN(64, BigInt(value)) >> BigInt(8 * i)) & 0xffn));

export const u16 = (value: number) => little(value, 2);
export const u32 = (value: number) => little(value, 4);
export const u64 = (value: number | bigint) => little(value, 8);

/** A file for an archive; what is not said is as it should be. */
export interface EntryToBuild {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly crc?: number;
  readonly flags?: number;
  readonly method?: number;
  readonly localMethod?: number;
  readonly localName?: string;
  readonly localOffset?: number;
  /** In the list of entries. */
  readonly size?: number;
  readonly stored?: number;
  /** The 64-bit fields in an extra field, as for large files. */
  readonly zip64?: boolean;
}

export function zip(
  entries: readonly EntryToBuild[],
  end: { readonly count?: number; readonly comment?: string } = {},
): Bytes {
  const parts: Uint8Array[] = [];
  const list: Uint8Array[] = [];
  let at = 0;
  for (const entry of entries) {
    const { name, bytes, crc = crc32(bytes), flags = 0, method = 0, size = bytes.length, stored = size } = entry;
    const { localName = name, localMethod = method, localOffset = at, zip64 = false } = entry;
    const nameBytes = text(name);
    const local = concat(
      [0x50, 0x4b, 3, 4, ...u16(20), ...u16(flags), ...u16(localMethod), ...u32(0), ...u32(0), ...u32(0), ...u32(0)],
      [...u16(text(localName).length), ...u16(4)],
      text(localName),
      [0x46, 0x42, 0, 0], // the extra field with which torch pads, without padding
      bytes,
    );
    const extra = zip64 ? [...u16(1), ...u16(24), ...u64(size), ...u64(stored), ...u64(localOffset)] : [];
    const field = (value: number) => u32(zip64 ? 0xffffffff : value);
    list.push(
      concat(
        [0x50, 0x4b, 1, 2, ...u16(20), ...u16(20), ...u16(flags), ...u16(method), ...u32(0), ...u32(crc)],
        [...field(stored), ...field(size), ...u16(nameBytes.length), ...u16(extra.length), ...u16(0), ...u16(0)],
        [...u16(0), ...u32(0), ...field(localOffset)],
        nameBytes,
        extra,
      ),
    );
    parts.push(local);
    at += local.length;
  }
  const directory = concat(...list);
  const count = end.count ?? entries.length;
  const comment = text(end.comment ?? "");
  const record = [0x50, 0x4b, 5, 6, ...u32(0), ...u16(count), ...u16(count), ...u32(directory.length), ...u32(at)];
  return concat(...parts, directory, record, u16(comment.length), comment);
}

/** Opcodes of protocol 2, by what they push. */
export const pickle = {
  protocol: [0x80, 2],
  stop: [0x2e],
  mark: [0x28],
  none: [0x4e],
  global: (module: string, name: string) => [0x63, ...text(`${module}\n${name}\n`)],
  string: (value: string) => [0x58, ...u32(text(value).length), ...text(value)],
  /** Of any size, as LONG1. */
  int: (value: number | bigint) => [0x8a, 8, ...u64(value)],
  tuple: (...items: readonly (readonly number[])[]) => [0x28, ...items.flat(), 0x74],
  dict: (...pairs: readonly (readonly [string, readonly number[]])[]) => [
    0x7d,
    0x28,
    ...pairs.flatMap(([key, value]) => [...pickle.string(key), ...value]),
    0x75,
  ],
  reduce: (callee: readonly number[], ...args: readonly (readonly number[])[]) => [
    ...callee,
    ...pickle.tuple(...args),
    0x52,
  ],
  whole: (...value: readonly number[]) => pickle.of(value),
  of: (value: readonly number[]) => concat(pickle.protocol, value, pickle.stop),
};

/** A tensor for a pickle; what is not said is a matrix of 2 x 3 in a storage of 6. */
export interface TensorToBuild {
  readonly key?: string;
  readonly type?: string;
  readonly elements?: number | bigint;
  readonly offset?: number | bigint;
  readonly shape?: readonly (number | bigint)[];
  readonly strides?: readonly (number | bigint)[];
  readonly metadata?: readonly number[];
}

export function storage({ key = "0", type = "FloatStorage", elements = 6 }: TensorToBuild = {}): number[] {
  const id = [
    pickle.string("storage"),
    pickle.global("torch", type),
    pickle.string(key),
    pickle.string("cpu"),
    pickle.int(elements),
  ];
  return [...pickle.tuple(...id), 0x51];
}

export function tensor(fields: TensorToBuild = {}): number[] {
  const { offset = 0, shape = [2, 3], strides = [3, 1], metadata } = fields;
  return pickle.reduce(
    pickle.global("torch._utils", "_rebuild_tensor_v2"),
    storage(fields),
    pickle.int(offset),
    pickle.tuple(...shape.map(pickle.int)),
    pickle.tuple(...strides.map(pickle.int)),
    [0x89],
    pickle.reduce(pickle.global("collections", "OrderedDict")),
    ...(metadata === undefined ? [] : [metadata]),
  );
}

export const SIX = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);

/** A zip checkpoint of a pickle and its storages. */
export function torchZip(
  content: Uint8Array | readonly number[],
  storages: Readonly<Record<string, Uint8Array>> = { 0: SIX },
  more: readonly EntryToBuild[] = [],
): Bytes {
  const bytes = content instanceof Uint8Array ? content : pickle.of(content);
  return zip([
    { name: "some/data.pkl", bytes },
    ...Object.entries(storages).map(([key, data]) => ({ name: `some/data/${key}`, bytes: data })),
    ...more,
  ]);
}

/** A safetensors file of a header (an object, or its exact text) and its data. */
export function safetensors(header: unknown, data: Uint8Array = SIX, length?: number | bigint): Bytes {
  const json = text(typeof header === "string" ? header : JSON.stringify(header));
  return concat(u64(length ?? json.length), json, data);
}
