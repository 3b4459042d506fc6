import { WasmMemoryError } from "./errors.ts";
import type { TfjsWasmBackend } from "./heap.ts";

/**
 * What the arrays may take when nothing else is said: the 4 GiB that 32-bit pointers reach, less 128 MiB for the stack, the
 * code's own data, what operations of TensorFlow.js allocate for themselves, and gaps between arrays.
 */
export const DEFAULT_HEAP_LIMIT = 2 ** 32 - 2 ** 27;

/** What the backend's memory holds. */
export interface HeapUse {
  /** Bytes in live arrays. */
  readonly inUse: number;
  /** Bytes that they may take. */
  limit: number;
}

/**
 * Makes the backend throw a `WasmMemoryError` when an array does not fit. On its own it does not look at what malloc answers:
 * past 3.9 GiB it gets 0, and writes the array over the beginning of its memory.
 */
export function limitHeap({ wasm }: TfjsWasmBackend, limit: number): HeapUse {
  const { malloc, free } = wasm.asm;
  // The first call of either puts the real function in the place that is ours from here on.
  wasm._free(wasm._malloc(1));
  const sizes = new Map<number, number>();
  const use = { inUse: 0, limit };
  wasm._malloc = (bytes) => {
    if (use.inUse + bytes > use.limit) throw new WasmMemoryError(bytes, use.inUse, use.limit);
    const pointer = malloc(bytes) >>> 0;
    if (pointer === 0) throw new WasmMemoryError(bytes, use.inUse, use.limit);
    sizes.set(pointer, bytes);
    use.inUse += bytes;
    return pointer;
  };
  wasm._free = (pointer) => {
    // Zero extended, as the backend keeps it; arrays from before, and those that operations allocate, are not counted.
    const size = sizes.get(pointer >>> 0);
    if (size !== undefined) {
      sizes.delete(pointer >>> 0);
      use.inUse -= size;
    }
    free(pointer);
  };
  return use;
}
