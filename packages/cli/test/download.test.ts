import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type DownloadOptions, downloadFile, type RemoteFile } from "../src/download/download-file.ts";
import { ChecksumError, ConnectionError, DownloadError, RefusedError } from "../src/download/errors.ts";
import { withFileLock } from "../src/download/file-lock.ts";
import { EXIT_CODES, OutputError } from "../src/errors.ts";
import { cut, etagOf, fileServer, listen, serve, status } from "./file-server.ts";
import { put, temporaryFolders } from "./temp-folder.ts";

const newFolder = temporaryFolders();
const server = await fileServer();

const hash = (algorithm: "md5" | "sha256", content: Buffer) => createHash(algorithm).update(content).digest("hex");
/** Bytes that are all different from place to place. */
const CONTENT = Buffer.concat(Array.from({ length: 4096 }, (_, i) => createHash("sha256").update(`${i}`).digest()));
const SHA256 = hash("sha256", CONTENT);
const MD5 = { algorithm: "md5", digest: hash("md5", CONTENT) } as const;

/** Waits that are worth no test's time. */
const QUICK = { firstWait: 1, longestWait: 2, idle: 300, attempts: 3 };

interface Fetched {
  readonly lines: string[];
  readonly path: string;
  readonly bars: { readonly what: string; readonly total: number; readonly done: number; advanced: number }[];
  readonly outcome: Awaited<ReturnType<typeof downloadFile>> | Error;
}

/** Downloads from the server, and tells what was said meanwhile. */
async function fetchFile(
  remote: Omit<RemoteFile, "url"> & { readonly url?: string } = {},
  { path = join(newFolder(), "file.bin"), ...options }: DownloadOptions & { readonly path?: string } = {},
): Promise<Fetched> {
  const lines: string[] = [];
  const bars: Fetched["bars"] = [];
  const outcome = await downloadFile({ url: `${server.url}/file.bin`, ...remote }, path, {
    timing: QUICK,
    say: (line) => lines.push(line),
    progress: {
      start(what, total, { done = 0 } = {}) {
        const bar = { what, total, done, advanced: 0 };
        bars.push(bar);
        return {
          advance(steps) {
            bar.advanced += steps;
          },
          end() {},
        };
      },
    },
    ...options,
  }).catch((error: Error) => error);
  return { lines, path, bars, outcome };
}

const filesBeside = (path: string) => readdirSync(join(path, "..")).sort();

describe("a file", () => {
  it("arrives whole under its name, with nothing beside it, in a folder that is made for it", async () => {
    server.files.set("/file.bin", CONTENT);
    const path = join(newFolder(), "a", "b", "file.bin");
    const { outcome, bars, lines } = await fetchFile({}, { path });
    expect(outcome).toEqual({ bytes: CONTENT.length, sha256: SHA256, verified: false, found: false });
    expect(readFileSync(path)).toEqual(CONTENT);
    expect(filesBeside(path)).toEqual(["file.bin"]);
    expect(bars).toEqual([{ what: "file.bin", total: CONTENT.length, done: 0, advanced: CONTENT.length }]);
    expect(lines).toEqual([]);
  });

  it("is verified when its checksum is known", async () => {
    server.files.set("/file.bin", CONTENT);
    for (const checksum of [MD5, { algorithm: "sha256", digest: SHA256 } as const]) {
      const { outcome } = await fetchFile({ bytes: CONTENT.length, checksum });
      expect(outcome).toMatchObject({ verified: true, sha256: SHA256 });
    }
  });

  it("that is there already is compared, not fetched", async () => {
    const path = put(join(newFolder(), "file.bin"), CONTENT);
    const { outcome } = await fetchFile({ checksum: MD5 }, { path });
    expect(outcome).toEqual({ bytes: CONTENT.length, sha256: SHA256, verified: true, found: true });
    expect(server.asked).toEqual([]);
  });

  it("that is there already and differs is neither overwritten nor accepted", async () => {
    const path = put(join(newFolder(), "file.bin"), "mine");
    const { outcome } = await fetchFile({ bytes: CONTENT.length, checksum: MD5 }, { path });
    expect(outcome).toBeInstanceOf(ChecksumError);
    expect((outcome as Error).message).toBe(
      `${server.url}/file.bin: ${path} is there already, but has 4 bytes, expected ${CONTENT.length}. ` +
        "Remove it to download it again.",
    );
    expect(readFileSync(path, "utf8")).toBe("mine");
  });

  it("may be empty, or of unknown length", async () => {
    server.files.set("/file.bin", Buffer.alloc(0));
    expect((await fetchFile()).outcome).toMatchObject({ bytes: 0 });
    server.next.push((_, response) => void response.writeHead(200).end(CONTENT)); // chunked
    expect((await fetchFile({ checksum: MD5 })).outcome).toMatchObject({ bytes: CONTENT.length, verified: true });
  });

  it("has a name with # and letters of all kinds, encoded in its address", async () => {
    server.files.set("/F#1 é 100%.bin", CONTENT);
    const path = join(newFolder(), "F#1 é 100%.bin");
    const { outcome, bars } = await fetchFile(
      { url: `${server.url}/${encodeURIComponent("F#1 é 100%.bin")}` },
      { path },
    );
    expect(outcome).toMatchObject({ bytes: CONTENT.length });
    expect(bars[0]!.what).toBe("F#1 é 100%.bin");
  });
});

