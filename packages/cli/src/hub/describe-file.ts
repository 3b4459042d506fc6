import {
  connectionError,
  type DownloadTiming,
  inAttempts,
  refusal,
  TIMING,
  Transient,
  wholeNumber,
} from "../download/attempts.ts";
import type { Checksum } from "../download/download-file.ts";
import { DownloadError } from "../download/errors.ts";
import { type HttpAnswer, httpHead } from "../download/http-get.ts";
import { isCommit } from "./cache.ts";
import { type Environment, hubSettings } from "./environment.ts";
import { HubAccessError, HubNotFoundError } from "./errors.ts";
import { type HubToken, hubToken } from "./token.ts";

/** A file of a repository. */
export interface HubAddress {
  readonly repository: string;
  /** Branch, tag or commit. */
  readonly revision: string;
  /** With slashes, when it is in a folder. */
  readonly name: string;
}

/** What a hub says of a file, without sending it. */
export interface HubDescription {
  /** The address of these very bytes, whatever becomes of the branch. */
  readonly url: string;
  readonly commit: string;
  /** What the cache calls the file's content. */
  readonly etag: string;
  readonly bytes: number | undefined;
  /** Absent for a hub that names its files in other ways than Hugging Face's. */
  readonly checksum: Checksum | undefined;
  /** To be sent to the hub, and to nobody else. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface HubOptions {
  readonly env?: Environment | undefined;
  readonly say?: ((line: string) => void) | undefined;
  readonly timing?: Partial<DownloadTiming> | undefined;
}

/**
 * Asks the hub what a file is.
 * @throws {HubNotFoundError} when there is no such repository, revision or file
 * @throws {HubAccessError} when it is not for this user
 * @throws {ConnectionError} when the hub is not reached
 */
export async function describeHubFile(address: HubAddress, options: HubOptions = {}): Promise<HubDescription> {
  const token = await hubToken(options.env);
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token.value}` };
  const url = fileUrl(address, address.revision, options.env);
  const timing = { ...TIMING, ...options.timing };
  const answers = await inAttempts(url, () => askFor(url, headers, timing), {
    kept: () => "Try again later.",
    say: options.say,
    timing,
  });
  if (answers.at(-1)!.status >= 400) throw refused(url, answers.at(-1)!, address, token, options.env);
  return { ...factsIn(url, answers, address, options.env), headers };
}

/** As Hugging Face's hub has it, and every mirror of it: `<hub>/<repository>/resolve/<revision>/<file>`. */
function fileUrl({ repository, name }: HubAddress, revision: string, env: Environment | undefined): string {
  const path = name.split("/").map(encodeURIComponent).join("/");
  return `${hubSettings(env).endpoint}/${repository}/resolve/${encodeURIComponent(revision)}/${path}`;
}

async function askFor(url: string, headers: Readonly<Record<string, string>>, timing: DownloadTiming) {
  const answers = await httpHead(url, headers, timing, isOfHub).catch((error) => {
    throw connectionError(url, error);
  });
  const { status, headers: said } = answers.at(-1)!;
  const error = status < 400 ? undefined : refusal(url, status, said);
  if (error instanceof Transient) throw error;
  return answers;
}

/** A mirror may send to the hub itself, which then knows the file. */
const isOfHub = ({ headers }: HttpAnswer): boolean => headers.has("x-repo-commit");

/** The hub's no, with what can be done about it. */
function refused(
  url: string,
  { status, headers }: HttpAnswer,
  { repository, revision, name }: HubAddress,
  token: HubToken | undefined,
  env: Environment | undefined,
): DownloadError {
  const { endpoint } = hubSettings(env);
  const code = headers.get("x-error-code");
  if (status === 404 || status === 410) {
    const what =
      code === "RevisionNotFound"
        ? `${repository} has no revision "${revision}"`
        : code === "RepoNotFound"
          ? `there is no repository ${repository}`
          : `${repository} has no file ${name} at the revision "${revision}"`;
    return new HubNotFoundError(url, `${what} (${status}).`);
  }
  if (status !== 401 && status !== 403) return new DownloadError(url, `the hub answers ${status}.`);
  // To strangers, the hub does not say whether a repository is private or not there at all.
  const why =
    code === "GatedRepo"
      ? `${repository} is given only to those who accept its terms, at ${endpoint}/${repository}`
      : `${repository} is private, gated, or not there`;
  const advice =
    token === undefined
      ? `Set HF_TOKEN to a token of yours (${endpoint}/settings/tokens), or say "hf auth login".`
      : `The token of ${token.source} was sent, and is not enough.`;
  return new HubAccessError(url, `${why} (${status}). ${advice}`);
}

function factsIn(
  url: string,
  answers: readonly HttpAnswer[],
  address: HubAddress,
  env: Environment | undefined,
): Omit<HubDescription, "headers"> {
  const said = (header: string) =>
    answers.map(({ headers }) => headers.get(header)).findLast((value) => value !== undefined);
  const last = answers.at(-1)!;
  const commit = said("x-repo-commit");
  const etag = (said("x-linked-etag") ?? last.headers.get("etag"))?.replace(/^W\//, "").replace(/^"(.*)"$/, "$1");
  // They become names of folders and files.
  if (commit === undefined || !isCommit(commit) || etag === undefined || !/^[\w+=-][\w.+=-]{0,200}$/.test(etag)) {
    throw new DownloadError(
      url,
      "the answer is not that of a hub: X-Repo-Commit and an ETag are expected. Is HF_ENDPOINT right, or is a proxy in between?",
    );
  }
  const bytes =
    wholeNumber(said("x-linked-size")) ??
    (last.status < 300 ? wholeNumber(last.headers.get("content-length")) : undefined);
  return { url: fileUrl(address, commit, env), commit, etag, bytes, checksum: checksumIn(etag, bytes) };
}

/** The hub names large files by their sha256, and others as git does. */
function checksumIn(etag: string, bytes: number | undefined): Checksum | undefined {
  if (/^[0-9a-f]{64}$/.test(etag)) return { algorithm: "sha256", digest: etag };
  if (/^[0-9a-f]{40}$/.test(etag) && bytes !== undefined) return { algorithm: "git-sha1", digest: etag };
  return undefined;
}
