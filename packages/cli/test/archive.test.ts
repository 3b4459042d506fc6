import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ArchiveLimitError, DamagedArchiveError, UnsafeArchiveError } from "../src/archive/errors.ts";
import { type ExtractOptions, extractArchive } from "../src/archive/extract.ts";
import { diskError } from "../src/disk-error.ts";
import { OutputError } from "../src/errors.ts";
import { type RawEntry, tarBytes, tarGzBytes, zipBytes } from "./archive-bytes.ts";
import { put, temporaryFolders } from "./temp-folder.ts";

const newFolder = temporaryFolders();
/** Bytes that do not compress. */
const noise = (length: number): Buffer =>
  Buffer.concat(
    Array.from({ length: Math.ceil(length / 32) }, (_, i) => createHash("sha256").update(`${i}`).digest()),
  ).subarray(0, length);
const sha256 = (text: string | Uint8Array) => createHash("sha256").update(text).digest("hex");

/** Unpacks bytes; returns what was reported and where they are. */
async function unpacked(bytes: Uint8Array, name: string, options?: ExtractOptions) {
  const root = newFolder();
  const archive = put(join(root, name), bytes);
  const folder = join(root, "unpacked");
  mkdirSync(folder);
  return { files: await extractArchive(archive, folder, options), folder, root };
}

async function refusal(bytes: Uint8Array, name: string, options?: ExtractOptions): Promise<Error> {
  const thrown = await unpacked(bytes, name, options).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(Error);
  return thrown as Error;
}

const FORMATS = [
  ["a.tar", tarBytes],
  ["a.tar.gz", tarGzBytes],
  ["a.tgz", tarGzBytes],
  ["a.zip", zipBytes],
] as const;

