// Loading it registers the backend.
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { WasmStartError } from "./errors.ts";

/** Where the .wasm files of @tensorflow/tfjs-backend-wasm are: the folder (with a slash at its end), or each by its name. */
export type WasmPaths = string | Readonly<Record<string, string>>;

const binaries = { plain: "tfjs-backend-wasm.wasm", simd: "tfjs-backend-wasm-simd.wasm" } as const;

/** The classic script that this code was bundled into; in a module there is no knowing, and in Node and workers none. */
const script = typeof document === "undefined" ? null : (document.currentScript as HTMLScriptElement | null);

/**
 * Tells the backend where its binaries are, after looking whether the one that it will load is there: on its own it says
 * only that it does not start, and does not try again.
 * @param paths - left out: beside the package's code in Node; elsewhere beside the script, or the page when that is a module
 * @throws {WasmStartError} when the place answers with an error, or with something else
 */
export async function locateBinary(paths: WasmPaths | undefined, simd: boolean): Promise<void> {
  const isNode = "process" in globalThis && !("window" in globalThis);
  if (paths === undefined && isNode) return;
  const given = paths ?? ownFolder();
  const name = simd ? binaries.simd : binaries.plain;
  const place = typeof given === "string" ? given + name : given[name];
  if (place === undefined) throw new WasmStartError(`wasmPaths has no entry for ${name}, which this engine needs`);
  // In Node a path is a file, which the backend reads itself; it reads addresses only when told to.
  const isAddress = /^(https?|blob|data):/.test(place);
  if (isAddress || !isNode) await checkBinary(place, name);
  // It wants a place for each of its binaries, though it loads only one.
  const all = Object.fromEntries(
    [...Object.values(binaries), "tfjs-backend-wasm-threaded-simd.wasm"].map((one) => [one, place]),
  );
  setWasmPaths(all as Parameters<typeof setWasmPaths>[0], isNode && isAddress);
}

/** The folder in which the backend itself would look. */
function ownFolder(): string {
  const address = script?.src || globalThis.document?.baseURI || globalThis.location?.href || "";
  return address.replace(/[?#].*$/, "").replace(/[^/]*$/, "");
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
