import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blobSource } from "../../src/bytes/blob-source.ts";
import { bufferSource } from "../../src/bytes/buffer-source.ts";
import type { ByteSource } from "../../src/bytes/byte-source.ts";
import { RangeNotSupportedError, SourceChangedError, UnavailableError } from "../../src/bytes/errors.ts";
import { type Fetch, openUrl } from "../../src/bytes/http-source.ts";
import { openFile } from "../../src/bytes/node.ts";

const folder = mkdtempSync(join(tmpdir(), "irec-bytes-"));
const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) & 0xff);
const path = join(folder, "some.bin");
writeFileSync(path, bytes);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A server of our own on this machine that knows single ranges; `behave` bends its answers. */
function serve(behave: { whole?: boolean; headers?: Record<string, string>; status?: number } = {}): Promise<Server> {
  const server = createServer((request, response) => {
    const [, start, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    if (behave.status !== undefined) return response.writeHead(behave.status).end();
    if (start === undefined || behave.whole) return response.writeHead(200).end(bytes);
    const end = Math.min(Number(last) + 1, bytes.length);
    response.writeHead(206, {
      "content-range": `bytes ${start}-${end - 1}/${bytes.length}`,
      etag: '"one"',
      ...behave.headers,
    });
    response.end(bytes.subarray(Number(start), end));
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/some.bin`;

let server: Server;
beforeAll(async () => {
  server = await serve();
});
afterAll(() => {
  server.close();
});

const kinds: [string, () => Promise<ByteSource>][] = [
  ["a buffer", async () => bufferSource("some.bin", bytes)],
  ["an ArrayBuffer", async () => bufferSource("some.bin", bytes.slice().buffer)],
  ["a Node Buffer, whose own slice would share its memory", async () => bufferSource("some.bin", Buffer.from(bytes))],
  ["a Blob", async () => blobSource(new Blob([bytes]), "some.bin")],
  ["a file", () => openFile(path)],
  ["a URL", () => openUrl(urlOf(server))],
];

it("a file is read straight into the array that is offered", async () => {
  const source = await openFile(path);
  const into = new Uint8Array(5);
  expect(await source.slice(3, 8, { into })).toBe(into);
  await source.close();
});

describe.each(kinds)("%s as a source of bytes", (_, make) => {
  it("knows its name and length, and gives the bytes asked for", async () => {
    const source = await make();
    expect(source.name).toMatch(/some\.bin$/);
    expect(source.byteLength).toBe(1000);
    expect(await source.slice(3, 8)).toEqual(bytes.slice(3, 8));
    expect(await source.slice(0, 1000)).toEqual(bytes.slice());
    expect(await source.slice(1000, 1000)).toEqual(new Uint8Array());
    await source.close();
  });

  it("gives a fresh copy, so that whoever writes into it changes nothing", async () => {
    const source = await make();
    (await source.slice(0, 4)).fill(255);
    expect(await source.slice(0, 4)).toEqual(bytes.slice(0, 4));
    await source.close();
  });

  it("gives the same bytes where it is offered an array for them", async () => {
    const source = await make();
    const whole = new Uint8Array(7).fill(9);
    const into = whole.subarray(1, 6);
    expect(await source.slice(3, 8, { into })).toEqual(bytes.slice(3, 8));
    // Those beside the array are never touched.
    expect([whole[0], whole[6]]).toEqual([9, 9]);
    await source.close();
  });

  it("refuses ranges that are outside of it", async () => {
    const source = await make();
    for (const [start, end] of [
      [-1, 2],
      [5, 4],
      [999, 1001],
      [0.5, 2],
      [0, Number.NaN],
    ] as const)
      await expect(source.slice(start, end)).rejects.toThrow(RangeError);
    await source.close();
  });

  it("stops with the reason of the signal", async () => {
    const source = await make();
    const signal = AbortSignal.abort(new Error("not wanted any more"));
    await expect(source.slice(0, 10, { signal })).rejects.toThrow("not wanted any more");
    await source.close();
  });
});

describe("a file", () => {
  it("is read beyond 2 and 4 GiB, where 32 bits end", async () => {
    const big = join(folder, "big.bin");
    const handle: FileHandle = await open(big, "w");
    for (const position of [2 ** 31 - 2, 2 ** 32 - 2, 5 * 2 ** 30]) await handle.write(bytes, 0, 4, position);
    await handle.close();
    const source = await openFile(big);
    expect(source.byteLength).toBe(5 * 2 ** 30 + 4);
    expect(await source.slice(2 ** 31 - 2, 2 ** 31 + 2)).toEqual(bytes.slice(0, 4));
    expect(await source.slice(2 ** 32 - 2, 2 ** 32 + 2)).toEqual(bytes.slice(0, 4));
    expect(await source.slice(5 * 2 ** 30, 5 * 2 ** 30 + 4)).toEqual(bytes.slice(0, 4));
    await source.close();
    rmSync(big);
  });

  it("that is missing or a folder is refused with its name", async () => {
    await expect(openFile(join(folder, "no.pt"))).rejects.toThrow(/no\.pt: no such file/);
    await expect(openFile(folder)).rejects.toThrow(/expected a file, found a folder/);
    await expect(openFile(folder)).rejects.toThrow(UnavailableError);
  });

  it("that shrinks while it is open says where it ends now", async () => {
    const shrinking = join(folder, "shrinking.bin");
    writeFileSync(shrinking, bytes);
    const source = await openFile(shrinking);
    truncateSync(shrinking, 10);
    const reading = source.slice(5, 20);
    await expect(reading).rejects.toThrow(SourceChangedError);
    await expect(reading).rejects.toThrow("ends at byte 10, but had 20 when it was opened");
    await source.close();
  });
});

describe("a Blob", () => {
  it("has the name of the file that it is, or none", () => {
    expect(blobSource(new File([bytes], "mine.pt")).name).toBe("mine.pt");
    expect(blobSource(new Blob([bytes])).name).toBe("blob");
  });

  it("that cannot be read any more, or not in full, is refused", async () => {
    const lost = { size: 10, slice: () => ({ arrayBuffer: () => Promise.reject(new Error("NotReadableError")) }) };
    await expect(blobSource(lost as unknown as Blob).slice(0, 5)).rejects.toThrow(/cannot be read any more/);
    const cut = { size: 10, slice: () => new Blob(["ab"]) };
    await expect(blobSource(cut as unknown as Blob).slice(0, 5)).rejects.toThrow(
      "gave 2 of the 5 bytes from byte 0 on",
    );
  });
});

describe("a URL", () => {
  const refused = async (behave: Parameters<typeof serve>[0]): Promise<unknown> => {
    const bent = await serve(behave);
    try {
      return await openUrl(urlOf(bent)).then(
        () => undefined,
        (error: unknown) => error,
      );
    } finally {
      bent.close();
      bent.closeAllConnections();
    }
  };

  it("whose server ignores Range is refused, with the way out", async () => {
    const error = await refused({ whole: true });
    expect(error).toBeInstanceOf(RangeNotSupportedError);
    expect(String(error)).toMatch(/ignored the Range header.*Download it/);
  });

  it("whose server sends another part, compresses, or hides Content-Range is refused", async () => {
    expect(String(await refused({ headers: { "content-range": "bytes 5-5/1000" } }))).toMatch(
      /asked for bytes 0-0, the server sends "bytes 5-5\/1000"/,
    );
    expect(String(await refused({ headers: { "content-range": "bytes 0-0/*" } }))).toMatch(/sends "bytes 0-0\/\*"/);
    expect(String(await refused({ headers: { "content-encoding": "x-own" } }))).toMatch(/compressed parts \(x-own\)/);
    const hidden: Fetch = async () => new Response("x", { status: 206 });
    await expect(openUrl("http://h/x.pt", { fetch: hidden })).rejects.toThrow(/no Content-Range header/);
  });

  it("that is not there says whether to try again", async () => {
    expect(await refused({ status: 404 })).toMatchObject({ name: "UnavailableError", status: 404, retry: false });
    expect(await refused({ status: 503 })).toMatchObject({ name: "UnavailableError", status: 503, retry: true });
    expect(await refused({ status: 416 })).toMatchObject({ name: "UnavailableError", status: 416, retry: false });
    expect(String(await refused({ status: 403 }))).toMatch(/HTTP 403, expected 206; is a token missing/);
    const offline: Fetch = () => Promise.reject(new TypeError("fetch failed"));
    await expect(openUrl("http://h/x.pt", { fetch: offline })).rejects.toMatchObject({ retry: true });
  });

  const answer = (body: string | ReadableStream, range: string, etag = '"one"') =>
    new Response(body, { status: 206, headers: { "content-range": range, etag } });

  it("that changes while it is read is refused", async () => {
    const answers = [answer("a", "bytes 0-0/9"), answer("abc", "bytes 0-2/9", '"two"'), answer("abc", "bytes 0-2/8")];
    const source = await openUrl("http://h/x.pt", { fetch: async () => answers.shift()! });
    await expect(source.slice(0, 3)).rejects.toThrow(
      'has changed since it was opened: 9 bytes, ETag "one"; now 9, "two"',
    );
    await expect(source.slice(0, 3)).rejects.toThrow(SourceChangedError);
  });

  it("whose answer is too short, too long or breaks off is refused", async () => {
    const broken = new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array(2));
        controller.error(new Error("reset"));
      },
    });
    const answers = [
      answer("a", "bytes 0-0/9"),
      answer("ab", "bytes 0-2/9"),
      answer("abcd", "bytes 0-2/9"),
      answer(broken, "bytes 0-2/9"),
    ];
    const source = await openUrl("http://h/x.pt", { fetch: async () => answers.shift()! });
    await expect(source.slice(0, 3)).rejects.toThrow("the connection ended after 2 of 3 bytes");
    await expect(source.slice(0, 3)).rejects.toThrow("more than the 3 bytes");
    await expect(source.slice(0, 3)).rejects.toThrow(/the connection broke after \d of 3 bytes/);
  });

  it("is asked with the caller's headers, and never for nothing", async () => {
    const asked: Record<string, string>[] = [];
    const fetch: Fetch = async (_, { headers }) => {
      asked.push(headers);
      return answer("a", "bytes 0-0/9");
    };
    const source = await openUrl("http://h/x.pt", { fetch, headers: { authorization: "Bearer t" } });
    await source.slice(4, 4);
    expect(asked).toEqual([{ authorization: "Bearer t", range: "bytes=0-0", "accept-encoding": "identity" }]);
  });
});
