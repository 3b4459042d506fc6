import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { diskError } from "../disk-error.ts";
import { InputError } from "../errors.ts";
import { syncFolder } from "../store/add-arrays.ts";
import { firstDifference } from "../store/differences.ts";
import type { ArrayPlan } from "./array-plan.ts";
import type { Shard } from "./shard.ts";

/** What a batch became, as its line in the log says. */
export interface BatchRecord {
  readonly batch: number;
  /** Rows that follow, of both spaces. */
  readonly rows: number;
  /**
   * Digests of what was read, of each clip's file or of the texts together: other ones mean that the batch has to be computed
   * again.
   */
  readonly inputs: readonly string[];
  /** Items that have no row, by their index in the plan, and why. */
  readonly skipped: readonly (readonly [item: number, reason: string])[];
  /** Tokens that each text lost; absent when none did. */
  readonly lostTokens?: readonly number[];
}

/** Rows of both spaces, row-major. */
export interface BatchRows {
  readonly preJoint: Float32Array;
  readonly joint: Float32Array;
}

/** The first line of a log. */
export interface LogHeader {
  readonly format: typeof FORMAT;
  readonly model: string;
  readonly shard: Shard;
  readonly plan: ArrayPlan;
  /** Every array of the run, such as `audio/tinysol`: what has to be there before shards are merged. */
  readonly run: readonly string[];
}

const FORMAT = "irec rows 2";

/** The file of a log in its store: of a shard with the shard's number. */
export function logName(model: string, { tower, name }: ArrayPlan, { index, count }: Shard): string {
  return `${model}.${tower}.${name}${count === 1 ? "" : `.${index}-of-${count}`}.part`;
}

export const logHeader = (header: Omit<LogHeader, "format">): LogHeader => ({ format: FORMAT, ...header });

interface Stored {
  readonly record: BatchRecord;
  /** Where its rows begin in the file. */
  readonly offset: number;
}

/** Ids of a million clips; more than this in one line is no log of ours. */
const MAX_LINE_BYTES = 2 ** 28;
const LINE_CHUNK = 2 ** 16;

/**
 * Batches of one array as they are done, in a file that only grows: a line of JSON that says what is computed, then for each
 * batch, in any order, a line of JSON with its checksum, and its rows. Each batch is on the disk before the next one is
 * begun to be written; what a crash leaves of a batch is recognised by its checksum and cut off.
 */
export class RowLog {
  readonly path: string;
  readonly header: LogHeader;
  readonly #handle: FileHandle;
  readonly #stored: Map<number, Stored>;
  #end: number;
  /** One at a time. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, handle: FileHandle, found: Scan) {
    this.path = path;
    this.header = found.header;
    this.#handle = handle;
    this.#stored = found.stored;
    this.#end = found.end;
  }

  /**
   * Opens what an earlier run has left, or begins a new log.
   * @throws {InputError} when the earlier run was for something else, naming the field
   */
  static async resume(path: string, header: LogHeader): Promise<RowLog> {
    const handle = await open(path, "a+").catch((error) => {
      throw diskError(path, error, "Nothing was computed.");
    });
    try {
      const found = await scan(handle);
      if (found !== undefined) {
        const log = new RowLog(path, handle, found);
        log.refuseOther(header);
        await handle.truncate(found.end);
        return log;
      }
      await handle.truncate(0);
      const line = Buffer.from(`${JSON.stringify(header)}\n`);
      await writeAll(handle, line);
      await handle.datasync();
      await syncFolder(dirname(path));
      return new RowLog(path, handle, { header, stored: new Map(), end: line.length });
    } catch (error) {
      await handle.close();
      throw diskError(path, error, "What was computed before is kept; the same command continues.");
    }
  }

  /**
   * Opens a log to read it.
   * @throws {InputError} when it is none
   */
  static async read(path: string): Promise<RowLog> {
    const handle = await open(path, "r");
    const found = await scan(handle).catch(() => undefined);
    if (found !== undefined) return new RowLog(path, handle, found);
    await handle.close();
    throw new InputError(path, "is no part of an embedding, or it is damaged in its first line.");
  }

  /** @throws {InputError} when the log is not of this plan and shard, naming the field */
  refuseOther({ plan, shard }: LogHeader): void {
    const found = firstDifference({ ...this.header.plan, shard: this.header.shard }, { ...plan, shard });
    if (found === undefined) return;
    throw new InputError(
      this.path,
      `was begun with another ${found.place}: ${found.first}, now ${found.second}. Use the options that it was begun with, ` +
        "give another --store, or remove this file to begin anew.",
    );
  }

