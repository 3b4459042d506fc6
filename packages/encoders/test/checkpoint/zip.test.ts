import { describe, expect, it } from "vitest";
import { bufferSource } from "../../src/bytes/buffer-source.ts";
import type { ByteSource } from "../../src/bytes/byte-source.ts";
import { crc32 } from "../../src/checkpoint/crc32.ts";
import {
  CheckpointLimitError,
  DamagedCheckpointError,
  UnsupportedCheckpointError,
} from "../../src/checkpoint/errors.ts";
import { CHECKPOINT_LIMITS } from "../../src/checkpoint/limits.ts";
import { openZip } from "../../src/checkpoint/zip.ts";
import { type Bytes, concat, type EntryToBuild, text, u16, u32, u64, zip } from "./build.ts";
import { goldenBytes, watched } from "./goldens.ts";

const open = (bytes: Uint8Array, limits = CHECKPOINT_LIMITS) => openZip(bufferSource("a.pt", bytes), limits);
const two: readonly [EntryToBuild, EntryToBuild] = [
  { name: "a/one", bytes: text("first entry") },
  { name: "a/two", bytes: text("second") },
];

describe("openZip", () => {
  it("lists the entries of an archive that torch wrote, and reads them", async () => {
    const archive = await open(goldenBytes("training.pt"));
    expect([...archive.entries.keys()].slice(0, 4)).toEqual([
      "training/data.pkl",
      "training/.format_version",
      "training/.storage_alignment",
      "training/byteorder",
    ]);
    const order = archive.entries.get("training/byteorder")!;
    expect(new TextDecoder().decode(await archive.read(order))).toBe("little");
    const storage = archive.entries.get("training/data/0")!;
    expect((await archive.position(storage)) % 64, "torch aligns storages to 64 bytes").toBe(0);
  });

  it("reads parts of an entry, with ZIP64 fields and without, with a comment and without", async () => {
    for (const bytes of [
      zip(two),
      zip(two.map((entry) => ({ ...entry, zip64: true }))),
      zip(two, { comment: "PK\x05\x06 is no record in here, because its comment does not reach to the end" }),
    ]) {
      const archive = await open(bytes);
      const [one, other] = [...archive.entries.values()];
      expect(new TextDecoder().decode(await archive.slice(one!, 6, 11))).toBe("entry");
      expect(new TextDecoder().decode(await archive.slice(other!, 0, 6))).toBe("second");
      expect(await archive.slice(other!, 6, 6)).toEqual(new Uint8Array());
      await expect(archive.slice(other!, 0, 7)).rejects.toThrow(RangeError);
    }
  });

  it("never reads bytes of an entry that was not asked for", async () => {
    const large = { name: "a/optimiser", bytes: new Uint8Array(200_000).fill(7) };
    const source = watched(bufferSource("a.pt", zip([two[0], large, two[1], { ...large, name: "a/more" }])));
    const archive = await openZip(source, CHECKPOINT_LIMITS);
    source.reads.length = 0;
    for (const name of ["a/one", "a/two"]) await archive.read(archive.entries.get(name)!);
    const start = await archive.position(archive.entries.get("a/optimiser")!);
    source.reads.splice(2);
    for (const [from, to] of source.reads) expect(to <= start || from >= start + 200_000, `${from}-${to}`).toBe(true);
  });

  it("reads an archive beyond 4 GiB", async () => {
    const gap = 6 * 2 ** 30;
    const bytes = zip([two[0], { ...two[1], zip64: true, localOffset: gap }]);
    const entryStart = 30 + 5 + 4 + two[0].bytes.length;
    const endStart = bytes.length - 22;
    const directoryStart = entryStart + 30 + 5 + 4 + two[1].bytes.length;
    const far = bytes.subarray(entryStart, directoryStart);
    const directory = bytes.subarray(directoryStart, endStart);
    const at = gap + far.length;
    const record = [0x50, 0x4b, 6, 6, ...u64(44), ...u16(45), ...u16(45), ...u32(0), ...u32(0), ...u64(2), ...u64(2)];
    const tail = concat(
      directory,
      [...record, ...u64(directory.length), ...u64(at)],
      [0x50, 0x4b, 6, 7, ...u32(0), ...u64(at + directory.length), ...u32(1)],
      [0x50, 0x4b, 5, 6, ...u32(0), ...u16(2), ...u16(2), ...u32(directory.length), ...u32(0xffffffff), ...u16(0)],
    );
    const archive = await openZip(
      sparse([
        [0, bytes.subarray(0, entryStart)],
        [gap, concat(far, tail)],
      ]),
      CHECKPOINT_LIMITS,
    );
    const other = archive.entries.get("a/two")!;
    expect(await archive.position(other)).toBe(gap + 39);
    expect(new TextDecoder().decode(await archive.read(other))).toBe("second");
  });
});

