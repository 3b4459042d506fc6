import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UsageError } from "../errors.ts";
import { digestOfFile } from "../file-digest.ts";
import { type Progress, silentProgress } from "../progress.ts";

/** Files of a checkpoint: weights, lists of shards, and the configuration that Hugging Face puts beside them. */
const MODEL_FILE = /^config\.json$|\.(safetensors|bin|pt|pth|pth\.tar|index\.json)$/i;

/**
 * sha256 of a checkpoint: of its bytes when it is one file; else of the names and digests of its files, as `sha256sum` lists
 * them.
 * @param path - of a file, a list of shards or a folder
 */
export async function checkpointDigest(path: string, progress: Progress = silentProgress): Promise<string> {
  const files = await checkpointFiles(path);
  const bytes = files.map((file) => statSync(file).size);
  const bar = progress.start(
    "reading the checkpoint's checksum",
    bytes.reduce((sum, size) => sum + size, 0),
    {
      unit: "bytes",
    },
  );
  const lines: string[] = [];
  try {
    for (const [i, file] of files.entries()) {
      lines.push(`${await digestOfFile(file, "sha256")}  ${basename(file)}\n`);
      bar.advance(bytes[i]!);
    }
  } finally {
    bar.end();
  }
  return lines.length === 1 ? lines[0]!.slice(0, 64) : createHash("sha256").update(lines.join("")).digest("hex");
}

async function checkpointFiles(path: string): Promise<readonly string[]> {
  if (/^https?:\/\//i.test(path)) {
    throw new UsageError(`${path}: an address has no checksum to tell one model from another; download it first.`);
  }
  if (!existsSync(path)) return [path]; // whoever opens it says what is wrong
  if (statSync(path).isDirectory()) {
    const names = (await readdir(path)).filter((name) => MODEL_FILE.test(name));
    return names.sort().map((name) => join(path, name));
  }
  const config = join(dirname(path), "config.json");
  const shards = path.endsWith(".index.json") ? await shardsOf(path) : [];
  return [...(existsSync(config) ? [config] : []), path, ...shards];
}

async function shardsOf(index: string): Promise<readonly string[]> {
  const { weight_map: places } = JSON.parse(await readFile(index, "utf8")) as { weight_map: Record<string, string> };
  return [...new Set(Object.values(places))].sort().map((name) => join(dirname(index), name));
}

/** sha256 of each file of a vocabulary. */
export function vocabularyDigests(files: object): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => [
      name,
      createHash("sha256")
        .update(text as string)
        .digest("hex"),
    ]),
  );
}
