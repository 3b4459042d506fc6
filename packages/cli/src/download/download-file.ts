import { createReadStream } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { diskError } from "../disk-error.ts";
import { type Progress, silentProgress } from "../progress.ts";
import {
  connectionError,
  type DownloadTiming,
  inAttempts,
  refusal,
  TIMING,
  Transient,
  wholeNumber,
} from "./attempts.ts";
import { ChecksumError, DownloadError } from "./errors.ts";
import { withFileLock } from "./file-lock.ts";
import { type HashName, newHash } from "./hash.ts";
import { type HttpAnswer, httpGet } from "./http-get.ts";
import { PartFile } from "./part-file.ts";

export type { DownloadTiming } from "./attempts.ts";

export interface Checksum {
  readonly algorithm: HashName;
  /** In lower-case hexadecimal. */
  readonly digest: string;
}

/** A file on the web, and what is known of it for sure. */
export interface RemoteFile {
  readonly url: string;
  /** Needed for a checksum of git. */
  readonly bytes?: number | undefined;
  readonly checksum?: Checksum | undefined;
}

export interface DownloadOptions {
  /** Such as an authorization; sent to the URL's own host only, not to where it redirects. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly progress?: Progress | undefined;
  /** What the progress calls the file; its name on the disk, unless told otherwise. */
  readonly name?: string | undefined;
  /** Is told what happens besides: a wait, another attempt, another process at the same file. */
  readonly say?: ((line: string) => void) | undefined;
  readonly timing?: Partial<DownloadTiming> | undefined;
}

/** A file that has arrived. */
export interface Downloaded {
  readonly bytes: number;
  readonly sha256: string;
  /** Whether bytes and hash were compared with published ones, and are equal. */
  readonly verified: boolean;
  /** Whether it was there before. */
  readonly found: boolean;
}

/**
 * Downloads a file. It appears under its name when it is complete and its size and checksum are those that are known, or
 * not at all. What an earlier call has left is continued, by `Range` and `If-Range`, if the file has not changed since.
 * Broken connections, servers that fall silent and answers such as 500 and 429 are tried again, with growing waits. Two
 * processes that want the same file take turns, and the second finds it there.
 *
 * @param path - where to; folders above it are made. A file that is there is compared, and never overwritten
 * @throws {ConnectionError} when the server is not reached or breaks off again and again; what has arrived is kept
 * @throws {RefusedError} when the server says that it has no such file, or not for us
 * @throws {ChecksumError} when the file is another one than was published
 * @throws {OutputError} when the disk says no
 */
export async function downloadFile(
  remote: RemoteFile,
  path: string,
  options: DownloadOptions = {},
): Promise<Downloaded> {
  const { say } = options;
  try {
    await mkdir(dirname(path), { recursive: true });
    const onWait = () => say?.(`another process is downloading ${basename(path)}; waiting for it`);
    return await withFileLock(`${path}.lock`, () => findOrFetch(remote, path, options), { onWait });
  } catch (error) {
    throw diskError(path, error, "What has arrived is kept; the same command continues.");
  }
}

async function findOrFetch(remote: RemoteFile, path: string, options: DownloadOptions): Promise<Downloaded> {
  const hashNames = [...new Set<HashName>(["sha256", remote.checksum?.algorithm ?? "sha256"])];
  const found = await hashFile(path, hashNames);
  if (found !== undefined) {
    const problem = mismatch(remote, found.bytes, found.digests);
    if (problem === undefined) return arrived(remote, found.bytes, found.digests, true);
    throw new ChecksumError(remote.url, `${path} is there already, but ${problem}. Remove it to download it again.`);
  }
  const part = await PartFile.open(path, remote.url, () =>
    Object.fromEntries(hashNames.map((name) => [name, newHash(name, remote.bytes)])),
  );
  try {
    await new Transfer(remote, part, options).run();
    const digests = part.digests();
    const problem = mismatch(remote, part.bytes, digests);
    if (problem !== undefined) {
      await part.discard();
      throw new ChecksumError(
        remote.url,
        `what came ${problem}. It was removed. Changed at its source, or on its way by a proxy?`,
      );
    }
    await part.complete();
    return arrived(remote, part.bytes, digests, false);
  } finally {
    await part.close().catch(() => {}); // closed already when all went well
  }
}

/** Size and hashes of a file; undefined when there is none. */
async function hashFile(path: string, names: readonly HashName[]) {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (found === undefined) return undefined;
  const hashes = names.map((name) => newHash(name, found.size));
  for await (const chunk of createReadStream(path)) for (const hash of hashes) hash.update(chunk as Buffer);
  return { bytes: found.size, digests: Object.fromEntries(names.map((name, i) => [name, hashes[i]!.digest("hex")])) };
}

type Digests = Readonly<Record<string, string>>;

/** What is wrong with a file, as the rest of a sentence about it. */
function mismatch({ bytes, checksum }: RemoteFile, foundBytes: number, digests: Digests): string | undefined {
  if (bytes !== undefined && bytes !== foundBytes) return `has ${foundBytes} bytes, expected ${bytes}`;
  if (checksum === undefined) return undefined;
  const { algorithm, digest } = checksum;
  return digests[algorithm] === digest ? undefined : `has the ${algorithm} ${digests[algorithm]}, expected ${digest}`;
}

