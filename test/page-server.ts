import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";

/** A server on loopback. */
export interface PageServer {
  /** Without a slash at its end. */
  readonly origin: string;
  close(): Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/**
 * Serves files by their path, such as `/index.html`, whole or in ranges; every answer carries `headers`, such as a content
 * security policy.
 */
export async function servePages(
  files: ReadonlyMap<string, string | Uint8Array>,
  headers: Readonly<Record<string, string>> = {},
): Promise<PageServer> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, "http://127.0.0.1");
    const file = files.get(pathname);
    if (file === undefined) return response.writeHead(404, headers).end();
    const body = Buffer.from(file);
    const all = { ...headers, "content-type": types[extname(pathname)] ?? "application/octet-stream" };
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
    if (range === null) return response.writeHead(200, all).end(body);
    const part = body.subarray(Number(range[1]), Number(range[2]) + 1);
    const place = `bytes ${range[1]}-${Number(range[1]) + part.length - 1}/${body.length}`;
    return response.writeHead(206, { ...all, "content-range": place }).end(part);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
