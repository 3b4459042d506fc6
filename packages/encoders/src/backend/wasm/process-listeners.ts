/** The part of Node's `process` that is used here; browsers have none. */
interface Process {
  listeners(event: string): readonly ((...values: never[]) => void)[];
  removeListener(event: string, listener: (...values: never[]) => void): void;
}

const events = ["uncaughtException", "unhandledRejection"];

/**
 * Runs `start` and takes away what it put before Node's own treatment of errors that nobody catches: the code of the
 * WebAssembly backend installs listeners that only throw again, which changes how the whole program ends. Listeners that
 * somebody else adds meanwhile stay, unless they throw.
 */
export async function withoutNewErrorListeners<T>(start: () => Promise<T>): Promise<T> {
  const { process } = globalThis as unknown as { process?: Partial<Process> };
  if (typeof process?.listeners !== "function") return await start();
  const { listeners, removeListener } = process as Process;
  const before = new Map(events.map((event) => [event, new Set(listeners.call(process, event))]));
  try {
    return await start();
  } finally {
    for (const event of events) {
      for (const listener of listeners.call(process, event)) {
        const isNew = !before.get(event)!.has(listener);
        if (isNew && /\bthrow\b/.test(String(listener))) removeListener.call(process, event, listener);
      }
    }
  }
}