function arrived(remote: RemoteFile, bytes: number, digests: Digests, found: boolean): Downloaded {
  return { bytes, sha256: digests.sha256!, verified: remote.checksum !== undefined, found };
}

/** The fetching of one file, in as many attempts as it takes. */
class Transfer {
  readonly #remote: RemoteFile;
  readonly #part: PartFile;
  readonly #options: DownloadOptions;
  readonly #timing: DownloadTiming;
  #bar: ReturnType<Progress["start"]> | undefined;

  constructor(remote: RemoteFile, part: PartFile, options: DownloadOptions) {
    this.#remote = remote;
    this.#part = part;
    this.#options = options;
    this.#timing = { ...TIMING, ...options.timing };
  }

  async run(): Promise<void> {
    try {
      await inAttempts(this.#remote.url, () => this.#attempt(), {
        done: () => this.#part.bytes,
        kept: () => this.#kept(),
        say: this.#options.say,
        timing: this.#timing,
      });
    } finally {
      this.#bar?.end();
    }
  }

  #kept(): string {
    const { bytes } = this.#part;
    return bytes === 0 ? "Try again later." : `What has arrived (${bytes} bytes) is kept; the same command continues.`;
  }

  async #attempt(): Promise<void> {
    const part = this.#part;
    // Without anything to compare with, a changed file would be glued to the beginning of the old one.
    if (part.origin?.validator === undefined && this.#remote.checksum === undefined) await part.restart();
    if (part.bytes > 0 && part.bytes === (this.#remote.bytes ?? part.origin?.total)) return;
    const answer = await this.#ask();
    try {
      const total = await this.#begin(answer);
      await this.#receive(answer, total);
    } finally {
      answer.discard();
    }
  }

  async #ask(): Promise<HttpAnswer> {
    const { bytes, origin } = this.#part;
    const range = bytes === 0 ? {} : { range: `bytes=${bytes}-` };
    const ifRange = bytes === 0 || origin?.validator === undefined ? {} : { "if-range": origin.validator };
    try {
      return await httpGet(this.#remote.url, { ...this.#options.headers, ...range, ...ifRange }, this.#timing);
    } catch (error) {
      throw connectionError(this.#remote.url, error);
    }
  }

  /** Makes the part ready for the bytes of an answer; returns how many the whole file has, when that is known. */
  async #begin({ status, headers }: HttpAnswer): Promise<number | undefined> {
    const part = this.#part;
    const { url } = this.#remote;
    const encoding = headers.get("content-encoding") ?? "identity";
    if (status === 416) {
      await part.restart();
      throw new Transient("the server's file is shorter than what is here");
    }
    if (status !== 200 && status !== 206) throw refusal(url, status, headers);
    if (encoding !== "identity") throw new DownloadError(url, `comes compressed (${encoding}), though not asked for.`);

    const validator = validatorOf(headers);
    let total: number | undefined;
    if (status === 200) {
      if (part.bytes > 0) await part.restart();
      total = wholeNumber(headers.get("content-length"));
    } else {
      const [, start, size] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "") ?? [];
      const changed =
        part.origin?.validator !== undefined && validator !== undefined && validator !== part.origin.validator;
      if (Number(start) !== part.bytes || changed) {
        await part.restart();
        throw new Transient(
          changed ? "the file has changed at its source" : "the server sent another part than asked for",
        );
      }
      total = wholeNumber(size);
    }
    const { bytes } = this.#remote;
    if (bytes !== undefined && total !== undefined && total !== bytes) {
      throw new ChecksumError(url, `has ${total} bytes, expected ${bytes}. Has it changed at its source?`);
    }
    await part.from({
      url,
      ...(validator === undefined ? {} : { validator }),
      ...(total === undefined ? {} : { total }),
    });
    return total ?? bytes;
  }

  async #receive(answer: HttpAnswer, total: number | undefined): Promise<void> {
    const part = this.#part;
    const { progress = silentProgress } = this.#options;
    if (total !== undefined) {
      this.#bar ??= progress.start(this.#options.name ?? basename(part.target), total, {
        unit: "bytes",
        done: part.bytes,
      });
    }
    const chunks = answer.body[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await chunks.next().catch((error) => {
        throw connectionError(this.#remote.url, error);
      });
      if (done) break;
      if (total !== undefined && part.bytes + value.length > total) {
        await part.restart();
        throw new Transient(`the server sent more than the ${total} bytes that it had announced`);
      }
      await part.append(value);
      this.#bar?.advance(value.length);
    }
    if (total !== undefined && part.bytes < total) {
      throw new Transient(`the connection ended after ${part.bytes} of ${total} bytes`);
    }
  }
}

/** What `If-Range` takes: a strong ETag, else a date. */
function validatorOf(headers: HttpAnswer["headers"]): string | undefined {
  const etag = headers.get("etag");
  return etag !== undefined && !etag.startsWith("W/") ? etag : headers.get("last-modified");
}
