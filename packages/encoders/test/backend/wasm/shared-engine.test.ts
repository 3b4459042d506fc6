import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { getKernel } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test, vi } from "vitest";
import { openWasmBackend, wasmReport } from "../../../src/backend/wasm/open.ts";

const require = createRequire(import.meta.url);
const folder = dirname(require.resolve("@tensorflow/tfjs-backend-wasm"));
const served: string[] = [];

beforeAll(async () => {
  vi.stubGlobal("fetch", async (url: string) => {
    served.push(url);
    return new Response(new Uint8Array(await readFile(join(folder, url.replace("https://host/", "")))));
  });
  await openWasmBackend({ wasmPaths: "https://host/" });
  vi.unstubAllGlobals();
});

test("the binary may come from an address", () => {
  expect(new Set(served)).toEqual(new Set(["https://host/tfjs-backend-wasm-simd.wasm"]));
  expect(wasmReport()).toMatchObject({ simd: true });
});

test("a program's own copy of TensorFlow.js computes with our kernels, since copies share one engine", () => {
  const name = require.resolve("@tensorflow/tfjs-core");
  const loaded = require.cache[name];
  delete require.cache[name];
  // A second copy warns that it sets the platform again.
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const copy = require(name) as typeof import("@tensorflow/tfjs-core");
  warn.mockRestore();
  require.cache[name] = loaded;
  expect(copy.getKernel).not.toBe(getKernel);
  expect(copy.getKernel("_FusedMatMul", "wasm")).toBe(getKernel("_FusedMatMul", "wasm"));
  const sums = copy.tidy(() => {
    const [a, b] = [copy.ones([2, 1, 96]), copy.ones([2, 96, 1])];
    return copy.fused.matMul({ a: a as never, b: b as never, bias: copy.ones([1]) }).dataSync();
  });
  // Stock: 98.
  expect([...sums]).toEqual([97, 97]);
});