describe("a connection that breaks off", () => {
  it("is continued where it ended, by Range and If-Range", async () => {
    server.files.set("/file.bin", CONTENT);
    server.next.push(cut(CONTENT, 50_000), cut(CONTENT, 30_000));
    const { outcome, lines, path, bars } = await fetchFile({ checksum: MD5 });
    expect(outcome).toMatchObject({ verified: true });
    expect(readFileSync(path)).toEqual(CONTENT);
    expect(server.asked.map(({ range, ifRange }) => [range, ifRange])).toEqual([
      [undefined, undefined],
      ["bytes=50000-", etagOf(CONTENT)],
      ["bytes=80000-", etagOf(CONTENT)],
    ]);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^the connection (broke off|ended early); trying again in 1 s$/);
    expect(bars.map(({ advanced }) => advanced)).toEqual([CONTENT.length]);
  });

  it("ends the download when it brings nothing several times in a row; what came before is kept for the next", async () => {
    server.files.set("/file.bin", CONTENT);
    server.next.push(cut(CONTENT, 50_000), cut(CONTENT, 0), cut(CONTENT, 0));
    const { outcome, path } = await fetchFile();
    expect(outcome).toBeInstanceOf(ConnectionError);
    expect((outcome as Error).message).toMatch(
      /, 3 times in a row\. What has arrived \(50000 bytes\) is kept; the same command continues\.$/,
    );
    expect((outcome as ConnectionError).exitCode).toBe(EXIT_CODES.input.code);
    expect(filesBeside(path)).toEqual(["file.bin.part", "file.bin.part.json"]);

    server.asked.length = 0;
    const second = await fetchFile({}, { path });
    expect(second.outcome).toMatchObject({ sha256: SHA256 });
    expect(server.asked.map(({ range }) => range)).toEqual(["bytes=50000-"]);
    expect(second.bars).toEqual([
      { what: "file.bin", total: CONTENT.length, done: 50_000, advanced: CONTENT.length - 50_000 },
    ]);
    expect(filesBeside(path)).toEqual(["file.bin"]);
  });

  it("is one that falls silent, too", async () => {
    server.files.set("/file.bin", CONTENT);
    server.next.push(cut(CONTENT, 50_000, "falls silent"), () => {});
    const { outcome, lines } = await fetchFile();
    expect(outcome).toMatchObject({ sha256: SHA256 });
    expect(lines).toEqual([
      "the server has fallen silent; trying again in 1 s",
      "the server does not answer; trying again in 1 s",
    ]);
  });

  it("is one that ends properly before the file does: a server that gives less than was asked for, or no length", async () => {
    server.files.set("/file.bin", CONTENT);
    const piece = CONTENT.subarray(50_000, 60_000);
    const contentRange = `bytes 50000-59999/${CONTENT.length}`;
    server.next.push(cut(CONTENT, 50_000), (_, response) => {
      response
        .writeHead(206, { etag: etagOf(CONTENT), "content-length": 10_000, "content-range": contentRange })
        .end(piece);
    });
    const first = await fetchFile();
    expect(first.outcome).toMatchObject({ sha256: SHA256 });
    expect(first.lines[1]).toMatch(/^the connection ended after 60000 of 131072 bytes; trying again/);
    server.next.push((_, response) => void response.writeHead(200, { etag: etagOf(CONTENT) }).end(piece)); // chunked
    const second = await fetchFile({ bytes: CONTENT.length, checksum: MD5 });
    expect(second.lines).toEqual(["the connection ended after 10000 of 131072 bytes; trying again in 1 s"]);
  });

  it("starts anew when the file has changed meanwhile", async () => {
    const older = Buffer.alloc(CONTENT.length, "old");
    server.files.set("/file.bin", CONTENT);
    server.next.push(cut(older, 50_000));
    const { outcome, path } = await fetchFile();
    expect(outcome).toMatchObject({ sha256: SHA256 });
    expect(readFileSync(path)).toEqual(CONTENT);
  });

  it("starts anew when a server ignores If-Range and sends the rest of another file", async () => {
    const older = Buffer.alloc(CONTENT.length, "old");
    server.files.set("/file.bin", CONTENT);
    server.next.push(cut(older, 50_000), cut(CONTENT, CONTENT.length));
    const { outcome, lines } = await fetchFile();
    expect(outcome).toMatchObject({ sha256: SHA256 });
    expect(lines[1]).toBe("the file has changed at its source; trying again in 1 s");
  });

  it("starts anew when the server knows no ranges, or answers with another one", async () => {
    for (const answer of [
      serveWhole,
      (_: unknown, response: ServerResponse) =>
        void response.writeHead(206, { "content-range": `bytes 0-9/${CONTENT.length}` }).end(CONTENT.subarray(0, 10)),
    ]) {
      server.files.set("/file.bin", CONTENT);
      server.next.push(cut(CONTENT, 50_000), answer);
      expect((await fetchFile()).outcome).toMatchObject({ sha256: SHA256 });
    }
  });

  it("starts anew when the file has become shorter than what is here", async () => {
    const shorter = CONTENT.subarray(0, 1000);
    const ignoresIfRange = (request: IncomingMessage, response: ServerResponse) => {
      delete request.headers["if-range"];
      serve(server.files)(request, response);
    };
    server.files.set("/file.bin", shorter);
    server.next.push(cut(CONTENT, 50_000), ignoresIfRange);
    expect((await fetchFile()).outcome).toMatchObject({ bytes: 1000, sha256: hash("sha256", shorter) });
  });

  it("starts anew when nothing tells whether the file is still the same: no ETag, no date, no checksum", async () => {
    const anonymous = (bytes: number) => (_: unknown, response: ServerResponse) => {
      response.writeHead(200, { "content-length": CONTENT.length });
      response.write(CONTENT.subarray(0, bytes), () => setTimeout(() => response.destroy(), 50));
    };
    server.files.set("/file.bin", CONTENT);
    server.next.push(anonymous(50_000));
    expect((await fetchFile()).outcome).toMatchObject({ sha256: SHA256 });
    expect(server.asked.map(({ range }) => range)).toEqual([undefined, undefined]);

    server.asked.length = 0;
    server.next.push(anonymous(50_000));
    expect((await fetchFile({ checksum: MD5 })).outcome).toMatchObject({ verified: true });
    expect(server.asked.map(({ range }) => range)).toEqual([undefined, "bytes=50000-"]);
  });
});

