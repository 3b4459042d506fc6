import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import {
  engine,
  getKernel,
  memory,
  ones,
  registerKernel,
  tensor,
  tidy,
  unregisterKernel,
  zeros,
} from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { BackendOptionError } from "../../../src/backend/errors.ts";
import { WasmMemoryError, WasmStartError } from "../../../src/backend/wasm/errors.ts";
import { DEFAULT_HEAP_LIMIT } from "../../../src/backend/wasm/heap-limit.ts";
import { openWasmBackend, wasmReport } from "../../../src/backend/wasm/open.ts";

const events = ["uncaughtException", "unhandledRejection"] as const;
const listeners = () => events.map((event) => process.listeners(event as "uncaughtException"));

describe("before the backend is started", () => {
  test("there is nothing to report", () => {
    expect(wasmReport()).toBeUndefined();
  });

  test("a binary that is not where the options say is an error that names the place", async () => {
    const answers: Record<string, () => Promise<Response>> = {
      "https://host/none/tfjs-backend-wasm-simd.wasm": async () => new Response("", { status: 404 }),
      "https://host/page/tfjs-backend-wasm-simd.wasm": async () => new Response("<!doctype html>"),
      "https://host/off/tfjs-backend-wasm-simd.wasm": async () => {
        throw new TypeError("fetch failed");
      },
    };
    vi.stubGlobal("fetch", (url: string) => answers[url]!());
    for (const [folder, message] of [
      ["none", "answers with status 404, expected tfjs-backend-wasm-simd.wasm of @tensorflow/tfjs-backend-wasm"],
      ["page", "is no WebAssembly, expected"],
      ["off", "cannot be fetched, expected"],
    ]) {
      const opening = openWasmBackend({ wasmPaths: `https://host/${folder}/` });
      await expect(opening).rejects.toThrow(WasmStartError);
      await expect(openWasmBackend({ wasmPaths: `https://host/${folder}/` })).rejects.toThrow(
        `https://host/${folder}/tfjs-backend-wasm-simd.wasm ${message}`,
      );
    }
    await expect(openWasmBackend({ wasmPaths: { "tfjs-backend-wasm.wasm": "a.wasm" } })).rejects.toThrow(
      "wasmPaths has no entry for tfjs-backend-wasm-simd.wasm",
    );
    vi.unstubAllGlobals();
  });

  test("a limit that is no number of bytes is refused", async () => {
    for (const heapLimit of [0, -1, Number.NaN, 2 ** 33]) {
      await expect(openWasmBackend({ heapLimit })).rejects.toThrow(BackendOptionError);
    }
  });
});

describe("the started backend", () => {
  beforeAll(async () => {
    const before = listeners();
    await openWasmBackend();
    // The code of the backend adds one listener to each, which throws again what nobody catches.
    expect(listeners()).toEqual(before);
  });
  afterAll(async () => {
    await openWasmBackend({ heapLimit: DEFAULT_HEAP_LIMIT });
  });

  test("is the same one however often it is opened, and its kernels are registered once", async () => {
    const kernel = getKernel("BatchMatMul", "wasm");
    expect(await openWasmBackend()).toBe(await openWasmBackend());
    expect(getKernel("BatchMatMul", "wasm")).toBe(kernel);
  });

  test("leaves the kernels of other backends alone", () => {
    const kernelFunc = () => tensor([1]);
    registerKernel({ kernelName: "GatherV2", backendName: "another", kernelFunc });
    expect(getKernel("GatherV2", "another").kernelFunc).toBe(kernelFunc);
    expect(getKernel("IrecGelu", "another")).toBeUndefined();
    unregisterKernel("GatherV2", "another");
  });

  test("reports SIMD, threads and its memory", () => {
    const before = wasmReport()!;
    expect(before).toMatchObject({ simd: true, threads: 1, heapLimit: 2 ** 32 - 2 ** 27 });
    expect(before.heapSize).toBeGreaterThanOrEqual(2 ** 24);
    const million = zeros([1000, 250]);
    expect(wasmReport()!.heapInUse - before.heapInUse).toBe(1_000_000);
    million.dispose();
    expect(wasmReport()!.heapInUse).toBe(before.heapInUse);
  });

  test("refuses an array beyond its limit before anything is written, and goes on working", async () => {
    const { heapInUse } = wasmReport()!;
    await openWasmBackend({ heapLimit: heapInUse + 3 * 2 ** 20 });
    const kept = ones([2 ** 18]);
    const before = memory();
    const tooLarge = () => tensor(new Float32Array(2 ** 19 + 1));
    expect(tooLarge).toThrow(WasmMemoryError);
    expect(tooLarge).toThrow(
      /needs 2\.0 MiB for one array and has \d+\.\d MiB in use; the limit is \d+\.\d MiB\. Take smaller batches/,
    );
    // Also where a kernel allocates its result.
    const [column, row] = [ones([1024, 1]), ones([1, 1024])];
    expect(() => tidy(() => engine().runKernel("BatchMatMul", { a: column, b: row }))).toThrow(WasmMemoryError);
    for (const one of [column, row]) one.dispose();
    expect(memory()).toEqual(before);
    expect(new Set(kept.dataSync())).toEqual(new Set([1]));
    kept.dispose();
    expect(wasmReport()!.heapInUse).toBe(heapInUse);
  });

  test("says how much was asked for, is in use and allowed", async () => {
    const { heapInUse } = wasmReport()!;
    await openWasmBackend({ heapLimit: heapInUse + 100 });
    try {
      zeros([1000]);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ requested: 4000, inUse: heapInUse, limit: heapInUse + 100 });
    }
  });

  test("refuses an array that the memory has no room for although the limit allows it", async () => {
    await openWasmBackend({ heapLimit: 2 ** 32 });
    const { heapInUse, heapSize } = wasmReport()!;
    // Malloc answers 0 here, and on its own the backend takes that for the place of the array.
    const backend = engine().findBackend("wasm") as BackendWasm;
    expect(() => backend.makeOutput([2 ** 30 - 2 ** 18], "float32")).toThrow(
      /the system gives no more, or no free piece is that large/,
    );
    expect(wasmReport()).toMatchObject({ heapInUse, heapSize });
    expect([...tidy(() => tensor([1, 2]).dataSync())]).toEqual([1, 2]);
  });
});
