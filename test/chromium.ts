import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { plainEnvironment } from "./run.ts";

/**
 * The executable of Chromium, or undefined when it is not installed. `IREC_TEST_CHROMIUM` is its path, or `required`: then
 * the search must find one.
 */
export const chromium: string | undefined = findChromium(process.env.IREC_TEST_CHROMIUM);

function findChromium(wanted: string | undefined): string | undefined {
  const isPath = wanted !== undefined && wanted !== "required";
  const names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
  const folders = (process.env.PATH ?? "").split(delimiter);
  const places = isPath ? [wanted] : names.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = places.find((place) => existsSync(place));
  // Tests that were asked for must not be skipped in silence.
  if (wanted !== undefined && found === undefined) {
    throw new Error(`IREC_TEST_CHROMIUM is ${wanted}, but there is no ${isPath ? "such file" : names.join(", ")}`);
  }
  return found;
}

/** Put this into the title of every suite that needs a browser, so that a skipped suite says why. */
export const needsChromium = chromium === undefined ? " [SKIPPED: CHROMIUM ABSENT, install it]" : "";

/** A page that is open in a browser. */
export interface Page {
  /** The value of an expression in the page, awaited; it travels as JSON. Rejects with what the page throws. */
  evaluate<T>(expression: string): Promise<T>;
  /** A command of the DevTools protocol to the page, such as `Input.dispatchKeyEvent`. */
  // biome-ignore lint/suspicious/noExplicitAny: each method has its own
  send(method: string, params?: object): Promise<any>;
  /** Addresses of everything that the page and its workers have asked for, the page itself first. */
  readonly requests: readonly string[];
  /** What has been printed to the console and not been caught, by the page, its workers and the browser about them. */
  readonly console: readonly string[];
  close(): Promise<void>;
}

export interface Browser {
  /** Opens a page; resolves when it and all that it loads by itself are there. */
  open(url: string): Promise<Page>;
  close(): Promise<void>;
}

/** No network but the pages' own, no profile but a new one. Sandboxes do not start for root; the pages are ours. */
const flags =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --no-default-browser-check --disable-extensions --disable-background-networking --disable-component-update --disable-default-apps --disable-sync --disable-dev-shm-usage --metrics-recording-only --mute-audio --remote-debugging-pipe".split(
    " ",
  );

/** Starts Chromium without a window. */
export async function startChromium(): Promise<Browser> {
  if (chromium === undefined) throw new Error("Chromium is not installed");
  const profile = mkdtempSync(join(tmpdir(), "irec-chromium-"));
  const started = spawn(chromium, [...flags, `--user-data-dir=${profile}`, "about:blank"], {
    env: plainEnvironment(),
    stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
  });
  const ended = new Promise<void>((resolve) => started.once("close", () => resolve()));
  const protocol = new Protocol(started);
  return {
    open: (url) => openPage(protocol, url),
    close: async () => {
      const isGone = Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 10_000))]);
      await protocol.send("Browser.close").catch(() => undefined);
      await isGone;
      started.kill("SIGKILL");
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A message of the DevTools protocol, an answer (with `id`) or an event (with `method`). */
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  // biome-ignore lint/suspicious/noExplicitAny: each method has its own
  readonly params: any;
  // biome-ignore lint/suspicious/noExplicitAny: each method has its own
  readonly result?: any;
  readonly error?: { readonly message: string };
}

/**
 * The DevTools protocol over a pair of pipes: JSON messages, each ended by a zero byte.
 * @see https://chromedevtools.github.io/devtools-protocol/
 */
class Protocol {
  readonly #commands: Writable;
  readonly #waiting = new Map<number, { resolve(result: Message["result"]): void; reject(error: Error): void }>();
  readonly #listeners = new Set<(event: Message) => void>();
  #lastId = 0;

