import { dirname } from "node:path";
import { cachedFile } from "../hub/cache.ts";
import { type Environment, hubSettings } from "../hub/environment.ts";
import type { HubFile, HubSource, ModelEntry, TokenizerSource } from "./registry.ts";

/** Where the file to open lies, when it and all that it needs beside it are in the cache. */
export function cachedCheckpoint(source: HubSource, revision: string, env?: Environment): string | undefined {
  const paths = source.files.map((file) => cachedHubFile(source.repository, revision, file, env));
  return paths.includes(undefined) ? undefined : paths[0];
}

/** Where a file lies in the cache, under the first of its names that is there. */
export function cachedHubFile(
  repository: string,
  revision: string,
  { names }: HubFile,
  env?: Environment,
): string | undefined {
  const { cache } = hubSettings(env);
  return names.map((name) => cachedFile(cache, repository, revision, name)).find((path) => path !== undefined);
}

/** A vocabulary in the cache. */
export interface CachedTokenizer {
  readonly repository: string;
  readonly folder: string;
  readonly files: readonly string[];
}

/** The first complete list of files of a vocabulary that the cache has. */
export function cachedTokenizer(
  { repository, formerly = [], files }: TokenizerSource,
  revision: string,
  env?: Environment,
): CachedTokenizer | undefined {
  const { cache } = hubSettings(env);
  for (const known of [repository, ...formerly]) {
    for (const names of files) {
      const paths = names.map((name) => cachedFile(cache, known, revision, name));
      if (!paths.includes(undefined)) return { repository: known, folder: dirname(paths[0]!), files: names };
    }
  }
  return undefined;
}

/** A revision is one of the checkpoint's repository; a vocabulary from another is taken as it is today. */
export function tokenizerRevision({ source, tokenizer }: ModelEntry, revision: string): string {
  return source.kind === "hub" && source.repository === tokenizer?.repository ? revision : "main";
}