describe.each(FORMATS)("%s", (name, make) => {
  it("is unpacked into folders and files, and says the bytes and the sha256 of each, by path", async () => {
    const sound = Buffer.alloc(100_000, "abcdefg");
    const { files, folder } = await unpacked(
      make([
        { name: "Brass/", type: "5" },
        { name: "Brass/Bass_Tuba/BTb-ord-F#1-pp-N-N.wav", content: sound },
        { name: "./Brass/empty.txt" },
        { name: "Été/ñandú – 100%.wav", content: "é" },
      ]),
      name,
    );
    expect(files).toEqual([
      { path: "Brass/Bass_Tuba/BTb-ord-F#1-pp-N-N.wav", bytes: 100_000, sha256: sha256(sound) },
      { path: "Brass/empty.txt", bytes: 0, sha256: sha256("") },
      { path: "Été/ñandú – 100%.wav", bytes: 2, sha256: sha256("é") },
    ]);
    expect(readFileSync(join(folder, "Brass/Bass_Tuba/BTb-ord-F#1-pp-N-N.wav"))).toEqual(sound);
    expect(readFileSync(join(folder, "Été/ñandú – 100%.wav"), "utf8")).toBe("é");
  });

  it.each([
    ["../escaped.txt", "has a path that leads outside"],
    ["a/../../escaped.txt", "has a path that leads outside"],
    ["a/..", "has a path that leads outside"],
    ["/tmp/escaped.txt", "has an absolute path"],
    ["C:/escaped.txt", "has an absolute path"],
    ["C:escaped.txt", "has an absolute path"],
    ["\\\\host\\escaped.txt", "has an absolute path"],
    ["a\\..\\escaped.txt", "has a backslash in its name"],
    ["a\u001b[2Jb", "has a control character in its name"],
    ["a\nb", "has a control character in its name"],
  ])("refuses the entry %j and writes nothing outside", async (entry, problem) => {
    const root = newFolder();
    const archive = put(join(root, name), make([{ name: entry, content: "x" }]));
    const folder = join(root, "deep", "unpacked");
    mkdirSync(folder, { recursive: true });
    const thrown = await extractArchive(archive, folder).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(UnsafeArchiveError);
    expect((thrown as Error).message).toContain(`${archive}: the entry ${JSON.stringify(entry)} ${problem}`);
    expect([readdirSync(root).sort(), readdirSync(join(root, "deep"))]).toEqual([[name, "deep"].sort(), ["unpacked"]]);
  });

  it("refuses two entries of one name, a file where a folder is, and a folder where a file is", async () => {
    const cases: RawEntry[][] = [
      [
        { name: "a/b.wav", content: "1" },
        { name: "a/b.wav", content: "2" },
      ],
      [
        { name: "a/b.wav", content: "1" },
        { name: "a//./b.wav", content: "2" },
      ],
      [
        { name: "a/b.wav", content: "1" },
        { name: "a", content: "2" },
      ],
      [
        { name: "a", content: "1" },
        { name: "a/b.wav", content: "2" },
      ],
      [
        { name: "a", content: "1" },
        { name: "a/", type: "5" },
      ],
    ];
    for (const entries of cases) {
      const error = await refusal(make(entries), name);
      expect(error).toBeInstanceOf(UnsafeArchiveError);
      expect(error.message).toMatch(/the entry "a(\/b\.wav)?" is there twice/);
    }
  });

  it("refuses more entries, a longer file or a longer path than the limits allow", async () => {
    const three = ["1", "2", "3"].map((entry) => ({ name: entry, content: "abcdef" }));
    const limited = (limits: ExtractOptions["limits"]) => refusal(make(three), name, { limits: limits! });
    expect((await limited({ entries: 2 })).message).toMatch(/: has more than 2 entries\./);
    expect((await limited({ fileBytes: 5 })).message).toMatch(/: the entry "1" has more than 5 bytes\./);
    expect(await limited({ fileBytes: 5 })).toBeInstanceOf(ArchiveLimitError);
    const long = await refusal(make([{ name: `${"d/".repeat(20)}f` }]), name, { limits: { pathBytes: 40 } });
    expect(long.message).toContain("has a path of more than 40 bytes");
  });

  it("refuses an archive that is cut anywhere", async () => {
    const bytes = make([{ name: "a", content: noise(3000) }]);
    for (const length of [0, 1, 30, 400, 700, bytes.length >> 1]) {
      const error = await refusal(bytes.subarray(0, length), name);
      expect(error, `${length} bytes`).toBeInstanceOf(DamagedArchiveError);
    }
  });

  it("refuses what is no archive, and one without files", async () => {
    expect(await refusal(Buffer.from("<html>404</html>".repeat(100)), name)).toBeInstanceOf(DamagedArchiveError);
    expect((await refusal(make([{ name: "only/", type: "5" }]), name)).message).toMatch(/: has no files in it\.$/);
  });

  it("is missing: says so", async () => {
    const folder = newFolder();
    await expect(extractArchive(join(folder, name), folder)).rejects.toThrow(/no such file/);
  });
});

describe("bombs", () => {
  const nothing = Buffer.alloc(2 ** 22);

  it.each([
    ["a.tar.gz", tarGzBytes],
    ["a.zip", zipBytes],
  ] as const)("%s that unpacks to a thousand times its size is refused before it is unpacked", async (name, make) => {
    const root = newFolder();
    const archive = put(join(root, name), make([{ name: "zeros", content: nothing }]));
    const folder = join(root, "unpacked");
    mkdirSync(folder);
    const work = extractArchive(archive, folder, { limits: { freeBytes: 2 ** 16, ratio: 50 } });
    await expect(work).rejects.toThrow(ArchiveLimitError);
    expect(readFileSync(join(folder, "zeros")).length).toBeLessThan(nothing.length / 4);
  });

  it("silence in a small archive is none", async () => {
    expect((await unpacked(tarGzBytes([{ name: "zeros", content: nothing }]), "a.tar.gz")).files).toHaveLength(1);
  });

  it("a zip that hides its size is refused", async () => {
    const bytes = zipBytes([{ name: "zeros", content: nothing, claimedBytes: 10 }]);
    expect(await refusal(bytes, "a.zip")).toBeInstanceOf(DamagedArchiveError);
  });

  it("a tar whose next header claims a name of gigabytes is refused, not read into memory", async () => {
    const header = tarBytes([{ name: "././@LongLink", type: "L", claimedBytes: 8 ** 11 - 1 }]);
    expect(await refusal(header, "a.tar")).toBeInstanceOf(DamagedArchiveError);
  });
});

