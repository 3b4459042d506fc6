import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { WasmStartError } from "./errors.ts";

/** Where the .wasm files of @tensorflow/tfjs-backend-wasm are: the folder (with a slash at its end), or each by its name. */
export type WasmPaths = string | Readonly<Record<string, string>>;

/**
 * Tells the backend where its binaries are, after looking whether the one that it will load is there: on its own it says
 * only that it does not start.
 * @throws {WasmStartError} when the place answers with an error, or with something else
 */
export async function locateBinary(paths: WasmPaths, simd: boolean): Promise<void> {
  const name = simd ? "tfjs-backend-wasm-simd.wasm" : "tfjs-backend-wasm.wasm";
  const place = typeof paths === "string" ? paths + name : paths[name];
  if (place === undefined) throw new WasmStartError(`wasmPaths has no entry for ${name}, which this engine needs`);
  const isNode = "process" in globalThis && !("window" in globalThis);
  // In Node a path is a file, which the backend reads itself; it reads addresses only when told to.
  const isAddress = /^(https?|blob|data):/.test(place);
  if (isAddress || !isNode) await checkBinary(place, name);
  setWasmPaths(paths as Parameters<typeof setWasmPaths>[0], isNode && isAddress);
}

async function checkBinary(place: string, name: string): Promise<void> {
  const advice = `expected ${name} of @tensorflow/tfjs-backend-wasm; name the folder that has it in the option wasmPaths`;
  let response: Response;
  try {
    response = await fetch(place);
  } catch (cause) {
    throw new WasmStartError(`${place} cannot be fetched, ${advice}`, { cause });
  }
  if (!response.ok) throw new WasmStartError(`${place} answers with status ${response.status}, ${advice}`);
  const start = new Uint8Array(await response.arrayBuffer()).subarray(0, 4);
  if (String.fromCharCode(...start) !== "\0asm") throw new WasmStartError(`${place} is no WebAssembly, ${advice}`);
}
