import { crc32 } from "node:zlib";
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from "yauzl";
import { unreadable } from "../npy/byte-source.ts";
import type { ArchiveEntry, VisitArchive } from "./entry.ts";
import { DamagedArchiveError, UnsafeArchiveError } from "./errors.ts";

/** Shows the entries of a zip file, in the order of its directory. */
export const visitZip: VisitArchive = async (archive, visit, { onRead }) => {
  // Names are decoded here: the library refuses unsafe ones too, but with fewer words, and not all that cannot be written.
  const zip = await reading(archive, openPromise(archive, { decodeStrings: false, autoClose: false }));
  try {
    const entries = zip.eachEntry();
    for (;;) {
      const { done, value: entry } = await reading(archive, entries.next());
      if (done) return;
      await visit(asEntry(archive, zip, entry));
      onRead(entry.compressedSize);
    }
  } finally {
    zip.close();
  }
};

async function reading<T>(archive: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const { syscall, message } = error as NodeJS.ErrnoException;
    if (syscall !== undefined) throw unreadable(archive, error);
    throw new DamagedArchiveError(archive, `damaged or no zip archive: ${message}.`, { cause: error });
  }
}

function asEntry(archive: string, zip: ZipFile, entry: Entry): ArchiveEntry {
  const name = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);
  return {
    name,
    kind: kindOf(name, entry),
    async *content() {
      if (entry.isEncrypted()) throw new UnsafeArchiveError(archive, `"${name}" is encrypted.`);
      const stream = await reading(archive, zip.openReadStreamPromise(entry));
      let sum = 0;
      const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
      try {
        for (;;) {
          const { done, value } = await reading(archive, chunks.next());
          if (done) break;
          sum = crc32(value, sum);
          yield value;
        }
      } finally {
        stream.destroy();
      }
      if (sum !== entry.crc32) throw new DamagedArchiveError(archive, `"${name}" does not have its checksum; damaged.`);
    },
  };
}

/** The upper half of the attributes is the file's mode where a Unix system wrote the archive. */
function kindOf(name: string, { externalFileAttributes, versionMadeBy }: Entry): ArchiveEntry["kind"] {
  const type = versionMadeBy >> 8 === 3 ? (externalFileAttributes >>> 16) & 0o170000 : 0;
  if (type === 0o120000) return { other: "a symbolic link" };
  if (type !== 0 && type !== 0o100000 && type !== 0o040000) return { other: "a device or a pipe" };
  return name.endsWith("/") ? "folder" : "file";
}
