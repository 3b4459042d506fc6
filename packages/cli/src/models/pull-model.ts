import { statSync } from "node:fs";
import { basename, join } from "node:path";
import { ConnectionError } from "../download/errors.ts";
import { cachedFile } from "../hub/cache.ts";
import { describeHubFile, type HubDescription, type HubOptions } from "../hub/describe-file.ts";
import { hubSettings } from "../hub/environment.ts";
import { HubNotFoundError, OfflineError } from "../hub/errors.ts";
import { pullHubFile, recordRevision } from "../hub/pull-file.ts";
import type { Progress } from "../progress.ts";
import { cachedHubFile, cachedTokenizer, tokenizerRevision } from "./cached-model.ts";
import type { HubFile, ModelEntry } from "./registry.ts";

export interface PullModelOptions extends HubOptions {
  /** Branch, tag or commit of the model's repository; `main` when left out. */
  readonly revision?: string | undefined;
  /** Only the vocabulary, for a checkpoint of one's own. */
  readonly vocabularyOnly?: boolean | undefined;
  /** Asks the hub for sizes, and fetches nothing. */
  readonly dryRun?: boolean | undefined;
  readonly progress?: Progress | undefined;
}

/** What became of one file of a model. */
export interface PulledFile {
  readonly repository: string;
  readonly name: string;
  /** Where it is in the cache; null when it is not there. */
  readonly path: string | null;
  /** null when only the hub knows, and was not asked. */
  readonly bytes: number | null;
  /** `there`: it was in the cache; `fetched`: it is now; `missing`: it is not, and nothing was fetched (dry run). */
  readonly state: "there" | "fetched" | "missing";
  /** Whether what came had the hub's checksum; absent when nothing came. */
  readonly verified?: boolean;
  /** Of what came. */
  readonly sha256?: string;
  /** What is odd about it. */
  readonly warning?: string;
}

/**
 * Brings the files of a model and of its vocabulary into the cache that Hugging Face's tools share. All files of a repository
 * are of one commit. When the hub is not reached, what the cache has is good enough.
 * @throws {OfflineError} when the network is forbidden and a file is not in the cache
 * @throws {DownloadError} when a file cannot be had, or is another one than the hub described
 * @throws {OutputError} when the disk says no
 */
export async function pullModel(entry: ModelEntry, options: PullModelOptions = {}): Promise<readonly PulledFile[]> {
  const { source, tokenizer } = entry;
  const { revision = "main", vocabularyOnly, env } = options;
  const wanted: FilesOfRepository[] = [];
  const there: PulledFile[] = [];
  if (source.kind === "hub" && !vocabularyOnly) wanted.push({ ...source, revision });
  if (tokenizer !== undefined) {
    const ofTokenizer = tokenizerRevision(entry, revision);
    const cached = cachedTokenizer(tokenizer, ofTokenizer, env);
    if (cached !== undefined) there.push(...cached.files.map((name) => found(cached, name, join(cached.folder, name))));
    else
      wanted.push({
        ...tokenizer,
        revision: ofTokenizer,
        files: tokenizer.files[0]!.map((name) => ({ names: [name] })),
      });
  }
  const { offline } = hubSettings(env);
  if (offline !== undefined && !options.dryRun) refuseOffline(entry, wanted, offline, options);
  const pulled: PulledFile[] = [];
  for (const files of wanted) {
    pulled.push(...(offline === undefined ? await pullFiles(files, options) : lookUp(files, options)));
  }
  return [...pulled, ...there];
}

/** Files of one repository. */
interface FilesOfRepository {
  readonly repository: string;
  readonly revision: string;
  readonly files: readonly HubFile[];
}

function found({ repository }: { readonly repository: string }, name: string, path: string): PulledFile {
  return { repository, name, path, bytes: statSync(path).size, state: "there" };
}

/** What the cache has, without asking the hub. */
function lookUp({ repository, revision, files }: FilesOfRepository, { env }: PullModelOptions): readonly PulledFile[] {
  return files.map((file) => {
    const path = cachedHubFile(repository, revision, file, env);
    if (path !== undefined) return found({ repository }, basename(path), path);
    return { repository, name: file.names[0], path: null, bytes: null, state: "missing" };
  });
}

function refuseOffline(
  { name }: ModelEntry,
  wanted: readonly FilesOfRepository[],
  offline: string,
  options: PullModelOptions,
): void {
  const missing = wanted.flatMap((files) => lookUp(files, options)).filter(({ state }) => state === "missing");
  if (missing.length === 0) return;
  const list = missing.map((file) => `${file.name} of ${file.repository}`).join(", ");
  const { cache } = hubSettings(options.env);
  throw new OfflineError(
    `${name}: ${list} not in ${cache}, and ${offline} forbids to fetch. Unset it, or bring the files there.`,
  );
}

async function pullFiles(wanted: FilesOfRepository, options: PullModelOptions): Promise<readonly PulledFile[]> {
  const cached = lookUp(wanted, options);
  if (cached.some(({ state }) => state === "missing")) return await fetchFiles(wanted, options);
  try {
    // All is here: not worth many attempts.
    return await fetchFiles(wanted, { ...options, timing: { ...options.timing, attempts: 1 } });
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    options.say?.(`the hub is not reached; what the cache has of ${wanted.repository} is used`);
    return cached;
  }
}

async function fetchFiles(
  { repository, revision, files }: FilesOfRepository,
  options: PullModelOptions,
): Promise<readonly PulledFile[]> {
  const { cache } = hubSettings(options.env);
  const pulled: PulledFile[] = [];
  let commit: string | undefined;
  for (const file of files) {
    const { name, description } = await describe(repository, commit ?? revision, file, options);
    commit = description.commit;
    const address = { repository, revision: commit, name };
    const path = cachedFile(cache, repository, commit, name);
    const warning = claimWarning(file, name, description);
    if (path !== undefined) pulled.push(found(address, name, path));
    else if (options.dryRun) {
      pulled.push({ repository, name, path: null, bytes: description.bytes ?? null, state: "missing", ...warning });
    } else {
      const came = await pullHubFile(address, description, options);
      pulled.push({
        repository,
        name,
        path: came.path,
        bytes: statSync(came.path).size,
        state: came.found ? "there" : "fetched",
        ...(came.verified === undefined ? {} : { verified: came.verified, sha256: came.sha256! }),
        ...warning,
      });
    }
  }
  // Last: until all files of the new commit are here, those of the old one are in force.
  if (commit !== undefined && !options.dryRun) await recordRevision(repository, revision, commit, options.env);
  return pulled;
}

/** The first of a file's names that the repository has. */
async function describe(repository: string, revision: string, { names }: HubFile, options: PullModelOptions) {
  for (const name of names.slice(0, -1)) {
    try {
      return { name, description: await describeHubFile({ repository, revision, name }, options) };
    } catch (error) {
      if (!(error instanceof HubNotFoundError)) throw error;
    }
  }
  const name = names.at(-1)!;
  return { name, description: await describeHubFile({ repository, revision, name }, options) };
}

/** What others say that a file is, against what the hub says. */
function claimWarning({ sha256 }: HubFile, name: string, { checksum }: HubDescription): { readonly warning?: string } {
  if (sha256 === undefined || checksum?.algorithm !== "sha256" || checksum.digest === sha256.digest) return {};
  return {
    warning:
      `${name} has the sha256 ${checksum.digest} at the hub, while ${sha256.source} expects ${sha256.digest}; it was ` +
      "changed there, or it is another hub's file",
  };
}
