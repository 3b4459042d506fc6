import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { afterEach } from "vitest";
import { type Answer, listen, serve } from "./file-server.ts";

/** A repository: what its branches and tags are, and the files of each commit. */
export interface HubRepository {
  readonly refs: Map<string, string>;
  readonly commits: Map<string, ReadonlyMap<string, Buffer>>;
  /** Who may have it: everybody, who has the token, or who has accepted its terms too. */
  access: "all" | "token" | "terms";
}

export interface HubServer {
  /** For HF_ENDPOINT. */
  readonly url: string;
  readonly repositories: Map<string, HubRepository>;
  /** What was asked of the hub, and of the server that keeps its large files. */
  readonly asked: HubRequest[];
  /** What the next requests for bytes of large files get instead, one each. */
  readonly nextBytes: Answer[];
  /** What the next requests of the hub get instead, one each. */
  readonly next: Answer[];
  /** Small files, by name, whose bytes are others than their headers say. */
  readonly tampered: Map<string, string>;
  /** Adds a commit to a repository, and moves its main branch there; returns the commit. */
  publish(repository: string, files: Readonly<Record<string, string | Buffer>>): string;
}

export interface HubRequest {
  readonly server: "hub" | "storage";
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

/** The token that the hub takes. */
export const TOKEN = "hf_aTokenThatNobodyMaySee";

/** Files of at least so many bytes are kept elsewhere, under their sha256. */
const LARGE = 1000;

/**
 * A hub on the loopback that answers as huggingface.co does: small files by a redirect on the same host, with git's name as ETag;
 * large ones by a redirect to another host, with their sha256 as X-Linked-Etag. Python's huggingface_hub takes it for the real one.
 */
export async function hubServer(): Promise<HubServer> {
  const repositories: HubServer["repositories"] = new Map();
  const asked: HubRequest[] = [];
  const nextBytes: Answer[] = [];
  const next: Answer[] = [];
  const stored = new Map<string, Buffer>();
  const tampered = new Map<string, string>();
  const note = (server: HubRequest["server"], { method, url, headers }: IncomingMessage) =>
    asked.push({ server, method: method!, path: url!, authorization: headers.authorization, range: headers.range });

  const storageServer = createServer((request, response) => {
    note("storage", request);
    (nextBytes.shift() ?? serve(stored))(request, response);
  });
  // Another host by name: Python's huggingface_hub takes all ports of a host for the hub.
  const storage = (await listen(storageServer)).replace("127.0.0.1", "localhost");
  const hub = createServer((request, response) => {
    note("hub", request);
    (next.shift() ?? answer)(request, response);
  });

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { cached, repository, revision, name } = addressIn(request.url!);
    const found = repositories.get(repository);
    const refused = refusal(found, revision, request.headers.authorization === `Bearer ${TOKEN}`);
    if (refused !== undefined) return void response.writeHead(refused[0], { "x-error-code": refused[1] }).end();
    const commit = found!.refs.get(revision) ?? revision;
    const content = found!.commits.get(commit)!.get(name);
    if (content === undefined) {
      return void response.writeHead(404, { "x-error-code": "EntryNotFound", "x-repo-commit": commit }).end();
    }
    const gitName = createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
    const headers = { "x-repo-commit": commit, etag: `"${gitName}"` };
    if (content.length < LARGE) {
      if (!cached) {
        const location = `/api/resolve-cache/models/${repository}/${commit}/${encodeURIComponent(name)}`;
        return void response.writeHead(307, { ...headers, location }).end();
      }
      response.writeHead(200, { ...headers, "content-length": content.length });
      return void response.end(request.method === "HEAD" ? undefined : (tampered.get(name) ?? content));
    }
    const sha256 = createHash("sha256").update(content).digest("hex");
    if (!stored.has(`/${sha256}`)) stored.set(`/${sha256}`, content);
    const text = `Found. Redirecting to ${storage}/${sha256}`;
    response.writeHead(302, {
      ...headers,
      "x-linked-etag": `"${sha256}"`,
      "x-linked-size": content.length,
      "content-length": text.length,
      location: `${storage}/${sha256}?signature=secret`,
    });
    response.end(request.method === "HEAD" ? undefined : text);
  }

  afterEach(() => {
    for (const list of [asked, nextBytes, next]) list.length = 0;
    for (const map of [repositories, stored, tampered]) map.clear();
  });
  return {
    url: await listen(hub),
    repositories,
    asked,
    nextBytes,
    next,
    tampered,
    publish(name, files) {
      const repository = repositories.get(name) ?? { refs: new Map(), commits: new Map(), access: "all" };
      repositories.set(name, repository);
      const commit = createHash("sha1").update(`${name} ${repository.commits.size}`).digest("hex");
      repository.commits.set(
        commit,
        new Map(Object.entries(files).map(([file, content]) => [file, Buffer.from(content)])),
      );
      repository.refs.set("main", commit);
      return commit;
    },
  };
}

function addressIn(url: string) {
  const path = decodeURIComponent(url.replace(/\?.*/, ""));
  const cached = path.startsWith("/api/resolve-cache/");
  const pattern = cached
    ? /^\/api\/resolve-cache\/models\/(.+)\/([0-9a-f]{40})\/(.+)$/
    : /^\/(.+?)\/resolve\/([^/]+)\/(.+)$/;
  const [, repository = "", revision = "", name = ""] = pattern.exec(path) ?? [];
  return { cached, repository, revision, name };
}

/** Why somebody does not get anything of a commit: status and code of huggingface.co. */
function refusal(found: HubRepository | undefined, revision: string, authorized: boolean) {
  if (found === undefined || (found.access === "token" && !authorized)) return [401, "RepoNotFound"] as const;
  if (found.access === "terms") return [authorized ? 403 : 401, "GatedRepo"] as const;
  const known = found.commits.has(found.refs.get(revision) ?? revision);
  return known ? undefined : ([404, "RevisionNotFound"] as const);
}
