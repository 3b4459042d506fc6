import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";

let made = 0;

/** A function that makes empty folders for the tests of a file; all are removed when the file is done. */
export function temporaryFolders(): () => string {
  const root = mkdtempSync(join(tmpdir(), "irec-cli-test-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  return () => {
    const folder = join(root, String(made++));
    mkdirSync(folder);
    return folder;
  };
}

/** Writes a file and the folders above it; returns its path. */
export function put(path: string, content: string | Uint8Array): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}
