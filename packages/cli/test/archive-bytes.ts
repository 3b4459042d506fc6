import { crc32, deflateRawSync, gzipSync } from "node:zlib";

/** An entry as its archive is to have it, however hostile. */
export interface RawEntry {
  readonly name: string;
  readonly content?: string | Uint8Array;
  /** Tar's type flag: 0 file, 1 hard link, 2 symbolic link, 3 device, 5 folder, 6 pipe. */
  readonly type?: string;
  readonly linkTo?: string;
  /** Zip's Unix mode; a symbolic link is 0o120777. */
  readonly mode?: number;
  /** Bytes of the content as the header has them, when that is to be a lie. */
  readonly claimedBytes?: number;
}

/** A tar file by the definition of POSIX: headers of 512 bytes, contents padded to that. */
export function tarBytes(entries: readonly RawEntry[]): Buffer {
  const blocks = entries.flatMap(({ name, content = "", type = "0", linkTo = "", claimedBytes }) => {
    const body = Buffer.from(content as Uint8Array);
    const header = Buffer.alloc(512);
    header.write(name, 0, 100, "utf8");
    header.write("0000644\0", 100);
    header.write(`${(claimedBytes ?? body.length).toString(8).padStart(11, "0")}\0`, 124);
    header.write("00000000000\0", 136);
    header.write("        ", 148);
    header.write(type, 156);
    header.write(linkTo, 157, 100, "utf8");
    header.write("ustar\0" + "00", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

export const tarGzBytes = (entries: readonly RawEntry[]): Buffer => gzipSync(tarBytes(entries));

/** A zip file by the definition of PKWARE: local headers and contents, deflated, then the directory. */
export function zipBytes(entries: readonly RawEntry[]): Buffer {
  let offset = 0;
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  for (const { name, content = "", mode = name.endsWith("/") ? 0o040755 : 0o100644, claimedBytes } of entries) {
    const body = Buffer.from(content as Uint8Array);
    const packed = deflateRawSync(body);
    const nameBytes = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x800, 2); // the name is UTF-8
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(body), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(claimedBytes ?? body.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, nameBytes, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02"), Buffer.of(20, 3), common, tail, nameBytes]));
    locals.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, list, end]);
}