const serveWhole = (_: unknown, response: ServerResponse) =>
  void response.writeHead(200, { "content-length": CONTENT.length }).end(CONTENT);

describe("a server that cannot now", () => {
  it.each([500, 502, 503, 429, 408])("and answers %i is asked again", async (code) => {
    server.files.set("/file.bin", CONTENT);
    server.next.push(status(code), status(code));
    const { outcome, lines } = await fetchFile();
    expect(outcome).toMatchObject({ sha256: SHA256 });
    expect(lines).toEqual(Array(2).fill(`the server answers ${code}; trying again in 1 s`));
  });

  it("is given up after some attempts", async () => {
    server.next.push(status(500), status(500), status(500), status(500));
    const { outcome, path } = await fetchFile();
    expect((outcome as Error).message).toBe(
      `${server.url}/file.bin: the server answers 500, 3 times in a row. Try again later.`,
    );
    expect(server.next).toHaveLength(1);
    expect(existsSync(path)).toBe(false);
  });

  it.each([500, 503])("and answers %i is given up sooner when waiting seldom mends it", async (code) => {
    server.next.push(...Array(9).fill(status(code)));
    const { outcome } = await fetchFile({}, { timing: { sleep: async () => {} } });
    expect(outcome).toBeInstanceOf(ConnectionError);
    expect(server.asked.length).toBe(code === 500 ? 3 : 6);
  });

  it("is given up when each attempt begins anew and none gets further than one before", async () => {
    const anew: Parameters<typeof server.next.push>[0] = (request, response) => {
      if (request.headers.range !== undefined) return void response.writeHead(416).end();
      response.writeHead(200, { etag: etagOf(CONTENT), "content-length": CONTENT.length });
      response.write(CONTENT.subarray(0, 50_000), () => setTimeout(() => response.destroy(), 50));
    };
    server.next.push(...Array(9).fill(anew));
    const { outcome } = await fetchFile();
    expect((outcome as Error).message).toMatch(/, 3 times in a row\./);
    expect(server.next).toHaveLength(6);
  });

  it("is waited for longer each time, at least as long as it says, and never longer than a limit", async () => {
    server.files.set("/file.bin", CONTENT);
    server.next.push(
      ...Array(3).fill(status(503)),
      status(503, { "retry-after": "30" }),
      status(503, { "retry-after": "3600" }),
    );
    const waits: number[] = [];
    const sleep = async (milliseconds: number) => waits.push(milliseconds);
    const { outcome, lines } = await fetchFile({}, { timing: { sleep } });
    expect(outcome).toMatchObject({ sha256: SHA256 });
    expect(waits).toEqual([1000, 2000, 4000, 30_000, 60_000]);
    expect(lines[3]).toBe("the server answers 503; trying again in 30 s");
  });
});

