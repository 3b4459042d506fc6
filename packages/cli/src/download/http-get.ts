import { EnvHttpProxyAgent, request } from "undici";
import { DownloadError } from "./errors.ts";

/** How long to wait for a server, in milliseconds. */
export interface Timeouts {
  /** Until the connection stands. */
  readonly connect: number;
  /** Until the answer begins, and from any of its bytes to the next. */
  readonly idle: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; of a header that came twice, the last value. */
  readonly headers: ReadonlyMap<string, string>;
  /** To be read to its end or to be left with `discard`. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Closes the connection. */
  discard(): void;
}

/** As many as browsers follow. */
const MAX_REDIRECTS = 20;

/** Not sent to another host than the one that they are for. */
const SECRETS = new Set(["authorization", "cookie"]);

/**
 * Asks for a file: follows redirects, goes through the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name, and takes the
 * bytes as they are, without compression, so that they can be counted and continued.
 * @throws {DownloadError} for a URL that is none of the web, and for redirects in a circle or from https to http
 * @throws {Error} of the connection, with the `code` of undici or the system
 */
export async function httpGet(
  url: string,
  headers: Readonly<Record<string, string>>,
  timeouts: Timeouts,
): Promise<HttpAnswer> {
  let from = webAddress(url);
  let sent = headers;
  for (let redirects = 0; ; redirects++) {
    const answer = await ask("GET", from, sent, timeouts);
    const next = redirectOf(url, from, answer);
    if (next === undefined) return answer;
    answer.discard();
    if (redirects === MAX_REDIRECTS) throw tooManyRedirects(url);
    sent = headersFor(next, from, sent);
    from = next;
  }
}

/**
 * Asks for the headers of a file, and follows redirects.
 * @param isEnough - whether an answer says all that there is to know, so that a redirect to another host needs not be followed:
 *   where a server hands out a file that another one keeps, the first is who knows what it is
 * @returns every answer on the way, the last one last; bodies are discarded
 * @throws as `httpGet`
 */
export async function httpHead(
  url: string,
  headers: Readonly<Record<string, string>>,
  timeouts: Timeouts,
  isEnough: (answer: HttpAnswer) => boolean,
): Promise<readonly HttpAnswer[]> {
  const answers: HttpAnswer[] = [];
  let sent = headers;
  for (let from = webAddress(url); ; ) {
    const answer = await ask("HEAD", from, sent, timeouts);
    answer.discard();
    answers.push(answer);
    const next = redirectOf(url, from, answer);
    if (next === undefined || (next.origin !== from.origin && isEnough(answer))) return answers;
    if (answers.length > MAX_REDIRECTS) throw tooManyRedirects(url);
    sent = headersFor(next, from, sent);
    from = next;
  }
}

/** What may be sent to where a redirect leads. */
function headersFor(next: URL, from: URL, headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (next.origin === from.origin) return headers;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !SECRETS.has(name.toLowerCase())));
}

function webAddress(url: string): URL {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) throw new DownloadError(url, "is no http or https address.");
  return new URL(url);
}

async function ask(
  method: "GET" | "HEAD",
  url: URL,
  headers: Readonly<Record<string, string>>,
  { connect, idle }: Timeouts,
): Promise<HttpAnswer> {
  const dispatcher = new EnvHttpProxyAgent({
    connect: { timeout: connect },
    headersTimeout: idle,
    bodyTimeout: idle,
    proxyTunnel: false, // http goes through a proxy as such: many refuse a tunnel to port 80
  });
  const sent = { "user-agent": "irec", "accept-encoding": "identity", ...headers };
  const answer = await request(url, { dispatcher, method, headers: sent }).catch((error) => {
    void dispatcher.destroy();
    throw error;
  });
  answer.body.once("close", () => void dispatcher.destroy());
  answer.body.on("error", () => {}); // whoever reads it is told
  return {
    status: answer.statusCode,
    headers: new Map(Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().at(-1) ?? ""])),
    body: answer.body,
    discard: () => void answer.body.destroy(),
  };
}

/** Where an answer sends to; undefined when it is the file, or an error. */
function redirectOf(url: string, from: URL, { status, headers }: HttpAnswer): URL | undefined {
  const to = headers.get("location");
  if (status < 300 || status > 399 || to === undefined) return undefined;
  const next = new URL(to, from);
  if (from.protocol === "https:" && next.protocol !== "https:") {
    throw new DownloadError(url, `redirects from https to ${next.protocol.slice(0, -1)}, which is not safe.`);
  }
  return next;
}

const tooManyRedirects = (url: string) => new DownloadError(url, `redirects more than ${MAX_REDIRECTS} times.`);