  record(batch: number): BatchRecord | undefined {
    return this.#stored.get(batch)?.record;
  }

  /** Writes a batch, in place of one of the same number if there is one, and waits until it is on the disk. */
  append(record: BatchRecord, { preJoint, joint }: BatchRows): Promise<void> {
    const rows = Buffer.concat([bytesOf(preJoint), bytesOf(joint)]);
    const text = JSON.stringify(record);
    const line = Buffer.from(`${checksum(text, rows)} ${text}\n`);
    const written = this.#writing.then(async () => {
      try {
        await writeAll(this.#handle, Buffer.concat([line, rows]));
        await this.#handle.datasync();
      } catch (error) {
        await this.#handle.truncate(this.#end).catch(() => {}); // the next run does the same
        throw diskError(this.path, error, "What was computed before is kept; the same command continues.");
      }
      this.#stored.set(record.batch, { record, offset: this.#end + line.length });
      this.#end += line.length + rows.length;
    });
    this.#writing = written.catch(() => {});
    return written;
  }

  /** The rows of a batch that is there. @throws {InputError} when they have changed on the disk */
  async rows(batch: number): Promise<BatchRows> {
    const { record, offset } = this.#stored.get(batch)!;
    const { preJointDim, jointDim } = this.header.plan;
    const bytes = Buffer.alloc(4 * record.rows * (preJointDim + jointDim));
    const { bytesRead } = await this.#handle.read(bytes, 0, bytes.length, offset);
    if (bytesRead < bytes.length) throw new InputError(this.path, "has become shorter while it was read.");
    const values = new Float32Array(bytes.length / 4);
    for (let i = 0; i < values.length; i++) values[i] = bytes.readFloatLE(4 * i);
    const cut = record.rows * preJointDim;
    return { preJoint: values.subarray(0, cut), joint: values.subarray(cut) };
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#handle.close();
  }
}

interface Scan {
  readonly header: LogHeader;
  readonly stored: Map<number, Stored>;
  /** Of the last batch that is whole. */
  readonly end: number;
}

/** Reads a log up to the first batch that is not whole; undefined when there is not even a header. */
async function scan(handle: FileHandle): Promise<Scan | undefined> {
  const first = await readLine(handle, 0);
  if (first === undefined) return undefined;
  const header = parsed<LogHeader>(first.text);
  if (header?.format !== FORMAT) return undefined;
  const stored = new Map<number, Stored>();
  const { preJointDim, jointDim, batchSize } = header.plan;
  let end = first.end;
  for (;;) {
    const line = await readLine(handle, end);
    if (line === undefined) break;
    const text = line.text.slice(65);
    const record = parsed<BatchRecord>(text);
    if (record === undefined || !(record.rows >= 0 && record.rows <= batchSize)) break;
    const rows = Buffer.alloc(4 * record.rows * (preJointDim + jointDim));
    const { bytesRead } = await handle.read(rows, 0, rows.length, line.end);
    if (bytesRead < rows.length || line.text.slice(0, 64) !== checksum(text, rows)) break;
    stored.set(record.batch, { record, offset: line.end });
    end = line.end + rows.length;
  }
  return { header, stored, end };
}

async function readLine(handle: FileHandle, start: number): Promise<{ text: string; end: number } | undefined> {
  const chunks: Buffer[] = [];
  for (let at = start; at - start < MAX_LINE_BYTES; at += LINE_CHUNK) {
    const chunk = Buffer.alloc(LINE_CHUNK);
    const { bytesRead } = await handle.read(chunk, 0, LINE_CHUNK, at);
    const stop = chunk.subarray(0, bytesRead).indexOf(0x0a);
    if (stop !== -1) {
      chunks.push(chunk.subarray(0, stop));
      return { text: Buffer.concat(chunks).toString("utf8"), end: at + stop + 1 };
    }
    if (bytesRead < LINE_CHUNK) return undefined;
    chunks.push(chunk);
  }
  return undefined;
}

function parsed<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

const checksum = (text: string, rows: Buffer): string => createHash("sha256").update(text).update(rows).digest("hex");

/** Little-endian, as .npy files of ours are. */
export function bytesOf(values: Float32Array): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (let i = 0; i < values.length; i++) bytes.writeFloatLE(values[i]!, 4 * i);
  return bytes;
}

/** A write may take fewer bytes than it was given. */
async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await handle.write(bytes, written)).bytesWritten;
  }
}
