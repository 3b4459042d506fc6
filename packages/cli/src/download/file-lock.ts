import { randomUUID } from "node:crypto";
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { diskError } from "../disk-error.ts";
import { onInterrupt } from "../interrupt.ts";

/** How a lock is kept and waited for, in milliseconds. */
export interface LockTiming {
  /** Between two looks at somebody else's lock. */
  readonly poll: number;
  /** Between two signs of life of whoever has it. */
  readonly beat: number;
  /** Without a sign of life for this long, whoever had it is gone: killed, or on a machine that was switched off. */
  readonly stale: number;
}

const TIMING: LockTiming = { poll: 500, beat: 5_000, stale: 60_000 };

/** What became of the work when there is no lock. */
const NOTHING_DONE = "Nothing was changed.";

export interface LockOptions {
  /** Is told once when somebody else has the lock. */
  readonly onWait?: (() => void) | undefined;
  readonly timing?: Partial<LockTiming> | undefined;
}

/** Who has a lock. */
interface Holder {
  readonly host: string;
  readonly pid: number;
  /** Tells two locks of one process apart. */
  readonly id: string;
}

/**
 * Runs something that only one process at a time may do, on this machine or on others that share the disk: a file says who
 * has the turn. A lock whose process has died is taken over; so is one of another machine that has given no sign of life.
 * @param path - of the lock file, in a folder that exists
 * @throws {OutputError} when the disk refuses the lock file
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const timing = { ...TIMING, ...options.timing };
  const own: Holder = { host: hostname(), pid: process.pid, id: randomUUID() };
  await acquire(path, own, timing, options.onWait);
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {}); // removed by hand, at worst
  }, timing.beat).unref();
  const release = () => {
    if (holderIn(readText(path))?.id === own.id) rmSync(path, { force: true });
  };
  const forget = onInterrupt(release);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    forget();
    release();
  }
}

async function acquire(path: string, own: Holder, timing: LockTiming, onWait: (() => void) | undefined): Promise<void> {
  for (let waited = false; ; waited = true) {
    if (create(path, own)) return;
    if ((await isAbandoned(path, timing)) && (await takeOver(path, own, timing))) return;
    if (!waited) onWait?.();
    await sleep(timing.poll);
  }
}

/** In one breath: no signal comes between making the file and knowing that it is to be removed. */
function create(path: string, own: Holder): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(path, "wx");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw diskError(path, error, NOTHING_DONE);
  }
  try {
    writeSync(descriptor, JSON.stringify(own));
    return true;
  } catch (error) {
    rmSync(path, { force: true }); // or everybody would wait for nobody
    throw diskError(path, error, NOTHING_DONE);
  } finally {
    closeSync(descriptor);
  }
}

async function isAbandoned(path: string, { stale }: LockTiming): Promise<boolean> {
  const [text, found] = await Promise.all([readFile(path, "utf8"), stat(path)]).catch(() => []);
  if (text === undefined || found === undefined) return false; // given back meanwhile
  if (Date.now() - found.mtimeMs > stale) return true;
  const holder = holderIn(text);
  return holder !== undefined && holder.host === hostname() && !isRunning(holder.pid);
}

/** Several may try: the last to write has it, and all of them look again after a while. */
async function takeOver(path: string, own: Holder, { poll }: LockTiming): Promise<boolean> {
  const made = `${path}-${own.id}`;
  try {
    await writeFile(made, JSON.stringify(own));
    await rename(made, path);
  } catch (error) {
    await rm(made, { force: true });
    throw diskError(path, error, NOTHING_DONE);
  }
  await sleep(poll);
  return holderIn(readText(path))?.id === own.id;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Undefined while the file is being written, and for a file of something else. */
function holderIn(text: string): Holder | undefined {
  try {
    const { host, pid, id } = JSON.parse(text) as Partial<Holder>;
    return typeof host === "string" && typeof pid === "number" && typeof id === "string"
      ? { host, pid, id }
      : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
