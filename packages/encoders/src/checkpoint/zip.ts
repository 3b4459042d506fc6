import type { ByteSource, ReadOptions, SliceOptions } from "../bytes/byte-source.ts";
import { crc32 } from "./crc32.ts";
import { DamagedCheckpointError, UnsupportedCheckpointError } from "./errors.ts";
import { type CheckpointLimits, enforce } from "./limits.ts";
import { quoted } from "./quoted.ts";

/** A file inside an archive, stored as it is. */
export interface ZipEntry {
  readonly name: string;
  readonly byteLength: number;
  readonly crc32: number;
}

/** An archive of stored files, read by random access. */
export interface ZipArchive {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /** Where an entry's bytes start in the archive. */
  position(entry: ZipEntry, options?: ReadOptions): Promise<number>;
  /** Bytes [start, end) of an entry. */
  slice(entry: ZipEntry, start: number, end: number, options?: SliceOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** All bytes of an entry, checked against its CRC-32. */
  read(entry: ZipEntry, options?: ReadOptions): Promise<Uint8Array<ArrayBuffer>>;
}

const EOCD = { signature: 0x06054b50, bytes: 22 };
const ZIP64_LOCATOR = { signature: 0x07064b50, bytes: 20 };
const ZIP64_EOCD = { signature: 0x06064b50, bytes: 56 };
const CENTRAL = { signature: 0x02014b50, bytes: 46 };
const LOCAL = { signature: 0x04034b50, bytes: 30 };
const MAX_COMMENT_BYTES = 0xffff;
/** In a 16 or 32 bit field: the value is too large for it, and stands in a ZIP64 record. */
const IN_ZIP64_16 = 0xffff;
const IN_ZIP64_32 = 0xffffffff;
/** "FB", the id of the extra field with which torch aligns the bytes of an entry. */
const TORCH_PADDING = 0x4246;
/** One read of this many bytes costs no more than one of 30, and most entries of a small file need no second one. */
const HEAD_BYTES = 4096;

interface LocatedEntry extends ZipEntry {
  readonly rawName: Uint8Array;
  /** Of its local header. */
  readonly localOffset: number;
  /** No byte of the entry lies at or behind this: there the next one, or the list of entries, begins. */
  regionEnd: number;
  /** Of its first byte; read from the local header when it is first needed. */
  dataStart: number | undefined;
}

/**
 * Opens a zip archive: reads its end and its list of entries, no entry.
 *
 * Narrower than zip: entries must be stored (not compressed or encrypted), on one disk, with names of their own, inside
 * the file, and without overlap. That is what `torch.save` writes, and a hostile archive that is not refused here has
 * only one reading.
 * @see APPNOTE.TXT 6.3, sections 4.3 and 4.4
 */
export async function openZip(
  source: ByteSource,
  limits: CheckpointLimits,
  options?: ReadOptions,
): Promise<ZipArchive> {
  const damaged = (message: string, position?: number) =>
    new DamagedCheckpointError({ file: source.name, position }, message);

  const directory = await findDirectory(source, damaged, options);
  const place = { file: source.name, position: directory.start };
  enforce(limits, "zipEntries", directory.entries, "its zip list of entries has this many", place);
  enforce(limits, "zipDirectoryBytes", directory.end - directory.start, "its zip list of entries takes bytes", place);
  const bytes = await source.slice(directory.start, directory.end, options);
  const entries = parseDirectory(source.name, bytes, directory, damaged);

  const byPosition = [...entries.values()].sort((a, b) => a.localOffset - b.localOffset);
  for (const [i, entry] of byPosition.entries()) {
    entry.regionEnd = byPosition[i + 1]?.localOffset ?? directory.start;
    const least = LOCAL.bytes + entry.rawName.length + entry.byteLength;
    if (entry.localOffset + least > entry.regionEnd) {
      const next = byPosition[i + 1];
      throw damaged(
        `its zip entry ${quoted(entry.name)} of ${entry.byteLength} bytes reaches into ` +
          `${next === undefined ? "the list of entries" : quoted(next.name)}`,
        entry.localOffset,
      );
    }
  }

  /** Reads and checks the local header; what was read beyond it comes along. */
  const locate = async (entry: LocatedEntry, readOptions?: ReadOptions) => {
    const { localOffset, regionEnd, rawName, byteLength } = entry;
    const headEnd = Math.min(regionEnd, localOffset + Math.max(HEAD_BYTES, LOCAL.bytes + rawName.length));
    const head = await source.slice(localOffset, headEnd, readOptions);
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    if (view.getUint32(0, true) !== LOCAL.signature) {
      throw damaged(`has no zip entry where ${quoted(entry.name)} should begin`, localOffset);
    }
    const nameLength = view.getUint16(26, true);
    const name = head.subarray(LOCAL.bytes, LOCAL.bytes + nameLength);
    if (nameLength !== rawName.length || !name.every((byte, i) => byte === rawName[i])) {
      throw damaged(`has another name in the own header of its zip entry ${quoted(entry.name)}`, localOffset);
    }
    if (view.getUint16(8, true) !== 0) {
      throw damaged(`has a zip entry ${quoted(entry.name)} that is compressed in its own header only`, localOffset);
    }
    const extraStart = LOCAL.bytes + nameLength;
    const extraEnd = extraStart + view.getUint16(28, true);
    if (!isPaddingWhole(view, extraStart, extraEnd)) {
      throw damaged(
        `has a zip entry ${quoted(entry.name)} whose padding does not end where its bytes begin`,
        localOffset,
      );
    }
    const dataStart = localOffset + extraEnd;
    if (dataStart + byteLength > regionEnd) {
      throw damaged(
        `has a zip entry ${quoted(entry.name)} of ${byteLength} bytes that reaches into the next`,
        localOffset,
      );
    }
    entry.dataStart = dataStart;
    return { dataStart, head };
  };

  const slice: ZipArchive["slice"] = async (given, start, end, sliceOptions = {}) => {
    const entry = given as LocatedEntry;
    if (!(0 <= start && start <= end && end <= entry.byteLength)) {
      throw new RangeError(`cannot read bytes [${start}, ${end}) of the ${entry.byteLength} of ${entry.name}`);
    }
    if (entry.dataStart === undefined) {
      const { dataStart, head } = await locate(entry, { signal: sliceOptions.signal });
      const inHead = dataStart - entry.localOffset;
      if (inHead + end <= head.length) return head.slice(inHead + start, inHead + end);
    }
    const dataStart = entry.dataStart!;
    return await source.slice(dataStart + start, dataStart + end, sliceOptions);
  };

  return {
    entries,
    slice,
    position: async (entry, readOptions) =>
      (entry as LocatedEntry).dataStart ?? (await locate(entry as LocatedEntry, readOptions)).dataStart,
    async read(entry, readOptions) {
      const all = await slice(entry, 0, entry.byteLength, readOptions);
      if (crc32(all) !== entry.crc32) {
        throw damaged(
          `has another checksum (CRC-32) for its zip entry ${quoted(entry.name)} than that entry's bytes`,
          (entry as LocatedEntry).dataStart,
        );
      }
      return all;
    },
  };
}

interface Directory {
  readonly start: number;
  readonly end: number;
  readonly entries: number;
}

type Damaged = (message: string, position?: number) => DamagedCheckpointError;

/** The place of the list of entries, from the record at the end of the archive. */
async function findDirectory(source: ByteSource, damaged: Damaged, options?: ReadOptions): Promise<Directory> {
  const { tail, tailStart, end } = await findEndRecord(source, damaged, options);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  const short = {
    disks: view.getUint16(end + 4, true) + view.getUint16(end + 6, true),
    entriesHere: view.getUint16(end + 8, true),
    entries: view.getUint16(end + 10, true),
    size: view.getUint32(end + 12, true),
    start: view.getUint32(end + 16, true),
  };
  const isTooLarge = short.entries === IN_ZIP64_16 || short.size === IN_ZIP64_32 || short.start === IN_ZIP64_32;
  const locator = end - ZIP64_LOCATOR.bytes;
  const hasLocator = locator >= 0 && view.getUint32(locator, true) === ZIP64_LOCATOR.signature;
  if (isTooLarge && !hasLocator) {
    throw damaged("needs a ZIP64 locator before its end record, and has none", tailStart + end);
  }
  // torch.save writes the ZIP64 records always, also where the short ones suffice.
  const endRecord = hasLocator ? uint64(view, locator + 8) : tailStart + end;
  const { disks, entriesHere, entries, size, start } = hasLocator
    ? await readZip64End(source, endRecord, tailStart + locator, damaged, options)
    : short;
  const agree = (few: number, all: number, tooLarge: number) => few === tooLarge || few === all;
  if (
    !agree(short.entries, entries, IN_ZIP64_16) ||
    !agree(short.size, size, IN_ZIP64_32) ||
    !agree(short.start, start, IN_ZIP64_32)
  ) {
    throw damaged("has two zip end records that contradict one another", endRecord);
  }
  if (disks !== 0 || entriesHere !== entries) throw damaged("is one part of a zip archive of several", endRecord);
  if (start + size !== endRecord) {
    throw damaged(
      `its zip list of entries should end where the end record begins, but takes ${size} bytes from byte ${start} on`,
      endRecord,
    );
  }
  return { start, end: endRecord, entries };
}

/** Looks at the very end first, and only if the archive has a comment at all that could be one. */
async function findEndRecord(source: ByteSource, damaged: Damaged, options?: ReadOptions) {
  const { byteLength } = source;
  const shortest = ZIP64_LOCATOR.bytes + EOCD.bytes;
  for (const length of [shortest, shortest + MAX_COMMENT_BYTES]) {
    const tailStart = Math.max(0, byteLength - length);
    const tail = await source.slice(tailStart, byteLength, options);
    const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
    // The comment has to reach to the very end, so that a signature inside of it is not taken for the record.
    const isRecord = (at: number) =>
      view.getUint32(at, true) === EOCD.signature && at + EOCD.bytes + view.getUint16(at + 20, true) === tail.length;
    let end = tail.length - EOCD.bytes;
    while (end >= 0 && !isRecord(end)) end--;
    if (end >= 0 && (end >= ZIP64_LOCATOR.bytes || tailStart === 0)) return { tail, tailStart, end };
  }
  throw damaged("has no zip end record; truncated while copying or downloading?", byteLength);
}

/** The same fields with 64 bits each. */
async function readZip64End(
  source: ByteSource,
  start: number,
  locator: number,
  damaged: Damaged,
  options?: ReadOptions,
) {
  if (!(start + ZIP64_EOCD.bytes <= locator)) {
    throw damaged(`its ZIP64 locator points to byte ${start}, behind itself`, locator);
  }
  const bytes = await source.slice(start, start + ZIP64_EOCD.bytes, options);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== ZIP64_EOCD.signature) {
    throw damaged("has no ZIP64 end record where its locator points to", start);
  }
  return {
    disks: view.getUint32(16, true) + view.getUint32(20, true),
    entriesHere: uint64(view, 24),
    entries: uint64(view, 32),
    size: uint64(view, 40),
    start: uint64(view, 48),
  };
}

