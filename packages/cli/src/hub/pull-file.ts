import { existsSync } from "node:fs";
import { lstat, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { diskError } from "../disk-error.ts";
import { downloadFile } from "../download/download-file.ts";
import { withFileLock } from "../download/file-lock.ts";
import type { Progress } from "../progress.ts";
import { cachedCommit, repositoryFolder, snapshotPath } from "./cache.ts";
import type { HubAddress, HubDescription, HubOptions } from "./describe-file.ts";
import { type Environment, hubSettings, isTrue } from "./environment.ts";

export interface PullFileOptions extends HubOptions {
  readonly progress?: Progress | undefined;
}

/** A file that is in the cache now. */
export interface PulledHubFile {
  readonly path: string;
  readonly bytes: number | undefined;
  /** Whether it was there before; it was not looked into. */
  readonly found: boolean;
  /** Whether what came had the hub's checksum; absent when nothing came. */
  readonly verified?: boolean;
  /** Of what came. */
  readonly sha256?: string;
}

/**
 * Brings a file of a hub into the cache, where Hugging Face's own tools find it too. It has its name there when it is whole and has
 * the hub's checksum, or not at all; what arrived before a break is continued. Two processes that want the same file take turns.
 * @throws {DownloadError} when it cannot be had, or is another one than the hub described
 * @throws {OutputError} when the disk says no
 */
export async function pullHubFile(
  { repository, name }: HubAddress,
  description: HubDescription,
  options: PullFileOptions = {},
): Promise<PulledHubFile> {
  const { cache } = hubSettings(options.env);
  const path = snapshotPath(cache, repository, description.commit, name);
  const { bytes } = description;
  if (existsSync(path)) return { path, bytes, found: true };
  const lock = join(cache, ".locks", `models--${repository.replaceAll("/", "--")}`, `${description.etag}.irec.lock`);
  try {
    await mkdir(dirname(lock), { recursive: true });
    const onWait = () => options.say?.(`another process is downloading ${name}; waiting for it`);
    return await withFileLock(
      lock,
      async () => {
        if (existsSync(path)) return { path, bytes, found: true }; // of whoever was waited for
        const blob = join(repositoryFolder(cache, repository), "blobs", description.etag);
        const { sha256, verified, ...came } = await downloadFile(description, blob, {
          ...options,
          headers: description.headers,
          name,
        });
        await link(blob, path, options.env);
        return { path, bytes: came.bytes, found: false, verified, sha256 };
      },
      { onWait },
    );
  } catch (error) {
    throw diskError(path, error, "What has arrived is kept; the same command continues.");
  }
}

/**
 * Gives a blob its name in the snapshot: by a relative link, so that the cache can be moved; where there are no links, the name takes
 * the blob along, as Python's huggingface_hub does it.
 */
async function link(blob: string, path: string, env: Environment = process.env): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // A link that leads nowhere would be in the way.
  if ((await lstat(path).catch(() => undefined)) !== undefined) await rm(path);
  if (!isTrue(env.HF_HUB_DISABLE_SYMLINKS)) {
    try {
      return await symlink(relative(dirname(path), blob), path, "file");
    } catch (error) {
      if (!NO_LINKS.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }
  await rename(blob, path);
}

/** What systems say that have no links, or not for everybody: Windows without developer mode, FAT, some network disks. */
const NO_LINKS = new Set(["EPERM", "EACCES", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EINVAL", "UNKNOWN"]);

/**
 * Remembers which commit a branch or tag is. Readers see the old commit or the new one, and nothing in between; a cache that knows it
 * already is not written to, and may be one that cannot be.
 */
export async function recordRevision(
  repository: string,
  revision: string,
  commit: string,
  env?: Environment,
): Promise<void> {
  const { cache } = hubSettings(env);
  if (cachedCommit(cache, repository, revision) === commit) return;
  const path = join(repositoryFolder(cache, repository), "refs", ...revision.split("/"));
  try {
    await mkdir(dirname(path), { recursive: true });
    const made = `${path}.${process.pid}.tmp`;
    await writeFile(made, commit);
    await rename(made, path);
  } catch (error) {
    throw diskError(path, error, "The files themselves are in the cache.");
  }
}