describe("a server that will not", () => {
  it.each([
    [404, "is not there (404). Has it moved?"],
    [410, "is not there (410). Has it moved?"],
    [401, "is not given to us (401). It needs a licence to be accepted, a token, or a proxy that lets it through."],
    [403, "is not given to us (403). It needs a licence to be accepted, a token, or a proxy that lets it through."],
    [418, "the server answers 418."],
    [304, "the server answers 304."],
  ])("and answers %i is not asked again", async (code, reason) => {
    server.next.push(status(code));
    const { outcome, path } = await fetchFile();
    expect(outcome).toBeInstanceOf(RefusedError);
    expect(outcome).toMatchObject({ status: code, message: `${server.url}/file.bin: ${reason}` });
    expect([server.asked.length, existsSync(path)]).toEqual([1, false]);
  });

  it("is not even there: refused connections are tried again, unknown hosts and other addresses are not", async () => {
    const closed = createServer();
    const url = await listen(closed);
    await new Promise((resolve) => closed.close(resolve));
    const refused = await fetchFile({ url: `${url}/x` });
    expect((refused.outcome as Error).message).toMatch(
      /: the connection was refused, 3 times in a row\. Try again later\.$/,
    );
    const unknown = await fetchFile({ url: "http://no-such-host.invalid/x" });
    expect((unknown.outcome as Error).message).toMatch(/^http:\/\/no-such-host\.invalid\/x: (no such host|the name)/);
    for (const other of ["file:///etc/passwd", "ftp://host/x", "not a url"]) {
      expect((await fetchFile({ url: other })).outcome).toBeInstanceOf(DownloadError);
    }
  });

  it("sends another length than is known: nothing is fetched", async () => {
    server.files.set("/file.bin", CONTENT);
    const { outcome, path } = await fetchFile({ bytes: 7 });
    expect(outcome).toBeInstanceOf(ChecksumError);
    expect((outcome as Error).message).toContain(`has ${CONTENT.length} bytes, expected 7`);
    expect(statSync(`${path}.part`).size).toBe(0);
  });

  it("sends another content than was published: it is named, and nothing is left", async () => {
    server.files.set("/file.bin", Buffer.concat([CONTENT.subarray(1), Buffer.of(0)]));
    const { outcome, path } = await fetchFile({ bytes: CONTENT.length, checksum: MD5 });
    expect(outcome).toBeInstanceOf(ChecksumError);
    expect((outcome as Error).message).toMatch(
      new RegExp(`: what came has the md5 [0-9a-f]{32}, expected ${MD5.digest}\\. It was removed\\.`),
    );
    expect(filesBeside(path)).toEqual([]);
  });

  it("compresses what must not be", async () => {
    server.next.push((_, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end("x"));
    expect(((await fetchFile()).outcome as Error).message).toMatch(
      /comes compressed \(gzip\), though not asked for\.$/,
    );
  });
});

describe("redirects", () => {
  it("are followed, secrets stay with the host that they are for, and messages have no query", async () => {
    server.files.set("/file.bin", CONTENT);
    const other = await listen(
      createServer((request, response) => {
        server.asked.push({ path: request.url!, range: undefined, ifRange: undefined, headers: request.headers });
        response.writeHead(302, { location: `${server.url}/file.bin?signed=1` }).end();
      }),
    );
    const headers = { authorization: "Bearer secret", "x-plain": "1" };
    const { outcome } = await fetchFile({ url: `${other}/start?token=secret` }, { headers });
    expect(outcome).toMatchObject({ sha256: SHA256 });
    expect(server.asked.map((asked) => [asked.headers.authorization, asked.headers["x-plain"]])).toEqual([
      ["Bearer secret", "1"],
      [undefined, "1"],
    ]);
    server.next.push(status(404));
    const missing = await fetchFile({ url: `${other}/start?token=secret` });
    expect((missing.outcome as Error).message).toBe(`${other}/start: is not there (404). Has it moved?`);
  });

  it("in a circle end", async () => {
    server.next.push(...Array(30).fill(status(302, { location: "/file.bin" })));
    expect(((await fetchFile()).outcome as Error).message).toMatch(/redirects more than 20 times\.$/);
  });
});

describe("a proxy", () => {
  afterEach(() => void vi.unstubAllEnvs());

  /** A forward proxy of HTTP that notes what goes through it. */
  async function proxy() {
    const through: string[] = [];
    const url = await listen(
      createServer((request, response) => {
        through.push(request.url!);
        const forwarded = httpRequest(request.url!, { headers: request.headers }, (answer) => {
          response.writeHead(answer.statusCode!, answer.headers);
          answer.pipe(response);
        });
        request.pipe(forwarded);
      }),
    );
    return { url, through };
  }

  it.each(["HTTP_PROXY", "http_proxy"])("that %s names is gone through", async (name) => {
    const { url, through } = await proxy();
    server.files.set("/file.bin", CONTENT);
    vi.stubEnv(name, url);
    expect((await fetchFile()).outcome).toMatchObject({ sha256: SHA256 });
    expect(through).toEqual([`${server.url}/file.bin`]);
  });

  it("is passed by for the hosts that NO_PROXY names", async () => {
    const { url, through } = await proxy();
    server.files.set("/file.bin", CONTENT);
    vi.stubEnv("HTTP_PROXY", url);
    vi.stubEnv("NO_PROXY", "example.org,127.0.0.1");
    expect((await fetchFile()).outcome).toMatchObject({ sha256: SHA256 });
    expect(through).toEqual([]);
  });

  it("that HTTPS_PROXY names is asked for a tunnel to an https host", async () => {
    const asked: string[] = [];
    const tunnels = createServer();
    tunnels.on("connect", (request, socket) => {
      asked.push(request.url!);
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
    vi.stubEnv("HTTPS_PROXY", await listen(tunnels));
    const { outcome } = await fetchFile({ url: "https://irec.invalid/file.bin" });
    expect(outcome).toBeInstanceOf(ConnectionError);
    expect(asked[0]).toBe("irec.invalid:443");
  });
});

describe("two at once", () => {
  it("take turns: one fetches, the other finds it", async () => {
    server.files.set("/file.bin", CONTENT);
    const path = join(newFolder(), "file.bin");
    const both = await Promise.all([fetchFile({ checksum: MD5 }, { path }), fetchFile({ checksum: MD5 }, { path })]);
    expect(both.map(({ outcome }) => (outcome as { found: boolean }).found).sort()).toEqual([false, true]);
    expect(both.flatMap(({ lines }) => lines)).toEqual(["another process is downloading file.bin; waiting for it"]);
    expect(server.asked).toHaveLength(1);
    expect(filesBeside(path)).toEqual(["file.bin"]);
  });

  const timing = { poll: 10, beat: 20, stale: 300 };

  it("never have a lock together", async () => {
    const path = join(newFolder(), "lock");
    let inside = 0;
    let most = 0;
    const work = () =>
      withFileLock(
        path,
        async () => {
          most = Math.max(most, ++inside);
          await new Promise((resolve) => setTimeout(resolve, 15));
          inside -= 1;
        },
        { timing },
      );
    await Promise.all(Array.from({ length: 8 }, work));
    expect([most, inside, existsSync(path)]).toEqual([1, 0, false]);
  });

  it("keep a lock for as long as the work takes, with signs of life, and give it back when the work fails", async () => {
    const path = join(newFolder(), "lock");
    const order: string[] = [];
    const slow = withFileLock(
      path,
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 800)); // longer than a lock without signs of life lasts
        order.push("slow");
        throw new Error("failed");
      },
      { timing },
    );
    const waiting = withFileLock(path, async () => order.push("waiting"), { timing });
    await expect(slow).rejects.toThrow("failed");
    await waiting;
    expect(order).toEqual(["slow", "waiting"]);
  });

  it("say what the disk has against a lock, and do not begin", async () => {
    const file = put(join(newFolder(), "file"), "in the way");
    let begun = false;
    const failing = withFileLock(join(file, "lock"), async () => (begun = true), { timing });
    await expect(failing).rejects.toThrow(OutputError);
    await expect(failing).rejects.toThrow(`${join(file, "lock")}: a file is in the way. Nothing was changed.`);
    expect(begun).toBe(false);
  });

  it("take over the lock of a process that is no more, or of a machine that has long been silent", async () => {
    const path = join(newFolder(), "lock");
    const dead = await deadProcess();
    put(path, JSON.stringify({ host: hostname(), pid: dead, id: "theirs" }));
    expect(await withFileLock(path, async () => "done", { timing })).toBe("done");
    put(path, JSON.stringify({ host: "another-machine", pid: 1, id: "theirs" }));
    const long = new Date(Date.now() - 1000);
    utimesSync(path, long, long);
    expect(await withFileLock(path, async () => "done", { timing })).toBe("done");
    expect(existsSync(path)).toBe(false);
  });
});

