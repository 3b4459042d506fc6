import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The cache that Hugging Face's tools share:
 *
 *     models--<owner>--<name>/blobs/<etag>               the files, by their content
 *     models--<owner>--<name>/refs/<revision>            the commit that a branch or tag was when it was last asked for
 *     models--<owner>--<name>/snapshots/<commit>/<file>  links to the blobs; copies where there are no links
 *
 * @see https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
export function repositoryFolder(cache: string, repository: string): string {
  return join(cache, `models--${repository.replaceAll("/", "--")}`);
}

/** Whether a revision names one commit for ever, and not a branch or tag. */
export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);

/** The commit that a revision was when it was last asked for; undefined when it never was. */
export function cachedCommit(cache: string, repository: string, revision: string): string | undefined {
  if (isCommit(revision)) return revision;
  try {
    return readFileSync(join(repositoryFolder(cache, repository), "refs", revision), "utf8").trim();
  } catch {
    return undefined;
  }
}

/** Where a file of a repository lies, if it is in the cache whole. */
export function cachedFile(cache: string, repository: string, revision: string, name: string): string | undefined {
  const commit = cachedCommit(cache, repository, revision);
  if (commit === undefined) return undefined;
  const path = snapshotPath(cache, repository, commit, name);
  return existsSync(path) ? path : undefined;
}

/** Where a file of a commit belongs. */
export function snapshotPath(cache: string, repository: string, commit: string, name: string): string {
  return join(repositoryFolder(cache, repository), "snapshots", commit, ...name.split("/"));
}
