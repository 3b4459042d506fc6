import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { diskError } from "../disk-error.ts";
import { type Progress, silentProgress } from "../progress.ts";
import { ChecksumError, ConnectionError, DownloadError, RefusedError } from "./errors.ts";
import { withFileLock } from "./file-lock.ts";
import { type HttpAnswer, httpGet, type Timeouts } from "./http-get.ts";
import { type HashName, PartFile } from "./part-file.ts";

export interface Checksum {
  readonly algorithm: HashName;
  /** In lower-case hexadecimal. */
  readonly digest: string;
}

/** A file on the web, and what is known of it for sure. */
export interface RemoteFile {
  readonly url: string;
  readonly bytes?: number | undefined;
  readonly checksum?: Checksum | undefined;
}

/** How patient to be, in milliseconds. */
export interface DownloadTiming extends Timeouts {
  /** Attempts in a row that bring no byte, before it is given up. */
  readonly attempts: number;
  /** Before the second attempt; doubled before each further one. */
  readonly firstWait: number;
  readonly longestWait: number;
  /** What waits. */
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}

const TIMING: DownloadTiming = {
  connect: 15_000,
  idle: 60_000,
  attempts: 6,
  firstWait: 1_000,
  longestWait: 60_000,
  sleep,
};

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
  const part = await PartFile.open(path, remote.url, hashNames);
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
  const hashes = names.map((name) => createHash(name));
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

/** Another attempt may succeed. */
class Transient extends Error {
  readonly waitMs: number;

  constructor(message: string, options?: ErrorOptions & { readonly waitMs?: number }) {
    super(message, options);
    this.waitMs = options?.waitMs ?? 0;
  }
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
    const { attempts, firstWait, longestWait, sleep } = this.#timing;
    try {
      for (let vain = 0; ; ) {
        const before = this.#part.bytes;
        try {
          return await this.#attempt();
        } catch (error) {
          if (!(error instanceof Transient)) throw error;
          vain = this.#part.bytes > before ? 1 : vain + 1;
          if (vain >= attempts) {
            throw new ConnectionError(
              this.#remote.url,
              `${error.message}, ${attempts} times in a row. ${this.#kept()}`,
              { cause: error },
            );
          }
          const wait = Math.min(Math.max(error.waitMs, firstWait * 2 ** (vain - 1)), longestWait);
          this.#options.say?.(`${error.message}; trying again in ${Math.ceil(wait / 1000)} s`);
          await sleep(wait);
        }
      }
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
      throw this.#connectionError(error);
    }
  }

  #connectionError(error: unknown): unknown {
    if (error instanceof DownloadError) return error;
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = CONNECTION_FAULTS[code ?? ""] ?? message.replace(/\.$/, "");
    if (!HOPELESS.test(code ?? "")) return new Transient(reason, { cause: error });
    return new ConnectionError(
      this.#remote.url,
      `${reason}. Is there a network? HTTP_PROXY, HTTPS_PROXY and NO_PROXY are honoured.`,
      { cause: error },
    );
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
        throw this.#connectionError(error);
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

/** What the codes of undici and the system mean. */
const CONNECTION_FAULTS: Readonly<Record<string, string>> = {
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the name of the host cannot be looked up",
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection broke off",
  EPIPE: "the connection broke off",
  ETIMEDOUT: "the server does not answer",
  UND_ERR_SOCKET: "the connection broke off",
  UND_ERR_CONNECT_TIMEOUT: "the server does not answer",
  UND_ERR_HEADERS_TIMEOUT: "the server does not answer",
  UND_ERR_BODY_TIMEOUT: "the server has fallen silent",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "the connection ended early",
};

/** Faults that do not pass by waiting: a wrong name, a certificate that is not trusted. */
const HOPELESS = /^(ENOTFOUND|CERT_|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|UND_ERR_INVALID_ARG)/;

/** Answers that another attempt may not get. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529]);

function refusal(url: string, status: number, headers: HttpAnswer["headers"]): Error {
  if (PASSING.has(status)) {
    const seconds = wholeNumber(headers.get("retry-after"));
    return new Transient(`the server answers ${status}`, seconds === undefined ? {} : { waitMs: seconds * 1000 });
  }
  const reason =
    status === 404 || status === 410
      ? `is not there (${status}). Has it moved?`
      : status === 401 || status === 403 || status === 407
        ? `is not given to us (${status}). It needs a licence to be accepted, a token, or a proxy that lets it through.`
        : `the server answers ${status}.`;
  return new RefusedError(url, status, reason);
}

/** What `If-Range` takes: a strong ETag, else a date. */
function validatorOf(headers: HttpAnswer["headers"]): string | undefined {
  const etag = headers.get("etag");
  return etag !== undefined && !etag.startsWith("W/") ? etag : headers.get("last-modified");
}

const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