async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => child.once("exit", resolve));
  return child.pid!;
}

describe("a process that is killed in the middle", () => {
  const bundle = fileURLToPath(new URL(`../dist-test/download-${process.pid}.mjs`, import.meta.url));
  beforeAll(async () => {
    await build({
      stdin: {
        contents:
          'import { downloadFile } from "./src/download/download-file.ts";' +
          "await downloadFile({ url: process.argv[2] }, process.argv[3]);",
        resolveDir: fileURLToPath(new URL("..", import.meta.url)),
      },
      outfile: bundle,
      bundle: true,
      platform: "node",
      format: "esm",
      packages: "external",
      logLevel: "silent",
    });
  });
  afterAll(() => rmSync(bundle, { force: true }));

  it("leaves a part that another continues with, and a lock that does not last", async () => {
    server.files.set("/file.bin", CONTENT);
    server.next.push(cut(CONTENT, 50_000, "falls silent"));
    const path = join(newFolder(), "file.bin");
    const child = spawn(process.execPath, [bundle, `${server.url}/file.bin`, path], { stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await vi.waitFor(() => expect(statSync(`${path}.part`).size).toBe(50_000), { timeout: 20_000 });
    child.kill("SIGKILL");
    await ended;
    expect(filesBeside(path)).toEqual(["file.bin.lock", "file.bin.part", "file.bin.part.json"]);

    const { outcome } = await fetchFile({}, { path });
    expect(outcome).toMatchObject({ sha256: SHA256 });
    expect(server.asked.map(({ range }) => range)).toEqual([undefined, "bytes=50000-"]);
    expect(filesBeside(path)).toEqual(["file.bin"]);
  }, 60_000);
});

it("a place that cannot be written is an output error, before anything is asked for", async () => {
  const file = put(join(newFolder(), "file"), "");
  const { outcome } = await fetchFile({}, { path: join(file, "x", "file.bin") });
  expect(outcome).toBeInstanceOf(OutputError);
  expect((outcome as Error).message).toMatch(/: a file is in the way\. What has arrived is kept/);
  expect(server.asked).toEqual([]);
});