/** A source of some pieces with nothing between them. */
function sparse(pieces: readonly (readonly [start: number, bytes: Uint8Array])[]): ByteSource {
  const [lastStart, last] = pieces.at(-1)!;
  return {
    name: "sparse.pt",
    byteLength: lastStart + last.length,
    async slice(start, end) {
      const result = new Uint8Array(end - start);
      for (const [at, bytes] of pieces) {
        for (let i = Math.max(start, at); i < Math.min(end, at + bytes.length); i++) result[i - start] = bytes[i - at]!;
      }
      return result;
    },
    async close() {},
  };
}

/** A copy with some bytes replaced. */
function patched(bytes: Uint8Array, at: number, ...values: number[]): Bytes {
  const copy = new Uint8Array(bytes);
  copy.set(values, at < 0 ? copy.length + at : at);
  return copy;
}

describe("a hostile or damaged archive is refused:", () => {
  const whole = zip(two);
  const golden = goldenBytes("training.pt");
  const refusals: [what: string, bytes: Uint8Array, error: typeof DamagedCheckpointError, message: RegExp][] = [
    ["cut off", whole.subarray(0, whole.length - 1), DamagedCheckpointError, /no zip end record; truncated/],
    ["cut to a few bytes", whole.subarray(0, 10), DamagedCheckpointError, /no zip end record/],
    ["torch's, cut in the middle", golden.subarray(0, 5000), DamagedCheckpointError, /no zip end record/],
    ["with something behind it", concat(whole, [1, 2, 3]), DamagedCheckpointError, /no zip end record/],
    ["with something before it", concat([1, 2, 3], whole), DamagedCheckpointError, /should end where the end record/],
    ["compressed", zip([{ ...two[0], method: 8 }]), UnsupportedCheckpointError, /"a\/one" is compressed \(method 8\)/],
    [
      "compressed in the local header",
      zip([{ ...two[0], localMethod: 8 }]),
      DamagedCheckpointError,
      /in its own header only/,
    ],
    ["encrypted", zip([{ ...two[0], flags: 1 }]), UnsupportedCheckpointError, /is encrypted/],
    ["two entries of one name", zip([two[0], two[0]]), DamagedCheckpointError, /two zip entries of the name "a\/one"/],
    [
      "two names of one entry",
      zip([{ ...two[0], localName: "a/two" }]),
      DamagedCheckpointError,
      /another name in the own header/,
    ],
    [
      "two entries in one place",
      zip([two[0], { ...two[1], localOffset: 0 }]),
      DamagedCheckpointError,
      /"a\/one".* reaches into/,
    ],
    [
      "overlapping",
      zip([{ ...two[0], size: 40 }, two[1]]),
      DamagedCheckpointError,
      /of 40 bytes reaches into "a\/two"/,
    ],
    [
      "overlapping by the local header",
      zip([{ ...two[0], size: 14 }]),
      DamagedCheckpointError,
      /of 14 bytes that reaches into the next/,
    ],
    [
      "reaching into the list",
      zip([two[0], { ...two[1], size: 400 }]),
      DamagedCheckpointError,
      /reaches into the list of/,
    ],
    [
      "outside of the file",
      zip([{ ...two[0], localOffset: 5000 }]),
      DamagedCheckpointError,
      /reaches into the list of entries/,
    ],
    ["of two lengths", zip([{ ...two[0], stored: 10 }]), DamagedCheckpointError, /two lengths, 11 and 10/],
    ["of another count", zip(two, { count: 3 }), DamagedCheckpointError, /counts 3 entries, its list has 2/],
    ["without ZIP64 locator", zip(two, { count: 0xffff }), DamagedCheckpointError, /needs a ZIP64 locator/],
    ["of several disks", patched(whole, -18, 1), DamagedCheckpointError, /one part of a zip archive of several/],
    ["a broken list", patched(whole, whole.length - 22 - 51, 0), DamagedCheckpointError, /list of entries is broken/],
    ["a list that is cut off", patched(whole, whole.length - 22 - 51 + 28, 0xff), DamagedCheckpointError, /is cut off/],
    [
      "a name that is no UTF-8",
      patched(whole, whole.length - 22 - 5, 0xff),
      DamagedCheckpointError,
      /name is not UTF-8/,
    ],
    [
      "no entry at its place",
      patched(whole, 0, 0),
      DamagedCheckpointError,
      /has no zip entry where "a\/one" should begin/,
    ],
    [
      "a ZIP64 locator to nowhere",
      patched(golden, -22 - 12, 0xff, 0xff),
      DamagedCheckpointError,
      /locator points to byte \d+, behind/,
    ],
    [
      "a ZIP64 locator to something else",
      patched(golden, -22 - 12, 0, 0),
      DamagedCheckpointError,
      /no ZIP64 end record where/,
    ],
    ["two end records that differ", patched(golden, -22 + 10, 1), DamagedCheckpointError, /contradict one another/],
  ];

  it.each(refusals)("%s", async (_, bytes, error, message) => {
    const reading = open(bytes).then(async (archive) => {
      for (const entry of archive.entries.values()) await archive.slice(entry, 0, entry.byteLength);
    });
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toThrow(error);
    await expect(reading).rejects.toThrow(/^a\.pt: /);
  });

  it("without the 64-bit fields that it refers to", async () => {
    const wide = zip([{ ...two[0], zip64: true }]);
    const extra = Buffer.from(wide).lastIndexOf(Uint8Array.from([1, 0, 24, 0]));
    await expect(open(patched(wide, extra, 9))).rejects.toThrow('its zip entry "a/one" lacks a ZIP64 field');
    // A field of another kind before it is passed over; the rest is one number too short.
    await expect(open(patched(wide, extra, 9, 0, 4, 0, 0, 0, 0, 0, 1, 0, 16, 0))).rejects.toThrow(
      /two lengths|lacks a/,
    );
  });

  it("with an entry of torch that begins earlier or later than its padding ends", async () => {
    const local = Buffer.from(golden).indexOf("training/data/0") - 30;
    const length = new DataView(golden.buffer).getUint16(local + 28, true);
    // Later, the record behind the numbers would be read as numbers; earlier, the padding.
    for (const wrong of [length + 1, length + 16, length - 1, 4, 3, 1, 0]) {
      const archive = await open(patched(golden, local + 28, ...u16(wrong)));
      const entry = archive.entries.get("training/data/0")!;
      await expect(archive.slice(entry, 0, 4), `${wrong}`).rejects.toThrow(
        'has a zip entry "training/data/0" whose padding does not end where its bytes begin',
      );
    }
  });

  it("with a wrong checksum, when the entry is read whole", async () => {
    const archive = await open(zip([{ ...two[0], crc: 1 }]));
    const entry = archive.entries.get("a/one")!;
    await expect(archive.read(entry)).rejects.toThrow('another checksum (CRC-32) for its zip entry "a/one"');
  });

  it("with more entries, or a longer list, than the limits allow", async () => {
    const refused = open(whole, { ...CHECKPOINT_LIMITS, zipEntries: 1 });
    await expect(refused).rejects.toThrow(CheckpointLimitError);
    await expect(refused).rejects.toThrow(/has this many: 2; the limit zipEntries is 1/);
    await expect(open(whole, { ...CHECKPOINT_LIMITS, zipDirectoryBytes: 9 })).rejects.toThrow(/takes bytes: 102/);
  });
});

describe("crc32", () => {
  it("is that of zip", () => {
    expect(crc32(text("123456789"))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array())).toBe(0);
  });

  it("equals the definition, bit by bit, for every length and goes on from an earlier one", () => {
    const bytes = Uint8Array.from({ length: 70 }, (_, i) => (i * 37) & 0xff);
    for (let length = 0; length <= bytes.length; length++) {
      const part = bytes.subarray(0, length);
      expect(crc32(part)).toBe(bitByBit(part));
      expect(crc32(part.subarray(5), crc32(part.subarray(0, 5)))).toBe(bitByBit(part));
    }
  });
});

function bitByBit(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
