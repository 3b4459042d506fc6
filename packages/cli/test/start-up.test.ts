import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, it } from "vitest";

const folder = fileURLToPath(new URL("..", import.meta.url));

/** What is loaded before any command runs: the files of ours that `main.ts` imports without `import()`, and the packages. */
async function loadedAtStart() {
  const { metafile } = await build({
    absWorkingDir: folder,
    entryPoints: ["src/main.ts"],
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    packages: "external",
    outdir: "nowhere",
    write: false,
    metafile: true,
  });
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string) => {
    if (files.has(file)) return;
    files.add(file);
    for (const { path, kind, external } of metafile.inputs[file]!.imports) {
      if (kind === "dynamic-import") continue;
      if (external) packages.add(path);
      else visit(path);
    }
  };
  visit("src/main.ts");
  return { files: [...files], packages: [...packages] };
}

it("the help needs commander and Node, and no other package: everything else is loaded by the command that needs it", async () => {
  const { files, packages } = await loadedAtStart();
  expect(packages.filter((name) => !name.startsWith("node:"))).toEqual(["commander"]);
  expect(files).toContain("src/commands/evaluate.ts");
  // Processes, sockets and cryptography take Node milliseconds each.
  expect(packages.filter((name) => /^node:(child_process|crypto|http|https|net|stream|tls|zlib)/.test(name))).toEqual(
    [],
  );
});
