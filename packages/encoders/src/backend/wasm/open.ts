import { engine, env, setBackend } from "@tensorflow/tfjs-core";
import { type Backend, startedBackend } from "../backend.ts";
import { BackendOptionError } from "../errors.ts";
import { locateBinary, type WasmPaths } from "./binary.ts";
import { WasmStartError } from "./errors.ts";
import { Heap, type TfjsWasmBackend } from "./heap.ts";
import { DEFAULT_HEAP_LIMIT, type HeapUse, limitHeap } from "./heap-limit.ts";
import { withoutNewErrorListeners } from "./process-listeners.ts";
import { registerKernels } from "./register.ts";
import { tensorKernelsOn } from "./tensor-kernels.ts";
import { trainingKernelsOn } from "./training-kernels.ts";

/** How to start the WebAssembly backend. */
export interface WasmOptions {
  /**
   * Where the .wasm files of @tensorflow/tfjs-backend-wasm are: the folder as a URL (in Node also as a path) with a slash at
   * its end, or the place of each by its name. Default: beside the package's code in Node; in a browser beside the script that
   * this is bundled into, or the page when that script is a module. Counts for the first start.
   */
  readonly wasmPaths?: WasmPaths;
  /** Bytes that arrays may take before a `WasmMemoryError`, at most 2^32. Default 2^32 - 2^27, all that can be used safely. */
  readonly heapLimit?: number;
}

/** What the WebAssembly backend has to work with. */
export interface WasmReport {
  /** Whether our 128-bit kernels are used; without them everything is right, but several times slower. */
  readonly simd: boolean;
  readonly threads: number;
  /** Bytes in live arrays. */
  readonly heapInUse: number;
  /** Bytes taken from the system: the most that was ever in use, and what is between. */
  readonly heapSize: number;
  /** Bytes that arrays may take. */
  readonly heapLimit: number;
}

interface Started {
  readonly backend: Backend;
  readonly heap: Heap;
  readonly use: HeapUse;
  readonly simd: boolean;
}

let starting: Promise<Started> | undefined;
let started: Started | undefined;

/**
 * Starts the WebAssembly backend, once in a process, with kernels of ours where those of TensorFlow.js are wrong, slow or
 * missing. It computes on one thread: use several workers with a model each to use more processors.
 * @throws {WasmStartError} when its binary cannot be loaded
 * @throws {BackendOptionError} for a limit outside its range
 */
export async function openWasmBackend(options: WasmOptions = {}): Promise<Backend> {
  const { heapLimit } = options;
  if (heapLimit !== undefined && !(heapLimit > 0 && heapLimit <= 2 ** 32)) {
    throw new BackendOptionError("heapLimit", heapLimit, "a number of bytes from 1 to 2^32");
  }
  starting ??= start(options);
  try {
    started = await starting;
  } catch (error) {
    starting = undefined;
    throw error;
  }
  if (heapLimit !== undefined) started.use.limit = heapLimit;
  return started.backend;
}

/** What the WebAssembly backend has to work with; undefined before it is started. */
export function wasmReport(): WasmReport | undefined {
  if (started === undefined) return undefined;
  const { simd, use, heap } = started;
  const { inUse: heapInUse, limit: heapLimit } = use;
  const { asm, tfjs } = heap.backend.wasm;
  return { simd, threads: tfjs.getThreadsCount(), heapInUse, heapSize: asm.memory.buffer.byteLength, heapLimit };
}

async function start({ wasmPaths }: WasmOptions): Promise<Started> {
  const engineHasSimd = Boolean(await env().getAsync("WASM_HAS_SIMD_SUPPORT"));
  await locateBinary(wasmPaths, engineHasSimd);
  // Our kernels work on a memory that is not shared, and one thread of them is faster than two of the threaded build.
  env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  const starts = await withoutNewErrorListeners(() => setBackend("wasm"));
  if (!starts) {
    throw new WasmStartError(
      "the WebAssembly backend of TensorFlow.js does not start; are the .wasm files of @tensorflow/tfjs-backend-wasm beside " +
        "its code, or at the place that the option wasmPaths names?",
    );
  }
  const heap = new Heap(engine().findBackend("wasm") as unknown as TfjsWasmBackend);
  const { memory } = heap.backend.wasm.asm;
  // A memory of somebody who started the threaded build is shared.
  const tensors = engineHasSimd && memory.buffer instanceof ArrayBuffer ? await tensorKernelsOn(memory) : undefined;
  const kernels = tensors && { tensors, training: await trainingKernelsOn(memory) };
  registerKernels(heap, kernels);
  const use = limitHeap(heap.backend, DEFAULT_HEAP_LIMIT);
  return { backend: startedBackend("wasm"), heap, use, simd: kernels !== undefined };
}
