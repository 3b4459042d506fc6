import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { succeed } from "./run.ts";

/** A tarball as `npm pack --json` describes it. */
export interface Tarball {
  readonly name: string;
  readonly version: string;
  /** The tarball's own path. */
  readonly file: string;
  /** Paths inside it. */
  readonly contents: readonly string[];
}

declare module "vitest" {
  export interface ProvidedContext {
    tarballs: readonly Tarball[];
  }
}

/** Builds the packages and packs them, once for all tests: two builds at a time would write into the same folders. */
export default async function setup(project: TestProject): Promise<() => void> {
  const workspace = fileURLToPath(new URL("..", import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), "irec-packed-"));
  const teardown = () => rmSync(folder, { recursive: true, force: true });
  try {
    await succeed("npm", ["run", "build"], { cwd: workspace });
    const packages = ["ontology", "metrics", "encoders", "cli"].map((name) => `--workspace=packages/${name}`);
    const listing: { name: string; version: string; filename: string; files: { path: string }[] }[] = JSON.parse(
      await succeed("npm", ["pack", ...packages, "--json", "--ignore-scripts", "--pack-destination", folder], {
        cwd: workspace,
      }),
    );
    project.provide(
      "tarballs",
      listing.map(({ name, version, filename, files }) => ({
        name,
        version,
        file: join(folder, filename),
        contents: files.map(({ path }) => path),
      })),
    );
  } catch (error) {
    teardown();
    throw error;
  }
  return teardown;
}
