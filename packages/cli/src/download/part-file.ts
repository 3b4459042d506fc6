import { createReadStream } from "node:fs";
import { type FileHandle, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import type { FileHash } from "./hash.ts";

/** What the server said about the file of which a part is here. */
export interface PartOrigin {
  readonly url: string;
  /** A strong ETag or a date of last change, for `If-Range`; absent when the server gave none. */
  readonly validator?: string;
  /** Bytes of the whole file, where they are known. */
  readonly total?: number;
}

/** What is computed over the bytes, by name. */
type Hashes = Readonly<Record<string, FileHash>>;

/**
 * A file that is arriving: `<path>.part`, and beside it, in `<path>.part.json`, where it is from. It gets its name when it
 * is complete. Its hashes are kept up with its bytes, so that a large file is not read again at the end.
 */
export class PartFile {
  readonly path: string;
  /** The name that the file gets. */
  readonly target: string;
  readonly #handle: FileHandle;
  readonly #newHashes: () => Hashes;
  #hashes: Hashes;
  #bytes = 0;
  #origin: PartOrigin | undefined;

  private constructor(target: string, handle: FileHandle, newHashes: () => Hashes) {
    this.path = `${target}.part`;
    this.target = target;
    this.#handle = handle;
    this.#newHashes = newHashes;
    this.#hashes = newHashes();
  }

  /** Opens what an earlier call has left of the same URL, or a new one. */
  static async open(target: string, url: string, newHashes: () => Hashes): Promise<PartFile> {
    const part = new PartFile(target, await open(`${target}.part`, "a+"), newHashes);
    try {
      const origin = await readOrigin(part.#originPath);
      if (origin?.url === url) {
        part.#origin = origin;
        for await (const chunk of createReadStream(part.path)) part.#count(chunk as Buffer);
      } else {
        await part.restart();
      }
      return part;
    } catch (error) {
      await part.close();
      throw error;
    }
  }

  /** How many are here. */
  get bytes(): number {
    return this.#bytes;
  }

  get origin(): PartOrigin | undefined {
    return this.#origin;
  }

  get #originPath(): string {
    return `${this.path}.json`;
  }

  /** Forgets all bytes. */
  async restart(): Promise<void> {
    // The origin first: without it, bytes are never taken for the beginning of a file.
    await rm(this.#originPath, { force: true });
    await this.#handle.truncate(0);
    this.#hashes = this.#newHashes();
    this.#bytes = 0;
    this.#origin = undefined;
  }

  /** Notes where the bytes that follow are from. */
  async from(origin: PartOrigin): Promise<void> {
    if (JSON.stringify(origin) === JSON.stringify(this.#origin)) return;
    this.#origin = origin;
    const made = `${this.#originPath}.new`;
    await writeFile(made, `${JSON.stringify(origin)}\n`);
    await rename(made, this.#originPath);
  }

  async append(chunk: Uint8Array): Promise<void> {
    for (let written = 0; written < chunk.length; ) {
      written += (await this.#handle.write(chunk, written)).bytesWritten;
    }
    this.#count(chunk);
  }

  #count(chunk: Uint8Array): void {
    for (const hash of Object.values(this.#hashes)) hash.update(chunk);
    this.#bytes += chunk.length;
  }

  /** The hashes of the bytes that are here, in hexadecimal. */
  digests(): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.entries(this.#hashes).map(([name, hash]) => [name, hash.copy().digest("hex")]));
  }

  /** Gives the file its name. */
  async complete(): Promise<void> {
    await this.#handle.sync(); // or a crash could leave the name without the bytes
    await this.close();
    await rename(this.path, this.target);
    await rm(this.#originPath, { force: true });
  }

  /** Removes what is here. */
  async discard(): Promise<void> {
    await this.close();
    await rm(this.#originPath, { force: true });
    await rm(this.path, { force: true });
  }

  /** Keeps what is here for another time. */
  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** What is not there or cannot be understood is as good as none. */
async function readOrigin(path: string): Promise<PartOrigin | undefined> {
  try {
    const { url, validator, total } = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
    if (typeof url !== "string") return undefined;
    return {
      url,
      ...(typeof validator === "string" ? { validator } : {}),
      ...(typeof total === "number" ? { total } : {}),
    };
  } catch {
    return undefined;
  }
}