describe("what is neither file nor folder is refused:", () => {
  it.each([
    ["a symbolic link out of the folder", { name: "a", type: "2", linkTo: "../../etc/passwd" }, "is a symbolic link"],
    ["a symbolic link within it", { name: "a", type: "2", linkTo: "b" }, "is a symbolic link"],
    ["a hard link", { name: "a", type: "1", linkTo: "/etc/passwd" }, "is a hard link"],
    ["a character device", { name: "a", type: "3" }, "is a device"],
    ["a block device", { name: "a", type: "4" }, "is a device"],
    ["a pipe", { name: "a", type: "6" }, "is a pipe"],
  ])("%s, in a tar", async (_title, entry, problem) => {
    const error = await refusal(tarGzBytes([entry, { name: "b", content: "x" }]), "a.tar.gz");
    expect(error).toBeInstanceOf(UnsafeArchiveError);
    expect(error.message).toContain(`the entry "a" ${problem}; only files and folders are unpacked`);
  });

  it("a symbolic link or a device, in a zip", async () => {
    const link = await refusal(zipBytes([{ name: "a", content: "/etc", mode: 0o120777 }]), "a.zip");
    expect(link.message).toContain('the entry "a" is a symbolic link');
    const device = await refusal(zipBytes([{ name: "a", mode: 0o020644 }]), "a.zip");
    expect(device.message).toContain('the entry "a" is a device or a pipe');
  });
});

it("a zip whose bytes do not have their checksum is refused, though they unpack", async () => {
  const bytes = zipBytes([{ name: "a", content: "abc" }]);
  for (const at of [14, bytes.indexOf("PK\x01\x02") + 16]) bytes[at]! ^= 1;
  expect((await refusal(bytes, "a.zip")).message).toMatch(/"a" does not have its checksum; damaged\.$/);
});

it("archives of GNU tar and of Info-ZIP's form by Python are read, long names included", async () => {
  const root = newFolder();
  const long = `${"folder-with-a-name/".repeat(8)}${"n".repeat(120)}#é.wav`;
  put(join(root, "in", long), "sound");
  execFileSync("tar", ["-czf", "gnu.tar.gz", "-C", "in", "."], { cwd: root });
  execFileSync("tar", ["--format=pax", "-cf", "pax.tar", "-C", "in", "."], { cwd: root });
  for (const name of ["gnu.tar.gz", "pax.tar"]) {
    const folder = join(root, `${name}-unpacked`);
    mkdirSync(folder);
    expect(await extractArchive(join(root, name), folder)).toEqual([{ path: long, bytes: 5, sha256: sha256("sound") }]);
  }
});

it("says how much of the archive has been read, to the last byte", async () => {
  const bytes = tarGzBytes([{ name: "a", content: noise(300_000) }]);
  const read: number[] = [];
  await unpacked(bytes, "a.tar.gz", { onRead: (more) => read.push(more) });
  expect(read.length).toBeGreaterThan(1);
  expect(read.reduce((sum, more) => sum + more)).toBe(bytes.length);
});

it("a disk that says no is an output error with the reason, and a bug stays what it is", () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", syscall: "write" });
  const error = diskError("/data/tinysol", full, "Nothing was kept.") as Error;
  expect(error).toBeInstanceOf(OutputError);
  expect(error.message).toBe("/data/tinysol: the disk is full. Nothing was kept.");
  const bug = new TypeError("x is undefined");
  expect(diskError("/data/tinysol", bug, "")).toBe(bug);
});
