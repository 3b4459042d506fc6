/** A module of assembly/, with a memory of its own. */
export interface SimdModule<Exports> {
  readonly exports: Exports;
  readonly memory: WebAssembly.Memory;
}

/**
 * Makes a function that compiles a module when it is first called. The function returns undefined where WebAssembly is not to be
 * had: where it has no SIMD, or a content security policy forbids it. Whoever calls it has plain JavaScript for that case.
 */
export function lazySimdModule<Exports>(base64: string): () => SimdModule<Exports> | undefined {
  let made: { readonly module: SimdModule<Exports> | undefined } | undefined;
  return () => {
    made ??= { module: makeModule<Exports>(base64) };
    return made.module;
  };
}

function makeModule<Exports>(base64: string): SimdModule<Exports> | undefined {
  try {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
    return { exports: exports as Exports, memory };
  } catch {
    return undefined;
  }
}

/** Places in the memory of a module, one after the other; sizes are in bytes, addresses multiples of 16. */
export class MemoryPlan {
  bytes = 0;

  take(bytes: number): number {
    const address = this.bytes;
    this.bytes += Math.ceil(bytes / 16) * 16;
    return address;
  }
}

const PAGE_BYTES = 2 ** 16;

/** Makes the memory at least so large. Views of it that were there before are of no use afterwards. */
export function reserve(memory: WebAssembly.Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
}
