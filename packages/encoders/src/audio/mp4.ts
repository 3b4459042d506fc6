import type { ByteSource, ReadOptions } from "../bytes/byte-source.ts";
import { latin1 } from "./audio-format.ts";
import { DamagedAudioError } from "./errors.ts";

/** A file that is written second by second has one box for each of them: 18 hours. */
const MAX_BOXES = 2 ** 16;
/** The tables of a day of AAC take 16 MB. */
const MAX_TABLE_BYTES = 64 * 2 ** 20;

/** The tables that a codec walks through, and the bytes of their entries; 0 where entries can be left out. */
const entryBytes: Readonly<Record<string, number>> = {
  stsz: 0,
  trun: 0,
  stco: 4,
  co64: 8,
  stsc: 12,
  stts: 8,
  elst: 12,
};

/**
 * Throws when the sound is cut off, or a table claims more entries than the file can hold. A codec would make an array of as many: of one changed
 * bit, gigabytes.
 * @throws {DamagedAudioError} also when the file has no tables at all, because it is cut off
 * @see ISO/IEC 14496-12
 */
export async function requireSoundMp4Tables(source: ByteSource, start: number, options: ReadOptions): Promise<void> {
  let hasTables = false;
  let position = start;
  for (let boxes = 0; position + 8 <= source.byteLength; boxes++) {
    if (boxes === MAX_BOXES) throw new DamagedAudioError(source.name, `has more than ${MAX_BOXES} boxes`);
    const head = await source.slice(position, Math.min(position + 16, source.byteLength), options);
    const view = new DataView(head.buffer);
    const type = latin1(head.subarray(4, 8));
    let size = view.getUint32(0);
    if (size === 0) size = source.byteLength - position;
    if (size === 1 && head.length === 16) size = view.getUint32(8) * 2 ** 32 + view.getUint32(12);
    if (size < 8) break;
    const end = position + size;
    if ((type === "moov" || type === "moof") && end <= source.byteLength) {
      if (size > MAX_TABLE_BYTES)
        throw new DamagedAudioError(source.name, `has tables of ${size} bytes in box "${type}"`);
      requireTables(source, await source.slice(position, end, options));
      hasTables ||= type === "moov";
    }
    if (type === "mdat" && end > source.byteLength) {
      const present = source.byteLength - position;
      throw new DamagedAudioError(source.name, `ends after ${present} of the ${size} bytes of its sound; cut off?`);
    }
    position = end;
  }
  if (!hasTables) throw new DamagedAudioError(source.name, 'has no complete "moov" box; cut off?');
}

/** Boxes lie in boxes; a table is found by its name wherever it is, and taken for one when its size is possible. */
function requireTables({ name, byteLength }: ByteSource, boxes: Uint8Array): void {
  const view = new DataView(boxes.buffer);
  for (let at = 4; at + 16 <= boxes.length; at++) {
    const type = tableName(boxes, at);
    if (type === undefined) continue;
    const size = view.getUint32(at - 4);
    if (size < 16 || at - 4 + size > boxes.length) continue;
    const [first, second] = [view.getUint32(at + 8), view.getUint32(at + 12)];
    // A stsz has the size of all samples first, or 0 and then a list of 4 bytes for each.
    const entries = type === "stsz" ? second : first;
    const room = Math.floor(roomFor(type, size, first, byteLength));
    if (entries <= room) continue;
    throw new DamagedAudioError(name, `claims ${entries} entries in table "${type}", and has room for ${room}`);
  }
}

/** How many entries fit into a table, or, where they need no bytes of their own, how many samples into the file. */
function roomFor(type: string, size: number, sampleBytes: number, fileBytes: number): number {
  if (type === "stsz") return sampleBytes === 0 ? (size - 20) / 4 : fileBytes / sampleBytes;
  return type === "trun" ? fileBytes : (size - 16) / entryBytes[type]!;
}

/** The name of a table, where one begins; most places are told apart by two letters. */
function tableName(boxes: Uint8Array, at: number): string | undefined {
  const two = boxes[at]! * 256 + boxes[at + 1]!;
  if (!FIRST_LETTERS.has(two)) return undefined;
  const name = latin1(boxes.subarray(at, at + 4));
  return Object.hasOwn(entryBytes, name) ? name : undefined;
}

const FIRST_LETTERS = new Set(Object.keys(entryBytes).map((name) => name.charCodeAt(0) * 256 + name.charCodeAt(1)));
