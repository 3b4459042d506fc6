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
  { connect, idle }: Timeouts,
): Promise<HttpAnswer> {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) throw new DownloadError(url, "is no http or https address.");
  let from = new URL(url);
  let sent: Record<string, string> = { "user-agent": "irec", "accept-encoding": "identity", ...headers };
  for (let redirects = 0; ; redirects++) {
    const dispatcher = new EnvHttpProxyAgent({
      connect: { timeout: connect },
      headersTimeout: idle,
      bodyTimeout: idle,
      proxyTunnel: false, // http goes through a proxy as such: many refuse a tunnel to port 80
    });
    const answer = await request(from, { dispatcher, headers: sent }).catch((error) => {
      void dispatcher.destroy();
      throw error;
    });
    answer.body.once("close", () => void dispatcher.destroy());
    answer.body.on("error", () => {}); // whoever reads it is told
    const to = answer.headers.location;
    if (answer.statusCode < 300 || answer.statusCode > 399 || typeof to !== "string") {
      return {
        status: answer.statusCode,
        headers: new Map(Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().at(-1) ?? ""])),
        body: answer.body,
        discard: () => void answer.body.destroy(),
      };
    }
    answer.body.destroy();
    if (redirects === MAX_REDIRECTS) throw new DownloadError(url, `redirects more than ${MAX_REDIRECTS} times.`);
    const next = new URL(to, from);
    if (from.protocol === "https:" && next.protocol !== "https:") {
      throw new DownloadError(url, `redirects from https to ${next.protocol.slice(0, -1)}, which is not safe.`);
    }
    if (next.origin !== from.origin) {
      sent = Object.fromEntries(Object.entries(sent).filter(([name]) => !SECRETS.has(name.toLowerCase())));
    }
    from = next;
  }
}
