import { setTimeout as sleep } from "node:timers/promises";
import { ConnectionError, DownloadError, RefusedError } from "./errors.ts";
import type { HttpAnswer, Timeouts } from "./http-get.ts";

/** How patient to be, in milliseconds. */
export interface DownloadTiming extends Timeouts {
  /** Attempts in a row that bring no byte, before it is given up. */
  readonly attempts: number;
  /** Before the second attempt; doubled before each further one. */
  readonly firstWait: number;
  readonly longestWait: number;
  /** What waits. */
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}

export const TIMING: DownloadTiming = {
  connect: 15_000,
  idle: 60_000,
  attempts: 6,
  firstWait: 1_000,
  longestWait: 60_000,
  sleep,
};

/** Another attempt may succeed. */
export class Transient extends Error {
  readonly waitMs: number;
  /** As many attempts in a row are enough for this. */
  readonly attempts: number;

  constructor(
    message: string,
    options?: ErrorOptions & { readonly waitMs?: number | undefined; readonly attempts?: number | undefined },
  ) {
    super(message, options);
    this.waitMs = options?.waitMs ?? 0;
    this.attempts = options?.attempts ?? Number.POSITIVE_INFINITY;
  }
}

export interface AttemptOptions {
  /** How far it is; an attempt that got further than any before was not in vain. */
  readonly done?: () => number;
  /** What to say of what is there when it is given up. */
  readonly kept: () => string;
  readonly say?: ((line: string) => void) | undefined;
  readonly timing: DownloadTiming;
}

/**
 * Tries something with a server until it succeeds, fails for good, or was in vain too often in a row; waits in between.
 * @throws {ConnectionError} when it was in vain too often
 */
export async function inAttempts<T>(
  url: string,
  attempt: () => Promise<T>,
  { done = () => 0, kept, say, timing: { attempts, firstWait, longestWait, sleep } }: AttemptOptions,
): Promise<T> {
  let furthest = done();
  for (let vain = 0; ; ) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Transient)) throw error;
      // Not than this one's beginning: a server that lies about lengths lets each begin anew.
      vain = done() > furthest ? 1 : vain + 1;
      furthest = Math.max(furthest, done());
      if (vain >= Math.min(attempts, error.attempts)) {
        throw new ConnectionError(url, `${error.message}, ${vain} times in a row. ${kept()}`, { cause: error });
      }
      const wait = Math.min(Math.max(error.waitMs, firstWait * 2 ** (vain - 1)), longestWait);
      say?.(`${error.message}; trying again in ${Math.ceil(wait / 1000)} s`);
      await sleep(wait);
    }
  }
}

/** What became of a connection, in words: passing, or for good. */
export function connectionError(url: string, error: unknown): unknown {
  if (error instanceof DownloadError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = CONNECTION_FAULTS[code ?? ""] ?? message.replace(/\.$/, "");
  if (!HOPELESS.test(code ?? "")) {
    return new Transient(reason, { cause: error, attempts: code === "ECONNREFUSED" ? SOON : undefined });
  }
  return new ConnectionError(url, `${reason}. Is there a network? HTTP_PROXY, HTTPS_PROXY and NO_PROXY are honoured.`, {
    cause: error,
  });
}

/** Attempts at what is seldom mended by waiting: nobody listens there, or the server fails at this very request. */
const SOON = 3;

/** What the codes of undici and the system mean. */
const CONNECTION_FAULTS: Readonly<Record<string, string>> = {
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the name of the host cannot be looked up",
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection broke off",
  EPIPE: "the connection broke off",
  ETIMEDOUT: "the server does not answer",
  UND_ERR_SOCKET: "the connection broke off",
  UND_ERR_CONNECT_TIMEOUT: "the server does not answer",
  UND_ERR_HEADERS_TIMEOUT: "the server does not answer",
  UND_ERR_BODY_TIMEOUT: "the server has fallen silent",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "the connection ended early",
};

/** Faults that do not pass by waiting: a wrong name, a certificate that is not trusted. */
const HOPELESS = /^(ENOTFOUND|CERT_|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|UND_ERR_INVALID_ARG)/;

/** Answers that another attempt may not get. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529]);

/** What an answer without the file means. */
export function refusal(url: string, status: number, headers: HttpAnswer["headers"]): Error {
  if (PASSING.has(status)) {
    const seconds = wholeNumber(headers.get("retry-after"));
    return new Transient(`the server answers ${status}`, {
      waitMs: seconds === undefined ? undefined : seconds * 1000,
      attempts: status === 500 ? SOON : undefined,
    });
  }
  const reason =
    status === 404 || status === 410
      ? `is not there (${status}). Has it moved?`
      : status === 401 || status === 403 || status === 407
        ? `is not given to us (${status}). It needs a licence to be accepted, a token, or a proxy that lets it through.`
        : `the server answers ${status}.`;
  return new RefusedError(url, status, reason);
}

/** The number in a header; undefined when there is none. */
export const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