  constructor(browser: ChildProcess) {
    const [, , complaints, commands, answers] = browser.stdio as [null, null, Readable, Writable, Readable];
    this.#commands = commands;
    let said = "";
    complaints.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-4000);
    });
    let rest = "";
    answers.setEncoding("utf8").on("data", (text: string) => {
      const messages = (rest + text).split("\0");
      rest = messages.pop()!;
      for (const message of messages) this.#receive(JSON.parse(message));
    });
    const fail = (reason: string) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${reason}\n${said}`));
      this.#waiting.clear();
    };
    // A browser that is gone closes its end; the reason is what its exit tells.
    commands.on("error", () => {});
    browser.once("error", (error) => fail(`Chromium does not start: ${error.message}`));
    browser.once("close", (code) => fail(`Chromium has ended with ${code}`));
  }

  send(method: string, params = {}, sessionId?: string): Promise<Message["result"]> {
    const id = ++this.#lastId;
    this.#commands.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  /** Calls `listener` with every event until the function that is returned is called. */
  listen(listener: (event: Message) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #receive(message: Message): void {
    if (message.id === undefined) {
      for (const listener of this.#listeners) listener(message);
      return;
    }
    const asked = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error === undefined) asked?.resolve(message.result);
    else asked?.reject(new Error(message.error.message));
  }
}

async function openPage(protocol: Protocol, url: string): Promise<Page> {
  const { targetId } = await protocol.send("Target.createTarget", { url: "about:blank" });
  const { sessionId: page } = await protocol.send("Target.attachToTarget", { targetId, flatten: true });
  const sessions = new Set([page]);
  const requests: string[] = [];
  const console: string[] = [];
  let tellLoaded: () => void;
  const loaded = new Promise<void>((resolve) => {
    tellLoaded = resolve;
  });
  const watch = async (session: string, domains: readonly string[]) => {
    for (const domain of domains) await protocol.send(`${domain}.enable`, {}, session);
    // Workers wait until they are watched.
    const attach = { autoAttach: true, waitForDebuggerOnStart: true, flatten: true };
    await protocol.send("Target.setAutoAttach", attach, session);
    await protocol.send("Runtime.runIfWaitingForDebugger", {}, session);
  };
  const stopListening = protocol.listen(({ method, params, sessionId }) => {
    if (sessionId === undefined || !sessions.has(sessionId)) return;
    if (method === "Target.attachedToTarget") {
      sessions.add(params.sessionId);
      watch(params.sessionId, ["Runtime", "Network"]).catch((error) => console.push(`not watched: ${error.message}`));
    }
    if (method === "Network.requestWillBeSent") requests.push(params.request.url);
    if (method === "Runtime.consoleAPICalled") console.push(`${params.type}: ${params.args.map(printed).join(" ")}`);
    if (method === "Runtime.exceptionThrown") console.push(`uncaught: ${thrown(params.exceptionDetails)}`);
    if (method === "Log.entryAdded")
      console.push(`${params.entry.level}: ${params.entry.text} ${params.entry.url ?? ""}`);
    if (method === "Page.loadEventFired") tellLoaded();
  });
  await watch(page, ["Page", "Runtime", "Network", "Log"]);
  const { errorText } = await protocol.send("Page.navigate", { url }, page);
  if (errorText !== undefined) throw new Error(`${url} does not open: ${errorText}`);
  await loaded;
  return {
    requests,
    console,
    evaluate: async (expression) => {
      const asked = { expression, awaitPromise: true, returnByValue: true };
      const { result, exceptionDetails } = await protocol.send("Runtime.evaluate", asked, page);
      if (exceptionDetails !== undefined) throw new Error(thrown(exceptionDetails));
      return result.value;
    },
    send: (method, params) => protocol.send(method, params, page),
    close: async () => {
      stopListening();
      await protocol.send("Target.closeTarget", { targetId });
    },
  };
}

type RemoteObject = { readonly value?: unknown; readonly description?: string };

const printed = ({ value, description }: RemoteObject): string => String(value ?? description);

function thrown({ text, exception }: { readonly text: string; readonly exception?: RemoteObject }): string {
  return exception === undefined ? text : printed(exception);
}
