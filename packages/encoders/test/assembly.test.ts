import { readdir, readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
// @ts-expect-error - a tool in plain JavaScript
import * as tool from "../../../tools/compile-wasm.mjs";

const modules: Record<string, string> = tool.wasmModules;
const src = new URL("../src/", import.meta.url);

describe("committed WebAssembly", () => {
  test("every module of it has a source", async () => {
    const files = await readdir(src, { recursive: true });
    expect(files.filter((file) => file.endsWith(".wasm.ts")).sort()).toEqual(Object.values(modules).sort());
  });

  for (const [source, target] of Object.entries(modules)) {
    test(`src/${target} is what assembly/${source} compiles to`, { timeout: 60_000 }, async () => {
      expect(await readFile(new URL(target, src), "utf8")).toBe(await tool.compileWasm(source));
    });
  }
});