function parseDirectory(
  file: string,
  bytes: Uint8Array,
  directory: Directory,
  damaged: Damaged,
): Map<string, LocatedEntry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const entries = new Map<string, LocatedEntry>();
  let at = 0;
  while (at < bytes.length) {
    const position = directory.start + at;
    if (at + CENTRAL.bytes > bytes.length || view.getUint32(at, true) !== CENTRAL.signature) {
      throw damaged("its zip list of entries is broken", position);
    }
    const nameStart = at + CENTRAL.bytes;
    const nameEnd = nameStart + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    const next = extraEnd + view.getUint16(at + 32, true);
    if (next > bytes.length) throw damaged("its zip list of entries is cut off", position);
    const rawName = bytes.subarray(nameStart, nameEnd);
    let name: string;
    try {
      name = decoder.decode(rawName);
    } catch (cause) {
      throw new DamagedCheckpointError({ file, position }, "a zip entry's name is not UTF-8", { cause });
    }
    const refuse = (what: string) =>
      new UnsupportedCheckpointError({ file, position }, `its zip entry ${quoted(name)} ${what}`);
    if (view.getUint16(at + 8, true) & 1) throw refuse("is encrypted");
    const method = view.getUint16(at + 10, true);
    if (method !== 0) {
      throw refuse(
        `is compressed (method ${method}); torch.save stores without compression. Was the file zipped again? Unzip it once.`,
      );
    }
    const zip64 = zip64Fields(view, nameEnd, extraEnd);
    const large = (field: number): number => {
      const value = view.getUint32(field, true);
      if (value !== IN_ZIP64_32) return value;
      const wide = zip64.shift();
      if (wide === undefined) throw damaged(`its zip entry ${quoted(name)} lacks a ZIP64 field`, position);
      return wide;
    };
    const byteLength = large(at + 24);
    const stored = large(at + 20);
    const localOffset = large(at + 42);
    if (view.getUint16(at + 34, true) !== 0) throw damaged("is one part of a zip archive of several", position);
    if (stored !== byteLength) {
      throw damaged(`its zip entry ${quoted(name)} has two lengths, ${byteLength} and ${stored}`, position);
    }
    if (!Number.isSafeInteger(localOffset + byteLength)) {
      throw damaged(`its zip entry ${quoted(name)} of ${byteLength} bytes lies outside of the file`, position);
    }
    if (entries.has(name)) throw damaged(`has two zip entries of the name ${quoted(name)}`, position);
    const crc = view.getUint32(at + 16, true);
    entries.set(name, { name, rawName, byteLength, crc32: crc, localOffset, regionEnd: 0, dataStart: undefined });
    at = next;
  }
  if (entries.size !== directory.entries) {
    throw damaged(
      `its zip end record counts ${directory.entries} entries, its list has ${entries.size}`,
      directory.end,
    );
  }
  return entries;
}

