import { type ByteSource, type ReadOptions, requireRange } from "./byte-source.ts";
import { RangeNotSupportedError, SourceChangedError, UnavailableError } from "./errors.ts";

/** The part of the platform's `fetch` that a source needs. */
export type Fetch = (
  url: string,
  init: { readonly headers: Record<string, string>; readonly signal?: AbortSignal },
) => Promise<Response>;

/** Options of `openUrl`. */
export interface UrlOptions extends ReadOptions {
  /** Instead of the global `fetch`: a proxy, a cache, a test. */
  readonly fetch?: Fetch;
  /** Sent with every request, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the first answer said of the file, and every later one has to say again. */
interface Identity {
  readonly byteLength: number;
  readonly etag: string | null;
}

/**
 * A file on a server, read in parts by HTTP Range requests: one small one now, for the length.
 * @throws {RangeNotSupportedError} when the server sends the whole file, or does not say which part it sends
 * @throws {UnavailableError} when it does not send it; `retry` is true where trying again makes sense
 * @see RFC 9110, section 14 (range requests) and 8.8.3 (ETag)
 */
export async function openUrl(url: string, options: UrlOptions = {}): Promise<ByteSource> {
  const { fetch: send = globalThis.fetch as Fetch, headers = {} } = options;
  const read = async (start: number, end: number, known: Identity | undefined, signal?: AbortSignal) => {
    const response = await request(send, url, start, end, headers, signal);
    try {
      const identity = check(url, response, start, end, known);
      return { bytes: await readBody(url, response, Math.min(end, identity.byteLength) - start), identity };
    } catch (error) {
      // The rest of an answer that is not wanted must not be downloaded.
      await response.body?.cancel().catch(() => {});
      signal?.throwIfAborted();
      throw error;
    }
  };
  const { identity } = await read(0, 1, undefined, options.signal);
  const source: ByteSource = {
    name: url,
    byteLength: identity.byteLength,
    async slice(start, end, { signal } = {}) {
      requireRange(source, start, end);
      if (start === end) return new Uint8Array();
      return (await read(start, end, identity, signal)).bytes;
    },
    async close() {},
  };
  return source;
}

async function request(
  send: Fetch,
  url: string,
  start: number,
  end: number,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<Response> {
  signal?.throwIfAborted();
  // A compressed answer would count other bytes than the file's.
  const all = { ...headers, range: `bytes=${start}-${end - 1}`, "accept-encoding": "identity" };
  try {
    return await send(url, signal === undefined ? { headers: all } : { headers: all, signal });
  } catch (cause) {
    signal?.throwIfAborted();
    const page = "document" in globalThis ? ", and may this page read from that server (CORS)" : "";
    throw new UnavailableError(url, `no answer. Is the network there${page}?`, { cause, retry: true });
  }
}

/** Whether an answer is the part that was asked for, of the file that was opened. */
function check(url: string, response: Response, start: number, end: number, known: Identity | undefined): Identity {
  const { status, headers } = response;
  if (status === 200) {
    throw new RangeNotSupportedError(
      url,
      `the server ignored the Range header (HTTP 200 instead of 206) and sends the whole file. ` +
        `Download it, and open the copy.`,
    );
  }
  if (status === 416 && known === undefined) throw new UnavailableError(url, "is empty (HTTP 416)", { status });
  if (status === 416) throw new SourceChangedError(url, `has no byte ${start} any more (HTTP 416). Open it again.`);
  if (status !== 206) {
    const hint = status === 401 || status === 403 ? "; is a token missing in `headers`?" : "";
    const retry = status === 408 || status === 429 || status >= 500;
    throw new UnavailableError(url, `the server answered HTTP ${status}, expected 206${hint}`, { status, retry });
  }
  const encoding = headers.get("content-encoding");
  if (encoding !== null && encoding !== "identity") {
    throw new RangeNotSupportedError(url, `the server sends compressed parts (${encoding}), expected plain bytes`);
  }
  const range = headers.get("content-range");
  if (range === null) {
    throw new RangeNotSupportedError(
      url,
      "the answer has no Content-Range header. From another origin, the server must name it in Access-Control-Expose-Headers.",
    );
  }
  const match = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16})$/.exec(range);
  const [first, last, byteLength] = (match?.slice(1) ?? []).map(Number) as [number, number, number];
  if (match === null || first !== start || last !== Math.min(end, byteLength) - 1) {
    throw new RangeNotSupportedError(url, `asked for bytes ${start}-${end - 1}, the server sends "${range}"`);
  }
  const etag = headers.get("etag");
  if (known !== undefined && (byteLength !== known.byteLength || etag !== known.etag)) {
    throw new SourceChangedError(
      url,
      `has changed since it was opened: ${known.byteLength} bytes, ETag ${known.etag}; ` +
        `now ${byteLength}, ${etag}. Open it again.`,
    );
  }
  return { byteLength, etag };
}

/** The body, straight into its place; a server that sends more than it announced is cut off. */
async function readBody(url: string, response: Response, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  const reader = response.body?.getReader();
  if (reader === undefined) throw new UnavailableError(url, "the answer has no body", { retry: true });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (filled + value.byteLength > length) {
        throw new RangeNotSupportedError(url, `the server sends more than the ${length} bytes that it announced`);
      }
      bytes.set(value, filled);
      filled += value.byteLength;
    }
  } catch (error) {
    if (error instanceof RangeNotSupportedError) throw error;
    throw new UnavailableError(url, `the connection broke after ${filled} of ${length} bytes`, {
      cause: error,
      retry: true,
    });
  } finally {
    reader.releaseLock();
  }
  if (filled < length) {
    throw new UnavailableError(url, `the connection ended after ${filled} of ${length} bytes`, { retry: true });
  }
  return bytes;
}
