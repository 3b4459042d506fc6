import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { type LocalRegistry, startRegistry } from "./local-registry.ts";
import { run, succeed } from "./run.ts";
import { writeSmallStore } from "./small-store.ts";

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

it("lets a user evaluate embeddings with npx, from an empty folder", async () => {
  const user = join(folder, "work");
  mkdirSync(user);
  writeSmallStore(user);
  const inputs = ["--embeddings", "store", "--groundtruth", "truth.csv", "--json"];
  const printed = await succeed("npx", ["--yes", "@irec/cli", "evaluate", ...inputs], { cwd: user, env: registry.env });
  const { experiments, provenance } = JSON.parse(printed);
  expect(experiments["zero-shot"][0].topK[0]).toBe(27 / 28);
  expect(provenance.packages).toMatchObject(
    Object.fromEntries(
      inject("tarballs").flatMap(({ name, version }) => (name === "@irec/encoders" ? [] : [[name, version]])),
    ),
  );
  expect(readdirSync(user).sort()).toEqual(["store", "truth.csv"]);
});

it("evaluates the sample for a user without any data", async () => {
  const user = join(folder, "curious");
  mkdirSync(user);
  const printed = await succeed("npx", ["--yes", "@irec/cli", "evaluate"], { cwd: user, env: registry.env });
  expect(printed).toContain("246 notes, 14 instruments");
  expect(readdirSync(join(user, "irec-run"))).toContain("results.json");
});