/** The 64-bit values of an entry's ZIP64 extra field (id 1), in their order; empty without such a field. */
function zip64Fields(view: DataView, start: number, end: number): number[] {
  for (let at = start; at + 4 <= end; ) {
    const length = view.getUint16(at + 2, true);
    const next = at + 4 + length;
    if (view.getUint16(at, true) === 1 && next <= end) {
      return Array.from({ length: Math.floor(length / 8) }, (_, i) => uint64(view, at + 4 + 8 * i));
    }
    at = next;
  }
  return [];
}

/**
 * False when the padding that torch puts before a storage ends elsewhere than the extra field does: nothing else says
 * where the bytes begin, and a tensor that is read some bytes too early or too late looks like any other.
 */
function isPaddingWhole(view: DataView, start: number, end: number): boolean {
  for (let at = start; at + 4 <= view.byteLength; ) {
    const next = at + 4 + view.getUint16(at + 2, true);
    const isPadding = view.getUint16(at, true) === TORCH_PADDING;
    if (at + 4 <= end) {
      if (isPadding) return next === end;
    } else {
      // Behind a field that is cut short: "FB", a length and so many Z are padding, and no numbers.
      return !(isPadding && next > at + 4 && next <= view.byteLength && isAllZ(view, at + 4, next));
    }
    at = next;
  }
  return true;
}

function isAllZ(view: DataView, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (view.getUint8(at) !== 0x5a) return false;
  return true;
}

/** Exact to 2^53; larger values are larger than any file, rounded or not. */
function uint64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}
