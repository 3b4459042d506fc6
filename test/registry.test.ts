import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { type LocalRegistry, startRegistry } from "./local-registry.ts";
import { run, succeed } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "irec-user-"));
let registry: LocalRegistry;

beforeAll(async () => {
  registry = await startRegistry();
  for (const { file } of inject("tarballs"))
    await succeed("npm", ["publish", file], { cwd: folder, env: registry.env });
});

afterAll(async () => {
  await registry?.close();
  rmSync(folder, { recursive: true, force: true });
});

it("serves what was published to it, and asks nobody else for packages of ours", async () => {
  const versions = await Promise.all(
    inject("tarballs").map(({ name }) => succeed("npm", ["view", name, "version"], { cwd: folder, env: registry.env })),
  );
  expect(versions.map((version) => version.trim())).toEqual(inject("tarballs").map(({ version }) => version));
  expect((await run("npm", ["view", "@irec/unheard-of"], { cwd: folder, env: registry.env })).stderr).toContain("E404");
});
