import { type ByteSource, requireRange } from "./byte-source.ts";

/** Bytes that are in memory already. They are not copied, only the slices are. */
export function bufferSource(name: string, bytes: Uint8Array | ArrayBuffer): ByteSource {
  const all = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  const source: ByteSource = {
    name,
    byteLength: all.byteLength,
    async slice(start, end, options) {
      requireRange(source, start, end);
      options?.signal?.throwIfAborted();
      // Not all.slice(): that of a Node Buffer shares its memory.
      return new Uint8Array(all.subarray(start, end));
    },
    async close() {},
  };
  return source;
}
