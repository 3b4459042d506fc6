import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach } from "vitest";

/** What was asked of the server. */
export interface Asked {
  readonly path: string;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  readonly headers: IncomingMessage["headers"];
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface FileServer {
  readonly url: string;
  readonly asked: Asked[];
  /** Files by path; they are served with length, ETag and ranges. */
  readonly files: Map<string, Buffer>;
  /** What the next requests get instead, one each. */
  readonly next: Answer[];
}

/** A server of files on the loopback, as a well-behaved one on the web; how it misbehaves, each test says. */
export async function fileServer(): Promise<FileServer> {
  const files = new Map<string, Buffer>();
  const asked: Asked[] = [];
  const next: Answer[] = [];
  const server = createServer((request, response) => {
    const { range, "if-range": ifRange } = request.headers;
    asked.push({ path: request.url!, range, ifRange: ifRange as string | undefined, headers: request.headers });
    (next.shift() ?? serve(files))(request, response);
  });
  const url = await listen(server);
  afterEach(() => {
    files.clear();
    asked.length = 0;
    next.length = 0;
  });
  return { url, asked, files, next };
}

/** Starts a server on a free port, until the tests of the file are done. */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export const etagOf = (content: Buffer): string => `"${createHash("md5").update(content).digest("hex")}"`;

/** RFC 9110: ranges, and `If-Range` by ETag. */
export function serve(files: ReadonlyMap<string, Buffer>): Answer {
  return (request, response) => {
    const content = files.get(decodeURIComponent(request.url!.replace(/\?.*/, "")));
    if (content === undefined) return void response.writeHead(404).end("<html>not found</html>");
    const etag = etagOf(content);
    const { range, "if-range": ifRange } = request.headers;
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? Number.NaN);
    if (Number.isNaN(start) || (ifRange !== undefined && ifRange !== etag)) {
      return void response.writeHead(200, { etag, "content-length": content.length }).end(content);
    }
    if (start >= content.length) {
      return void response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
    }
    const part = content.subarray(start);
    const contentRange = `bytes ${start}-${content.length - 1}/${content.length}`;
    response.writeHead(206, { etag, "content-length": part.length, "content-range": contentRange }).end(part);
  };
}

/** Sends the headers of the whole and the first bytes only, and then breaks off or falls silent. */
export function cut(content: Buffer, bytes: number, then: "breaks off" | "falls silent" = "breaks off"): Answer {
  return (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const contentRange = `bytes ${start}-${content.length - 1}/${content.length}`;
    response.writeHead(start === 0 ? 200 : 206, {
      etag: etagOf(content),
      "content-length": content.length - start,
      ...(start === 0 ? {} : { "content-range": contentRange }),
    });
    response.write(content.subarray(start, start + bytes), () => {
      if (then === "breaks off") setTimeout(() => response.destroy(), 50);
    });
  };
}

/** An answer without a body to speak of. */
export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_request, response) =>
    void response.writeHead(code, headers).end("no");
