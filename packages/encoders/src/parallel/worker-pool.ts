/// <reference types="node" />
import { Worker } from "node:worker_threads";
import * as audioErrors from "../audio/errors.ts";
import * as backendErrors from "../backend/errors.ts";
import * as wasmErrors from "../backend/wasm/errors.ts";
import * as byteErrors from "../bytes/errors.ts";
import * as checkpointErrors from "../checkpoint/errors.ts";
import * as modelErrors from "../models/errors.ts";
import type { ModelHealth } from "../models/health.ts";
import type { LoadOptions } from "../models/load.ts";
import * as settingErrors from "../models/setting-error.ts";
import * as textErrors from "../text/errors.ts";
import { WorkerError } from "./errors.ts";
import type { Answer, Inputs, Rows, Task, WorkerModel } from "./messages.ts";

interface Pending {
  /** Made when a worker is free: inputs are copied only then. */
  readonly task: () => Task;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (rows: Rows) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Worker threads with a copy of the same model each. Parts of the inputs go to whichever is idle, in order. Idle workers do
 * not keep the process alive.
 */
export class WorkerPool {
  readonly #workers: readonly Worker[];
  readonly #idle: Worker[];
  readonly #running = new Map<Worker, Pending>();
  readonly #waiting: Pending[] = [];
  #parts = 0;
  #failure: unknown;

  private constructor(workers: readonly Worker[]) {
    this.#workers = workers;
    this.#idle = [...workers];
    for (const worker of workers) {
      worker.on("message", (answer: Answer) => this.#settle(worker, answer));
      worker.on("error", (error) => this.#fail(error));
      worker.on("exit", (code) => this.#fail(new WorkerError(`a worker thread stopped with exit code ${code}`)));
      worker.unref();
    }
  }

  /**
   * Starts workers and has them load the model; only the first one checks its health.
   * @throws what loading throws, as an Error of that name
   */
  static async start(
    jobs: number,
    { from, options }: WorkerModel,
    { signal, onProgress }: Pick<LoadOptions, "signal" | "onProgress"> = {},
  ): Promise<{ readonly pool: WorkerPool; readonly health: ModelHealth }> {
    const workers = Array.from({ length: jobs }, (_, i) => {
      const workerData: WorkerModel = { from, options: i === 0 ? options : { ...options, healthCheck: false } };
      return new Worker(new URL("./worker.js", import.meta.url), { workerData });
    });
    const stop = () => Promise.all(workers.map((worker) => worker.terminate()));
    try {
      const [health] = await Promise.all(
        // They load at the same pace; the first one tells.
        workers.map((worker, i) => ready(worker, signal, i === 0 ? onProgress : undefined)),
      );
      return { pool: new WorkerPool(workers), health: health! };
    } catch (error) {
      await stop();
      throw error;
    }
  }

  /** Embeds one part on the next idle worker, unless the signal comes first. */
  run(inputs: () => Inputs, batchSize: number, signal: AbortSignal | undefined): Promise<Rows> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const part = this.#parts++;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task: () => ({ ...inputs(), part, batchSize }), signal, resolve, reject });
      this.#dispatch();
    });
  }

  /** Stops the workers; what is not done is rejected. */
  stop(reason: unknown): void {
    this.#fail(reason);
    for (const worker of this.#workers) void worker.terminate();
  }

  #dispatch(): void {
    while (this.#idle.length > 0 && this.#waiting.length > 0) {
      const pending = this.#waiting.shift()!;
      if (pending.signal?.aborted) {
        pending.reject(pending.signal.reason);
        continue;
      }
      const worker = this.#idle.shift()!;
      this.#running.set(worker, pending);
      worker.ref();
      worker.postMessage(pending.task());
    }
  }

  #settle(worker: Worker, answer: Answer): void {
    const pending = this.#running.get(worker);
    this.#running.delete(worker);
    this.#idle.push(worker);
    worker.unref();
    if (answer.kind === "rows") pending?.resolve(answer.rows);
    else if (answer.kind === "error") pending?.reject(thrown(answer.error));
    this.#dispatch();
  }

  #fail(reason: unknown): void {
    this.#failure ??= reason;
    for (const { reject } of [...this.#running.values(), ...this.#waiting]) reject(this.#failure);
    this.#running.clear();
    this.#waiting.length = 0;
  }
}

/** Waits for a worker's first answer. */
function ready(
  worker: Worker,
  signal: AbortSignal | undefined,
  onProgress: LoadOptions["onProgress"],
): Promise<ModelHealth> {
  return new Promise((resolve, reject) => {
    const ended = (code: number) => {
      reject(new WorkerError(`a worker thread stopped with exit code ${code} while loading`));
    };
    const aborted = () => reject(signal?.reason);
    const answered = (answer: Answer) => {
      if (answer.kind === "loading") {
        onProgress?.(answer.done, answer.total);
        return;
      }
      worker.off("message", answered).off("error", reject).off("exit", ended);
      signal?.removeEventListener("abort", aborted);
      if (answer.kind === "ready") resolve(answer.health);
      else if (answer.kind === "error") reject(thrown(answer.error));
    };
    worker.on("message", answered);
    worker.once("error", reject);
    worker.once("exit", ended);
    signal?.addEventListener("abort", aborted);
  });
}

/** What a worker may throw that a caller may want to catch: messages carry no classes. */
const errorClasses = new Map(
  [audioErrors, backendErrors, wasmErrors, byteErrors, checkpointErrors, modelErrors, settingErrors, textErrors]
    .flatMap((errors) => Object.values(errors) as readonly unknown[])
    .filter((value): value is { readonly name: string; readonly prototype: Error } => typeof value === "function")
    .map((errorClass) => [errorClass.name, errorClass]),
);

/** An error of a worker, of the class and with the fields that it had there. */
function thrown({ message, ...fields }: Record<string, unknown>): Error {
  const error = Object.assign(new Error(String(message)), fields);
  const errorClass = errorClasses.get(error.name);
  return errorClass === undefined ? error : Object.setPrototypeOf(error, errorClass.prototype);
}
